"""`gradcli eval`: the value of a program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.commands.program_command import ProgramCommand

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.reports import Report


def run(request: Request) -> Iterator[Report]:
    """Evaluate the program without recording it."""
    from gradcli.reports.values import Evaluation

    outputs = request.evaluate(request.program)
    yield Evaluation(request.run("eval", request.program, outputs))


command = ProgramCommand(
    "eval",
    run,
    help="Print the value of PROGRAM.",
    examples=(
        'gradcli eval "sqrt(x) + pi" --x 2',
        'gradcli eval "A @ x" --A "1,2;3,4" --x 1,-1 --format json',
    ),
    differentiates=False,
)
