"""The syntax tree: one frozen record per form of the language, each with its exact span.

Runs of operators of one precedence level are one record with a flat tuple, so that a sum of
10,000 terms is a list and not a tower: the tree is only as deep as the text's brackets nest.

The records are named tuples: as immutable as frozen dataclasses, far cheaper to define at start-up, and
created in half the time, which is what parsing spends its time on.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

from gradcli.language.source import Span
from gradcli.records import NamedTuple


class Expression(Protocol):
    """Any record of an expression; the exact union, being recursive, costs type checkers ages."""

    @property
    def span(self) -> Span:
        """Its place in the text."""


class Statement(Protocol):
    """Any record of a statement."""

    @property
    def span(self) -> Span:
        """Its place in the text."""


Target: TypeAlias = Expression  # a `Name`, a `Subscript` or a `TupleLiteral` of targets
Body: TypeAlias = tuple[Statement, ...]


class Number(NamedTuple):
    """`1`, `1_000`, `.5`, `1e-3`."""

    value: int | float
    span: Span


class Constant(NamedTuple):
    """`True`, `False`, `None` or `...`."""

    value: object
    span: Span


class String(NamedTuple):
    """A string literal, its escapes resolved."""

    value: str
    span: Span


class Name(NamedTuple):
    """An identifier, NFKC-normalised."""

    name: str
    span: Span


class Binary(NamedTuple):
    """`a + b - c`: a left-associative run of one precedence level (`+ -`, `* / // % @`, `&` or `|`)."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]
    span: Span


class Power(NamedTuple):
    """`a ** b ** c`: a right-associative run (`^` is spelt `**` here); an operand may be a `Unary`."""

    operands: tuple[Expression, ...]
    span: Span


class Unary(NamedTuple):
    """`-x`, `+x`, `~x`, `not x`; the operators in the order of the text, as in `--x`."""

    operators: tuple[str, ...]
    operand: Expression
    span: Span


class Compare(NamedTuple):
    """`a < b <= c`: comparisons chained as Python chains them."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]
    span: Span


class Logical(NamedTuple):
    """`a and b and c`, or the same with `or`."""

    operator: str
    operands: tuple[Expression, ...]
    span: Span


class Conditional(NamedTuple):
    """`v1 if c1 else v2 if c2 else w`: (value, condition) pairs, then the last value."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression
    span: Span


class Argument(NamedTuple):
    """One argument of a call, with its keyword if it has one."""

    keyword: str | None
    value: Expression
    span: Span


class Call(NamedTuple):
    """`f(x, axis=0)`; a generator argument is a `Comprehension` that `is_generator`."""

    function: Expression
    arguments: tuple[Argument, ...]
    span: Span


class Attribute(NamedTuple):
    """`base.name`."""

    base: Expression
    name: str
    name_span: Span
    span: Span


class Slice(NamedTuple):
    """`start:stop:step` inside a subscript."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None
    span: Span


class Subscript(NamedTuple):
    """`base[i, 1:, ...]`; `x[i,]` and `x[i, j]` have `is_tuple` set, `x[i]` has not."""

    base: Expression
    items: tuple[Expression | Slice, ...]
    is_tuple: bool
    span: Span


class ListLiteral(NamedTuple):
    """`[a, b]`."""

    items: tuple[Expression, ...]
    span: Span


class TupleLiteral(NamedTuple):
    """`a, b` or `(a, b)`."""

    items: tuple[Expression, ...]
    span: Span


class Clause(NamedTuple):
    """`for target in iterable if condition …` of a comprehension."""

    target: Target
    iterable: Expression
    conditions: tuple[Expression, ...]


class Comprehension(NamedTuple):
    """`[element for …]`, or the same without brackets as the argument of a call (`is_generator`)."""

    element: Expression
    clauses: tuple[Clause, ...]
    is_generator: bool
    span: Span


class Parameter(NamedTuple):
    """A parameter of a function, with its default value if it has one; annotations are dropped."""

    name: str
    default: Expression | None
    span: Span


class Lambda(NamedTuple):
    """`lambda x, y=1: body`."""

    parameters: tuple[Parameter, ...]
    body: Expression
    span: Span


class Assign(NamedTuple):
    """`a = b = value`; each target a name, a subscript, or a tuple of targets."""

    targets: tuple[Target, ...]
    value: Expression
    span: Span


class AugmentedAssign(NamedTuple):
    """`target += value`; `operator` is the one without `=`."""

    target: Target
    operator: str
    value: Expression
    span: Span


class ExpressionStatement(NamedTuple):
    """An expression on its own; the last one at top level is the program's value."""

    value: Expression
    span: Span


class If(NamedTuple):
    """`if … elif … else`: (condition, body) pairs, then the last body."""

    branches: tuple[tuple[Expression, Body], ...]
    otherwise: Body
    span: Span


class While(NamedTuple):
    """`while condition: body`."""

    condition: Expression
    body: Body
    span: Span


class For(NamedTuple):
    """`for target in iterable: body`."""

    target: Target
    iterable: Expression
    body: Body
    span: Span


class Define(NamedTuple):
    """`def name(parameters): body`."""

    name: str
    name_span: Span
    parameters: tuple[Parameter, ...]
    body: Body
    span: Span


class Return(NamedTuple):
    """`return value`; without a value, the function has none."""

    value: Expression | None
    span: Span


class NoGrad(NamedTuple):
    """`with no_grad(): body`."""

    body: Body
    span: Span


class Assert(NamedTuple):
    """`assert condition, message`."""

    condition: Expression
    message: Expression | None
    span: Span


class Break(NamedTuple):
    """`break`."""

    span: Span


class Continue(NamedTuple):
    """`continue`."""

    span: Span


class Pass(NamedTuple):
    """`pass`, a docstring, or an `import`: a statement without effect."""

    span: Span


class Module(NamedTuple):
    """A whole program."""

    body: Body
    span: Span
