"""`gradcli trace`: the evaluation trace, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.commands.option_types import OneOf
from gradcli.commands.options import ToolOption
from gradcli.commands.program_command import ProgramCommand

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.reports import Report

_MODES = ("forward", "reverse")


def run(request: Request, mode: str | None) -> Iterator[Report]:
    """Trace the program in one mode or both."""
    from gradcli.inspection.trace import trace
    from gradcli.reports.traces import Traced

    recording = request.record(request.program, unrolled=True)
    steps = trace(recording, _MODES if mode is None else (mode,))
    yield Traced(request.run("trace", request.program, recording.outputs, recording.notes), steps)


command = ProgramCommand(
    "trace",
    run,
    help="Print every step of PROGRAM with its value beside its tangent (forward) or its adjoint (reverse).",
    examples=(
        'gradcli trace "log(x1) + x1*x2 - sin(x2)" --x1 2 --x2 5',
        'gradcli trace "log(x1) + x1*x2 - sin(x2)" --x1 2 --x2 5 --mode forward --wrt x1',
    ),
    options=[
        ToolOption(
            "--mode",
            section="Derivative",
            type=OneOf(_MODES),
            metavar="MODE",
            help="forward or reverse; both by default",
        )
    ],
)
