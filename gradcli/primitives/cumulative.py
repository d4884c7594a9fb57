"""Products, running sums, products and extremes, and what goes from neighbour to neighbour."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.limits import check_elements, float_beyond_exact
from gradcli.primitives.arguments import as_axis, as_flag, as_int
from gradcli.primitives.arithmetic import add, multiply, negative, subtract
from gradcli.primitives.extremes import same
from gradcli.primitives.indexing import getitem
from gradcli.primitives.joining import gathered
from gradcli.primitives.layout import reshaped
from gradcli.primitives.reduction import axes_of
from gradcli.primitives.scans import product, running_log_sum, running_max, running_product, running_sum
from gradcli.primitives.selection import where
from gradcli.primitives.shape import sum_axes
from gradcli.primitives.table import function

FAMILY = "reduction"
AXIS = "without an axis x is flattened first"


@function(
    FAMILY, "the product of the entries, over all or some axes; or of the values of a generator",
    derivative="the product of all others",
    convention="exact with any number of zeros; the product of nothing is 1",
    example="prod([2, 3, 4])",
)  # fmt: skip
def prod(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The product over axes."""
    if isinstance(x, range):
        check_elements((len(x),))
    if isinstance(x, (list, tuple, range)) and all(type(each) is int for each in x):
        return float_beyond_exact(math.prod(x))
    x = gathered(x)
    axes = axes_of(x, axis, "prod")
    return product(x, axis=axes, keepdims=as_flag(keepdims)) if shape_of(x) else x


def _scan(x: Operand, axis: Any, operation: str) -> tuple[Operand, int]:
    """The array to scan and the axis: NumPy flattens where none is given."""
    x = gathered(x)
    if axis is None or not shape_of(x):
        return reshaped(x, (-1,)), 0
    return x, as_axis(axis, shape_of(x), operation)


@function(
    FAMILY, "running sums along an axis", derivative="the running sum of the cotangents, from the end",
    convention=AXIS, example="cumsum([1, 2, 3])",
)  # fmt: skip
def cumsum(x: Operand, axis: Any = None) -> Operand:
    """The sum of the entries up to each."""
    x, place = _scan(x, axis, "cumsum")
    return running_sum(x, axis=place, reverse=False)


@function(
    FAMILY, "running products along an axis", derivative="the product of the other entries up to each",
    convention=f"exact with any number of zeros; {AXIS}", example="cumprod([1, 2, 3])",
)  # fmt: skip
def cumprod(x: Operand, axis: Any = None) -> Operand:
    """The product of the entries up to each."""
    x, place = _scan(x, axis, "cumprod")
    return running_product(x, axis=place, reverse=False)


@function(
    FAMILY, "the logarithms of running sums of exponentials along an axis, without overflow",
    derivative="by each entry up to there, exp(entry - result)", convention=AXIS,
    example="logcumsumexp([0, 0, 0])",
)  # fmt: skip
def logcumsumexp(x: Operand, axis: Any = None) -> Operand:
    """`log(cumsum(exp(x)))`."""
    x, place = _scan(x, axis, "logcumsumexp")
    return running_log_sum(x, axis=place)


@function(
    FAMILY, "running maxima along an axis", derivative="1 for the largest so far, 0 for others",
    convention=f"entries that tie share the derivative evenly; {AXIS}", example="cummax([1, 3, 2])",
)  # fmt: skip
def cummax(x: Operand, axis: Any = None) -> Operand:
    """The largest of the entries up to each."""
    x, place = _scan(x, axis, "cummax")
    return running_max(x, axis=place, reverse=False)


@function(
    FAMILY, "running minima along an axis", derivative="1 for the smallest so far, 0 for others",
    convention=f"entries that tie share the derivative evenly; {AXIS}", example="cummin([3, 1, 2])",
)  # fmt: skip
def cummin(x: Operand, axis: Any = None) -> Operand:
    """The smallest of the entries up to each."""
    return negative(cummax(negative(gathered(x)), axis))


@function(
    FAMILY, "torch's cummax: the running maxima and where they stand", name="torch.cummax",
    derivative="1 for the largest so far, 0 for others",
    convention="entries that tie share the derivative evenly", example="torch.cummax([1, 3, 2], 0)[0]",
)  # fmt: skip
def torch_cummax(x: Operand, axis: Any) -> tuple[Operand, Operand]:
    """Values and positions, of ties the last."""
    x, place = _scan(x, axis, "cummax")
    values = running_max(x, axis=place, reverse=False)
    return values, _latest(same(x, values), place)


@function(
    FAMILY, "torch's cummin: the running minima and where they stand", name="torch.cummin",
    derivative="1 for the smallest so far, 0 for others",
    convention="entries that tie share the derivative evenly", example="torch.cummin([3, 1, 2], 0)[0]",
)  # fmt: skip
def torch_cummin(x: Operand, axis: Any) -> tuple[Operand, Operand]:
    """Values and positions, of ties the last."""
    values, positions = torch_cummax(negative(gathered(x)), axis)
    return negative(values), positions


def _latest(holds: Operand, axis: int) -> Operand:
    """The last position along the axis, up to each, at which the condition holds."""
    lengths = shape_of(holds)
    positions = np.arange(lengths[axis], dtype=np.float64).reshape([-1, *(1,) * (len(lengths) - axis - 1)])
    return running_max(where(holds, positions, 0.0), axis=axis, reverse=False)


# Differences ------------------------------------------------------------------------------------------------


@function(
    FAMILY, "the n-th differences of neighbours along an axis", derivative="1 and -1 for the two neighbours",
    example="diff([1, 4, 9])",
)  # fmt: skip
def diff(x: Operand, n: Any = 1, axis: Any = -1) -> Operand:
    """Each entry less the one before."""
    x = gathered(x)
    place = as_axis(axis, shape_of(x), "diff")
    before = (slice(None),) * place
    for _ in range(min(as_int(n, "`n`"), shape_of(x)[place])):
        later = getitem(x, index=(*before, slice(1, None)))
        x = subtract(later, getitem(x, index=(*before, slice(None, -1))))
    return x


@function(
    FAMILY, "the integral of y along an axis by the trapezoidal rule, at places x or dx apart",
    derivative="by y, half the width of the two intervals beside it", aliases=("trapz",),
    example="trapezoid([1, 2, 3])",
)  # fmt: skip
def trapezoid(y: Operand, x: Any = None, dx: Operand = 1.0, axis: Any = -1) -> Operand:
    """The sum over the intervals of width times mean height."""
    y = gathered(y)
    lengths = shape_of(y)
    place = as_axis(axis, lengths, "trapezoid")
    widths = dx
    if x is not None:
        x = gathered(x)
        along = tuple(-1 if i == place else 1 for i in range(len(lengths)))
        widths = diff(reshaped(x, along) if len(shape_of(x)) == 1 else x, axis=place)
    before = (slice(None),) * place
    heights = add(getitem(y, index=(*before, slice(1, None))), getitem(y, index=(*before, slice(None, -1))))
    return sum_axes(multiply(multiply(heights, 0.5), widths), axis=(place,), keepdims=False)
