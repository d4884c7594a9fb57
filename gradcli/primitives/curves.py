"""Curves: polynomials by their coefficients, convolution, and interpolation between points."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Multilinear, Operand, Primitive
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import an_array
from gradcli.primitives.arithmetic import add, as_float, divide, multiply, subtract
from gradcli.primitives.comparison import greater, less
from gradcli.primitives.indexing import getitem, read
from gradcli.primitives.joining import gathered
from gradcli.primitives.rows import with_rows
from gradcli.primitives.selection import where
from gradcli.primitives.shape import broadcast_to
from gradcli.primitives.table import function, plain, primitive
from gradcli.primitives.tiling import flip

FAMILY = "curves"


def _vector(x: Any, operation: str) -> Operand:
    """An operand that must be a vector of at least one entry."""
    x = gathered(x)
    if len(shape_of(x)) != 1 or not shape_of(x)[0]:
        raise EvaluationError(f"`{operation}` needs a vector that is not empty, not {an_array(shape_of(x))}")
    return x


# Polynomials ------------------------------------------------------------------------------------------------


@function(
    FAMILY, "the polynomial with the coefficients p, that of the highest power first, at x",
    derivative="by p, the powers of x; by x, polyval of the derived polynomial",
    example="polyval([1, 2, 3], 10)",
)  # fmt: skip
def polyval(p: Operand, x: Operand) -> Operand:
    """Horner's scheme."""
    p, x = _vector(p, "polyval"), gathered(x)
    result = broadcast_to(getitem(p, index=0), shape=shape_of(x)) if shape_of(x) else getitem(p, index=0)
    for i in range(1, shape_of(p)[0]):
        result = add(multiply(result, x), getitem(p, index=i))
    return result


# Convolution ------------------------------------------------------------------------------------------------


def _convolution(x: Any, y: Any) -> Any:
    check_elements((len(x) + len(y) - 1,))
    return np.convolve(as_float(x), as_float(y))


def _pulled(g: Operand, x: Operand, y: Operand) -> Operand:
    """The cotangent of x: each entry of g meets the entry of y that carried x there."""
    first = shape_of(y)[0] - 1
    return getitem(convolution(g, flip(y)), index=slice(first, first + shape_of(x)[0]))


def _convolution_rows(mapped: tuple[bool, ...], x: Any, y: Any) -> Any:
    return np.array([_convolution(*rows) for rows in zip(*with_rows(mapped, (x, y)), strict=True)])


convolution: Primitive = primitive(
    "convolve", _convolution,
    Multilinear((lambda g, x, y: _pulled(g, x, y), lambda g, x, y: _pulled(g, y, x))),
    batch=_convolution_rows,
)  # fmt: skip


@function(
    FAMILY, 'the convolution of two vectors; "same" is as long as the longer, "valid" leaves out the edges',
    derivative="by x, g correlated with y; by y, g correlated with x", example="convolve([1, 2, 3], [1, 1])",
)  # fmt: skip
def convolve(x: Operand, y: Operand, mode: str = "full") -> Operand:
    """NumPy's convolve; of polynomials, the coefficients of their product."""
    x, y = _vector(x, "convolve"), _vector(y, "convolve")
    whole = convolution(x, y)
    shorter, longer = sorted((shape_of(x)[0], shape_of(y)[0]))
    if mode == "full":
        return whole
    if mode == "same":
        first = (shorter - 1) // 2
        return getitem(whole, index=slice(first, first + longer))
    if mode == "valid":
        return getitem(whole, index=slice(shorter - 1, longer))
    raise EvaluationError(f'`convolve`: `mode` must be "full", "same" or "valid", not "{mode}"')


# Interpolation ----------------------------------------------------------------------------------------------


def _interval(x: Any, xp: Any) -> Any:
    """The position of the interval that x lies in: the first or the last one where x lies beyond them."""
    return plain(np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2))


interval = primitive("interval", _interval, None)


@function(
    FAMILY, "the curve through the points (xp, fp) at x: straight between them, constant beyond",
    derivative="by x, the slope there; by fp, the weights of both ends; by xp, -slope times these weights",
    domain="xp ascending",
    convention="at a point, the slope of the interval on its right (at the last, on its left), as in JAX",
    example="interp(2.5, [1, 2, 3], [10, 20, 40])",
)  # fmt: skip
def interp(x: Operand, xp: Operand, fp: Operand, left: Any = None, right: Any = None) -> Operand:
    """NumPy's interp; `left` and `right` are the values beyond, by default those of the ends."""
    x, xp, fp = gathered(x), _vector(xp, "interp"), _vector(fp, "interp")
    count = shape_of(xp)[0]
    if shape_of(fp) != (count,):
        raise EvaluationError(f"`interp` needs as many values as points, not {shape_of(fp)[0]} for {count}")
    inside = _between(x, xp, fp) if count > 1 else getitem(fp, index=0)
    before = getitem(fp, index=0) if left is None else left
    beyond = getitem(fp, index=count - 1) if right is None else right
    result = where(greater(x, getitem(xp, index=count - 1)), beyond, inside)
    return where(less(x, getitem(xp, index=0)), before, result)


def _between(x: Operand, xp: Operand, fp: Operand) -> Operand:
    """The line through the two points on both sides of x."""
    below = interval(x, xp)
    above = add(below, 1)
    start, height = read(xp, below), read(fp, below)
    slope = divide(subtract(read(fp, above), height), subtract(read(xp, above), start))
    return add(height, multiply(subtract(x, start), slope))
