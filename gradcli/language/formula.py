"""Formulas: programs that are one expression of numbers, names, operators and calls, compiled in one pass.

Most programs are formulas, and most of those run once. Their text goes straight to flat code by Dijkstra's
two stacks (the shunting yard, 1961), in an eighth of the time that parsing, naming and lowering take. Any
surprise, be it another part of the language or a mistake, makes a text no formula: it then goes the general
way, which knows the whole language and alone knows how to complain. Both ways record the same graph.
"""

from __future__ import annotations

import re
from functools import lru_cache
from keyword import iskeyword
from typing import Any

from gradcli.autodiff.nodes import Place
from gradcli.autodiff.primitive import Primitive
from gradcli.errors import ProgramError
from gradcli.language import literals
from gradcli.language.code import UNBOUND, Binary, Block, Call, ProgramCode, Unary
from gradcli.language.library import OPERATORS, UNARY, constant, table_function
from gradcli.language.precedence import COMPARISON, LEVELS, POWER, SIGN
from gradcli.language.source import Span
from gradcli.language.vocabulary import ARROW
from gradcli.primitives.table import FUNCTIONS, REQUIRED
from gradcli.records import NamedTuple

LONGEST = 2_000  # characters: too few for any limit on nesting to be met

# A formula is a chain of operands. So its text is taken in steps: what opens before an operand, the operand,
# what closes behind it, and what joins it to the next one.
_STEP = re.compile(
    r"""[ \t]*+
        ((?: (?: [-+(] | [A-Za-z_]\w*+[ \t]*+\( ) [ \t]*+ )*+)
        (?: ([A-Za-z_]\w*+ | (?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?+ (?![\w.])) [ \t]*+
            ((?: \) [ \t]*+ )*+)
            (\*\*|//|[<>=!]=|[-+*/%@^<>,]|\Z)
          | [\s\S] )""",
    re.ASCII | re.VERBOSE,
)
_OPENING = re.compile(r"([A-Za-z_]\w*+)?[ \t]*+\(|[-+]", re.ASCII)

new = tuple.__new__  # takes half the time of a named tuple's own constructor


class Formula(NamedTuple):
    """A formula's code, and the constants of the library that it uses, which may be given as inputs."""

    code: ProgramCode
    constants: tuple[str, ...]


class _Surprise(Exception):  # noqa: N818  # no error: the text is something else
    """What makes a text no formula."""


def compile_formula(text: str) -> Formula | None:
    """The code of a formula; None for any other text."""
    if len(text) > LONGEST or ARROW in text:
        return None
    writer = _Writer()
    try:
        for step in _STEP.finditer(text.rstrip(" \t\n")):
            writer.step(step)
        return writer.formula()
    except (_Surprise, ProgramError):
        return None


class _Writer:
    """The two stacks, and the code that has been written.

    `values` holds operands: the slot and the place of each. `pending` holds what waits for its right side:
    level, operation, where it starts, and how many values stood before it. An open bracket has level 0, and
    its operation is the name of the function that it calls, or None.
    """

    __slots__ = ("block", "constants", "names", "pending", "slots", "template", "temporaries", "values")

    def __init__(self) -> None:
        self.values: list[tuple[int, tuple[int, int]]] = []
        self.pending: list[tuple[int, Any, int, int]] = [(0, None, 0, 0)]
        self.template: list[Any] = []
        self.block: Block = []
        self.slots: dict[str, int] = {}  # of names and numbers
        self.names: dict[str, int] = {}
        self.temporaries: list[int] = []  # by the height at which they stand on the stack of values
        self.constants: list[str] = []

    def step(self, found: re.Match[str]) -> None:
        """Take an operand, with what stands before and behind it."""
        opening, operand, closing, joint = found.groups()
        if operand is None:
            raise _Surprise
        values, pending = self.values, self.pending
        if opening:
            start, height = found.start(1), len(values)
            for level, operation, offset in _opened(opening):
                pending.append((level, operation, start + offset, height))
        slot = self.slots.get(operand)
        if slot is None:
            slot = self.operand(operand)
        values.append((slot, found.span(2)))
        if closing:
            self.close(closing, found.start(3))
        operator = _OPERATORS.get(joint)
        if operator is None:
            self.end(joint)
            return
        level, least, operation = operator
        if pending[-1][0] >= least:
            self.write(least)
        if level == COMPARISON == pending[-1][0]:
            raise _Surprise  # a chain, which may stop in the middle
        pending.append((level, operation, 0, 0))

    def formula(self) -> Formula:
        """The result, once the text has ended."""
        if len(self.pending) > 1 or not self.values:
            raise _Surprise
        ((slot, _),) = self.values
        names = self.names
        inputs = {name: names[name] for name in names if name not in self.constants}
        code = ProgramCode(self.template, self.block, inputs, tuple(inputs), slot, None, None, ())
        return Formula(code, tuple(self.constants))

    def operand(self, text: str) -> int:
        """The slot of a number, an input or a constant; a number that the language refuses is an error."""
        if text[0] in _DIGITS:
            value: Any = literals.number(text, Span(0, 0))
        else:
            value = _meaning(text)
            self.names[text] = len(self.template)
            if value is not UNBOUND:
                self.constants.append(text)
        slot = self.slots[text] = self.slot(value)
        return slot

    def close(self, text: str, start: int) -> None:
        """Close calls, and brackets, which belong to the place of what they hold."""
        for end, character in enumerate(text, start + 1):
            if character != ")":
                continue
            self.write(1)
            _, function, begin, height = self.pending.pop()
            if function is not None:
                self.called(function, (begin, end), height)
            elif self.pending:
                self.bracketed((begin, end))
            else:
                raise _Surprise

    def bracketed(self, span: tuple[int, int]) -> None:
        """Give the last value, and the operation that it comes from, the place of the brackets around it."""
        slot, _ = self.values[-1]
        self.values[-1] = (slot, span)
        if self.block and self.block[-1].target == slot:
            last = self.block[-1]
            place = new(Place, (*span, last.place.operands))
            self.block[-1] = new(type(last), (*last[:-1], place))

    def end(self, joint: str) -> None:
        """The end of an argument, or of the text."""
        self.write(1)
        if joint == "," and self.pending[-1][1] is None:
            raise _Surprise

    # Code

    def write(self, least: int) -> None:
        """Write the operations that wait, as far as they bind as tight as `least`."""
        values, pending = self.values, self.pending
        while pending[-1][0] >= least:
            level, operation, start, _ = pending.pop()
            right, right_span = values.pop()
            end = right_span[1]
            if level == SIGN:
                target = self.temporary()
                place = new(Place, (start, end, (right_span,)))
                self.block.append(new(Unary, (target, operation, right, place)))
            else:
                left, left_span = values.pop()
                target, start = self.temporary(), left_span[0]
                place = new(Place, (start, end, (left_span, right_span)))
                self.block.append(new(Binary, (target, operation, left, right, place)))
            values.append((target, (start, end)))

    def called(self, name: str, span: tuple[int, int], height: int) -> None:
        """Write a call, whose arguments are the values above `height`."""
        arguments = self.values[height:]
        del self.values[height:]
        operation, kind = _operation(name, len(arguments))
        slots = [slot for slot, _ in arguments]
        if name == "log1p" and self.block and self.block[-1].target == slots[0]:
            raise _Surprise  # it may be `log1p(exp(x))`, which has a meaning of its own
        target = self.temporary()
        place = new(Place, (*span, tuple([each for _, each in arguments])))
        if kind is not None:
            self.block.append(new(kind, (target, operation, *slots, place)))
        else:
            self.block.append(Call(target, operation, tuple(slots), (), place))
        self.values.append((target, span))

    def slot(self, value: Any) -> int:
        """A slot of the frame that begins with a value."""
        self.template.append(value)
        return len(self.template) - 1

    def temporary(self) -> int:
        """The slot of a value that goes on top of the stack; values that lie there together share none."""
        height, temporaries = len(self.values), self.temporaries
        while len(temporaries) <= height:
            temporaries.append(self.slot(UNBOUND))
        return temporaries[height]


@lru_cache(1_000)
def _meaning(name: str) -> Any:
    """The value that a name has before any is given: that of a constant, or none.

    A function that is not called may be passed on, which is another matter.
    """
    if iskeyword(name) or name in FUNCTIONS:
        raise _Surprise
    value = constant(name)
    return UNBOUND if value is None else value


@lru_cache(1_000)
def _opened(text: str) -> list[tuple[int, Any, int]]:
    """What brackets, calls and signs before an operand leave pending: level, operation, offset."""
    opened: list[tuple[int, Any, int]] = []
    for found in _OPENING.finditer(text):
        sign = UNARY.get(found[0])
        if sign is not None and opened and opened[-1][0] == SIGN:
            raise _Surprise
        opened.append((0, found[1], found.start()) if sign is None else (SIGN, sign, found.start()))
    return opened


@lru_cache(1_000)
def _operation(name: str, count: int) -> tuple[Any, Any]:
    """What a call with so many arguments calls, and the kind of its instruction where it has its own.

    The function must take nothing but operands, each argument needs a parameter, and each parameter an
    argument or a default.
    """
    function = None if iskeyword(name) or constant(name) is not None else table_function(name, "")
    if function is None or function.context or function.sequences:
        raise _Surprise
    parameters = function.parameters
    fits = count == len(parameters) or function.variadic
    if not fits and (count > len(parameters) or parameters[count].default is REQUIRED):
        raise _Surprise
    return function.call, _KINDS.get(count) if type(function.call) is Primitive else None


_OPERATORS = {
    text: (level, level + (level in (COMPARISON, POWER)), OPERATORS["**" if text == "^" else text])
    for text, level in LEVELS.items()
    if not text.isalpha()
}
_DIGITS = frozenset("0123456789.")  # what numbers begin with
_KINDS = {1: Unary, 2: Binary}  # of calls of primitives
