"""Expressions over large arrays: operations that are noted when they are called, and evaluated together.

An elementwise operation on a large array takes less time than the memory of its result. Here the operations
of a whole region of a program, and those of its derivative, become one expression, and it is evaluated block
by block, so that what lies between never leaves the cache. Nothing here knows a derivative: rules are
called with expressions for operands and so give expressions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.graph import LARGE
from gradcli.autodiff.nodes import VALUE_SLOT, Deferred, Node, Place, expression_of, shape_of, value_of
from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.limits import check_elements

_MOST_STEPS = 128  # in a row that wait: the blocks of more would not stay in any cache
_MOST_SCALAR_STEPS = 16  # a loop over numbers is faster without waiting for the sum it begins with


class Expression(Node):
    """A value that is known, or (while it has a primitive) the call that will give it.

    It is a node of no graph: what rules make of it goes when nobody holds it. It `is_large` when it is
    evaluated block by block; `depth` counts the operations in a row that lead to it, of scalars or of arrays.
    """

    __slots__ = ("depth", "is_large", "shape")

    shape: tuple[int, ...]
    is_large: bool
    depth: int
    active = False
    index = -1
    place: Place | None = None

    @property
    def graph(self) -> _Unkept:
        """What records operations on expressions."""
        return _UNKEPT

    @property
    def is_known(self) -> bool:
        """Whether the value is at hand."""
        return self.primitive is None

    @property
    def value(self) -> Any:
        """The plain value, evaluated when first asked for."""
        if self.primitive is not None:
            evaluate([self])
        return VALUE_SLOT.__get__(self)

    @value.setter
    def value(self, value: Any) -> None:
        VALUE_SLOT.__set__(self, value)
        self.primitive, self.operands, self.depth = None, (), 0


class _Unkept:
    """Records operations on expressions, as a graph does, and keeps nothing."""

    def record(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Operand:
        """The expression of a call, or its value where it cannot wait."""
        expression = expressed(primitive, operands, static)
        if expression is not None:
            return expression
        return primitive.evaluate(*map(value_of, operands), **static)

    def guard(self, node: Node, kind: str, outcome: Any) -> None:
        """Nothing will be replayed."""


_UNKEPT = _Unkept()


def known(value: Any) -> Expression:
    """A plain value as an expression."""
    expression = Expression()
    expression.static = {}
    expression.shape = shape_of(value)
    expression.is_large = math.prod(expression.shape) >= LARGE
    expression.depth = 0
    expression.value = value
    return expression


class UnknownValueError(Exception):
    """The value of a parameter has been asked for."""


def _unknown(**static: Any) -> Any:
    raise UnknownValueError


_PARAMETER = Primitive("parameter", _unknown, None)


def parameter(name: str, shape: tuple[int, ...]) -> Expression:
    """An expression of which only the shape is known; to ask for its value, or what depends on it, fails."""
    expression = Expression()
    expression.primitive, expression.operands, expression.static = _PARAMETER, (), {"name": name}
    expression.shape = shape
    expression.is_large = math.prod(shape) >= LARGE
    expression.depth = 0
    return expression


def lazy(operand: Operand) -> Operand:
    """An operand as rules take it that shall give expressions."""
    if type(operand) is Deferred:
        return expression_of(operand)
    if type(operand) is Expression:
        return operand
    value = value_of(operand)
    return known(value) if type(value) is np.ndarray and value.size >= LARGE else value


def expressed(primitive: Primitive, operands: Sequence[Operand], static: Static) -> Expression | None:
    """The expression of a call, None where it must be evaluated at once: to fail, for instance.

    Arrays that may be written in place do not wait.
    """
    for each in operands:
        if type(each) is not Expression and isinstance(each, Node):
            return None
    shape = _SHAPES[primitive.form](operands, static) if primitive.form else None
    if shape is None:
        return None
    depth = 1
    for each in operands:
        if type(each) is Expression and each.depth >= depth and bool(each.shape) == bool(shape):
            depth = each.depth + 1
    if depth > (_MOST_STEPS if shape else _MOST_SCALAR_STEPS):
        return None
    expression = Expression()
    expression.primitive = primitive
    expression.operands = tuple(operands)
    expression.static = static
    expression.shape = shape
    expression.is_large = math.prod(shape) >= LARGE
    expression.depth = depth
    return expression


def _entrywise_shape(operands: Sequence[Operand], static: Static) -> tuple[int, ...] | None:
    shape: tuple[int, ...] = ()
    for each in operands:
        own = each.shape if type(each) is Expression or type(each) is np.ndarray else ()
        if not shape:
            shape = own
        elif own and own != shape:
            return _stretched_shape(operands)
    return shape


def _stretched_shape(operands: Sequence[Operand]) -> tuple[int, ...] | None:
    try:
        shape = np.broadcast_shapes(*map(shape_of, operands))
    except ValueError:
        return None
    check_elements(shape)
    return shape


def _total_shape(operands: Sequence[Operand], static: Static) -> tuple[int, ...] | None:
    (x,) = operands
    if type(x) is not Expression or x.is_known:
        return None
    if static["keepdims"]:
        return tuple(1 if i in static["axis"] else n for i, n in enumerate(x.shape))
    return tuple(n for i, n in enumerate(x.shape) if i not in static["axis"])


def _spread_shape(operands: Sequence[Operand], static: Static) -> tuple[int, ...] | None:
    shape: tuple[int, ...] = static["shape"]
    check_elements(shape)
    return shape if math.prod(shape_of(operands[0])) == 1 and shape else None


def _reshaped(operands: Sequence[Operand], static: Static) -> tuple[int, ...] | None:
    shape: tuple[int, ...] = static["shape"]
    count = math.prod(shape_of(operands[0]))
    return shape if count < LARGE and math.prod(shape) == count else None


_SHAPES = {
    "entrywise": _entrywise_shape,
    "total": _total_shape,
    "spread": _spread_shape,
    "reshape": _reshaped,
}


def evaluate(wanted: Iterable[Operand]) -> None:
    """Evaluate expressions and deferred nodes together, which shares what they have in common."""
    from gradcli.autodiff.regions.stages import run

    expressions = map(lazy, (each for each in wanted if type(each) in (Expression, Deferred)))
    run([each for each in expressions if not each.is_known])
