"""Programs of numbers that are evaluated again: the whole program as one sweep forward and one back.

What a tape needs around a loop (a graph, nodes for inputs and outputs, two walks) takes as long as some
hundred rounds, and twice that once other work has driven it from the processor's caches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.graph import Graph
from gradcli.language.code import ProgramCode
from gradcli.loops import sweeps
from gradcli.loops.adjoint import Stacks, reverse
from gradcli.loops.backward import Backward
from gradcli.loops.control import Saving
from gradcli.loops.frames import Equal
from gradcli.loops.reader import Reading
from gradcli.loops.room import OutOfRoomError, Room
from gradcli.loops.runs import new_stack
from gradcli.loops.segments import RefusedError, Stack, Variable, cost_of
from gradcli.loops.takeover import FAILURES, rounds
from gradcli.loops.whole import read_program
from gradcli.loops.writer import OutOfStepsError

_LONGEST = 2_000_000  # instructions of a run: what surrounds longer loops is no longer seen
_LARGEST = 2_000  # operations of the program's text: more take longer to compile than is worth it
_MOST_FAILURES = 3


class Evaluation:
    """The value of a program of numbers and its gradient by the inputs in `wrt`, as generated functions."""

    def __init__(
        self, code: ProgramCode, values: Mapping[str, float], wrt: Sequence[str], graph: Graph
    ) -> None:
        """Read the program at these inputs; `graph` is that of a run of it.

        Raises `RefusedError` for what cannot be read, or had better be left to the tape.
        """
        loops = (node.static["run"] for node in graph.nodes if node.primitive is rounds)
        if sum(run.steps - run.left for run in loops) > _LONGEST:
            raise RefusedError("it runs for long")
        reader, reading, result = read_program(code, values, wrt)
        if reader.count > _LARGEST:
            raise RefusedError("it is long")
        if any(isinstance(each, Equal) for each in reader.lifting.assumptions):
            raise RefusedError("an input's value decides on a shape or a count")
        self._wrt = wrt
        self._given = [symbol.origin.name for symbol in reading.given]
        for number, symbol in enumerate(reading.given):
            symbol.origin.name = f"a{number}"  # inputs may be called like what is generated
        self._active = [name for name in self._given if name in wrt]
        self._cost = cost_of(reading.block)
        self._failures = 0
        stacks = Stacks()
        wanted = [symbol.origin for symbol in reading.given if symbol.active]
        sweep = reverse(reading, reader, stacks, [result], wanted)
        self._stacks = stacks.all
        self._forward = _forward(reading, result, stacks.all).made()
        self._backward = sweeps.reverse(reading, stacks.all, sweep, _Backward).made()

    @property
    def fails(self) -> bool:
        """Whether it has failed too often to be asked again."""
        return self._failures >= _MOST_FAILURES

    def value_and_grad(
        self, values: Mapping[str, float], max_steps: int
    ) -> tuple[float, dict[str, float]] | None:
        """The value and the gradient at other inputs; None where the tape has to find or to explain them."""
        try:
            with walking():
                value, found = self._sweep([values[name] for name in self._given], max_steps)
        except (*FAILURES, OutOfStepsError, OutOfRoomError, MemoryError):
            self._failures += 1
            return None
        if type(value) is not float or not isfinite(value) or not all(map(isfinite, found)):
            self._failures += 1
            return None
        gradient = dict.fromkeys(self._wrt, 0.0)
        gradient.update(zip(self._active, found, strict=True))
        return value, gradient

    def _sweep(self, given: list[float], max_steps: int) -> tuple[Any, list[float]]:
        stacks = [new_stack(each, 0) for each in self._stacks]
        steps = min(max_steps, _LONGEST) - self._cost
        value, left = self._forward(Room(stacks).parts, *given, steps, *stacks)
        if left < 0:
            raise OutOfStepsError
        found = self._backward(*given, None, *stacks, 1.0)
        return value, [0.0 if each is None else float(each) for each in found]


def read(
    code: ProgramCode, values: Mapping[str, float], wrt: Sequence[str], graph: Graph
) -> Evaluation | None:
    """What a program becomes for evaluations to come; None where the tape is to go on."""
    try:
        with walking():
            return Evaluation(code, values, wrt, graph)
    except FAILURES:
        return None


def _forward(reading: Reading, result: Variable, stacks: Sequence[Stack]) -> Saving:
    """From the inputs, the steps left and stacks to the value and the steps left."""
    function = _Forward("forward", saving=True)
    function.block(reading.block)
    function.line(f"return {result.name}, left")
    given = (symbol.origin.name for symbol in reading.given)
    function.takes([*given, "left", *(each.name for each in stacks)])
    return function


class _Forward(Saving):
    """The forward sweep of a program."""

    of_program = True


class _Backward(Backward):
    """The reverse sweep of a program."""

    of_program = True
