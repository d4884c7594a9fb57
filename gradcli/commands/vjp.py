"""`gradcli vjp`: vectors times the Jacobian, by reverse mode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.commands.options import ToolOption
from gradcli.commands.program_command import ProgramCommand
from gradcli.errors import UsageError

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.reports import Report


def run(request: Request, v: tuple[str, ...]) -> Iterator[Report]:
    """Record the program once and walk its graph backward once for each vector."""
    from gradcli.commands.vectors import cotangent_passes
    from gradcli.reports import one_or_all
    from gradcli.reports.values import VectorJacobian

    if not v:
        raise UsageError("`gradcli vjp` needs the vector `--v`", help="--v ones sums the outputs up")
    recording = request.record(request.program)
    cotangents = cotangent_passes(request, "--v", v, recording.outputs)
    products = tuple(recording.vjp(one_or_all(each)) for each in cotangents)
    described = request.run("vjp", request.program, recording.outputs, recording.notes)
    yield VectorJacobian(described, tuple(cotangents), products)


command = ProgramCommand(
    "vjp",
    run,
    help="Print the vector V, shaped like the result of PROGRAM, times the Jacobian by each input.",
    examples=(
        'gradcli vjp "x*x" --v ones --x 0,1,2,3',
        'gradcli vjp "y1 = x**2; y2 = sum(x); return y1, y2" --v y1=1,1 --v y2=0.5 --x 1,2',
    ),
    options=[
        ToolOption(
            "--v",
            section="Derivative",
            multiple=True,
            metavar="[NAME=]V",
            help="a vector, `ones`, or the vector of one output; repeated for several passes",
        )
    ],
)
