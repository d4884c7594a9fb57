"""`gradcli jacobian`: the full Jacobian."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.commands.option_types import OneOf
from gradcli.commands.options import ToolOption, sparse_option
from gradcli.commands.program_command import ProgramCommand
from gradcli.render import FORMATS

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.reports import Report


def run(request: Request, mode: str, sparse: bool) -> Iterator[Report]:
    """Record the program and compute its Jacobian by each input."""
    from gradcli.reports.sparse import Sparse
    from gradcli.reports.values import Jacobian

    recording = request.record(request.program)
    jacobian = recording.jacobian(mode, sparse)
    jacobians = {"": jacobian} if "" in recording.outputs else jacobian
    described = request.run("jacobian", request.program, recording.outputs, recording.notes)
    report = Jacobian(described, jacobians)
    yield Sparse(report) if sparse else report


command = ProgramCommand(
    "jacobian",
    run,
    help="Print the Jacobian of PROGRAM by each input, in numerator layout: its shape is that of the result "
    "followed by that of the input.",
    examples=(
        'gradcli jacobian "A @ x" --wrt x --A "1,2;3,4" --x 1,1',
        'gradcli jacobian "x*sum(x)" --mode forward --x 1,2,3 --format latex',
        'gradcli jacobian "x[1:] - x[:-1]**2" --sparse --x 1,2,3,4',
    ),
    options=[
        ToolOption(
            "--mode",
            section="Derivative",
            type=OneOf(("auto", "forward", "reverse")),
            default="auto",
            metavar="MODE",
            help="forward (by columns), reverse (by rows) or auto, whichever is cheaper",
        ),
        sparse_option(),
    ],
    formats=(*FORMATS, "npz"),
)
