"""`gradcli jvp`: the Jacobian times a vector, by forward mode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.commands.options import ToolOption
from gradcli.commands.program_command import ProgramCommand
from gradcli.errors import UsageError

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.reports import Report


def run(request: Request, u: tuple[str, ...]) -> Iterator[Report]:
    """Record the program and push the tangents forward through its graph."""
    from gradcli.commands.vectors import filled, named_vectors
    from gradcli.reports.values import JacobianVector

    if not u:
        raise UsageError("`gradcli jvp` needs the vector `--u`", help="--u x=VALUE for each input that moves")
    recording = request.record(request.program)
    like = {name: request.inputs.get(name, 0.0) for name in recording.wrt}
    tangents = named_vectors(request, "--u", u, like)
    product = recording.jvp(tangents)
    products = {"": product} if "" in recording.outputs else product
    described = request.run("jvp", request.program, recording.outputs, recording.notes)
    yield JacobianVector(described, filled(tangents, like), products)


command = ProgramCommand(
    "jvp",
    run,
    help="Print the Jacobian of PROGRAM times the vector U, the directional derivative along U.",
    examples=(
        'gradcli jvp "x*x" --u 1,0,0,1 --x 0,1,2,3',
        'gradcli jvp "A @ x" --u x=1,0 --u "A=0,1;1,0" --A "1,2;3,4" --x 1,1',
    ),
    options=[
        ToolOption(
            "--u",
            section="Derivative",
            multiple=True,
            metavar="[NAME=]U",
            help="the tangent of an input, or `ones`; inputs without one do not move",
        )
    ],
)
