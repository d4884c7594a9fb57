"""Terms: immutable expressions in a normal form that rules rewrite and printers print.

Sums, products and matrix products take any number of operands; there is no subtraction, no division and no
square root: `x - y/2` is add(x, mul(-1/2, y)), `1/x` is power(x, -1). Products and sums broadcast as NumPy
does. Interior operands of a matrix product have two axes (only the ends may be vectors), so that it is
associative. Shapes are known throughout.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int, ...]
Number: TypeAlias = "int | Fraction | float"

LEAVES = frozenset({"number", "input", "size", "array", "eye"})
_LABEL_LENGTH = 48
_LAST_BITS = 4e-16  # relative: two units in the last place
_MOST_SIMPLE = 1000  # as a denominator: 0.123 is a fraction, 0.1234 is not


class Term:
    """One operation with its operands; `static` is its hashable parameters (a leaf's name or value).

    Terms are equal when they are built alike. `operations` counts them as the text would show them;
    `is_normal` is set on terms that no rule applies to any more, so that they are not looked at again.
    """

    __slots__ = ("args", "digest", "is_normal", "label", "op", "operations", "shape", "static")
    digest: bytes

    def __init__(self, op: str, args: tuple[Term, ...], static: Any, shape: Shape) -> None:
        self.op = op
        self.args = args
        self.static = static
        self.shape = shape
        self.is_normal = False
        self.operations = _operations(op, args)
        self.label = _label(op, args, static)
        identity = (op, repr(static), shape, tuple(arg.digest for arg in args))
        self.digest = blake2b(repr(identity).encode(), digest_size=16).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"<term {self.label} {self.shape}>"

    @property
    def value(self) -> Number | None:
        """The value of a number; None for every other term."""
        return self.static if self.op == "number" else None

    def with_args(self, args: tuple[Term, ...]) -> Term:
        """The same operation on other operands of the same shapes."""
        if all(new is old for new, old in zip(args, self.args, strict=True)):
            return self
        return Term(self.op, args, self.static, self.shape)


def _operations(op: str, args: tuple[Term, ...]) -> int:
    """How many operations the printed text has: a quotient is one, and so is a difference."""
    below = sum(arg.operations for arg in args)
    if op in LEAVES:
        return 0
    if op == "add":
        differences = sum(coefficient(arg)[0] == -1 for arg in args)
        return below + len(args) - 1 - differences + (differences == len(args))
    if op == "mul":
        quotients = sum(each.op == "power" and each.args[1].value == -1 for each in args)
        turned = args[0].value == -1 and any(map(is_turnable, args))
        return below + len(args) - 1 - quotients - turned + (quotients == len(args))
    return below + (len(args) - 1 if op == "matmul" else 1)


def _label(op: str, args: tuple[Term, ...], static: Any) -> str:
    """The beginning of the term's text, for a stable order of terms and for debugging."""
    if op in LEAVES:
        return str(static)[:_LABEL_LENGTH]
    return f"{op}({', '.join(arg.label for arg in args)[:_LABEL_LENGTH]})"


# Leaves -----------------------------------------------------------------------------------------------------


def number(value: Number) -> Term:
    """A number, exact where it can be: a whole float becomes an int, a simple fraction a Fraction."""
    return Term("number", (), exact(value), ())


def exact(value: Number) -> Number:
    """A float as a whole number or a fraction of small terms, where it is one but for its last bits."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return value
        simple = Fraction(value).limit_denominator(_MOST_SIMPLE)
        if abs(float(simple) - value) > _LAST_BITS * abs(value):
            return value
        value = simple
    return int(value) if value == int(value) else value


def leaf(name: str, shape: Shape) -> Term:
    """An input of the program."""
    return Term("input", (), name, shape)


def size(count: int) -> Term:
    """How many entries an input or an axis of it has: a number that follows the inputs' shapes."""
    return Term("size", (), count, ())


def eye(rows: int, columns: int) -> Term:
    """The identity matrix, or one like it that is not square."""
    return Term("eye", (), (rows, columns), (rows, columns))


def array(value: np.ndarray) -> Term:
    """A constant array; those of equal entries are broadcast numbers, and the identity is recognised."""
    value = np.asarray(value, dtype=np.float64)
    if value.size and np.all(value == value.flat[0]):
        return broadcast(number(float(value.flat[0])), value.shape)
    if value.ndim == 2 and np.array_equal(value, np.eye(*value.shape)):
        return eye(*value.shape)
    return Term("array", (), _nested(value.tolist()), value.shape)


def _nested(values: Any) -> Any:
    return tuple(map(_nested, values)) if isinstance(values, list) else values


ZERO, ONE, MINUS_ONE = number(0), number(1), number(-1)


# Operations -------------------------------------------------------------------------------------------------


def add(*args: Term) -> Term:
    """The sum of the operands, broadcast."""
    return args[0] if len(args) == 1 else Term("add", args, None, broadcast_shape(args))


def mul(*args: Term) -> Term:
    """The product of the operands entry by entry, broadcast."""
    return args[0] if len(args) == 1 else Term("mul", args, None, broadcast_shape(args))


def power(base: Term, exponent: Term | Number) -> Term:
    """A power, entry by entry."""
    exponent = exponent if isinstance(exponent, Term) else number(exponent)
    return Term("power", (base, exponent), None, broadcast_shape((base, exponent)))


def negative(x: Term) -> Term:
    """The opposite."""
    return mul(MINUS_ONE, x)


def divide(x: Term, y: Term) -> Term:
    """The quotient."""
    return mul(x, power(y, -1))


def matmul(*args: Term) -> Term:
    """The matrix product; vectors stand at the ends only."""
    if len(args) == 1:
        return args[0]
    return Term("matmul", args, None, (*args[0].shape[:-1], *args[-1].shape[1:]))


def outer(x: Term, y: Term) -> Term:
    """The matrix of all products of the entries of two vectors."""
    return Term("outer", (x, y), None, (*x.shape, *y.shape))


def transpose(x: Term, axes: Shape | None = None) -> Term:
    """The axes reversed, or in the order given."""
    order = tuple(reversed(range(len(x.shape)))) if axes is None else axes
    return Term("transpose", (x,), order, tuple(x.shape[i] for i in order))


def total(x: Term, axes: Shape | None = None) -> Term:
    """The sum of the entries over axes, all by default."""
    over = tuple(range(len(x.shape))) if axes is None else axes
    return Term("sum", (x,), over, tuple(n for i, n in enumerate(x.shape) if i not in over))


def reshape(x: Term, shape: Shape) -> Term:
    """The entries in another shape."""
    return x if x.shape == shape else Term("reshape", (x,), shape, shape)


def broadcast(x: Term, shape: Shape) -> Term:
    """The operand repeated to fill a shape."""
    return x if x.shape == shape else Term("broadcast", (x,), shape, shape)


def call(function: str, *args: Term, shape: Shape | None = None, static: Any = None) -> Term:
    """A function of the language; elementwise unless a shape is given. `static` holds keyword pairs."""
    return Term(function, args, static, broadcast_shape(args) if shape is None else shape)


def diagonal_matrix(x: Term) -> Term:
    """The square matrix with a vector on its diagonal."""
    return call("diag", x, shape=(*x.shape, *x.shape))


def broadcast_shape(args: Iterable[Term]) -> Shape:
    """The common shape of operands that broadcast."""
    shapes = {arg.shape for arg in args} - {()}
    if len(shapes) < 2:
        return next(iter(shapes), ())
    return np.broadcast_shapes(*shapes)


# Parts ------------------------------------------------------------------------------------------------------


def is_turnable(term: Term) -> bool:
    """Whether a term is a difference, so that a minus before it turns it round."""
    return term.op == "add" and any(coefficient(each)[0] < 0 for each in term.args)


def magnitude(value: Number) -> Number:
    """The absolute value of a number."""
    return -value if value < 0 else value


def numeric_product(factors: Iterable[Term]) -> tuple[Number, list[Term]]:
    """The product of the numbers among factors, and the other factors."""
    constant: Number = 1
    others: list[Term] = []
    for factor in factors:
        if factor.value is None:
            others.append(factor)
        else:
            constant = constant * factor.value
    return constant, others


def coefficient(term: Term) -> tuple[Number, Term]:
    """A term as a number times the rest."""
    if term.value is not None:
        return term.value, ONE
    if term.op == "mul" and term.args[0].value is not None:
        return term.args[0].value, mul(*term.args[1:])
    return 1, term


def base_exponent(term: Term) -> tuple[Term, Term]:
    """A factor as base and exponent."""
    return (term.args[0], term.args[1]) if term.op == "power" else (term, ONE)


def factors(term: Term) -> tuple[Term, ...]:
    """The operands of a product; the term itself when it is none."""
    return term.args if term.op == "mul" else (term,)


def chain_of(term: Term) -> tuple[Term, ...]:
    """The operands of a matrix product; the term itself when it is none."""
    return term.args if term.op == "matmul" else (term,)


def terms_of(term: Term) -> tuple[Term, ...]:
    """The operands of a sum; the term itself when it is none."""
    return term.args if term.op == "add" else (term,)
