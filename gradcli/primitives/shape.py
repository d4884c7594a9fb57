"""Shape: primitives that move entries about without changing them. Most transpose into each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Linear, Primitive
from gradcli.limits import check_elements
from gradcli.primitives.rows import behind_rows, with_rank
from gradcli.primitives.table import plain, primitive

_add_up: Any = np.add.reduce


def _entry(x: Any) -> Any:
    """A scalar as it stands in an array: a whole number as a float."""
    return float(x) if type(x) is int else x


def _broadcast_to(x: Any, *, shape: tuple[int, ...]) -> Any:
    check_elements(shape)
    if type(x) is float and shape:  # the cotangent of a sum: NumPy's function takes five times as long
        return np.ndarray(shape, np.float64, np.float64(x), 0, (0,) * len(shape))
    return np.broadcast_to(_entry(x), shape) if shape else x


def _sum(x: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    """Booleans are counted: the count of all is an int, counts over some axes are float64 like all arrays."""
    if type(x) is not np.ndarray:
        return x + 0
    total = _add_up(x, axis, keepdims=True) if keepdims else _add_up(x, _simplest(axis, x.ndim))
    if x.dtype == np.float64:
        return plain(total)
    return (
        total.astype(np.float64) if type(total) is np.ndarray and total.dtype != np.float64 else plain(total)
    )


def _simplest(axis: tuple[int, ...], rank: int) -> Any:
    """Axes to be reduced as NumPy takes them fastest: None for all, a number for one."""
    return None if len(axis) == rank else axis[0] if len(axis) == 1 else axis


def _sum_rows(mapped: Sequence[bool], x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    within = behind_rows(axis)
    return _add_up(x, within, keepdims=True) if keepdims else _add_up(x, _simplest(within, x.ndim))


def sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    """Sum a broadcast operand back to the shape it had: the transpose of `broadcast_to`."""
    own = shape_of(x)
    if own == shape:
        return x
    lead = len(own) - len(shape)
    stretched = (lead + i for i, n in enumerate(shape) if n == 1 and own[lead + i] != 1)
    summed = sum_axes(x, axis=(*range(lead), *stretched), keepdims=False)
    return summed if shape_of(summed) == shape else reshape(summed, shape=shape)


broadcast_to = primitive(
    "broadcast_to",
    _broadcast_to,
    Linear((lambda g, x, shape: sum_to(g, shape_of(x)),)),
    batch=lambda mapped, x, shape: np.broadcast_to(with_rank(x, len(shape) + 1), (len(x), *shape)),
    form="spread",
)
reshape: Primitive = primitive(
    "reshape",
    lambda x, shape: plain(np.reshape(_entry(x), shape)[()]),
    Linear((lambda g, x, shape: reshape(g, shape=shape_of(x)),)),
    batch=lambda mapped, x, shape: x.reshape(x.shape[0], *shape),
    form="reshape",
)
transpose: Primitive = primitive(
    "transpose",
    lambda x, axes: x.transpose(axes) if axes else x,
    Linear((lambda g, x, axes: transpose(g, axes=tuple(int(i) for i in np.argsort(axes))),)),
    batch=lambda mapped, x, axes: np.transpose(x, (0, *behind_rows(axes))),
)
sum_axes = primitive(
    "sum",
    _sum,
    Linear((lambda g, x, axis, keepdims: expand_to(g, shape_of(x), axis),)),
    batch=_sum_rows,
    form="total",
)


def beside(reduced: Any, shape: tuple[int, ...], axis: tuple[int, ...]) -> Any:
    """What was reduced over `axis`, as it broadcasts against an array of `shape`: a number, of all axes."""
    kept = () if len(axis) == len(shape) else tuple(1 if i in axis else n for i, n in enumerate(shape))
    return reduced if shape_of(reduced) == kept else reshape(reduced, shape=kept)


def expand_to(g: Any, shape: tuple[int, ...], axis: tuple[int, ...]) -> Any:
    """Spread what was reduced over `axis` over the whole of `shape` again: the transpose of a sum."""
    if type(g) is not float:
        g = reshape(g, shape=tuple(1 if i in axis else n for i, n in enumerate(shape)))
    return broadcast_to(g, shape=shape)
