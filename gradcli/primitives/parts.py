"""Parts: functions that join arrays into one, and that split one into several."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import as_axis, as_int, as_ints
from gradcli.primitives.indexing import getitem
from gradcli.primitives.joining import concatenate, gathered, stack
from gradcli.primitives.layout import atleast_1d, atleast_2d, expand_dims, reshaped, with_axes
from gradcli.primitives.table import function

FAMILY = "shape"
CUT = "the cotangent, cut apart"
JOINED = "the cotangents, joined"
SEVERAL = ("arrays",)


def _members(arrays: Any) -> list[Operand]:
    """The arrays to join: a list of them, or the slices of one along its first axis."""
    if isinstance(arrays, (list, tuple)):
        return [gathered(each) for each in arrays]
    return [getitem(arrays, index=i) for i in range(shape_of(arrays)[0])]


@function(
    FAMILY, "arrays of one shape put together along a new axis", name="stack", derivative=CUT,
    sequences=SEVERAL, example="stack([[1, 2], [3, 4]], axis=1)",
)  # fmt: skip
def stack_arrays(arrays: Any, axis: Any = 0) -> Operand:
    """A new axis, at a place counted in the result."""
    members = _members(arrays)
    if not members:
        raise EvaluationError("`stack` needs at least one array")
    return stack(*members, axis=as_axis(axis, (len(members), *shape_of(members[0])), "stack"))


@function(
    FAMILY, "arrays joined along an axis they have", name="concatenate", derivative=CUT, sequences=SEVERAL,
    aliases=("cat", "concat"), example="concatenate([[1, 2], [3]])",
)  # fmt: skip
def joined(arrays: Any, axis: Any = 0) -> Operand:
    """One array after the other; with `axis=None` flattened first."""
    if shape_of(axis):
        raise EvaluationError("`concatenate` takes one list of arrays", help="write concatenate([a, b])")
    members = _members(arrays)
    if axis is None:
        members, axis = [reshaped(each, (-1,)) for each in members], 0
    if not members:
        raise EvaluationError("`concatenate` needs at least one array")
    shapes = [shape_of(each) for each in members]
    place = as_axis(axis, shapes[0], "concatenate")
    kept = {shape[:place] + shape[place + 1 :] for shape in shapes}
    if len(kept) > 1 or len({len(shape) for shape in shapes}) > 1:
        raise EvaluationError(
            f"`concatenate` along axis {place}: the other axes must agree, the shapes are {shapes}",
            help="`stack` puts scalars or equal shapes along a new axis",
        )
    return concatenate(*members, axis=place)


@function(
    FAMILY, "arrays joined side by side: vectors end to end, matrices by columns", derivative=CUT,
    sequences=SEVERAL, example="hstack([[1, 2], [3]])",
)  # fmt: skip
def hstack(arrays: Any) -> Operand:
    """Joined along the second axis, vectors along their only one."""
    members = [atleast_1d(each) for each in _members(arrays)]
    return joined(members, 0 if members and len(shape_of(members[0])) == 1 else 1)


@function(
    FAMILY, "arrays joined by rows; a vector is one row", derivative=CUT, sequences=SEVERAL,
    aliases=("row_stack",), example="vstack([[1, 2], [3, 4]])",
)  # fmt: skip
def vstack(arrays: Any) -> Operand:
    """Joined along the first axis."""
    return joined([atleast_2d(each) for each in _members(arrays)], 0)


@function(
    FAMILY, "vectors as the columns of a matrix; matrices side by side", derivative=CUT, sequences=SEVERAL,
    example="column_stack([[1, 2], [3, 4]])",
)  # fmt: skip
def column_stack(arrays: Any) -> Operand:
    """Joined along the second axis, a vector being one column."""
    members = [atleast_1d(each) for each in _members(arrays)]
    columns = [reshaped(each, (-1, 1)) if len(shape_of(each)) == 1 else each for each in members]
    return joined(columns, 1)


@function(
    FAMILY, "arrays joined along the third axis, which vectors and matrices get", derivative=CUT,
    sequences=SEVERAL, example="dstack([[1, 2], [3, 4]])",
)  # fmt: skip
def dstack(arrays: Any) -> Operand:
    """A vector of n entries counts as an array of shape (1, n, 1)."""
    members = [atleast_2d(each) for each in _members(arrays)]
    return joined([each if len(shape_of(each)) > 2 else expand_dims(each, -1) for each in members], 2)


@function(
    FAMILY, "a matrix with the given ones along its diagonal and zeros elsewhere", derivative=CUT,
    example="block_diag([[1, 2], [3, 4]], 5)",
)  # fmt: skip
def block_diag(*matrices: Any) -> Operand:
    """A vector is a matrix of one row, a number one of one entry."""
    blocks = [atleast_2d(gathered(each)) for each in matrices]
    if any(len(shape_of(each)) > 2 for each in blocks) or not blocks:
        raise EvaluationError(f"`block_diag` joins matrices, not shapes {[shape_of(b) for b in blocks]}")
    width = sum(shape_of(each)[1] for each in blocks)
    rows, before = [], 0
    for block in blocks:
        height, own = shape_of(block)
        check_elements((height, width))
        rows.append(
            concatenate(np.zeros((height, before)), block, np.zeros((height, width - before - own)), axis=1)
        )
        before += own
    return concatenate(*rows, axis=0)


# Splitting --------------------------------------------------------------------------------------------------


def _cut(x: Operand, bounds: Sequence[int], axis: int) -> tuple[Operand, ...]:
    """The parts of x between the bounds, as slices are cut."""
    before = (slice(None),) * axis
    edges = [0, *bounds, shape_of(x)[axis]]
    return tuple(getitem(x, index=(*before, slice(start, stop))) for start, stop in pairwise(edges))


def _equal_bounds(length: int, count: int, operation: str) -> list[int]:
    """The inner bounds of parts as equal as can be, longer ones first."""
    if count < 1:
        raise EvaluationError(f"`{operation}` cannot make {count} parts")
    check_elements((count,))
    size, longer = divmod(length, count)
    return [i * size + min(i, longer) for i in range(1, count)]


def _is_number(value: Any) -> bool:
    return not isinstance(value, (list, tuple)) and not shape_of(value)


def _split(x: Operand, parts: Any, axis: Any, operation: str) -> tuple[Operand, ...]:
    x = gathered(x)
    place = as_axis(axis, shape_of(x), operation)
    if not _is_number(parts):
        return _cut(x, as_ints(parts, "a bound"), place)
    return _cut(x, _equal_bounds(shape_of(x)[place], as_int(parts, "the number of parts"), operation), place)


@function(
    FAMILY, "x cut into equal parts, or at the places given; a tuple", derivative=JOINED,
    example="split([1, 2, 3, 4], 2)[1]",
)  # fmt: skip
def split(x: Operand, indices_or_sections: Any, axis: Any = 0) -> tuple[Operand, ...]:
    """NumPy's split: the parts must be equal when their number is given."""
    x = gathered(x)
    length = shape_of(x)[as_axis(axis, shape_of(x), "split")]
    if _is_number(indices_or_sections) and length % max(
        1, as_int(indices_or_sections, "the number of parts")
    ):
        raise EvaluationError(
            f"`split` cannot cut length {length} into {as_int(indices_or_sections)} equal parts",
            help="`array_split` makes parts that differ by one",
        )
    return _split(x, indices_or_sections, axis, "split")


@function(
    FAMILY, "x cut into parts as equal as can be, or at the places given; a tuple", derivative=JOINED,
    aliases=("tensor_split",), example="array_split([1, 2, 3], 2)[0]",
)  # fmt: skip
def array_split(x: Operand, indices_or_sections: Any, axis: Any = 0) -> tuple[Operand, ...]:
    """Parts that differ in length by one at most."""
    return _split(x, indices_or_sections, axis, "array_split")


@function(
    FAMILY, "torch's split: parts of a given length (the last may be shorter), or of the lengths given",
    name="torch.split", derivative=JOINED, example="torch.split([1, 2, 3], 2)[1]",
)  # fmt: skip
def torch_split(x: Operand, split_size_or_sections: Any, axis: Any = 0) -> tuple[Operand, ...]:
    """Parts by their lengths."""
    x = gathered(x)
    place = as_axis(axis, shape_of(x), "split")
    length = shape_of(x)[place]
    if not _is_number(split_size_or_sections):
        sizes = as_ints(split_size_or_sections, "a length")
        if sum(sizes) != length or min(sizes, default=0) < 0:
            raise EvaluationError(f"`split`: lengths {sizes} do not add up to {length}")
        return _cut(x, np.cumsum(sizes[:-1]).tolist(), place)
    size = as_int(split_size_or_sections, "the length of a part")
    if size < 1:
        raise EvaluationError(f"`split` cannot make parts of length {size}")
    return _cut(x, range(size, length, size), place)


@function(
    FAMILY, "x cut into at most so many parts of equal length, the last one shorter; a tuple",
    derivative=JOINED, example="chunk([1, 2, 3], 2)[0]",
)  # fmt: skip
def chunk(x: Operand, chunks: Any, axis: Any = 0) -> tuple[Operand, ...]:
    """Torch's chunk."""
    x = gathered(x)
    count = as_int(chunks, "the number of parts")
    place = as_axis(axis, shape_of(x), "chunk")
    if count < 1:
        raise EvaluationError(f"`chunk` cannot make {count} parts")
    length = shape_of(x)[place]
    size = max(1, -(-length // count))
    return _cut(x, range(size, length, size), place)


@function(
    FAMILY, "the slices of x along an axis, a tuple", derivative=JOINED, aliases=("unstack",),
    example="unbind([[1, 2], [3, 4]])[0]",
)  # fmt: skip
def unbind(x: Operand, axis: Any = 0) -> tuple[Operand, ...]:
    """One array for each place along the axis."""
    x = gathered(x)
    lengths = shape_of(x)
    place = as_axis(axis, lengths, "unbind")
    order = (place, *(i for i in range(len(lengths)) if i != place))
    moved = with_axes(x, order)
    return tuple(getitem(moved, index=i) for i in range(lengths[place]))
