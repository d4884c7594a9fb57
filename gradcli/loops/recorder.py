"""Recording symbols: the graph, so to speak, that rules and table functions write to when a loop is read.

It serves the reader of a loop, and after that its reverse sweep and its tangents, which apply derivative
rules to the symbols of the reading.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.loops.operations import counting
from gradcli.loops.segments import (
    TRUTH,
    Block,
    Counter,
    RefusedError,
    Segment,
    Symbol,
    Variable,
    index_symbols,
    kind_of,
    make_symbol,
)
from gradcli.primitives.indexing import getitem, setitem

_MOST_SYMBOLS = 20_000
_EXACT = frozenset({"add", "subtract", "multiply", "remainder", "floor_divide", "negative", "positive"})


class Recorder:
    """Where symbols are recorded: in the present segment of the present block."""

    def __init__(self) -> None:
        self.owner: Callable[[], Any] = lambda: self
        self.no_grad = 0
        self.is_stopping = False  # while a `no_grad` block of the program is read
        self.stopped: dict[int, Symbol] = {}  # what was recorded there, by id: it has no tangent either
        self.count = 0
        self.segment = Segment()
        self.block: Block = [self.segment]
        self.known: dict[Any, Symbol] = {}

    def new_segment(self) -> None:
        """Go on in a new segment of the present block, if anything stands in this one."""
        if self.segment.body or self.segment.sets:
            self.start_segment()
        self.known = {}

    def start_segment(self) -> None:
        """Go on in a new segment of the present block, behind whatever stands last in it."""
        self.segment = Segment()
        self.block.append(self.segment)
        self.known = {}

    def read_of(self, variable: Variable | Counter) -> Symbol:
        """A symbol that reads a variable."""
        symbol = make_symbol(self.owner, None, (), {}, variable.sample)
        symbol.kind, symbol.active, symbol.origin = variable.kind, variable.active, variable
        return symbol

    def record(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Symbol:
        """The symbol of a primitive's call; equal calls in one segment are one."""
        key = (primitive, tuple(map(_identity, operands)), repr(static) if static else "", self.no_grad > 0)
        if key in self.known:
            return self.known[key]
        samples = [each.value if isinstance(each, Symbol) else each for each in operands]
        symbol = self.symbol(primitive, operands, static, self._sampled(primitive, samples, static))
        self.known[key] = symbol
        return symbol

    def _sampled(self, primitive: Primitive, samples: list[Any], static: Static) -> Any:
        try:
            sample = primitive.evaluate(*samples, **static)
        except Exception as error:
            raise RefusedError(f"`{primitive.name}` fails on a sample: {error}") from error
        if isinstance(sample, tuple):
            raise RefusedError(f"`{primitive.name}` has several results")
        return sample

    def symbol(
        self, primitive: Primitive, operands: tuple[Operand, ...], static: Static, sample: Any
    ) -> Symbol:
        """A new symbol in the present segment."""
        if any(isinstance(each, Symbol) and each.kind == TRUTH for each in operands):
            raise RefusedError("it computes with a number that is a truth value at times")
        self.count += 1
        if self.count > _MOST_SYMBOLS:
            raise RefusedError("its body is too long")
        symbol = make_symbol(self.owner, primitive, operands, static, sample)
        symbol.kind = _kind(primitive, operands, sample)
        symbol.active = (
            primitive.derivative is not None
            and not self.no_grad
            and any(isinstance(each, Symbol) and each.active for each in operands)
        )
        if self.is_stopping:
            self.stopped[id(symbol)] = symbol
        self.segment.body.append(symbol)
        return symbol

    def assign(self, primitive: Primitive, base: Any, value: Any, index: Any) -> Symbol:
        """The same as `entry`, called as that of a graph is."""
        return self.entry(base, index, value)

    def item(self, base: Symbol, index: Any) -> Symbol:
        """`base[index]`, where the index may hold symbols."""
        key = (getitem, id(base), repr(_index_key(index)), self.no_grad > 0)
        if key not in self.known:
            sample = self._entry(base, index)
            symbol = self.symbol(getitem, (base,), {"index": index}, sample)
            symbol.kind = kind_of(sample)
            self.known[key] = symbol
        return self.known[key]

    def entry(self, base: Any, index: Any, value: Any) -> Symbol:
        """`base[index] = value` as a new version of the array."""
        old = self._entry(base, index)
        new = value.value if isinstance(value, Symbol) else value
        if np.shape(new) != np.shape(old) and np.shape(new) != ():
            raise RefusedError("a value is assigned to entries of another shape")
        if base.value.dtype != np.float64:
            raise RefusedError("an array that is not made of floats is assigned to")
        symbol = self.symbol(setitem, (base, value), {"index": index}, base.value)
        symbol.kind = "array"
        return symbol

    def _entry(self, base: Any, index: Any) -> Any:
        parts = index if type(index) is tuple else (index,)
        for part in parts:
            if isinstance(part, Symbol) and part.kind not in ("int", "float", "number"):
                raise RefusedError("an index is an array")
        samples = [int(part.value) if isinstance(part, Symbol) else part for part in parts]
        try:
            entry = base.value[tuple(samples) if type(index) is tuple else samples[0]]
        except (IndexError, TypeError, ValueError) as error:
            raise RefusedError(f"an index fails on a sample: {error}") from error
        return entry.copy() if isinstance(entry, np.ndarray) and entry.ndim else entry.item()

    def range_of(self, bounds: tuple[Any, ...]) -> Symbol:
        """`range(...)` of symbols."""
        samples = [each.value if isinstance(each, Symbol) else each for each in bounds]
        return self.symbol(counting, bounds, {}, counting.evaluate(*samples))


def _kind(primitive: Primitive, operands: tuple[Operand, ...], sample: Any) -> str:
    """The kind of a result, from that of a sample and of the operands: `number` is a float or an int."""
    kind = kind_of(sample)
    if kind not in ("int", "float"):
        return kind
    kinds = {each.kind if isinstance(each, Symbol) else kind_of(each) for each in operands}
    if kinds == {"float"} or primitive.name in ("divide", "sqrt", "exp", "log", "sin", "cos"):
        return kind
    if primitive.name in _EXACT and ("number" not in kinds or "float" in kinds):
        return "float" if "float" in kinds else kind
    is_count = kind == "int" and kinds <= {"int", "bool", "float"} and primitive.derivative is None
    return kind if is_count else "number"


def _identity(operand: Any) -> Any:
    return id(operand) if isinstance(operand, (Symbol, np.ndarray)) else (type(operand), repr(operand))


def _index_key(index: Any) -> Any:
    parts = index if type(index) is tuple else (index,)
    return (type(index) is tuple, [id(p) if p in set(index_symbols(index)) else repr(p) for p in parts])
