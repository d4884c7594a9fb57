"""Sums, means and counts over axes. An axis is an int, a tuple of ints, or None for all of them."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, shape_of
from gradcli.autodiff.primitive import Operand, Primitive
from gradcli.limits import check_elements, float_beyond_exact
from gradcli.primitives.arguments import Shape, as_axes, as_flag
from gradcli.primitives.arithmetic import add, divide
from gradcli.primitives.joining import gathered
from gradcli.primitives.rows import behind_rows
from gradcli.primitives.shape import sum_axes
from gradcli.primitives.table import function, plain, primitive

FAMILY = "reduction"
CONSTANT = "a constant: no derivative passes"
EXAMPLE = "[[1, 5], [7, 3]]"


def axes_of(x: Operand, axis: Any, operation: str) -> Shape:
    """The axes that a reduction of x runs over, counted from the front."""
    return as_axes(axis, shape_of(x), operation)


def entries_over(x: Operand, axes: Shape) -> int:
    """How many entries a reduction over these axes takes together."""
    shape = shape_of(x)
    return math.prod(shape[i] for i in axes)


# Sums -------------------------------------------------------------------------------------------------------


@function(
    FAMILY, "the sum of the entries, over all or some axes; or of the values of a generator", name="sum",
    derivative="1 for each entry", convention="the sum of nothing is 0", example=f"sum({EXAMPLE}, axis=0)",
    aliases=("fsum",),
)  # fmt: skip
def total(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The sum over axes; for a list of values Python's, whose second argument is where to start from."""
    if isinstance(x, (list, tuple, range)):
        check_elements((len(x),))
        return _sum_values(x, 0 if axis is None else axis)
    axes = axes_of(x, axis, "sum")
    return sum_axes(x, axis=axes, keepdims=as_flag(keepdims)) if shape_of(x) else add(x, 0)


def _sum_values(values: Any, start: Operand) -> Operand:
    if not any(isinstance(each, (Node, np.ndarray)) for each in (*values, start)):
        return float_beyond_exact(builtins.sum(values, start))
    shapes = {shape_of(each) for each in values}
    if len(shapes) == 1:
        result = sum_axes(gathered(tuple(values)), axis=(0,), keepdims=False)
        return result if type(start) is int and start == 0 else add(start, result)
    for value in values:
        start = add(start, value)
    return start


@function(
    FAMILY, "the mean of the entries, over all or some axes", derivative="1/n for each of n entries",
    convention="the mean of nothing is nan", example=f"mean({EXAMPLE}, axis=1)",
)  # fmt: skip
def mean(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The sum divided by the count."""
    x = gathered(x)
    axes = axes_of(x, axis, "mean")
    return divide(sum_axes(x, axis=axes, keepdims=as_flag(keepdims)), float(entries_over(x, axes)))


# Counts -----------------------------------------------------------------------------------------------------


def _counting(name: str, count: Any) -> Primitive:
    """A reduction to truths or counts; counts over some axes are float64 like every array."""

    def evaluate(x: Any, *, axis: Shape, keepdims: bool) -> Any:
        result = count(x, axis=axis, keepdims=keepdims)
        return result.astype(np.float64) if np.ndim(result) and result.dtype == np.int64 else plain(result)

    def evaluate_rows(mapped: Any, x: Any, *, axis: Shape, keepdims: bool) -> Any:
        return evaluate(x, axis=behind_rows(axis), keepdims=keepdims)

    return primitive(name, evaluate, None, batch=evaluate_rows)


any_true = _counting("any", np.any)
all_true = _counting("all", np.all)
nonzeros = _counting("count_nonzero", np.count_nonzero)


@function(
    FAMILY, "whether any entry is true, that is not 0", name="any", convention=CONSTANT, example="any([0, 2])"
)
def any_(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """Logical or over axes."""
    x = gathered(x)
    return any_true(x, axis=axes_of(x, axis, "any"), keepdims=as_flag(keepdims))


@function(
    FAMILY,
    "whether all entries are true, that is not 0",
    name="all",
    convention=CONSTANT,
    example="all([1, 2])",
)
def all_(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """Logical and over axes."""
    x = gathered(x)
    return all_true(x, axis=axes_of(x, axis, "all"), keepdims=as_flag(keepdims))


@function(FAMILY, "how many entries are not 0", convention=CONSTANT, example="count_nonzero([1, 0, 2])")
def count_nonzero(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The count of true entries over axes."""
    x = gathered(x)
    return nonzeros(x, axis=axes_of(x, axis, "count_nonzero"), keepdims=as_flag(keepdims))
