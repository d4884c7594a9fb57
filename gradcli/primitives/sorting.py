"""Sorting, and what depends on order: medians and quantiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of, value_of
from gradcli.autodiff.primitive import Operand, Primitive
from gradcli.errors import EvaluationError
from gradcli.primitives.arguments import Shape, an_array, as_axis, as_flag, as_int
from gradcli.primitives.arithmetic import add, divide, floor_divide, multiply, negative, subtract
from gradcli.primitives.extremes import (
    TIES,
    kth_smallest,
    largest,
    position_of_max,
    position_of_min,
    smallest,
)
from gradcli.primitives.gathering import pick
from gradcli.primitives.indexing import getitem
from gradcli.primitives.joining import gathered, stack
from gradcli.primitives.layout import reshaped
from gradcli.primitives.piecewise import maximum, minimum
from gradcli.primitives.reduction import axes_of, entries_over, mean
from gradcli.primitives.table import function, primitive

FAMILY = "reduction"
PERMUTED = "the cotangent, put back in the old order"
STABLE = "equal entries keep their order"


def _order(x: Any, *, axis: int) -> Any:
    return np.argsort(x, axis=axis, kind="stable")


order = primitive(
    "argsort", _order, None, batch=lambda mapped, x, axis: _order(x, axis=axis + 1), choice=_order
)


def _ordered(x: Operand, axis: Any, descending: Any, operation: str) -> tuple[Operand, Operand, int]:
    """An array, the positions of its entries in their order along an axis, and the axis."""
    x = gathered(x)
    if axis is None:
        x, axis = reshaped(x, (-1,)), 0
    place = as_axis(axis, shape_of(x), operation)
    return x, order(negative(x) if as_flag(descending) else x, axis=place), place


@function(
    FAMILY,
    "x in ascending order along an axis",
    derivative=PERMUTED,
    convention=STABLE,
    example="sort([3, 1, 2])",
    aliases=("sorted",),
)
def sort(x: Operand, axis: Any = -1, descending: Any = False) -> Operand:
    """NumPy's sort; with `axis=None`, of the flattened array."""
    x, positions, place = _ordered(x, axis, descending, "sort")
    return pick(x, positions, axis=place)


@function(
    FAMILY, "torch's sort: the entries in order and where they stood", name="torch.sort", derivative=PERMUTED,
    convention=STABLE, example="torch.sort([3, 1, 2])[0]",
)  # fmt: skip
def torch_sort(x: Operand, axis: Any = -1, descending: Any = False) -> tuple[Operand, Operand]:
    """Values and positions."""
    x, positions, place = _ordered(x, axis, descending, "sort")
    return pick(x, positions, axis=place), positions


@function(
    FAMILY, "the positions of the entries of x in ascending order along an axis",
    convention=f"{STABLE}; integers, so no derivative passes", example="argsort([3, 1, 2])",
)  # fmt: skip
def argsort(x: Operand, axis: Any = -1, descending: Any = False) -> Operand:
    """NumPy's argsort; with `axis=None`, of the flattened array."""
    return _ordered(x, axis, descending, "argsort")[1]


# Medians and quantiles --------------------------------------------------------------------------------------


@function(
    FAMILY, "the middle entry, over all or some axes; of an even count, the mean of the two middle ones",
    derivative="1 for the middle entry, or 1/2 for each of two", convention=TIES, example="median([3, 1, 2])",
)  # fmt: skip
def median(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """NumPy's median."""
    x = gathered(x)
    axes = axes_of(x, axis, "median")
    count = entries_over(x, axes)
    if not count or not shape_of(x):
        return mean(x, axes, keepdims)
    lower = kth_smallest(x, axis=axes, keepdims=as_flag(keepdims), k=(count - 1) // 2)
    if count % 2:
        return lower
    upper = kth_smallest(x, axis=axes, keepdims=as_flag(keepdims), k=count // 2)
    return multiply(add(lower, upper), 0.5)


@function(
    FAMILY, "the quantile of order q over all or some axes, linear between the two entries beside it",
    derivative="by x, the weights of the two entries; by q, (n-1) times their distance",
    domain="0 <= q <= 1",
    convention=TIES, example="quantile([1, 2, 3, 4], 0.5)",
)  # fmt: skip
def quantile(x: Operand, q: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """NumPy's quantile with its default method; several orders give a new first axis."""
    x, q = gathered(x), gathered(q)
    if shape_of(q):
        count = shape_of(q)[0]
        return stack(*(quantile(x, getitem(q, index=i), axis, keepdims) for i in range(count)))
    axes = axes_of(x, axis, "quantile")
    count = entries_over(x, axes)
    if not count:
        raise EvaluationError(f"`quantile` of nothing has no value: {an_array(shape_of(x))}")
    if not 0.0 <= value_of(q) <= 1.0:
        raise EvaluationError(f"`quantile` needs an order from 0 to 1, not {value_of(q)}")
    if not shape_of(x):
        return x
    return _interpolated(x, multiply(q, float(count - 1)), axes, as_flag(keepdims), count)


def _interpolated(x: Operand, position: Operand, axes: Shape, keepdims: bool, count: int) -> Operand:
    """The value at a position, from 0 to count-1, among the sorted entries."""
    below = min(as_int(floor_divide(position, 1.0)), max(0, count - 2))
    lower = kth_smallest(x, axis=axes, keepdims=keepdims, k=below)
    if below + 1 >= count:
        return lower
    upper = kth_smallest(x, axis=axes, keepdims=keepdims, k=below + 1)
    return add(lower, multiply(subtract(position, float(below)), subtract(upper, lower)))


@function(
    FAMILY, "the quantile of order q in percent (0 to 100)", derivative="as of quantile(x, q/100)",
    domain="0 <= q <= 100", convention=TIES, example="percentile([1, 2, 3, 4], 50)",
)  # fmt: skip
def percentile(x: Operand, q: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """NumPy's percentile with its default method."""
    return quantile(x, divide(gathered(q), 100.0), axis, keepdims)


# Torch's reductions that also say where ---------------------------------------------------------------------


@function(
    FAMILY, "torch's max: of all entries; over one axis with the positions; or of two arrays entry by entry",
    name="torch.max", derivative="1 for the largest, 0 for others", convention=TIES,
    example="torch.max([[1, 5], [7, 3]], dim=0)[0]",
)  # fmt: skip
def torch_max(x: Operand, axis: Any = None, keepdims: Any = False) -> Any:
    """The second argument is an axis when it is a whole number, else an array to compare with."""
    return _extreme(largest, position_of_max, maximum, x, axis, keepdims)


@function(
    FAMILY, "torch's min: of all entries; over one axis with the positions; or of two arrays entry by entry",
    name="torch.min", derivative="1 for the smallest, 0 for others", convention=TIES,
    example="torch.min([[1, 5], [7, 3]], dim=0)[0]",
)  # fmt: skip
def torch_min(x: Operand, axis: Any = None, keepdims: Any = False) -> Any:
    """The second argument is an axis when it is a whole number, else an array to compare with."""
    return _extreme(smallest, position_of_min, minimum, x, axis, keepdims)


def _extreme(
    reduce: Callable[..., Any], position: Primitive, between: Callable[..., Any], x: Operand, axis: Any,
    keepdims: Any,
) -> Any:  # fmt: skip
    if axis is None:
        return reduce(x)
    if type(axis) is not int:
        return between(x, axis)
    x = gathered(x)
    values = reduce(x, axis, keepdims)
    return values, position(x, axis=as_axis(axis, shape_of(x), position.name), keepdims=as_flag(keepdims))


@function(
    FAMILY, "the k largest entries along an axis, or the smallest with `largest=False`, and where they stood",
    derivative=PERMUTED, convention=STABLE, example="topk([3, 1, 2], 2)[0]",
)  # fmt: skip
def topk(x: Operand, k: Any, axis: Any = -1, largest: Any = True) -> tuple[Operand, Operand]:
    """torch's topk: values and positions."""
    x, positions, place = _ordered(x, axis, as_flag(largest), "topk")
    count, length = as_int(k, "`k`"), shape_of(x)[place]
    if not 0 <= count <= length:
        raise EvaluationError(f"`topk` cannot take {count} of {length} entries")
    chosen = getitem(positions, index=(*(slice(None),) * place, slice(count)))
    return pick(x, chosen, axis=place), chosen


@function(
    FAMILY, "torch's median: the lower of the two middle entries; over one axis with its position",
    name="torch.median", derivative="1 for that entry, 0 for others", convention=TIES,
    example="torch.median([4, 1, 2, 3])",
)  # fmt: skip
def torch_median(x: Operand, axis: Any = None, keepdims: Any = False) -> Any:
    """An entry of x also for an even count."""
    x = gathered(x)
    axes = axes_of(x, axis, "median")
    count = entries_over(x, axes)
    if not count:
        raise EvaluationError(f"`median` of nothing has no value: {an_array(shape_of(x))}")
    middle = kth_smallest(x, axis=axes, keepdims=as_flag(keepdims), k=(count - 1) // 2)
    if axis is None:
        return middle
    place = as_axis(axis, shape_of(x), "median")
    chosen = getitem(order(x, axis=place), index=(*(slice(None),) * place, (count - 1) // 2))
    return middle, chosen
