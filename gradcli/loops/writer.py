"""Writing a function of generated Python: its lines, its names, and the objects that these stand for."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.limits import MAX_EXACT_INTEGER
from gradcli.loops import FallbackError
from gradcli.loops.expressions import SegmentWriter
from gradcli.loops.operations import put, whole
from gradcli.loops.segments import RefusedError, Segment, Stack, Symbol, Variable


class OutOfStepsError(Exception):
    """The loop has had the steps that it may have."""


def _exact(value: Any) -> Any:
    if type(value) is int and not -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
        raise FallbackError
    return value


class Writer:
    """A function being written: its lines, and the objects that its names stand for.

    It may have more parameters and results than others of its kind: parameters in front, results behind.
    """

    extra_parameters: tuple[str, ...] = ()
    extra_results: tuple[str, ...] = ()

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
        self.outer_sums: set[Variable] = set()
        # Variables that are set behind a loop, with the counter whose last value they take.
        self.set_behind: set[tuple[Variable, Any]] = set()
        self.zipped: dict[str, str] = {}  # stacks whose next entry comes with each round of a loop
        self._objects: dict[int, str] = {}

    def line(self, text: str) -> None:
        """Add a line."""
        self.lines.append("    " * self.indent + text)

    def takes(self, parameters: Sequence[str]) -> None:
        """State the parameters."""
        self.lines[0] = f"def {self.name}({', '.join((*self.extra_parameters, *parameters))}):"

    @property
    def text(self) -> str:
        """The function's text."""
        return "\n".join(self.lines)

    def made(self) -> Callable[..., Any]:
        """The function, compiled. Raises `RefusedError` for more loops in loops than Python takes."""
        try:
            code = compile(self.text, f"<{self.name} sweep of a loop>", "exec")
        except SyntaxError as error:
            raise RefusedError(f"Python refuses its code: {error.msg}") from error
        exec(code, self.namespace)
        function: Callable[..., Any] = self.namespace[self.name]
        return function

    def object(self, value: Any, hint: str) -> str:
        """The name of an object, a global of the function."""
        key = id(value)
        if key not in self._objects:
            is_free = hint.isidentifier() and hint not in self.namespace and not hasattr(builtins, hint)
            name = hint if is_free else f"{hint}_{len(self._objects)}"
            self._objects[key] = name
            self.namespace[name] = value
            self.namespace.setdefault("__kept__", []).append(value)
        return self._objects[key]

    def segment(self, segment: Segment, condition: Operand = None) -> None:
        """Write a segment; `condition` is asked for right behind it."""
        names = dict(self.zipped)
        for symbol, stack in segment.restored.items():
            if stack.name not in names:
                names[stack.name] = self.name_of(symbol)
                taken = self.taken(stack)
                self.line(f"{names[stack.name]} = {taken}")
            self.names[id(symbol)] = names[stack.name]
        SegmentWriter(self, segment, condition).write()

    def call(self, primitive: Primitive, static: Static, operands: Sequence[str]) -> str:
        """A call of a primitive."""
        evaluate = partial(primitive.evaluate, **static) if static else primitive.evaluate
        return f"{self.object(evaluate, primitive.name)}({', '.join(operands)})"

    def rounded(self, symbol: Symbol, text: str) -> str:
        """The expression of a symbol, as it is to be written."""
        return text

    def watches(self, symbol: Symbol) -> bool:
        """Whether to write down what a symbol decides."""
        return False

    def note(self, symbol: Symbol) -> None:
        """Write down what a symbol decides."""

    def exact(self, text: str) -> str:
        """A whole number, checked that it is exact as a float."""
        return f"exact({text})"

    def push(self, stack: Stack, value: str) -> None:
        """Save a value for the way back."""
        self.line(f"{stack.name}.append({value})")

    def taken(self, stack: Stack) -> str:
        """What was saved last and has not been taken yet."""
        return f"next_{stack.name}()"

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
        if isinstance(operand, range):
            return short(operand)
        if isinstance(operand, (int, bool)):
            return repr(operand) if operand >= 0 else f"({operand!r})"
        return self.object(operand, "k")

    def subscript(self, base: str, index: Any, listed: bool) -> str:
        """`base[index]`; entries of nested lists take one bracket after another."""
        parts = index if type(index) is tuple else (index,)
        texts = [self.index(part) for part in parts]
        if listed:
            return base + "".join(f"[{text}]" for text in texts)
        return f"{base}[{', '.join(texts)}{',' if type(index) is tuple and len(texts) == 1 else ''}]"

    def index(self, part: Any) -> str:
        """One part of an index."""
        if isinstance(part, Symbol):
            text = self.operand(part)
            return text if part.kind == "int" else f"{self.object(whole.evaluate, 'whole')}({text})"
        if type(part) is slice:
            bounds = (part.start, part.stop) if part.step is None else (part.start, part.stop, part.step)
            return ":".join("" if each is None else str(each) for each in bounds)
        if part is None or part is Ellipsis or type(part) is int:
            return str(part) if part is not Ellipsis else "..."
        return self.object(part, "k")


def short(numbers: range) -> str:
    """A range, as short as it can be said."""
    return f"range({numbers.stop})" if (numbers.start, numbers.step) == (0, 1) else repr(numbers)
