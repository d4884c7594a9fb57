"""Layout: functions that give the entries of an array another shape or order."""

from __future__ import annotations

import math
from typing import Any

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.errors import EvaluationError
from gradcli.primitives.arguments import (
    Shape,
    an_array,
    as_axes,
    as_axis,
    as_ints,
    one_or_several,
)
from gradcli.primitives.joining import gathered
from gradcli.primitives.shape import reshape, transpose
from gradcli.primitives.table import function

FAMILY = "shape"
COUNT = "a count: no derivative passes"
SAME = "the cotangent, put back in the old form"


# Shapes -----------------------------------------------------------------------------------------------------


@function(FAMILY, "the shape of x, a tuple of lengths", convention=COUNT, example="shape([[1, 2, 3]])[1]")
def shape(x: Operand) -> Shape:
    """The lengths of the axes."""
    return shape_of(gathered(x))


@function(FAMILY, "how many axes x has", convention=COUNT, aliases=("method.dim",), example="ndim([[1, 2]])")
def ndim(x: Operand) -> int:
    """The rank: 0 for a scalar."""
    return len(shape(x))


@function(
    FAMILY, "how many entries x has, or how many along an axis", convention=COUNT, aliases=("numel",),
    example="size([[1, 2, 3], [4, 5, 6]])",
)  # fmt: skip
def size(x: Operand, axis: Any = None) -> int:
    """The number of entries."""
    lengths = shape(x)
    return math.prod(lengths) if axis is None else lengths[as_axis(axis, lengths, "size")]


@function(
    FAMILY, "torch's `x.size()`: the shape of x, or its length along an axis", name="method.size",
    convention=COUNT, example="ones(2, 3).size(1)",
)  # fmt: skip
def size_method(x: Operand, axis: Any = None) -> Any:
    """What `size` means as a method; as an attribute, `x.size` is NumPy's number of entries."""
    lengths = shape(x)
    return lengths if axis is None else lengths[as_axis(axis, lengths, "size")]


@function(
    FAMILY,
    "the length of the first axis of x, or of a list",
    name="len",
    convention=COUNT,
    example="len([5, 6, 7])",
)
def len_(x: Operand) -> int:
    """Python's `len`; a scalar has none."""
    if isinstance(x, (list, tuple, range, dict, str)):
        return len(x)
    lengths = shape_of(x)
    if not lengths:
        raise EvaluationError("a scalar has no `len`", help="`size(x)` counts entries")
    return lengths[0]


@function(
    FAMILY, "x in another shape, the entries in the same order; one length may be -1", derivative=SAME,
    name="reshape", aliases=("view",), example="reshape([1, 2, 3, 4], (2, 2))",
)  # fmt: skip
def reshape_to(x: Operand, *sizes: Any, shape: Any = None) -> Operand:
    """The same entries in a shape given as one tuple or as several lengths."""
    return reshaped(x, as_ints(one_or_several(sizes, shape), "a shape"))


def reshaped(x: Operand, new: Shape) -> Operand:
    """x in a new shape, of which one length may be -1.

    Raises `EvaluationError` where the numbers of entries differ.
    """
    x = gathered(x)
    old = shape_of(x)
    count, known = math.prod(old), math.prod(n for n in new if n != -1)
    complete = tuple(count // known if n == -1 and known else n for n in new)
    if new.count(-1) > 1 or math.prod(complete) != count or any(n < 0 for n in complete):
        raise EvaluationError(f"`reshape` cannot put {an_array(old)} into shape {new}")
    return x if complete == old else reshape(x, shape=complete)


@function(FAMILY, "the entries of x as a vector", derivative=SAME, example="ravel([[1, 2], [3, 4]])")
def ravel(x: Operand) -> Operand:
    """All axes in one."""
    return reshaped(x, (-1,))


@function(
    FAMILY,
    "the axes from start_dim to end_dim of x in one",
    derivative=SAME,
    example="flatten([[1, 2], [3, 4]])",
)
def flatten(x: Operand, start_dim: Any = 0, end_dim: Any = -1) -> Operand:
    """Adjacent axes in one; without bounds, all of them."""
    x = gathered(x)
    lengths = shape_of(x)
    if not lengths:
        return reshaped(x, (1,))
    first, last = as_axis(start_dim, lengths, "flatten"), as_axis(end_dim, lengths, "flatten")
    return reshaped(x, (*lengths[:first], math.prod(lengths[first : last + 1]), *lengths[last + 1 :]))


@function(
    FAMILY,
    "x without its axes of length 1, or without those named",
    derivative=SAME,
    example="squeeze([[1, 2]])",
)
def squeeze(x: Operand, axis: Any = None) -> Operand:
    """Drop axes of length 1."""
    x = gathered(x)
    lengths = shape_of(x)
    axes = as_axes(axis, lengths, "squeeze")
    long = [i for i in axes if lengths[i] != 1]
    if axis is not None and long:
        raise EvaluationError(f"`squeeze`: axis {long[0]} of {an_array(lengths)} is not of length 1")
    return reshaped(x, tuple(n for i, n in enumerate(lengths) if n != 1 or i not in axes))


@function(
    FAMILY,
    "x with a new axis of length 1",
    derivative=SAME,
    aliases=("unsqueeze",),
    example="expand_dims([1, 2], 0)",
)
def expand_dims(x: Operand, axis: Any) -> Operand:
    """New axes of length 1, at places counted in the result."""
    x = gathered(x)
    given = as_ints(axis, "an axis")
    rank = len(shape_of(x)) + len(given)
    places = {as_axis(each, (1,) * rank, "expand_dims") for each in given}
    if len(places) < len(given):
        raise EvaluationError(f"`expand_dims`: an axis is named twice in {given}")
    old = iter(shape_of(x))
    return reshaped(x, tuple(1 if i in places else next(old) for i in range(rank)))


@function(FAMILY, "x with at least one axis", derivative=SAME, example="atleast_1d(3)")
def atleast_1d(x: Operand) -> Operand:
    """A scalar becomes a vector of one entry."""
    x = gathered(x)
    return x if shape_of(x) else reshaped(x, (1,))


@function(FAMILY, "x with at least two axes", derivative=SAME, example="atleast_2d([1, 2])")
def atleast_2d(x: Operand) -> Operand:
    """A vector becomes a matrix of one row."""
    x = gathered(x)
    lengths = shape_of(x)
    return x if len(lengths) > 1 else reshaped(x, (1, *(lengths or (1,))))


# Orders of axes ---------------------------------------------------------------------------------------------


def with_axes(x: Operand, axes: Shape) -> Operand:
    """x with its axes in the order given."""
    return x if axes == tuple(range(len(axes))) else transpose(x, axes=axes)


@function(
    FAMILY, "x with its axes in reverse order, or in the order given", name="transpose", derivative=SAME,
    aliases=("permute", "method.t"), example="transpose([[1, 2], [3, 4]])",
)  # fmt: skip
def permuted(x: Operand, *order: Any, axis: Any = None) -> Operand:
    """NumPy's transpose: of a matrix the transposed one."""
    x = gathered(x)
    lengths = shape_of(x)
    wanted = one_or_several(order, axis)
    if wanted is None:
        return with_axes(x, tuple(reversed(range(len(lengths)))))
    given = as_ints(wanted, "an axis")
    axes = tuple(as_axis(each, lengths, "transpose") for each in given)
    if sorted(axes) != list(range(len(lengths))):
        raise EvaluationError(f"`transpose` needs each axis of {an_array(lengths)} once, not {given}")
    return with_axes(x, axes)


@function(
    FAMILY, "each matrix of x transposed: `x.mT`", derivative=SAME, name="matrix_transpose",
    aliases=("adjoint",), example="matrix_transpose([[1, 2], [3, 4]])",
)  # fmt: skip
def transposed_matrices(x: Operand) -> Operand:
    """The last two axes swapped."""
    return swapaxes(x, -2, -1)


@function(
    FAMILY, "x with two axes swapped", derivative=SAME, aliases=("swapdims", "torch.transpose"),
    example="swapaxes([[1, 2], [3, 4]], 0, 1)",
)  # fmt: skip
def swapaxes(x: Operand, axis1: Any, axis2: Any) -> Operand:
    """The axes in order but for two."""
    x = gathered(x)
    lengths = shape_of(x)
    first, second = as_axis(axis1, lengths, "swapaxes"), as_axis(axis2, lengths, "swapaxes")
    axes = list(range(len(lengths)))
    axes[first], axes[second] = second, first
    return with_axes(x, tuple(axes))


@function(
    FAMILY, "x with axes moved to other places, the others in order", derivative=SAME, aliases=("movedim",),
    example="moveaxis([[1, 2], [3, 4]], 0, 1)",
)  # fmt: skip
def moveaxis(x: Operand, source: Any, destination: Any) -> Operand:
    """NumPy's moveaxis."""
    x = gathered(x)
    lengths = shape_of(x)
    sources = [as_axis(each, lengths, "moveaxis") for each in as_ints(source, "an axis")]
    targets = [as_axis(each, lengths, "moveaxis") for each in as_ints(destination, "an axis")]
    if len(sources) != len(targets) or len(set(sources)) < len(sources) or len(set(targets)) < len(targets):
        raise EvaluationError(f"`moveaxis` cannot move axes {sources} to {targets}")
    order = [i for i in range(len(lengths)) if i not in sources]
    for target, moved in sorted(zip(targets, sources, strict=True)):
        order.insert(target, moved)
    return with_axes(x, tuple(order))
