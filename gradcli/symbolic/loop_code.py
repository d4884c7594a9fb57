"""The adjoint program of a program with loops, as a Python function: its forward and its reverse sweep."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Primitive, Static
from gradcli.errors import UsageError
from gradcli.language.code import For, MakeFunction, ProgramCode, While
from gradcli.loops.adjoint import Reverse, Stacks, reverse
from gradcli.loops.backward import Backward
from gradcli.loops.control import Control, Forward
from gradcli.loops.liveness import blocks_of
from gradcli.loops.reader import Reading
from gradcli.loops.segments import Block, Choice, Repeat, Variable, segments_of
from gradcli.loops.sweeps import zeros
from gradcli.loops.whole import names_of_inputs, read_program
from gradcli.symbolic.names import Names, called, refuse_clashes
from gradcli.symbolic.words import words

_MATH = {id(value): name for name, value in vars(math).items() if callable(value)}
_COUNTERS = ("i", "j", "k", "l", "m")
_HELPERS = {
    "put": "def put(array, value, *, index):\n"
    "    array = array.copy()\n    array[index] = value\n    return array",
    "add_at": "def add_at(array, value, *, index):\n    np.add.at(array, index, value)\n    return array",
    "added_at": "def added_at(array, value, *, index):\n"
    "    array = array.copy()\n    np.add.at(array, index, value)\n    return array",
    "chain": "def chain(cotangent, partial):\n"
    "    return np.where(cotangent == 0.0, 0.0, cotangent * partial)",
    "detach": "def detach(x):\n    return x",
    "log1pexp": "def log1pexp(x):\n    return np.logaddexp(0.0, x)",
    "relu": "def relu(x):\n    return np.maximum(x, 0.0)",
    "rsqrt": "def rsqrt(x):\n    return 1.0 / np.sqrt(x)",
    "sigmoid": "def sigmoid(x):\n    return 1.0 / (1.0 + np.exp(-x))",
    "same": "def same(x, y):\n    return (x == y) | ((x != x) & (y != y))",
    "square": "def square(x):\n    return x * x",
    "tanhshrink": "def tanhshrink(x):\n    return x - np.tanh(x)",
    **{
        name: f"from scipy.special import {name}"
        for name in words(
            "erf erfc erfcx erfinv gamma digamma polygamma beta betaln i1 iv j0 j1 jv ndtri log_ndtr xlogy"
        )
    },
    "lgamma": "from scipy.special import gammaln as lgamma",
    "log_odds": "from scipy.special import logit as log_odds",
    "logsigmoid": "from scipy.special import log_expit as logsigmoid",
}
_NOT_FINITE = re.compile(r"(?<![.\w])(?:inf|nan)\b")
_STATIC = {
    "sum": "np.sum({0}, axis={axis}, keepdims={keepdims})",
    "outer": "np.outer({0}, {1})",
    "reshape": "np.reshape({0}, {shape})",
    "broadcast_to": "np.broadcast_to({0}, {shape})",
    "transpose": "np.transpose({0}, {axes})",
    "concatenate": "np.concatenate([{all}], axis={axis})",
    "stack": "np.stack([{all}], axis={axis})",
    "max": "np.max({0}, axis={axis}, keepdims={keepdims})",
    "min": "np.min({0}, axis={axis}, keepdims={keepdims})",
}


def adjoint_program(code: ProgramCode, text: str, values: Mapping[str, Any], wrt: Sequence[str]) -> str:
    """`value_and_gradient(...)` of a program that has been read with these plain values of its inputs.

    Raises `RefusedError` for what cannot be read as a loop, `UsageError` for functions that NumPy lacks.
    """
    reader, reading, result = read_program(code, values, wrt)
    stacks = Stacks()
    wanted = [symbol.origin for symbol in reading.given if symbol.origin.name in wrt]
    sweep = reverse(reading, reader, stacks, [result], wanted)
    _rename(code, reading, result, sweep, reader.homes, stacks)
    forward, backward = _TextForward("forward", saving=True), _TextBackward("backward")
    forward.block(reading.block)
    for origin, cotangent in sweep.cotangents.items():
        backward.line(f"{cotangent.name} = {'1.0' if origin is result else zeros(origin)}")
    backward.block(sweep.block)
    backward.takes([stack.name for stack in stacks.all])
    inputs, body = names_of_inputs(code), [*forward.lines[1:], "", *backward.lines[1:]]
    refuse_clashes(inputs, {"np", "math"} | called(body))
    lists = [symbol.origin for symbol in reading.given if symbol.origin.listed]
    lines = [
        *_head(body, forward.helpers | backward.helpers),
        f"def value_and_gradient({', '.join(inputs)}):",
        *_documentation(text, sweep),
        *(f"    {each.name} = {each.name}.tolist()" for each in lists),
        *(f"    {stack.name} = []" for stack in stacks.all),
        *body,
        f"    return {result.name}, {_gradient(sweep)}",
    ]
    return "\n".join([*lines, ""])


def _head(body: Sequence[str], helpers: Iterable[str]) -> Iterator[str]:
    """The imports, and the functions that the code calls and NumPy does not have."""
    if any("math." in line for line in body):
        yield from ("import math", "")
    if any(map(_NOT_FINITE.search, body)):
        yield from ("from math import inf, nan", "")
    texts = [_HELPERS[name] for name in sorted(helpers)]
    imports = [text for text in texts if text.startswith("from")]
    yield from ("import numpy as np", *imports, "", "")
    for text in texts:
        if text not in imports:
            yield from (text, "", "")


def _documentation(text: str, sweep: Reverse) -> Iterator[str]:
    """The docstring, with the text of the program."""
    by = ", ".join(origin.name for origin in sweep.wanted)
    yield f'    """The value and the gradient by {by} of this program, by a sweep forward and a sweep back:'
    yield ""
    for line in text.strip().replace("\\", "\\\\").replace('"""', "'''").splitlines():
        yield f"        {line}".rstrip()
    yield '    """'


def _gradient(sweep: Reverse) -> str:
    """The cotangents of the inputs by name; what nothing has reached is zeros."""
    pairs = []
    for origin in sweep.wanted:
        found = sweep.cotangents.get(origin)
        name = found.name if found else zeros(origin)
        pairs.append(f"{origin.name!r}: {f'np.array({name})' if found and found.listed else name}")
    return f"{{{', '.join(pairs)}}}"


def _rename(
    code: ProgramCode,
    reading: Reading,
    result: Variable,
    sweep: Reverse,
    homes: Mapping[tuple[int, Any, Any], Variable],
    stacks: Stacks,
) -> None:
    """Give everything the name that a reader of the text expects."""
    names = Names([*names_of_inputs(code), "math", "np"])
    result.name = names.fresh("value")
    slots = {slot: name for name, slot in code.variables.items()}
    for (frame, slot, _), variable in homes.items():
        variable.name = names.fresh(slots.get(slot, "u") if frame == 1 else "u")
    for position, repeat in enumerate(_repeats(reading.block)):
        if repeat.counter is not None:
            repeat.counter.name = names.fresh(_COUNTERS[position % len(_COUNTERS)])
    for origin, cotangent in sweep.cotangents.items():
        cotangent.name = names.fresh(f"d_{origin.name}")
    saved = {
        stack.name: symbol.origin.name
        for segment in segments_of(reading.block)
        for symbol, stack in segment.saved.items()
        if symbol.origin is not None
    }
    for stack in stacks.all:
        kinds = {"tag": "ways", "trips": "rounds"}
        stack.name = names.fresh(kinds.get(stack.kind, f"saved_{saved.get(stack.name, 'value')}"))


def _repeats(block: Block) -> Iterator[Repeat]:
    for each in block:
        if isinstance(each, Repeat):
            yield each
            yield from _repeats(each.body)
        elif isinstance(each, Choice):
            yield from _repeats(each.then)
            yield from _repeats(each.otherwise)


class _Text(Control):
    """Writing for people: functions have their names in `math` and NumPy."""

    def __init__(self, name: str, saving: bool = False) -> None:
        super().__init__(name, saving)
        self.helpers: set[str] = set()

    def object(self, value: Any, hint: str) -> str:
        """A function by its name, an array by its entries."""
        if id(value) in _MATH:
            return f"math.{_MATH[id(value)]}"
        if isinstance(value, np.ndarray):
            return f"np.zeros({value.shape})" if not value.any() else f"np.array({value.tolist()})"
        if hint in _HELPERS:
            self.helpers.add(hint)
            return hint
        if hasattr(np, hint):
            return f"np.{hint}"
        raise UsageError(f"`{hint}` has no name in NumPy", help="`--emit expression` prints formulas")

    def call(self, primitive: Primitive, static: Static, operands: Sequence[str]) -> str:
        """A call of a primitive, its static parameters as arguments of NumPy."""
        if primitive.name == "copied":
            return operands[0]
        if primitive.name == "stack":
            static = {"axis": 0, **static}
        if not static:
            return super().call(primitive, static, operands)
        if primitive.name not in _STATIC:
            raise UsageError(f"`{primitive.name}` cannot be written for NumPy in a loop")
        values = {name: _argument(value) for name, value in static.items()}
        return _STATIC[primitive.name].format(*operands, all=", ".join(operands), **values)

    def exact(self, text: str) -> str:
        """Whole numbers of Python are exact."""
        return text


def _argument(value: Any) -> str:
    return "None" if value == () else repr(value)


class _TextForward(_Text, Forward):
    """The forward sweep for people."""

    def spend(self, cost: int) -> None:
        """Nobody counts steps."""

    def repeat(self, repeat: Repeat) -> None:
        """Write a repetition as one would by hand."""
        self.loops += 1
        count = f"n{self.loops}"
        self.open.append((repeat, count))
        counts = repeat.trips is not None
        if repeat.counter is not None:
            source = self.operand(repeat.iterable)
            if counts:
                self.line(f"{count} = {source}")
            self.line(f"for {repeat.counter.name} in {count if counts else source}:")
        else:
            if counts:
                self.line(f"{count} = 0")
            self.line("while True:")
        self.indent += 1
        if repeat.counter is None:
            self.block(repeat.test, repeat.condition)
            self.line(f"if not {self.operand(repeat.condition)}:")
            self.line("    break")
            if counts:
                self.line(f"{count} += 1")
        self.block(repeat.body)
        self.indent -= 1
        self.open.pop()
        if repeat.trips is not None:
            self.push(repeat.trips, count)

    def leave(self) -> None:
        """Write a `break`."""
        repeat, count = self.open[-1]
        if repeat.counter is not None and repeat.trips is not None:
            self.line(f"{count} = {count}[:{count}.index({repeat.counter.name}) + 1]")
        self.line("break")


class _TextBackward(_Text, Backward):
    """The reverse sweep for people."""

    of_program = True


def has_loops(code: ProgramCode) -> bool:
    """Whether a program repeats anything, in its body or in its functions."""
    return _repeats_anything(code.body)


def _repeats_anything(block: Any) -> bool:
    return any(
        isinstance(op, (For, While))
        or any(map(_repeats_anything, blocks_of(op)))
        or (isinstance(op, MakeFunction) and _repeats_anything(op.code.body))
        for op in block
    )
