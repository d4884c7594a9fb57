"""`gradcli grad`: the gradient of scalar programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.commands.options import ToolOption
from gradcli.commands.program_command import ProgramCommand

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.language.strict_json import Data
    from gradcli.reports import Report


def run(request: Request, accumulate: bool) -> Iterator[Report]:
    """Differentiate each program, or their sum."""
    from gradcli.reports.values import Gradient

    if accumulate:
        yield accumulated(request)
        return
    for program in request.programs:
        yield Gradient(*request.gradient(program))


def accumulated(request: Request) -> Report:
    """The sum of the gradients, as repeated backward passes leave it when nothing is cleared between them."""
    from gradcli.reports import Run
    from gradcli.reports.values import Accumulated

    values: list[Data] = []
    gradients: dict[str, Data] = {}
    notes = list(request.notes)
    for program in request.programs:
        recording = request.record(program)
        for name, gradient in recording.grad().items():
            gradients[name] = add(gradients[name], gradient) if name in gradients else gradient
        values += recording.outputs.values()
        notes += recording.notes
    texts = tuple(program.source.text for program in request.programs)
    outputs = {f"program {number}": value for number, value in enumerate(values, 1)}
    return Accumulated(Run("grad", "\n".join(texts), request.inputs, outputs, tuple(notes)), texts, gradients)


def add(first: Data, second: Data) -> Data:
    """The sum of two gradients by one input, structure by structure."""
    if isinstance(first, dict) and isinstance(second, dict):
        return {name: add(each, second[name]) for name, each in first.items()}
    if isinstance(first, list) and isinstance(second, list):
        return [add(one, other) for one, other in zip(first, second, strict=True)]
    return first + second  # type: ignore[operator]  # the structures are alike, so these are numbers


command = ProgramCommand(
    "grad",
    run,
    help="Print the value of PROGRAM, which must be a scalar, and its gradient by each input.",
    examples=(
        'gradcli grad "2*dot(x,x)" --x 0,1,2,3',
        'gradcli grad "2*dot(x,x)" "sum(x)" --accumulate --x 0,1,2,3',
    ),
    options=[
        ToolOption(
            "--accumulate",
            section="Derivative",
            is_flag=True,
            help="add up the gradients of several programs",
        )
    ],
    many=True,
)
