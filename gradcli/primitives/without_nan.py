"""Reductions that leave out entries which are not a number."""

from __future__ import annotations

import math
from typing import Any

from gradcli.autodiff.primitive import Operand
from gradcli.primitives.arguments import Shape, as_flag
from gradcli.primitives.arithmetic import divide, subtract
from gradcli.primitives.comparison import equal, greater, isnan, logical_not
from gradcli.primitives.elementary import sqrt, square
from gradcli.primitives.extremes import TIES, largest, smallest
from gradcli.primitives.joining import gathered
from gradcli.primitives.norms import norm_2
from gradcli.primitives.reduction import axes_of, count_nonzero, total
from gradcli.primitives.selection import where
from gradcli.primitives.shape import sum_axes
from gradcli.primitives.table import function

FAMILY = "reduction"
LEFT_OUT = "0 for entries that are left out"


def _filled(x: Operand, value: float) -> Operand:
    """x with a number in place of each nan."""
    return where(isnan(x), value, x)


def _counted(x: Operand, axis: Any, keepdims: Any) -> Operand:
    return count_nonzero(logical_not(isnan(x)), axis, keepdims)


@function(
    FAMILY, "the sum of the entries that are not nan, over all or some axes",
    derivative="1 for each such entry", convention=LEFT_OUT, example="nansum([1, nan, 3])",
)  # fmt: skip
def nansum(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The sum of nothing is 0."""
    return total(_filled(gathered(x), 0.0), axis, keepdims)


@function(
    FAMILY, "the mean of the entries that are not nan, over all or some axes",
    derivative="1/n for each of n such entries", convention=f"nan where there is none; {LEFT_OUT}",
    example="nanmean([1, nan, 3])",
)  # fmt: skip
def nanmean(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The sum divided by the count."""
    x = gathered(x)
    return divide(total(_filled(x, 0.0), axis, keepdims), _counted(x, axis, keepdims))


@function(
    FAMILY, "the largest entry that is not nan, over all or some axes",
    derivative="1 for the largest, 0 for others", convention=f"{TIES}; nan where there is none",
    example="nanmax([1, nan, 3])",
)  # fmt: skip
def nanmax(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The maximum over axes."""
    x = gathered(x)
    found = largest(_filled(x, -math.inf), axis, keepdims)
    return where(equal(_counted(x, axis, keepdims), 0), math.nan, found)


@function(
    FAMILY, "the smallest entry that is not nan, over all or some axes",
    derivative="1 for the smallest, 0 for others", convention=f"{TIES}; nan where there is none",
    example="nanmin([1, nan, 3])",
)  # fmt: skip
def nanmin(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The minimum over axes."""
    x = gathered(x)
    found = smallest(_filled(x, math.inf), axis, keepdims)
    return where(equal(_counted(x, axis, keepdims), 0), math.nan, found)


@function(
    FAMILY, "the variance of the entries that are not nan, over all or some axes, with divisor n - ddof",
    derivative="2*(x - mean)/(n - ddof)", convention=f"nan where n <= ddof; {LEFT_OUT}",
    example="nanvar([1, nan, 3])",
)  # fmt: skip
def nanvar(x: Operand, axis: Any = None, ddof: Any = 0, keepdims: Any = False) -> Operand:
    """NumPy's nanvar."""
    difference, axes, divisor = _spread(x, axis, ddof, keepdims, "nanvar")
    return divide(sum_axes(square(difference), axis=axes, keepdims=as_flag(keepdims)), divisor)


@function(
    FAMILY, "the standard deviation of the entries that are not nan, over all or some axes",
    derivative="(x - mean)/((n - ddof)*nanstd(x))",
    convention=f"0 where all are equal, like norm at 0; nan where n <= ddof; {LEFT_OUT}",
    example="nanstd([1, nan, 3])",
)  # fmt: skip
def nanstd(x: Operand, axis: Any = None, ddof: Any = 0, keepdims: Any = False) -> Operand:
    """NumPy's nanstd."""
    difference, axes, divisor = _spread(x, axis, ddof, keepdims, "nanstd")
    return divide(norm_2(difference, axis=axes, keepdims=as_flag(keepdims)), sqrt(divisor))


def _spread(
    x: Operand, axis: Any, ddof: Any, keepdims: Any, operation: str
) -> tuple[Operand, Shape, Operand]:
    """The entries less their mean, and 0 where they are nan; the axes; n - ddof, or nan."""
    x = gathered(x)
    axes = axes_of(x, axis, operation)
    divisor = subtract(_counted(x, axes, keepdims), ddof)
    difference = _filled(subtract(x, nanmean(x, axes, True)), 0.0)
    return difference, axes, where(greater(divisor, 0), divisor, math.nan)
