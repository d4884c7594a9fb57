"""A hot loop as generated functions: one that only computes, one that also saves, and reverse sweeps."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.loops.adjoint import Stacks, reverse
from gradcli.loops.frames import follow
from gradcli.loops.listing import choose_lists
from gradcli.loops.reader import Facts, Reader, Reading
from gradcli.loops.segments import RefusedError, Stack, Variable
from gradcli.loops.source import Backward, Function, stack_lines

_ROUNDS = 12  # of reading again with what the last reading has found out


class Loop:
    """One loop, read once, for frames of which the same assumptions hold."""

    def __init__(self, op: Any, frame: list[Any], first: Any) -> None:
        """Read the loop where it is running; `first` is the next number of a `for` over a range.

        Raises `RefusedError` for what the second tier cannot do.
        """
        facts = Facts()
        for _ in range(_ROUNDS):
            facts.changed = False
            self._reader = Reader(facts, frame)
            self.reading: Reading = self._reader.root(op, first)
            if not facts.changed:
                break
        else:
            raise RefusedError("the kinds of its variables do not settle")
        self._kind_of_first = type(first)
        choose_lists(self.reading)
        self.given = [symbol.origin for symbol in self.reading.given]
        self.entries = [variable for _, variable in self.reading.entries]
        self.exits = [variable for _, variable in self.reading.exits]
        self.stacks = Stacks()
        self._reversed: dict[Any, Callable[..., Any]] = {}
        self._forward: dict[bool, Callable[..., Any]] = {}
        self.texts: dict[str, str] = {}
        self.active = any(variable.active for variable in self.exits)
        if self.active:
            self._reverse(self.exits, [*self.entries, *self.given])  # lays out the stacks

    def fits(self, frame: list[Any], first: Any) -> bool:
        """Whether the code serves for this frame, too."""
        if type(first) is not self._kind_of_first:
            return False
        try:
            return all(each.holds(frame) for each in self.reading.assumptions)
        except (LookupError, AttributeError, TypeError):
            return False

    def operands(self, frame: list[Any]) -> list[Any]:
        """The given values and those of the entries, nodes or plain, as they stand in a frame."""
        entries = [frame[slot] for slot, _ in self.reading.entries]
        return [*(follow(frame, each.path) for each in self.given), *entries]

    def run(self, values: Sequence[Any], source: Any, steps: int, saving: bool) -> Run:
        """The forward sweep from plain values.

        Raises what its operations raise, `FallbackError` and `OutOfStepsError`.
        """
        saving = saving and self.active
        stacks = [new_stack(each) for each in self.stacks.all] if saving else []
        results = self._forward_function(saving)(*values, source, steps, *stacks)
        *exits, trips, left = results
        return Run(self, values, tuple(exits), stacks, source if trips is None else trips, left)

    def _forward_function(self, saving: bool) -> Callable[..., Any]:
        if saving not in self._forward:
            self._forward[saving] = self._written_forward(saving)
        return self._forward[saving]

    def _written_forward(self, saving: bool) -> Callable[..., Any]:
        origins = [*self.given, *self.entries]
        stacks = self.stacks.all if saving else []
        parameters = [*(each.name for each in origins), "source", "left", *(each.name for each in stacks)]
        function = Function("forward", parameters, saving)
        for each in origins:
            if each.listed:
                function.line(f"{each.name} = {each.name}.tolist()")
        for variable in self.exits:
            if variable not in self.entries:
                function.line(f"{variable.name} = None")
        stack_lines(function, stacks)
        repeat = self.reading.repeat
        function.block([repeat])
        count = function.root_trips
        trips = count if repeat.counter is None else f"source[:{count}]"
        results = [_array(each) if each.listed else each.name for each in self.exits]
        function.line(f"return ({', '.join([*results, trips, 'left'])},)")
        self.texts["forward" if saving else "value"] = "\n".join(function.lines)
        return function.made()

    def pull(self, run: Run, cotangents: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """The cotangents of the operands, given those of the exits; None where there is none."""
        seeded = [
            variable
            for variable, g in zip(self.exits, cotangents, strict=True)
            if g is not None and variable.active
        ]
        origins = [*self.given, *self.entries]
        targets = [each for each, asked in zip(origins, wanted, strict=True) if asked and each.active]
        function = self._reverse(seeded, targets)
        seeds = [g for variable, g in zip(self.exits, cotangents, strict=True) if variable in seeded]
        found = function(*run.values, run.trips, *run.stacks, *seeds)
        by_name = dict(zip((each.name for each in targets), found, strict=True))
        return [by_name.get(each.name) for each in origins]

    def _reverse(self, seeded: Sequence[Variable], wanted: Sequence[Any]) -> Callable[..., Any]:
        key = tuple(each.name for each in seeded), tuple(each.name for each in wanted)
        if key not in self._reversed:
            self._reversed[key] = self._written_reverse(seeded, wanted)
        return self._reversed[key]

    def _written_reverse(self, seeded: Sequence[Variable], wanted: Sequence[Any]) -> Callable[..., Any]:
        sweep = reverse(self.reading, self._reader, self.stacks, seeded, wanted)
        stacks = self.stacks.all
        names = [each.name for each in (*self.given, *self.entries)]
        seeds = {each: f"seed_{each.name}" for each in seeded}
        parameters = [*names, "trips", *(each.name for each in stacks), *seeds.values()]
        function = Backward("reverse", parameters, False)
        for each in self.given:
            if each.listed:
                function.line(f"{each.name} = {each.name}.tolist()")
        stack_lines(function, stacks)
        for origin, cotangent in sweep.cotangents.items():
            function.line(f"{cotangent.name} = {_start(origin, seeds)}")
        function.block(sweep.block)
        results = []
        for origin in wanted:
            found = sweep.cotangents.get(origin)
            if isinstance(origin, Variable) and origin not in sweep.alive:
                results.append("None")
            elif found is None:
                results.append(seeds.get(origin, "None"))
            else:
                results.append(_array(found) if found.listed else found.name)
        function.line(f"return ({''.join(f'{each}, ' for each in results)})")
        self.texts["reverse"] = "\n".join(function.lines)
        return function.made()


class Run:
    """One run of a loop: what it started from and left behind, for sweeps up and down."""

    __slots__ = ("exits", "left", "loop", "stacks", "trips", "values")

    def __init__(
        self,
        loop: Loop,
        values: Sequence[Any],
        exits: tuple[Any, ...],
        stacks: list[Any],
        trips: Any,
        left: int,
    ) -> None:
        self.loop = loop
        self.values = values
        self.exits = exits
        self.stacks = stacks
        self.trips = trips
        self.left = left


def new_stack(stack: Stack) -> Any:
    """An empty stack; floats and tags take no more room than they must."""
    if stack.kind == "float":
        return array("d")
    return bytearray() if stack.kind == "tag" else []


def _array(variable: Variable) -> str:
    return f"np.array({variable.name}, dtype=np.float64).reshape({variable.shape})"


def _start(origin: Any, seeds: dict[Any, str]) -> str:
    """The cotangent of a variable or a given value to start from."""
    shape = np.shape(origin.sample)
    seed = seeds.get(origin)
    if origin.listed:
        return f"{seed}.tolist()" if seed else _nested_zeros(shape)
    if seed:
        return seed
    return f"np.zeros({shape})" if shape else "0.0"


def _nested_zeros(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return f"[0.0] * {shape[0]}"
    return f"[[0.0] * {shape[1]} for _ in range({shape[0]})]"
