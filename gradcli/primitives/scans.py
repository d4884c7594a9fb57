"""Scans: the primitives of running sums, products and extremes along an axis, and of products over axes.

The derivative of a product is a product of all other factors. Running products from both ends give these in
O(n) without a division, so that zeros among the factors need no special case, at any order of derivative.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import General, Linear, Operand, Primitive
from gradcli.primitives.arguments import Shape
from gradcli.primitives.arithmetic import add, chain, divide, multiply, subtract
from gradcli.primitives.comparison import equal
from gradcli.primitives.elementary import exp
from gradcli.primitives.extremes import same
from gradcli.primitives.indexing import getitem
from gradcli.primitives.joining import concatenate
from gradcli.primitives.layout import reshaped, with_axes
from gradcli.primitives.reduction import entries_over
from gradcli.primitives.rows import behind_rows, with_rows
from gradcli.primitives.selection import where
from gradcli.primitives.shape import expand_to, sum_axes
from gradcli.primitives.table import plain, primitive


def _reversible(accumulate: Any) -> tuple[Any, Any]:
    """The evaluation of a scan along an axis from either end, and that with a leading axis."""

    def evaluate(x: Any, *, axis: int, reverse: bool) -> Any:
        if not reverse:
            return accumulate(x, axis=axis, dtype=np.float64)
        return np.flip(accumulate(np.flip(x, axis), axis=axis, dtype=np.float64), axis)

    def evaluate_rows(mapped: Any, x: Any, *, axis: int, reverse: bool) -> Any:
        return evaluate(x, axis=axis + 1, reverse=reverse)

    return evaluate, evaluate_rows


def delayed(x: Operand, first: float, axis: int, *, reverse: bool) -> Operand:
    """What stands before each entry along an axis (behind it, in reverse), and `first` at the end."""
    lengths = shape_of(x)
    count = lengths[axis]
    edge = np.full((*lengths[:axis], min(1, count), *lengths[axis + 1 :]), first)
    kept = slice(1, None) if reverse else slice(None, max(0, count - 1))
    rest = getitem(x, index=(*(slice(None),) * axis, kept))
    return concatenate(rest, edge, axis=axis) if reverse else concatenate(edge, rest, axis=axis)


# The linear recurrence behind the derivatives ---------------------------------------------------------------


def _recurrence(a: Any, b: Any, *, axis: int, reverse: bool) -> Any:
    """`s[i] = b[i] + a[i] * s[i-1]` along an axis (`s[i+1]` in reverse), in which 0 times infinity is 0."""
    a, b = (np.moveaxis(np.asarray(each, dtype=np.float64), axis, 0) for each in (a, b))
    order = range(len(b))[::-1] if reverse else range(len(b))
    if b.ndim == 1:
        return np.array(_scalar_recurrence(a.tolist(), b.tolist(), order))
    result = np.empty(np.broadcast_shapes(a.shape, b.shape))
    before: Any = np.zeros(result.shape[1:])
    for i in order:
        result[i] = before = b[i] + np.where(np.equal(a[i], 0.0) | np.equal(before, 0.0), 0.0, a[i] * before)
    return np.moveaxis(result, 0, axis)


def _scalar_recurrence(a: list[float], b: list[float], order: range) -> list[float]:
    before = 0.0
    result = b.copy()
    for i in order:
        if a[i] and before:
            result[i] += a[i] * before
        before = result[i]
    return result


def _pull_recurrence(g: Operand, a: Operand, axis: int, reverse: bool) -> Operand:
    """The cotangent of b: the recurrence from the other end, each coefficient applied one place later."""
    return recurrence(delayed(a, 0.0, axis, reverse=not reverse), g, axis=axis, reverse=not reverse)


def _push_recurrence(
    tangents: Any, out: Operand, a: Operand, b: Operand, *, axis: int, reverse: bool
) -> Operand:
    moved_a, moved_b = tangents
    if moved_a is not None:
        term = chain(moved_a, delayed(out, 0.0, axis, reverse=reverse))
        moved_b = term if moved_b is None else add(moved_b, term)
    return recurrence(a, moved_b, axis=axis, reverse=reverse)


recurrence: Primitive = primitive(
    "recurrence",
    _recurrence,
    General(
        _push_recurrence,
        (
            lambda g, out, a, b, axis, reverse: chain(
                _pull_recurrence(g, a, axis, reverse), delayed(out, 0.0, axis, reverse=reverse)
            ),
            lambda g, out, a, b, axis, reverse: _pull_recurrence(g, a, axis, reverse),
        ),
    ),
    batch=lambda mapped, a, b, axis, reverse: _recurrence(
        *with_rows(mapped, (a, b)), axis=axis + 1, reverse=reverse
    ),
)

# Running sums, products, extremes ---------------------------------------------------------------------------

_running_sum, _running_sum_rows = _reversible(np.add.accumulate)
_running_product, _running_product_rows = _reversible(np.multiply.accumulate)
_running_max, _running_max_rows = _reversible(lambda x, axis, dtype: np.maximum.accumulate(x, axis=axis))

running_sum: Primitive = primitive(
    "cumsum",
    _running_sum,
    Linear((lambda g, x, axis, reverse: running_sum(g, axis=axis, reverse=not reverse),)),
    batch=_running_sum_rows,
)
running_product = primitive(
    "cumprod",
    _running_product,
    General(
        lambda tangents, out, x, axis, reverse: recurrence(
            x, chain(tangents[0], delayed(out, 1.0, axis, reverse=reverse)), axis=axis, reverse=reverse
        ),
        (
            lambda g, out, x, axis, reverse: chain(
                _pull_recurrence(g, x, axis, reverse), delayed(out, 1.0, axis, reverse=reverse)
            ),
        ),
    ),
    batch=_running_product_rows,
)


def _ties_so_far(out: Operand, x: Operand, axis: int, reverse: bool) -> tuple[Operand, Operand, Operand]:
    """Which entries are the extreme, where it stays what it was before, and how many have tied so far."""
    taken = same(x, out)
    stays = same(out, delayed(out, math.nan, axis, reverse=reverse))
    return taken, stays, recurrence(stays, taken, axis=axis, reverse=reverse)


def _push_extreme(tangents: Any, out: Operand, x: Operand, *, axis: int, reverse: bool) -> Operand:
    taken, stays, ties = _ties_so_far(out, x, axis, reverse)
    return divide(recurrence(stays, chain(tangents[0], taken), axis=axis, reverse=reverse), ties)


def _pull_extreme(g: Operand, out: Operand, x: Operand, *, axis: int, reverse: bool) -> Operand:
    taken, stays, ties = _ties_so_far(out, x, axis, reverse)
    return chain(_pull_recurrence(divide(g, ties), stays, axis, reverse), taken)


running_max = primitive(
    "cummax",
    _running_max,
    General(_push_extreme, (_pull_extreme,)),
    batch=_running_max_rows,
    choice=lambda x, axis, reverse: np.equal(x, _running_max(x, axis=axis, reverse=reverse)).astype(np.int64),
)


def _log_running_sum(x: Any, *, axis: int) -> Any:
    return np.logaddexp.accumulate(np.asarray(x, dtype=np.float64), axis=axis)


def _share(x: Operand, out: Operand) -> Operand:
    """The share of each entry in the sum up to itself; an entry of -inf has none."""
    return exp(where(equal(x, -math.inf), -math.inf, subtract(x, out)))


def _push_log_sum(tangents: Any, out: Operand, x: Operand, *, axis: int) -> Operand:
    kept = exp(subtract(delayed(out, -math.inf, axis, reverse=False), out))
    return recurrence(kept, chain(tangents[0], _share(x, out)), axis=axis, reverse=False)


def _pull_log_sum(g: Operand, out: Operand, x: Operand, *, axis: int) -> Operand:
    kept = exp(subtract(out, delayed(out, math.inf, axis, reverse=True)))
    return chain(recurrence(kept, g, axis=axis, reverse=True), _share(x, out))


running_log_sum = primitive(
    "logcumsumexp",
    _log_running_sum,
    General(_push_log_sum, (_pull_log_sum,)),
    batch=lambda mapped, x, axis: _log_running_sum(x, axis=axis + 1),
)

# Products over axes -----------------------------------------------------------------------------------------


def _all_other(x: Operand, axis: Shape) -> Operand:
    """For each entry the product of all others with which it is multiplied."""
    lengths = shape_of(x)
    order = (*(i for i in range(len(lengths)) if i not in axis), *axis)
    moved = with_axes(x, order)
    rows = reshaped(moved, (*(lengths[i] for i in order[: len(order) - len(axis)]), entries_over(x, axis)))
    last = len(shape_of(rows)) - 1
    before = delayed(running_product(rows, axis=last, reverse=False), 1.0, last, reverse=False)
    behind = delayed(running_product(rows, axis=last, reverse=True), 1.0, last, reverse=True)
    others = reshaped(multiply(before, behind), shape_of(moved))
    return with_axes(others, tuple(order.index(i) for i in range(len(order))))


product = primitive(
    "prod",
    lambda x, axis, keepdims: plain(np.multiply.reduce(x, axis=axis, keepdims=keepdims, dtype=np.float64)),
    General(
        lambda tangents, out, x, axis, keepdims: sum_axes(
            chain(tangents[0], _all_other(x, axis)), axis=axis, keepdims=keepdims
        ),
        (lambda g, out, x, axis, keepdims: chain(expand_to(g, shape_of(x), axis), _all_other(x, axis)),),
    ),
    batch=lambda mapped, x, axis, keepdims: np.multiply.reduce(x, axis=behind_rows(axis), keepdims=keepdims),
)
