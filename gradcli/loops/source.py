"""Writing segments, choices and repetitions as Python: the text of a function, and the names that it uses."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Operand, Primitive
from gradcli.limits import MAX_EXACT_INTEGER
from gradcli.loops.listing import is_entry
from gradcli.loops.operations import added_at, counting, put, truncated, whole
from gradcli.loops.outer_sums import is_outer
from gradcli.loops.segments import (
    AddAt,
    Block,
    Break,
    Choice,
    Counter,
    Given,
    PutAt,
    RefusedError,
    Repeat,
    Segment,
    Stack,
    Symbol,
    Variable,
    segments_of,
    symbols_of,
)
from gradcli.primitives.indexing import getitem, setitem

_INFIX = {
    "add": "{} + {}", "subtract": "{} - {}", "multiply": "{} * {}", "divide": "{} / {}",
    "chain": "{} * {}", "zero_product": "{} * {}", "negative": "-{}", "positive": "+{}",
    "matmul": "{} @ {}",
}  # fmt: skip
_OF_SCALARS = {
    "remainder": "{} % {}", "floor_divide": "{} // {}", "less": "{} < {}", "less_equal": "{} <= {}",
    "greater": "{} > {}", "greater_equal": "{} >= {}", "equal": "{} == {}", "not_equal": "{} != {}",
    "where": "{1} if {0} else {2}", "logical_not": "not {}", "square": "{0} * {0}",
    "reciprocal": "1.0 / {}",
}  # fmt: skip
_GROWING = frozenset({"multiply", "power", "add", "subtract"})
_DEEPEST = 12  # brackets in brackets, of expressions written in one line


class FallbackError(Exception):
    """The generated code cannot go on exactly as the tape would: the tape is to run the loop."""


class OutOfStepsError(Exception):
    """The loop has had the steps that it may have."""


def _exact(value: Any) -> Any:
    if type(value) is int and not -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
        raise FallbackError
    return value


class Function:
    """A function being written: its lines, and the objects that its names stand for."""

    def __init__(self, name: str, saving: bool = False) -> None:
        self.name = name
        self.lines = [""]
        self.saving = saving
        self.indent = 1
        self.names: dict[int, str] = {}
        self.namespace: dict[str, Any] = {
            "OutOfStepsError": OutOfStepsError, "exact": _exact, "put": put, "np": np, "inf": math.inf,
            "nan": math.nan,
        }  # fmt: skip
        self.temporaries = 0
        self.loops = 0
        self.outer_sums: set[Variable] = set()
        self.zipped: dict[str, str] = {}  # stacks whose next entry comes with each round of a loop
        self.root_trips = "0"
        self._open: list[tuple[Repeat, str]] = []
        self._objects: dict[int, str] = {}

    def line(self, text: str) -> None:
        """Add a line."""
        self.lines.append("    " * self.indent + text)

    def takes(self, parameters: Sequence[str]) -> None:
        """State the parameters."""
        self.lines[0] = f"def {self.name}({', '.join(parameters)}):"

    @property
    def text(self) -> str:
        """The function's text."""
        return "\n".join(self.lines)

    def made(self) -> Callable[..., Any]:
        """The function, compiled."""
        exec(compile(self.text, f"<{self.name} sweep of a loop>", "exec"), self.namespace)
        function: Callable[..., Any] = self.namespace[self.name]
        return function

    def object(self, value: Any, hint: str) -> str:
        """The name of an object, a global of the function."""
        key = id(value)
        if key not in self._objects:
            name = (
                hint if hint.isidentifier() and hint not in self.namespace else f"{hint}_{len(self._objects)}"
            )
            self._objects[key] = name
            self.namespace[name] = value
            self.namespace.setdefault("__kept__", []).append(value)
        return self._objects[key]

    # Control flow -------------------------------------------------------------------------------------------

    def block(self, block: Block, condition: Operand = None) -> None:
        """Write a block; `condition` is asked for right behind it."""
        start = len(self.lines)
        block = [each for each in block if not isinstance(each, Segment) or each.body or each.sets]
        for position, each in enumerate(block):
            if isinstance(each, Segment):
                following = block[position + 1] if position + 1 < len(block) else None
                asked = following.condition if isinstance(following, Choice) else None
                self.segment(each, condition if following is None else asked)
            elif isinstance(each, Choice):
                self.choice(each)
            elif isinstance(each, Repeat):
                self.repeat(each)
            elif isinstance(each, Break):
                self.leave()
        if len(self.lines) == start:
            self.line("pass")

    def choice(self, choice: Choice) -> None:
        """Write a choice."""
        backward = choice.condition is None
        tags = choice.tags
        condition = f"next_{tags.name}()" if backward and tags else self.operand(choice.condition)
        self.line(f"if {condition}:")
        for way, tag in ((choice.then, 1), (choice.otherwise, 0)):
            self.indent += 1
            if self.saving and tags is not None and not backward:
                self.line(f"{tags.name}.append({tag})")
            self.block(way)
            self.indent -= 1
            if tag:
                self.line("else:")
        if self.lines[-1].strip() == "pass" and self.lines[-2].strip() == "else:":
            del self.lines[-2:]

    def repeat(self, repeat: Repeat) -> None:
        """Write a forward repetition."""
        self.loops += 1
        count = f"n{self.loops}"
        self._open.append((repeat, count))
        if repeat.counter is not None:
            self._for(repeat, count)
        else:
            self._while(repeat, count)
        self._open.pop()
        if self.saving and repeat.trips is not None and len(self._open):
            trips = f"r{count}[:{count}]" if repeat.counter is not None else count
            self.line(f"{repeat.trips.name}.append({trips})")
        elif not self._open:
            self.root_trips = count

    def _for(self, repeat: Repeat, count: str) -> None:
        self.line(f"r{count} = {'source' if repeat.iterable is None else self.operand(repeat.iterable)}")
        self.line(f"{count} = len(r{count})")
        self.line(f"left -= {count} * {repeat.cost}")
        self.line("if left < 0: raise OutOfStepsError")
        counter: Any = repeat.counter
        if repeat.breaks and counter.kind != "int":
            raise RefusedError("a `break` leaves a loop over values")
        self.line(f"for {counter.name} in r{count}:")
        self.indent += 1
        self.block(repeat.body)
        self.indent -= 1

    def _while(self, repeat: Repeat, count: str) -> None:
        self.line(f"for {count} in range(left // {repeat.cost} + 1):")
        self.indent += 1
        self.block(repeat.test, repeat.condition)
        condition = self.operand(repeat.condition)
        self.line(f"if not {condition}: break")
        self.block(repeat.body)
        self.indent -= 1
        self.line("else: raise OutOfStepsError")
        self.line(f"left -= {count} * {repeat.cost}")

    def leave(self) -> None:
        """Write a `break`."""
        repeat, count = self._open[-1]
        if repeat.counter is not None:
            self.line(f"{count} = r{count}.index({repeat.counter.name}) + 1")
        else:
            self.line(f"{count} += 1")
        self.line("break")

    # Segments -----------------------------------------------------------------------------------------------

    def segment(self, segment: Segment, condition: Operand = None) -> None:
        """Write a segment; `condition` is asked for right behind it."""
        names = dict(self.zipped)
        for symbol, stack in segment.restored.items():
            if stack.name not in names:
                names[stack.name] = self.name_of(symbol)
                self.line(f"{names[stack.name]} = next_{stack.name}()")
            self.names[id(symbol)] = names[stack.name]
        writing = _Writing(self, segment, condition)
        writing.write()

    def name_of(self, symbol: Symbol) -> str:
        """The name of a symbol; a new one for one that has none."""
        if id(symbol) not in self.names:
            self.temporaries += 1
            self.names[id(symbol)] = f"t{self.temporaries}"
        return self.names[id(symbol)]

    def operand(self, operand: Operand) -> str:
        """An operand as it stands in an expression."""
        if isinstance(operand, Symbol):
            known = self.names.get(id(operand))
            if known is not None:
                return known
            if operand.origin is not None:
                return str(operand.origin.name)
            raise AssertionError(f"{operand} has not been computed")
        if isinstance(operand, float) and not isinstance(operand, np.floating):
            return repr(operand) if operand >= 0 else f"({operand!r})"
        if isinstance(operand, (int, bool, range)):
            return repr(operand) if not isinstance(operand, int) or operand >= 0 else f"({operand!r})"
        return self.object(operand, "k")

    def subscript(self, base: str, index: Any, listed: bool) -> str:
        """`base[index]`; entries of nested lists take one bracket after another."""
        parts = index if type(index) is tuple else (index,)
        texts = [self._index(part) for part in parts]
        if listed:
            return base + "".join(f"[{text}]" for text in texts)
        return f"{base}[{', '.join(texts)}{',' if type(index) is tuple and len(texts) == 1 else ''}]"

    def _index(self, part: Any) -> str:
        if isinstance(part, Symbol):
            text = self.operand(part)
            return text if part.kind == "int" else f"{self.object(whole.evaluate, 'whole')}({text})"
        if type(part) is slice:
            return ":".join("" if each is None else str(each) for each in (part.start, part.stop, part.step))
        if part is None or part is Ellipsis or type(part) is int:
            return str(part) if part is not Ellipsis else "..."
        return self.object(part, "k")


class _Writing:
    """One segment being written."""

    def __init__(self, function: Function, segment: Segment, condition: Operand) -> None:
        self.function = function
        self.segment = segment
        self.condition = condition
        self.uses: dict[int, int] = {}
        self.depth: dict[int, int] = {}
        self.reads: dict[int, frozenset[str]] = {}
        self.ordered = any(
            not isinstance(each, Symbol) or (each.primitive is setitem and _listed(each))
            for each in segment.body
        )

    def write(self) -> None:
        """Write what is needed of it."""
        function, segment = self.function, self.segment
        saved = segment.saved if function.saving else {}
        needed = self._needed(saved)
        for statement in segment.body:
            if isinstance(statement, Symbol):
                if id(statement) in needed:
                    self._symbol(statement)
            else:
                self._effect(statement)
        for symbol, stack in saved.items():
            function.line(f"{stack.name}.append({function.operand(symbol)})")
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
            effect = not isinstance(statement, Symbol)
            if effect or id(statement) in needed or (statement.primitive is setitem and _listed(statement)):
                needed.add(id(statement))
                for each in statement.value.operands if self._is_outer(statement) else symbols_of(statement):
                    self._use(each, needed)
        return needed

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
        expression = self.expression(symbol)
        depth = 1 + max((self.depth.get(id(each), 0) for each in symbols_of(symbol)), default=0)
        inline = self.uses[id(symbol)] == 1 and depth <= _DEEPEST
        if inline and not (self.ordered and symbol.primitive is getitem):
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
        text = self.function.operand(operand)
        if (
            isinstance(operand, Symbol)
            and text.startswith("(")
            and _needs_brackets(text[1:-1])
            and id(operand) in self.reads
        ):
            return text[1:-1]
        return text

    def _effect(self, statement: AddAt | PutAt) -> None:
        place = statement.place.name
        if self._is_outer(statement):
            operands = map(self._bare, statement.value.operands)
            self.function.line(f"{place}.add({', '.join(operands)})")
            return
        if statement.index is not ...:
            place = self.function.subscript(place, statement.index, statement.place.listed)
        operator = "+=" if isinstance(statement, AddAt) else "="
        self.function.line(f"{place} {operator} {self._bare(statement.value)}")

    def _sets(self) -> None:
        sets = [(v, value) for v, value in self.segment.sets if self._bare(value) != v.name]
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
        kinds = [each.kind if isinstance(each, Symbol) else _kind(each) for each in symbol.operands]
        if primitive is getitem:
            return self._item(symbol, operands[0])
        if primitive in (setitem, added_at):
            return self._version(symbol, operands)
        if "array" not in kinds and symbol.kind != "array":
            return self._of_scalars(symbol, primitive, operands, kinds)
        if primitive.name in _INFIX and _are_floats(symbol.operands):
            return _INFIX[primitive.name].format(*operands)
        return f"{self._callable(primitive, symbol.static)}({', '.join(operands)})"

    def _item(self, symbol: Symbol, base: str) -> str:
        function = self.function
        index = symbol.static["index"]
        if _listed(symbol):
            return function.subscript(base, index, listed=True)
        if symbol.kind == "array":
            return function.subscript(base, index, listed=False)
        parts = index if type(index) is tuple else (index,)
        return f"{base}.item({', '.join(function._index(part) for part in parts)})"

    def _version(self, symbol: Symbol, operands: list[str]) -> str:
        function = self.function
        helper = function.object(added_at.evaluate if symbol.primitive is added_at else put, "put")
        index = symbol.static["index"]
        parts = index if type(index) is tuple else (index,)
        texts = ", ".join(
            f"slice({part.start}, {part.stop}, {part.step})" if type(part) is slice else function._index(part)
            for part in parts
        )
        text = f"({texts},)" if type(index) is tuple else texts
        return f"{helper}({operands[0]}, {operands[1]}, index={text})"

    def _of_scalars(self, symbol: Symbol, primitive: Primitive, operands: list[str], kinds: list[str]) -> str:
        name = primitive.name
        if primitive is whole:
            return f"{self.function.object(whole.evaluate, 'whole')}({operands[0]})"
        if primitive is truncated or primitive is counting:
            return f"{self.function.object(primitive.evaluate, name)}({', '.join(operands)})"
        if name in ("chain", "multiply", "zero_product") and "1.0" in operands:
            return operands[1 - operands.index("1.0")]
        if name == "power" and kinds[0] == "float":
            text = _power(operands[0], symbol.operands[1])
            if text is not None:
                return text
        template = _INFIX.get(name) or _OF_SCALARS.get(name)
        if template is not None and not ("bool" in kinds and name in ("negative", "positive")):
            text = template.format(*operands)
            growing = name in _GROWING and symbol.kind in ("int", "number") and not _is_step(symbol)
            return f"exact({text})" if growing else text
        if primitive.scalar is not None and set(kinds) <= {"float"}:
            return f"{self.function.object(primitive.scalar, name)}({', '.join(operands)})"
        return f"{self._callable(primitive, symbol.static)}({', '.join(operands)})"

    def _callable(self, primitive: Primitive, static: Any) -> str:
        if not static:
            return self.function.object(primitive.evaluate, primitive.name)
        return self.function.object(partial(primitive.evaluate, **static), primitive.name)


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


def _listed(symbol: Symbol) -> bool:
    from gradcli.loops.listing import base_of

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


class Backward(Function):
    """A reverse sweep being written."""

    def repeat(self, repeat: Repeat) -> None:
        """Write a repetition in reverse; what every round takes from stacks comes with the rounds."""
        streams = self._rounds(repeat)
        for each in repeat.body:
            if isinstance(each, Segment):
                for stack in each.restored.values():
                    if stack.name not in self.zipped:
                        self.temporaries += 1
                        self.zipped[stack.name] = f"t{self.temporaries}"
                        streams[self.zipped[stack.name]] = f"each_{stack.name}"
        counter = repeat.counter
        if not self._open and counter is not None and len(streams) > 1 and not _reads(repeat.body, counter):
            del streams[counter.name]
        if not streams:
            streams["_"] = "range(trips)"
        sources = ", ".join(streams.values())
        self.line(f"for {', '.join(streams)} in {f'zip({sources})' if len(streams) > 1 else sources}:")
        self._open.append((repeat, ""))
        self.indent += 1
        self.block(repeat.body)
        self.indent -= 1
        self._open.pop()

    def _rounds(self, repeat: Repeat) -> dict[str, str]:
        """What counts the rounds: first of all, for it is to end before it takes from others."""
        if not self._open:
            return {} if repeat.counter is None else {repeat.counter.name: "reversed(trips)"}
        trips = f"next_{repeat.trips.name}()"  # type: ignore[union-attr]
        if repeat.counter is None:
            return {"_": f"range({trips})"}
        return {repeat.counter.name: f"reversed({trips})"}


def _reads(block: Block, counter: Counter) -> bool:
    """Whether anything in a block reads a counter."""
    return any(
        symbol.origin is counter
        for segment in segments_of(block)
        for statement in (*segment.body, *(value for _, value in segment.sets))
        for symbol in (
            (*symbols_of(statement), *((statement,) if isinstance(statement, Symbol) else ()))
            if isinstance(statement, (Symbol, AddAt, PutAt))
            else ()
        )
    )


def take_from(function: Function, stacks: Iterable[Stack]) -> None:
    """Bind the methods of the stacks that a function uses."""
    for stack in stacks:
        if function.saving:
            function.line(f"push_{stack.name} = {stack.name}.append")
        else:
            function.line(f"each_{stack.name} = reversed({stack.name})")
            function.line(f"next_{stack.name} = each_{stack.name}.__next__")
