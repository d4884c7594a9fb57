"""Writing a segment: which symbols get a name, which stand in expressions, and how primitives are called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.autodiff.primitive import Operand
from gradcli.limits import MAX_EXACT_INTEGER
from gradcli.loops.listing import base_of, is_entry
from gradcli.loops.operations import add_at, added_at, counting, put, truncated, whole
from gradcli.loops.outer_sums import is_outer
from gradcli.loops.segments import AddAt, Given, PutAt, Segment, Symbol, Variable, symbols_of
from gradcli.primitives.arithmetic import add, negative
from gradcli.primitives.indexing import getitem, is_basic, setitem

if TYPE_CHECKING:
    from gradcli.loops.writer import Writer

_INFIX = {
    "add": "{} + {}", "subtract": "{} - {}", "multiply": "{} * {}", "divide": "{} / {}",
    "chain": "{} * {}", "zero_product": "{} * {}", "negative": "-{}", "positive": "+{}",
    "matmul": "{} @ {}",
}  # fmt: skip
_OF_SCALARS = {
    "remainder": "{} % {}", "floor_divide": "{} // {}", "less": "{} < {}", "less_equal": "{} <= {}",
    "greater": "{} > {}", "greater_equal": "{} >= {}", "equal": "{} == {}", "not_equal": "{} != {}",
    "where": "{1} if {0} else {2}", "logical_not": "not {}", "reciprocal": "1.0 / {}",
    "square": "{0} * {0}", "sign": "({0} > 0.0) - ({0} < 0.0)",
    "maximum": "{0} if {0} >= {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} <= {1} or {0} != {0} else {1}",
}  # fmt: skip
_REPEATING = frozenset({"square", "sign", "maximum", "minimum", "power"})  # whose operands stand there twice
_GROWING = frozenset({"multiply", "power", "add", "subtract"})
_SELECTING = frozenset({"where", "maximum", "minimum"})  # which give back an operand as it is
_DEEPEST = 12  # brackets in brackets, of expressions written in one line


class SegmentWriter:
    """One segment being written."""

    def __init__(self, function: Writer, segment: Segment, condition: Operand) -> None:
        self.function = function
        self.segment = segment
        self.condition = condition
        self.uses: dict[int, int] = {}
        self.depth: dict[int, int] = {}
        self.reads: dict[int, frozenset[str]] = {}
        self.inlined: dict[int, str] = {}
        self.ordered = any(map(_is_effect, segment.body))

    def write(self) -> None:
        """Write what is needed of it."""
        function, segment = self.function, self.segment
        saved = segment.saved if function.saving else {}
        needed = self._needed(saved)
        for statement in segment.body:
            if isinstance(statement, Symbol):
                if id(statement) in needed:
                    self._symbol(statement)
                    if function.watches(statement):
                        function.note(statement)
            else:
                self._effect(statement)
        for symbol, stack in saved.items():
            function.push(stack, function.operand(symbol))
        self._sets()

    def _needed(self, saved: Iterable[Symbol]) -> set[int]:
        roots = [value for _, value in self.segment.sets if isinstance(value, Symbol)]
        named = [*saved, *([self.condition] if isinstance(self.condition, Symbol) else [])]
        needed: set[int] = set()
        for symbol in (*roots, *named):
            self._use(symbol, needed)
        for symbol in named:
            self._use(symbol, needed)  # twice: it gets a name
        for statement in reversed(self.segment.body):
            if id(statement) in needed or _is_effect(statement):
                needed.add(id(statement))
                if isinstance(statement, Symbol) and self._repeats(statement):
                    for each in symbols_of(statement):
                        self._use(each, needed)
                for each in statement.value.operands if self._is_outer(statement) else symbols_of(statement):
                    self._use(each, needed)
        return needed

    def _repeats(self, symbol: Symbol) -> bool:
        """Whether a symbol's operands stand in its text twice, and so are to have names."""
        return symbol.primitive.name in _REPEATING or self.function.watches(symbol)  # type: ignore[union-attr]

    def _is_outer(self, statement: Any) -> bool:
        return is_outer(statement) and statement.place in self.function.outer_sums

    def _use(self, symbol: Symbol, needed: set[int]) -> None:
        needed.add(id(symbol))
        self.uses[id(symbol)] = self.uses.get(id(symbol), 0) + 1

    def _symbol(self, symbol: Symbol) -> None:
        function = self.function
        if symbol.primitive is setitem and _listed(symbol):
            base, value = symbol.operands
            place = function.subscript(function.operand(base), symbol.static["index"], listed=True)
            function.line(f"{place} = {self._bare(value)}")
            function.names[id(symbol)] = function.operand(base)
            return
        expression = function.rounded(symbol, self.expression(symbol))
        depth = 1 + max((self.depth.get(id(each), 0) for each in symbols_of(symbol)), default=0)
        inline = self.uses[id(symbol)] == 1 and depth <= _DEEPEST
        if inline and not (self.ordered and symbol.primitive is getitem):
            self.inlined[id(symbol)] = expression
            function.names[id(symbol)] = f"({expression})" if _needs_brackets(expression) else expression
            self.depth[id(symbol)] = depth
            read: set[str] = set()
            for each in symbols_of(symbol):
                read |= self._read_by(each)
            self.reads[id(symbol)] = frozenset(read)
        else:
            function.line(f"{function.name_of(symbol)} = {expression}")

    def _read_by(self, symbol: Symbol) -> frozenset[str]:
        if isinstance(symbol.origin, Variable):
            return frozenset({symbol.origin.name})
        return self.reads.get(id(symbol), frozenset())

    def _bare(self, operand: Operand) -> str:
        """An operand's text, without the brackets around it."""
        return self.inlined.get(id(operand)) or self.function.operand(operand)

    def _effect(self, statement: AddAt | PutAt) -> None:
        place = statement.place.name
        if self._is_outer(statement):
            operands = map(self._bare, statement.value.operands)
            self.function.line(f"{place}.add({', '.join(operands)})")
            return
        value = self._bare(statement.value)
        if isinstance(statement, AddAt) and not is_basic(statement.index):  # which may name an entry twice
            self.function.line(f"np.add.at({place}, {self._index(statement.index)}, {value})")
            return
        if statement.index is not ...:
            place = self.function.subscript(place, statement.index, statement.place.listed)
        operator = "+=" if isinstance(statement, AddAt) else "="
        self.function.line(f"{place} {operator} {value}")

    def _sets(self) -> None:
        behind = self.function.set_behind
        sets = [
            (variable, value)
            for variable, value in self.segment.sets
            if self._bare(value) != variable.name and (variable, getattr(value, "origin", None)) not in behind
        ]
        targets = {variable.name for variable, _ in sets}
        tangled = len(sets) > 1 and any(
            isinstance(value, Symbol) and (self._read_by(value) & (targets - {variable.name}))
            for variable, value in sets
        )
        if tangled:
            left = ", ".join(variable.name for variable, _ in sets)
            self.function.line(f"{left} = {', '.join(self._bare(value) for _, value in sets)}")
        else:
            for variable, value in sets:
                self.function.line(f"{variable.name} = {self._bare(value)}")

    def expression(self, symbol: Symbol) -> str:
        """The expression of a primitive's call."""
        function = self.function
        primitive: Any = symbol.primitive
        operands = [function.operand(each) for each in symbol.operands]
        arguments = [self._bare(each) for each in symbol.operands]
        kinds = [each.kind if isinstance(each, Symbol) else _kind(each) for each in symbol.operands]
        if primitive is getitem:
            return self._item(symbol, operands[0])
        if primitive in (setitem, added_at):
            return self._version(symbol, arguments)
        if "array" not in kinds and symbol.kind != "array":
            return self._of_scalars(symbol, operands, arguments, kinds)
        if _are_floats(symbol.operands):
            if primitive.name in _INFIX:
                return _INFIX[primitive.name].format(*operands)
            if isinstance(primitive.into, np.ufunc):
                return f"{function.object(primitive.into, primitive.name)}({', '.join(arguments)})"
        return function.call(primitive, symbol.static, arguments)

    def _item(self, symbol: Symbol, base: str) -> str:
        function = self.function
        index = symbol.static["index"]
        if _listed(symbol):
            return function.subscript(base, index, listed=True)
        if symbol.kind == "array":
            return function.subscript(base, index, listed=False)
        parts = index if type(index) is tuple else (index,)
        return f"{base}.item({', '.join(function.index(part) for part in parts)})"

    def _version(self, symbol: Symbol, operands: list[str]) -> str:
        function = self.function
        helper = function.object(*self._writer(symbol))
        return f"{helper}({operands[0]}, {operands[1]}, index={self._index(symbol.static['index'])})"

    def _index(self, index: Any) -> str:
        """An index as an argument."""
        parts = index if type(index) is tuple else (index,)
        texts = ", ".join(
            f"slice({part.start}, {part.stop}, {part.step})"
            if type(part) is slice
            else self.function.index(part)
            for part in parts
        )
        return f"({texts},)" if type(index) is tuple else texts

    def _writer(self, symbol: Symbol) -> tuple[Any, str]:
        """What makes a version, by name; it may write into one that nobody else has seen."""
        base = symbol.operands[0]
        if symbol.primitive is setitem:
            return put, "put"
        is_own = id(base) in self.inlined and isinstance(base, Symbol) and base.primitive is added_at
        return (add_at, "add_at") if is_own else (added_at.evaluate, "added_at")

    def _of_scalars(self, symbol: Symbol, operands: list[str], arguments: list[str], kinds: list[str]) -> str:
        """An expression of numbers; `arguments` are the operands as they stand in a call."""
        primitive: Any = symbol.primitive
        name = primitive.name
        if primitive is counting and set(kinds) <= {"int"}:
            return f"range({', '.join(arguments)})"
        if primitive in (whole, truncated, counting):
            return f"{self.function.object(primitive.evaluate, name)}({', '.join(arguments)})"
        if name in ("chain", "multiply", "zero_product") and "1.0" in operands:
            return operands[1 - operands.index("1.0")]
        if name == "abs":
            return f"abs({arguments[0]})"
        if name == "power" and kinds[0] == "float":
            text = _power(operands[0], symbol.operands[1])
            if text is not None:
                return text
        template = _INFIX.get(name) or _OF_SCALARS.get(name)
        if template is not None and not ("bool" in kinds and name in ("negative", "positive")):
            text = self._of_floats(symbol, template, kinds) or template.format(*operands)
            growing = name in _GROWING and symbol.kind in ("int", "number") and not _is_step(symbol)
            return self.function.exact(text) if growing else text
        if primitive.scalar is not None and set(kinds) <= {"float"}:
            return f"{self.function.object(primitive.scalar, name)}({', '.join(arguments)})"
        return self.function.call(primitive, symbol.static, arguments)

    def _of_floats(self, symbol: Symbol, template: str, kinds: list[str]) -> str | None:
        """The shortest way to the same float: `1.0 - x` for `1 - x`, and `y - x` for `-x + y`."""
        if "float" not in kinds or symbol.primitive.name in _SELECTING:  # type: ignore[union-attr]
            return None
        operands = symbol.operands
        if symbol.primitive is add and kinds == ["float", "float"]:
            for one, other in (operands, operands[::-1]):
                subtrahend = self._negated(one)
                if subtrahend is not None:
                    template, operands = _INFIX["subtract"], (other, subtrahend)
                    break
        return template.format(*(self.function.operand(_as_float(each)) for each in operands))

    def _negated(self, operand: Operand) -> Operand | None:
        """What an operand is the negative of, if it stands in the expression itself."""
        if isinstance(operand, Symbol) and operand.primitive is negative and id(operand) in self.inlined:
            return operand.operands[0]
        return None


def _as_float(operand: Operand) -> Operand:
    """A whole number as the float that it is: between floats, Python is twice as fast."""
    is_whole = type(operand) is int and -MAX_EXACT_INTEGER <= operand <= MAX_EXACT_INTEGER
    return float(operand) if is_whole else operand


def _power(base: str, exponent: Operand) -> str | None:
    """A power with a constant whole exponent; Python raises where the tape has an infinity."""
    if isinstance(exponent, Symbol) or exponent != exponent // 1 or abs(exponent) > 64:
        return None
    if exponent == 1:
        return base
    if exponent in (2, 3) and base.isidentifier():
        return " * ".join([base] * int(exponent))
    return f"{base} ** {float(exponent)!r}" if exponent >= 0 else f"{base} ** ({float(exponent)!r})"


def _is_step(symbol: Symbol) -> bool:
    """Whether integers are added to of which one is a small constant, such as a counter's."""
    return symbol.primitive.name in ("add", "subtract") and any(  # type: ignore[union-attr]
        type(each) is int or (isinstance(each, Symbol) and isinstance(each.origin, Given))
        for each in symbol.operands
    )


def _is_effect(statement: Any) -> bool:
    """Whether a statement changes an array in place."""
    return not isinstance(statement, Symbol) or (statement.primitive is setitem and _listed(statement))


def _listed(symbol: Symbol) -> bool:
    """Whether an entry is read or written of an array that stands in a list."""
    base = base_of(symbol.operands[0])
    return base is not None and base.listed and is_entry(symbol)


def _needs_brackets(expression: str) -> bool:
    return " " in expression or expression.startswith("-")


def _kind(value: Any) -> str:
    return type(value).__name__ if type(value) is not np.ndarray else "array"


def _are_floats(operands: Iterable[Operand]) -> bool:
    return all(
        (each.kind in ("float", "int", "number") or (each.kind == "array" and each.value.dtype == np.float64))
        if isinstance(each, Symbol)
        else (type(each) in (float, int) or (type(each) is np.ndarray and each.dtype == np.float64))
        for each in operands
    )
