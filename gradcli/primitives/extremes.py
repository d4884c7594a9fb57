"""Extremes: the largest, smallest and k-th smallest of the entries over axes. Ties share evenly."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, shape_of
from gradcli.autodiff.primitive import General, Operand, Primitive
from gradcli.errors import EvaluationError
from gradcli.primitives.arguments import Shape, an_array, as_axis, as_flag
from gradcli.primitives.arithmetic import chain, divide, subtract
from gradcli.primitives.joining import gathered
from gradcli.primitives.reduction import axes_of, entries_over
from gradcli.primitives.rows import behind_rows
from gradcli.primitives.shape import expand_to, sum_axes
from gradcli.primitives.table import function, plain, primitive

FAMILY = "reduction"
TIES = "entries that tie share the derivative evenly"


def _same(x: Any, y: Any) -> Any:
    """Equality in which NaN equals NaN: an extreme that is NaN comes from the entries that are."""
    return plain(np.equal(x, y) | (np.not_equal(x, x) & np.not_equal(y, y)))


same = primitive("same", _same, None, broadcasts=True)


def _pull(g: Operand, out: Operand, x: Operand, *, axis: Shape, keepdims: bool, **static: Any) -> Operand:
    shape = shape_of(x)
    taken = same(x, expand_to(out, shape, axis))
    share = divide(g, sum_axes(taken, axis=axis, keepdims=keepdims))
    return chain(expand_to(share, shape, axis), taken)


def _push(tangents: Any, out: Operand, x: Operand, *, axis: Shape, keepdims: bool, **static: Any) -> Operand:
    taken = same(x, expand_to(out, shape_of(x), axis))
    moved = sum_axes(chain(tangents[0], taken), axis=axis, keepdims=keepdims)
    return divide(moved, sum_axes(taken, axis=axis, keepdims=keepdims))


def taking(name: str, take: Callable[..., Any]) -> Primitive:
    """A primitive whose value is, for each group of entries over `axis`, one of them; ties share."""

    def evaluate(x: Any, *, axis: Shape, keepdims: bool, **static: Any) -> Any:
        return plain(take(x, axis=axis, keepdims=keepdims, **static))

    def evaluate_rows(mapped: Any, x: Any, *, axis: Shape, keepdims: bool, **static: Any) -> Any:
        return take(x, axis=behind_rows(axis), keepdims=keepdims, **static)

    def choice(x: Any, *, axis: Shape, keepdims: bool, **static: Any) -> Any:
        return _same(x, take(x, axis=axis, keepdims=True, **static)).astype(np.int64)

    return primitive(name, evaluate, General(_push, (_pull,)), batch=evaluate_rows, choice=choice)


def _kth(x: Any, *, axis: Shape, keepdims: bool, k: int) -> Any:
    """The k-th smallest (from 0) over the axes; NaN if any is, for NumPy sorts them last."""
    kept = [i for i in range(x.ndim) if i not in axis]
    rows = np.transpose(x, (*kept, *axis)).reshape(*(x.shape[i] for i in kept), -1)
    ordered = np.partition(rows, (k, rows.shape[-1] - 1), axis=-1)
    value = np.where(np.isnan(ordered[..., -1]), np.nan, ordered[..., k])
    return value.reshape([1 if i in axis else n for i, n in enumerate(x.shape)]) if keepdims else value[()]


def _best(of_all: np.ufunc, of_numbers: np.ufunc) -> Callable[..., Any]:
    """NumPy's choice, NaN if any is; or `from_left` Python's, where a NaN stays if it comes first only."""

    def take(x: Any, *, axis: Shape, keepdims: bool, from_left: bool = False) -> Any:
        if not from_left:
            return of_all.reduce(x, axis=axis, keepdims=keepdims)
        first = x.take([0] if keepdims else 0, *axis)
        return np.where(first == first, of_numbers.reduce(x, axis=axis, keepdims=keepdims), first)[()]

    return take


amax = taking("max", _best(np.maximum, np.fmax))
amin = taking("min", _best(np.minimum, np.fmin))
kth_smallest = taking("kth_smallest", _kth)


def nonempty_axes(x: Operand, axis: Any, operation: str) -> Shape:
    """The axes of a reduction that has no value for nothing.

    Raises `EvaluationError` when there is nothing to choose from.
    """
    axes = axes_of(x, axis, operation)
    is_asked_for = 0 not in [n for i, n in enumerate(shape_of(x)) if i not in axes]  # any entry of the result
    if is_asked_for and not entries_over(x, axes):
        raise EvaluationError(
            f"`{operation}` of nothing has no value: {an_array(shape_of(x))} over axes {axes}"
        )
    return axes


def _extreme(operation: Primitive, x: Operand, axis: Any, keepdims: Any) -> Operand:
    x = gathered(x)
    axes = nonempty_axes(x, axis, operation.name)
    return operation(x, axis=axes, keepdims=as_flag(keepdims)) if shape_of(x) else x


@function(
    FAMILY, "the largest entry, over all or some axes", name="amax",
    derivative="1 for the largest entry, 0 for others", convention=TIES,
    example="amax([[1, 5], [7, 3]], axis=0)",
    aliases=("np.max", "method.max"),
)  # fmt: skip
def largest(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The maximum over axes."""
    return _extreme(amax, x, axis, keepdims)


@function(
    FAMILY, "the smallest entry, over all or some axes", name="amin",
    derivative="1 for the smallest entry, 0 for others", convention=TIES,
    example="amin([[1, 5], [7, 3]], axis=0)",
    aliases=("np.min", "method.min"),
)  # fmt: skip
def smallest(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The minimum over axes."""
    return _extreme(amin, x, axis, keepdims)


@function(
    FAMILY, "the largest entry of x, over all or some axes; the largest of several scalars",
    name="max", derivative="1 for the largest, 0 for others", convention=TIES, example="max(3, 7)",
)  # fmt: skip
def max_(*values: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """NumPy's maximum for one argument, Python's for several."""
    return _of_one_or_several(builtins.max, amax, values, axis, keepdims)


@function(
    FAMILY, "the smallest entry of x, over all or some axes; the smallest of several scalars",
    name="min", derivative="1 for the smallest, 0 for others", convention=TIES, example="min(3, 7)",
)  # fmt: skip
def min_(*values: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """NumPy's minimum for one argument, Python's for several."""
    return _of_one_or_several(builtins.min, amin, values, axis, keepdims)


def _of_one_or_several(
    python: Callable[..., Any], operation: Primitive, values: tuple[Operand, ...], axis: Any, keepdims: Any
) -> Operand:
    if len(values) == 1:
        return _extreme(operation, values[0], axis, keepdims)
    return _of_several(python, operation, values)


def _of_several(python: Callable[..., Any], operation: Primitive, values: tuple[Operand, ...]) -> Operand:
    name = operation.name
    if any(shape_of(each) for each in values):
        raise EvaluationError(
            f"`{name}` of several arguments compares scalars, not shapes {[shape_of(v) for v in values]}",
            help=f"`{name}imum(a, b)` goes entry by entry, `{name}(x, axis=0)` over an axis",
        )
    if not values:
        raise EvaluationError(f"`{name}` of nothing has no value")
    if not any(isinstance(each, Node) for each in values):
        return python(values)
    return operation(gathered(values), axis=(0,), keepdims=False, from_left=True)


@function(
    FAMILY, "the largest less the smallest entry, over all or some axes",
    derivative="1 for the largest, -1 for the smallest", convention=TIES, example="ptp([1, 5, 3])",
)  # fmt: skip
def ptp(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The range of the entries, "peak to peak"."""
    return subtract(largest(x, axis, keepdims), smallest(x, axis, keepdims))


# Positions of extremes --------------------------------------------------------------------------------------


def _finding(name: str, find: Callable[..., Any]) -> Primitive:
    """A primitive whose value is a position, in the flattened array where the axis is None."""

    def evaluate(x: Any, *, axis: int | None, keepdims: bool) -> Any:
        return plain(find(x, axis=axis, keepdims=keepdims))

    def evaluate_rows(mapped: Any, x: Any, *, axis: int | None, keepdims: bool) -> Any:
        if axis is not None:
            return find(x, axis=axis + 1, keepdims=keepdims)
        positions = find(x.reshape(len(x), -1), axis=1)
        return positions.reshape(len(x), *(1,) * (x.ndim - 1)) if keepdims else positions

    return primitive(name, evaluate, None, batch=evaluate_rows, choice=evaluate)


position_of_max = _finding("argmax", np.argmax)
position_of_min = _finding("argmin", np.argmin)


def _extreme_position(operation: Primitive, x: Operand, axis: Any, keepdims: Any) -> Operand:
    x = gathered(x)
    nonempty_axes(x, axis, operation.name)
    which = None if axis is None or not shape_of(x) else as_axis(axis, shape_of(x), operation.name)
    return operation(x, axis=which, keepdims=as_flag(keepdims))


@function(
    FAMILY, "where the largest entry stands: its place in the flattened array, or along an axis",
    convention="the first of several; an integer, so no derivative passes", example="argmax([1, 7, 3])",
)  # fmt: skip
def argmax(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The position of the maximum."""
    return _extreme_position(position_of_max, x, axis, keepdims)


@function(
    FAMILY, "where the smallest entry stands: its place in the flattened array, or along an axis",
    convention="the first of several; an integer, so no derivative passes", example="argmin([4, 1, 3])",
)  # fmt: skip
def argmin(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The position of the minimum."""
    return _extreme_position(position_of_min, x, axis, keepdims)
