"""Formulas: programs that are one expression of numbers, names, operators and calls, compiled in one pass.

Most programs are formulas, and most of those run once. Their text goes straight to flat code by Dijkstra's
two stacks (the shunting yard, 1961), in a sixth of the time that parsing, naming and lowering take. Any
surprise, be it another part of the language or a mistake, makes a text no formula: it then goes the general
way, which knows the whole language and alone knows how to complain. Both ways record the same graph.
"""

from __future__ import annotations

import re
from functools import cache
from keyword import iskeyword
from typing import Any

from gradcli.autodiff.graph import Place
from gradcli.autodiff.primitive import Primitive
from gradcli.errors import ProgramError
from gradcli.language import literals
from gradcli.language.code import UNBOUND, Binary, Block, Call, ProgramCode, Unary
from gradcli.language.library import OPERATORS, UNARY, constant, table_function
from gradcli.language.precedence import COMPARISON, LEVELS, POWER, SIGN
from gradcli.language.source import Span
from gradcli.primitives.table import FUNCTIONS, REQUIRED, Function
from gradcli.records import NamedTuple

LONGEST = 2_000  # characters: too few for any limit on nesting to be met

_TOKEN = re.compile(
    r"""[ \t]*
        (?: ([A-Za-z_]\w*)[ \t]*\(
          | ([A-Za-z_]\w*)
          | ((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
          | (\*\*|//|[<>=!]=|[-+*/%@^<>])
          | (\()
          | (\))
          | (,)
          | ([\s\S]) )""",
    re.ASCII | re.VERBOSE,
)
_CALL, _NAME, _NUMBER, _OPERATOR, _OPEN, _CLOSE, _COMMA = range(1, 8)  # the groups

new = tuple.__new__  # takes half the time of a named tuple's own constructor


class Formula(NamedTuple):
    """A formula's code, and the constants of the library that it uses, which may be given as inputs."""

    code: ProgramCode
    constants: tuple[str, ...]


class _Surprise(Exception):  # noqa: N818  # no error: the text is something else
    """What makes a text no formula."""


def compile_formula(text: str) -> Formula | None:
    """The code of a formula; None for any other text."""
    if len(text) > LONGEST:
        return None
    writer = _Writer()
    expected: Any = _BEFORE_OPERAND
    try:
        for token in _TOKEN.finditer(text.rstrip(" \t\n")):
            kind: Any = token.lastindex
            take = expected.get(kind)
            if take is None:
                return None
            expected = take(writer, token[kind], token.span(kind))
        return writer.formula() if expected is _AFTER_OPERAND else None
    except (_Surprise, ProgramError):
        return None


class _Writer:
    """The two stacks, and the code that has been written.

    `values` holds operands: the slot and the place of each. `pending` holds what waits for its right side:
    level, operation, where it starts, and how many values stood before it. An open bracket has level 0, and
    its operation is the function that it calls, or None.

    A method that takes a token returns the handlers of the next one.
    """

    __slots__ = ("block", "constants", "names", "numbers", "pending", "template", "temporaries", "values")

    def __init__(self) -> None:
        self.values: list[tuple[int, tuple[int, int]]] = []
        self.pending: list[tuple[int, Any, int, int]] = [(0, None, 0, 0)]
        self.template: list[Any] = []
        self.block: Block = []
        self.names: dict[str, int] = {}
        self.numbers: dict[str, int] = {}
        self.temporaries: list[int] = []  # by the height at which they stand on the stack of values
        self.constants: list[str] = []

    def formula(self) -> Formula:
        """The result, once the text has ended."""
        self.write(1)
        if len(self.pending) > 1:
            raise _Surprise
        ((slot, _),) = self.values
        inputs = {name: slot for name, slot in self.names.items() if name not in self.constants}
        code = ProgramCode(self.template, self.block, inputs, tuple(inputs), slot, None, None, ())
        return Formula(code, tuple(self.constants))

    # Where an operand is expected

    def name(self, text: str, span: tuple[int, int]) -> Any:
        """An input or a constant; a function that is not called may be passed on, which is another matter."""
        slot = self.names.get(text)
        if slot is None:
            if iskeyword(text) or text in FUNCTIONS:
                raise _Surprise
            value = constant(text)
            if value is not None:
                self.constants.append(text)
            slot = self.names[text] = self.slot(UNBOUND if value is None else value)
        self.values.append((slot, span))
        return _AFTER_OPERAND

    def number(self, text: str, span: tuple[int, int]) -> Any:
        """A number; one that the language refuses (`007`) is an error."""
        slot = self.numbers.get(text)
        if slot is None:
            slot = self.numbers[text] = self.slot(literals.number(text, Span(*span)))
        self.values.append((slot, span))
        return _AFTER_OPERAND

    def sign(self, text: str, span: tuple[int, int]) -> Any:
        """A sign before an operand, which binds less tight than a power."""
        if text not in UNARY or self.pending[-1][0] == SIGN:
            raise _Surprise
        self.pending.append((SIGN, UNARY[text], span[0], 0))
        return _BEFORE_OPERAND

    def open(self, text: str, span: tuple[int, int]) -> Any:
        """An open bracket."""
        self.pending.append((0, None, span[0], 0))
        return _BEFORE_OPERAND

    def call(self, text: str, span: tuple[int, int]) -> Any:
        """The name of a function and an open bracket."""
        self.pending.append((0, _function(text), span[0], len(self.values)))
        return _BEFORE_OPERAND

    # Where an operator is expected

    def operator(self, text: str, span: tuple[int, int]) -> Any:
        """An operator, for which those that bind tighter, or as tight and stand to its left, do not wait."""
        level, least, operation = _OPERATIONS[text]
        if self.pending[-1][0] >= least:
            self.write(least)
        if level == COMPARISON == self.pending[-1][0]:
            raise _Surprise  # a chain, which may stop in the middle
        self.pending.append((level, operation, 0, 0))
        return _BEFORE_OPERAND

    def comma(self, text: str, span: tuple[int, int]) -> Any:
        """The end of an argument."""
        self.write(1)
        if self.pending[-1][1] is None:
            raise _Surprise
        return _BEFORE_OPERAND

    def close(self, text: str, span: tuple[int, int]) -> Any:
        """The end of a call, or of brackets, which belong to the place of what they hold."""
        self.write(1)
        _, function, start, height = self.pending.pop()
        if function is not None:
            self.called(function, (start, span[1]), height)
        elif self.pending:
            slot, _ = self.values[-1]
            self.values[-1] = (slot, (start, span[1]))
            if self.block and self.block[-1].target == slot:
                *instruction, place = self.block[-1]
                instruction.append(Place(start, span[1], place.operands))
                self.block[-1] = new(type(self.block[-1]), instruction)
        else:
            raise _Surprise
        return _AFTER_OPERAND

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

    def called(self, function: Function, span: tuple[int, int], height: int) -> None:
        """Write a call, whose arguments are the values above `height`."""
        arguments = self.values[height:]
        del self.values[height:]
        _check_count(function, len(arguments))
        slots = [slot for slot, _ in arguments]
        if function.name == "log1p" and self.block and self.block[-1].target == slots[0]:
            raise _Surprise  # it may be `log1p(exp(x))`, which has a meaning of its own
        target, operation = self.temporary(), function.call
        place = new(Place, (*span, tuple([each for _, each in arguments])))
        kind = _KINDS.get(len(slots)) if type(operation) is Primitive else None
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
        height = len(self.values)
        while len(self.temporaries) <= height:
            self.temporaries.append(self.slot(UNBOUND))
        return self.temporaries[height]


@cache
def _function(name: str) -> Function:
    """The function of the library that a call names, if it takes nothing but operands."""
    function = None if iskeyword(name) or constant(name) is not None else table_function(name, "")
    if function is None or function.context or function.sequences:
        raise _Surprise
    return function


def _check_count(function: Function, count: int) -> None:
    """Each argument needs a parameter, and each parameter an argument or a default."""
    parameters = function.parameters
    fits = count == len(parameters) or function.variadic
    if not fits and (count > len(parameters) or parameters[count].default is REQUIRED):
        raise _Surprise


_OPERATIONS = {
    text: (level, level + (level in (COMPARISON, POWER)), OPERATORS["**" if text == "^" else text])
    for text, level in LEVELS.items()
    if not text.isalpha()
}
_KINDS = {1: Unary, 2: Binary}  # of calls of primitives

# What may come next, and who takes it.
_BEFORE_OPERAND = {
    _NAME: _Writer.name,
    _NUMBER: _Writer.number,
    _OPERATOR: _Writer.sign,
    _OPEN: _Writer.open,
    _CALL: _Writer.call,
}
_AFTER_OPERAND = {_OPERATOR: _Writer.operator, _COMMA: _Writer.comma, _CLOSE: _Writer.close}
