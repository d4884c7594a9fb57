"""`gradcli eval`: the value of a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from gradcli.commands.program_command import ProgramCommand

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.language.strict_json import Data
    from gradcli.reports import Report


def run(request: Request) -> Iterator[Report]:
    """Evaluate the program without recording it, unless its value needs an explanation."""
    from gradcli.reports.values import Evaluation

    program = request.program
    outputs = request.evaluate(program)
    notes = () if is_finite(outputs) else request.nonfinite_notes(program)
    yield Evaluation(request.run("eval", program, outputs, notes))


def is_finite(outputs: Mapping[str, Data]) -> bool:
    """Whether every number of the outputs is finite."""
    import numpy as np

    return all(np.isfinite(np.asarray(value)).all() for value in outputs.values())


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
