"""Hot loops as machine code: the same sweeps, written for numba, over numbers and arrays of them.

Stacks are arrays that grow, and arrays stand as they are. What numba would do otherwise than Python (integers
that wrap, functions of ours) is refused; the generated Python then runs the loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from threading import Thread
from typing import Any

import numpy as np

from gradcli.loops.adjoint import Reverse
from gradcli.loops.backward import Backward
from gradcli.loops.control import Control, Forward
from gradcli.loops.reader import Reading
from gradcli.loops.segments import Block, Break, Choice, RefusedError, Repeat, Segment, Stack, Variable

WORTH_IT = 10_000_000  # instructions: numba takes a second or two to compile a loop
_TYPES = {"float": np.float64, "int": np.int64, "tag": np.uint8, "trips": np.int64}
_ZEROS = {"float": "0.0", "int": "0", "bool": "False"}
_FUNCTIONS = {id(each) for each in (*vars(math).values(), abs)}


@cache
def is_there() -> bool:
    """Whether numba is installed, which is the extra `native`."""
    return find_spec("numba") is not None


class _Native(Control):
    """What writing for numba has of its own, forward and back."""

    def object(self, value: Any, hint: str) -> str:
        """The name of a function that numba knows, too."""
        if id(value) not in _FUNCTIONS:
            raise RefusedError(f"`{hint}` is no function of machine code")
        return super().object(value, hint)

    def subscript(self, base: str, index: Any, listed: bool) -> str:
        """`base[index]`, all in one bracket."""
        return super().subscript(base, index, False)

    def copied(self, variables: Sequence[Variable]) -> None:
        """Arrays that are written to are the loop's own."""
        for each in variables:
            if each.kind == "array":
                self.line(f"{each.name} = {each.name}.copy()")

    def compiled(self, has_arrays: bool) -> Callable[..., Any]:
        """The function as machine code; indices of arrays are checked, stacks need not be."""
        if "exact(" in self.text:
            raise RefusedError("integers may grow beyond what is exact")
        made: list[Callable[..., Any]] = []

        def run(*operands: Any) -> Any:
            try:
                import numba
            except (ImportError, OSError) as error:  # where memory is scarce, its library cannot be loaded
                raise RefusedError(f"numba cannot be loaded: {error}") from error
            if not made:
                self.namespace["grown"] = numba.njit(_grown)
                compiling = numba.njit(error_model="numpy", boundscheck=has_arrays, nogil=True)
                made.append(compiling(self.made()))
            try:
                return made[0](*operands)
            except numba.core.errors.NumbaError as error:  # while it compiles, when it is first called
                raise RefusedError(f"numba cannot compile it: {error}") from error

        return lambda *operands: _aside(run, operands)


class NativeForward(_Native, Forward):
    """A forward sweep for numba; stacks in `filled` are as long as they will ever be."""

    filled: frozenset[str] = frozenset()

    def push(self, stack: Stack, value: str) -> None:
        """Save a value for the way back."""
        name = stack.name
        if name not in self.filled:
            self.line(f"if p_{name} == len({name}): {name} = grown({name}, room)")
        self.line(f"{name}[p_{name}] = {value}")
        self.line(f"p_{name} += 1")

    def push_trips(self, stack: Stack, repeat: Repeat, count: str) -> None:
        """Save the rounds of a repetition inside: the start and the step of its counter, and their number."""
        if repeat.counter is not None:
            self.push(stack, f"r{count}.start")
            self.push(stack, f"r{count}.step")
        self.push(stack, count)

    def first(self, count: str) -> str:
        """The first numbers of what a repetition runs through: ranges have no slices here."""
        return f"range(r{count}.start, r{count}.start + {count} * r{count}.step, r{count}.step)"

    def leave(self) -> None:
        """Write a `break`."""
        repeat, count = self.open[-1]
        if repeat.counter is not None:
            self.line(f"{count} = ({repeat.counter.name} - r{count}.start) // r{count}.step + 1")
        else:
            self.line(f"{count} += 1")
        self.line("break")


class NativeBackward(_Native, Backward):
    """A reverse sweep for numba."""

    def takes(self, parameters: Sequence[str]) -> None:
        """State the parameters; each stack is read from its end."""
        Control.takes(self, parameters)
        self.lines[1:1] = [f"    p_{name} = len({name})" for name in sorted(self.stacks_taken)]

    def taken(self, stack: Stack) -> str:
        """The next entry of a stack."""
        self.stacks_taken.add(stack.name)
        self.line(f"p_{stack.name} -= 1")
        return f"{stack.name}[p_{stack.name}]"

    def repeat(self, repeat: Repeat) -> None:
        """Write a repetition in reverse."""
        self.loops += 1
        count = f"n{self.loops}"
        if self.open and repeat.trips is None:
            numbers = repeat.iterable
            assert isinstance(numbers, range)
            self.line(f"start{count}, step{count}, {count} = {numbers.start}, {numbers.step}, {len(numbers)}")
        elif repeat.trips is not None:
            for name in (count, f"step{count}", f"start{count}")[: 1 if repeat.counter is None else 3]:
                taken = self.taken(repeat.trips)
                self.line(f"{name} = {taken}")
        else:
            self.line(f"start{count}, step{count}, {count} = trips")
        self.line(f"for k{count} in range({count} - 1, -1, -1):")
        self.open.append((repeat, count))
        self.indent += 1
        if repeat.counter is not None:
            self.line(f"{repeat.counter.name} = start{count} + k{count} * step{count}")
        self.block(repeat.body)
        self.indent -= 1
        self.open.pop()


def _aside(function: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """Compile and call machine code beside the main thread, where Ctrl-C and `--timeout` work meanwhile."""
    outcome: list[tuple[Any, BaseException | None]] = []

    def call() -> None:
        try:
            outcome.append((function(*operands), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = Thread(target=call, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(1.0)
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


def _grown(stack: Any, room: Any) -> Any:
    """A stack with twice the room in it; `room[0]` is how many bytes there still are."""
    longer = 2 * len(stack) + 16
    if longer * stack.itemsize > room[0]:  # both are there for a while
        raise MemoryError
    room[0] -= (longer - len(stack)) * stack.itemsize
    result = np.empty(longer, stack.dtype)
    result[: len(stack)] = stack
    return result


def new_stack(stack: Stack, rounds: int) -> Any:
    """An array to push on."""
    if stack.kind not in _TYPES:
        raise RefusedError("it saves something else than numbers")
    return np.empty(rounds + 1, _TYPES[stack.kind])


def forward(reading: Reading, stacks: Sequence[Stack]) -> Callable[..., Any]:
    """From operands, counter bounds, steps left, room and stacks to exits, rounds, steps left and stacks."""
    function = NativeForward("forward", saving=bool(stacks))
    origins = reading.origins
    exits = [each for _, each in reading.exits]
    entries = [each for _, each in reading.entries]
    unset = set(exits) - set(entries)
    if not all(map(_is_plain, (*origins, *exits))) or not unset <= _set_every_round(reading.repeat):
        raise RefusedError("it is not made of numbers and arrays of them alone")
    function.filled = _pushed_once_a_round(reading.repeat)
    function.copied(entries)
    for each in unset:
        function.line(f"{each.name} = {_ZEROS[each.kind]}")
    for stack in stacks:
        function.line(f"p_{stack.name} = 0")
    function.line("source = range(*bounds)")
    function.block([reading.repeat])
    kept = [f"{stack.name}[:p_{stack.name}]" for stack in stacks]
    results = [*(each.name for each in exits), function.root_trips, "left", *kept]
    function.line(f"return ({', '.join(results)},)")
    function.takes(
        [*(each.name for each in origins), "bounds", "left", "room", *(each.name for each in stacks)]
    )
    return function.compiled(any(each.kind == "array" for each in origins))


def reverse(reading: Reading, stacks: Sequence[Stack], sweep: Reverse) -> Callable[..., Any]:
    """From operands, the counter's start, step and rounds, stacks and seeds to the cotangents wanted."""
    function = NativeBackward("reverse")
    origins = reading.origins
    seeds = {each: f"seed_{each.name}" for each in sweep.seeded}
    for origin, cotangent in sweep.cotangents.items():
        shape = np.shape(origin.sample)
        zero = f"np.zeros({shape})" if shape else "0.0"
        copied = ".copy()" if shape else ""
        function.line(f"{cotangent.name} = {seeds[origin] + copied if origin in seeds else zero}")
    function.block(sweep.block)
    results = []
    for origin in sweep.wanted:
        found = sweep.cotangents.get(origin)
        passes = not isinstance(origin, Variable) or origin in sweep.alive
        results.append((found.name if found else seeds.get(origin, "None")) if passes else "None")
    function.line(f"return ({''.join(f'{each}, ' for each in results)})")
    names = [*(each.name for each in origins), "trips", *(each.name for each in stacks), *seeds.values()]
    function.takes(names)
    return function.compiled(any(each.kind == "array" for each in origins))


def _set_every_round(repeat: Repeat) -> set[Variable]:
    """The variables of numbers that every round of a `for` sets, also one that leaves it."""
    if repeat.counter is None:
        return set()
    ends: list[set[Variable]] = []
    last = _set_by(repeat.body, set(), ends)
    certain = set.intersection(*ends, *([] if last is None else [last]))
    return {each for each in certain if each.kind in _ZEROS}


def _set_by(block: Block, before: set[Variable], at_breaks: list[set[Variable]]) -> set[Variable] | None:
    """The variables that are set behind a block, whatever way it takes; None where none gets there."""
    found = set(before)
    for each in block:
        if isinstance(each, Segment):
            found |= {variable for variable, _ in each.sets}
        elif isinstance(each, Choice):
            ways = [_set_by(way, found, at_breaks) for way in (each.then, each.otherwise)]
            ends = [way for way in ways if way is not None]
            if not ends:
                return None
            found = set.intersection(*ends)
        elif isinstance(each, Break):
            at_breaks.append(found)
            return None
    return found


def _pushed_once_a_round(repeat: Repeat) -> frozenset[str]:
    """The stacks that take one entry in every round of a `for`, and so as many as it has rounds."""
    if repeat.counter is None:
        return frozenset()
    every_round = (each for each in repeat.body if isinstance(each, Segment))
    return frozenset(stack.name for segment in every_round for stack in segment.saved.values())


def _is_plain(origin: Any) -> bool:
    """Whether machine code can hold a value: a number, or an array of which entries are read and written."""
    return origin.kind in ("float", "int", "bool") or (origin.listed and origin.sample.dtype == np.float64)


def as_native(values: Sequence[Any], origins: Sequence[Any]) -> list[Any]:
    """Plain values in the types that machine code has been compiled for."""
    kinds = {"float": float, "int": int, "bool": bool}
    return [
        kinds[origin.kind](value) if origin.kind in kinds else np.ascontiguousarray(value)
        for value, origin in zip(values, origins, strict=True)
    ]
