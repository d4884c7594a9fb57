"""Gathering: entries picked by arrays of positions, one position for each entry of the result."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Multilinear, Operand, Primitive
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import Shape, an_array, as_axis
from gradcli.primitives.indexing import as_index, read
from gradcli.primitives.joining import gathered
from gradcli.primitives.layout import reshaped
from gradcli.primitives.rows import with_rows
from gradcli.primitives.table import function, primitive

FAMILY = "indexing"
ADDED = "the cotangent, added up at the positions"


def _along(indices: Any, axis: int) -> tuple[Any, ...]:
    """The index that picks, along one axis, the positions given, and keeps the place along all others."""
    grid = list(np.ogrid[tuple(map(slice, indices.shape))])
    grid[axis] = indices
    return tuple(grid)


def _take(x: Any, indices: Any, *, axis: int) -> Any:
    return x[_along(indices, axis)]


def _take_rows(mapped: tuple[bool, ...], x: Any, indices: Any, *, axis: int) -> Any:
    return _take(*with_rows(mapped, (x, indices)), axis=axis + 1)


def _put(values: Any, indices: Any, *, axis: int, shape: Shape) -> Any:
    result = np.zeros(shape)
    np.add.at(result, _along(indices, axis), values)
    return result


def _put_rows(mapped: tuple[bool, ...], values: Any, indices: Any, *, axis: int, shape: Shape) -> Any:
    values, indices = with_rows(mapped, (values, indices))
    return _put(values, indices, axis=axis + 1, shape=(len(values), *shape))


pick: Primitive = primitive(
    "take_along_axis",
    _take,
    Multilinear((lambda g, x, indices, axis: put(g, indices, axis=axis, shape=shape_of(x)), None)),
    batch=_take_rows,
)
put: Primitive = primitive(
    "put_along_axis",
    _put,
    Multilinear((lambda g, values, indices, axis, shape: pick(g, indices, axis=axis), None)),
    batch=_put_rows,
)


@function(
    FAMILY, "entries (or slices along an axis) at the positions given", derivative=ADDED,
    convention="positions named twice add up; negative ones count from the end",
    example="take([5, 6, 7], [2, 0, 0])",
)  # fmt: skip
def take(x: Operand, indices: Any, axis: Any = None) -> Operand:
    """NumPy's take; without an axis, from the flattened array."""
    x = gathered(x)
    if axis is None:
        x, axis = reshaped(x, (-1,)), 0
    place = as_axis(axis, shape_of(x), "take")
    return read(x, (*(slice(None),) * place, indices))


@function(
    FAMILY, "slices along an axis at the positions given", derivative=ADDED,
    example="index_select([5, 6, 7], 0, [2, 0])",
)  # fmt: skip
def index_select(x: Operand, axis: Any, index: Any) -> Operand:
    """Torch's index_select."""
    return take(x, index, axis)


@function(
    FAMILY, "for each place of the array of positions, the entry at that position along an axis",
    derivative=ADDED, convention="positions named twice add up",
    example="take_along_axis([[5, 6], [7, 8]], [[1], [0]], 1)",
)  # fmt: skip
def take_along_axis(x: Operand, indices: Any, axis: Any = -1) -> Operand:
    """NumPy's take_along_axis: `indices` has the rank of x, and its other lengths broadcast."""
    x = gathered(x)
    place, positions = _positions(x, axis, indices, "take_along_axis")
    lengths = list(shape_of(x))
    lengths[place] = positions.shape[place]
    check_elements(lengths)
    return read(x, _along(np.broadcast_to(positions, lengths), place))


@function(
    FAMILY, "for each place of the array of positions, the entry at that position along an axis",
    derivative=ADDED, convention="torch's function; positions named twice add up",
    example="gather([[5, 6], [7, 8]], 1, [[1], [0]])",
)  # fmt: skip
def gather(x: Operand, axis: Any, index: Any) -> Operand:
    """Torch's gather: the other lengths of the index may be shorter than those of x."""
    x = gathered(x)
    place, positions = _positions(x, axis, index, "gather")
    return read(x, _along(positions, place))


def _positions(x: Operand, axis: Any, index: Any, operation: str) -> tuple[int, Any]:
    """The axis, and an array of positions along it that has the rank of x."""
    lengths = shape_of(x)
    place = as_axis(axis, lengths, operation)
    positions = np.asarray(as_index(gathered(index)))
    if positions.ndim != len(lengths):
        raise EvaluationError(
            f"`{operation}`: {an_array(lengths)} needs positions of as many axes, not {positions.shape}"
        )
    return place, positions
