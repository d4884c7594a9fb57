"""`gradcli hessian`: second derivatives of a scalar program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.commands.options import ToolOption, sparse_option
from gradcli.commands.program_command import ProgramCommand
from gradcli.errors import UsageError
from gradcli.render import FORMATS

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.reports import Report


def run(request: Request, v: tuple[str, ...], sparse: bool) -> Iterator[Report]:
    """Record the program and compute its Hessian, or its products with the vectors in `v`."""
    from gradcli.commands.vectors import direction_passes
    from gradcli.reports.sparse import Sparse
    from gradcli.reports.values import Hessian, HessianVector

    if v and sparse:
        raise UsageError("`--sparse` prints the Hessian itself, and `--v` its product with a vector")
    recording = request.record(request.program)
    described = request.run("hessian", request.program, recording.outputs, recording.notes)
    if v:
        like = {name: request.inputs.get(name, 0.0) for name in recording.wrt}
        vectors = direction_passes(request, "--v", v, like)
        products = tuple(recording.hessian_vector(each) for each in vectors)
        yield HessianVector(described, tuple(vectors), products)
    else:
        report = Hessian(described, recording.hessian(sparse))
        yield Sparse(report) if sparse else report


command = ProgramCommand(
    "hessian",
    run,
    help="Print the Hessian of PROGRAM, which must be a scalar, by each pair of inputs.",
    examples=(
        'gradcli hessian "x[0]**2*x[1] + sin(x[1])" --x 1,0',
        'gradcli hessian "sum(x**4)" --v 1,0,0 --x 1,2,3',
        'gradcli hessian "sum((x[1:] - x[:-1]**2)**2)" --sparse --x 1,2,3,4',
    ),
    options=[
        ToolOption(
            "--v",
            section="Derivative",
            multiple=True,
            metavar="[NAME=]V",
            help="print the Hessian times this vector, without forming the Hessian; may be repeated",
        ),
        sparse_option(),
    ],
    formats=(*FORMATS, "npz"),
)
