"""Tiling: functions that repeat, reverse, shift or surround the entries of an array."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Linear, Operand
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import (
    Shape,
    an_array,
    as_axes,
    as_axis,
    as_int,
    as_ints,
    as_shape,
    describe,
    one_or_several,
)
from gradcli.primitives.indexing import getitem
from gradcli.primitives.joining import concatenate, gathered
from gradcli.primitives.layout import reshaped
from gradcli.primitives.selection import where
from gradcli.primitives.shape import broadcast_to
from gradcli.primitives.table import function, primitive

FAMILY = "shape"
PUT_BACK = "the cotangent, put back in the old order"
ADDED_UP = "the cotangent, summed over what was repeated"

# Repetition -------------------------------------------------------------------------------------------------


@function(
    FAMILY, "x repeated along axes of length 1 (and new ones in front) to a shape; -1 keeps a length",
    name="broadcast_to", derivative=ADDED_UP, aliases=("expand",),
    example="broadcast_to([1, 2], (3, 2))",
)  # fmt: skip
def broadcast(x: Operand, *sizes: Any, shape: Any = None) -> Operand:
    """x stretched to a shape by the rules of broadcasting."""
    x = gathered(x)
    old = shape_of(x)
    new = as_ints(one_or_several(sizes, shape), "a shape")
    padded = (1,) * (len(new) - len(old)) + old
    target = tuple(have if want == -1 else want for have, want in zip(padded, new, strict=False))
    if len(padded) > len(new) or any(
        have not in (1, want) for have, want in zip(padded, target, strict=True)
    ):
        raise EvaluationError(f"`broadcast_to` cannot stretch {an_array(old)} to shape {new}")
    return x if target == old else broadcast_to(x, shape=as_shape(target))


@function(
    FAMILY, "each entry (or slice along an axis) repeated, as often as one number or one for each says",
    derivative=ADDED_UP, aliases=("repeat_interleave",), example="repeat([1, 2], 2)",
)  # fmt: skip
def repeat(x: Operand, repeats: Any, axis: Any = None) -> Operand:
    """NumPy's repeat; without an axis, of the flattened array."""
    x = gathered(x)
    if axis is None:
        x, axis = reshaped(x, (-1,)), 0
    place = as_axis(axis, shape_of(x), "repeat")
    length = shape_of(x)[place]
    counts = as_shape(repeats, "`repeats`")
    if len(counts) not in (1, length):
        raise EvaluationError(f"`repeat` needs one count or {length}, not {len(counts)}")
    check_elements((sum(counts) * (length if len(counts) == 1 else 1),))
    return getitem(x, index=(*(slice(None),) * place, np.repeat(np.arange(length), counts)))


@function(
    FAMILY, "x laid side by side, as often along each axis as reps says", derivative=ADDED_UP,
    example="tile([1, 2], 3)",
)  # fmt: skip
def tile(x: Operand, *counts: Any, reps: Any = None) -> Operand:
    """Copies of the whole array along each axis."""
    x = gathered(x)
    times = as_shape(one_or_several(counts, reps), "`reps`")
    rank = max(len(times), len(shape_of(x)))
    times = (1,) * (rank - len(times)) + times
    lengths = (1,) * (rank - len(shape_of(x))) + shape_of(x)
    spread = broadcast_to(
        reshaped(x, tuple(itertools.chain.from_iterable((1, n) for n in lengths))),
        shape=tuple(itertools.chain.from_iterable(zip(times, lengths, strict=True))),
    )
    return reshaped(spread, tuple(a * b for a, b in zip(times, lengths, strict=True)))


@function(
    FAMILY, "for vectors x, y, ...: arrays over all pairs of their entries, a tuple", derivative=ADDED_UP,
    convention='indexing="xy" swaps the first two axes as NumPy does, "ij" does not',
    example="meshgrid([1, 2], [3, 4])[0]",
)  # fmt: skip
def meshgrid(*vectors: Operand, indexing: str = "xy") -> tuple[Operand, ...]:
    """The coordinates of a grid, one array for each axis."""
    return _grid(vectors, swapped=indexing == "xy" and len(vectors) > 1)


@function(
    FAMILY, 'torch\'s meshgrid, whose indexing is "ij" by default', name="torch.meshgrid",
    derivative=ADDED_UP, example="torch.meshgrid([1, 2], [3, 4])[0]",
)  # fmt: skip
def torch_meshgrid(*vectors: Operand, indexing: str = "ij") -> tuple[Operand, ...]:
    """The coordinates of a grid, one array for each axis."""
    if len(vectors) == 1 and isinstance(vectors[0], (list, tuple)):
        vectors = tuple(vectors[0])
    return _grid(vectors, swapped=indexing == "xy" and len(vectors) > 1)


def _grid(vectors: tuple[Operand, ...], *, swapped: bool) -> tuple[Operand, ...]:
    flat = [reshaped(each, (-1,)) for each in vectors]
    axes = list(range(len(flat)))
    if swapped:
        axes[:2] = [1, 0]
    lengths = [0] * len(flat)
    for axis, each in zip(axes, flat, strict=True):
        lengths[axis] = shape_of(each)[0]
    return tuple(
        broadcast_to(
            reshaped(each, tuple(-1 if i == axis else 1 for i in range(len(flat)))), shape=tuple(lengths)
        )
        for axis, each in zip(axes, flat, strict=True)
    )


# Reversal and shifts ----------------------------------------------------------------------------------------


@function(
    FAMILY, "x with the order of its entries reversed along all or some axes", derivative=PUT_BACK,
    example="flip([1, 2, 3])",
)  # fmt: skip
def flip(x: Operand, *axes_given: Any, axis: Any = None) -> Operand:
    """Reversal along axes."""
    x = gathered(x)
    axes = as_axes(one_or_several(axes_given, axis), shape_of(x), "flip")
    backwards = slice(None, None, -1)
    return getitem(x, index=tuple(backwards if i in axes else slice(None) for i in range(len(shape_of(x)))))


@function(FAMILY, "x with its rows in reverse order", derivative=PUT_BACK, example="flipud([1, 2])")
def flipud(x: Operand) -> Operand:
    """Reversal of the first axis."""
    return flip(x, 0)


@function(FAMILY, "x with its columns in reverse order", derivative=PUT_BACK, example="fliplr([[1, 2]])")
def fliplr(x: Operand) -> Operand:
    """Reversal of the second axis."""
    return flip(x, 1)


def _shifted(x: Operand, shift: int, axis: int) -> Operand:
    length = shape_of(x)[axis]
    cut = -shift % length if length else 0
    if not cut:
        return x
    before = (slice(None),) * axis
    parts = (getitem(x, index=(*before, slice(cut, None))), getitem(x, index=(*before, slice(None, cut))))
    return concatenate(*parts, axis=axis)


@function(
    FAMILY, "x with its entries moved along by shift, the last coming first", derivative=PUT_BACK,
    example="roll([1, 2, 3], 1)",
)  # fmt: skip
def roll(x: Operand, shift: Any, axis: Any = None) -> Operand:
    """Entries moved cyclically along axes; without an axis, along the flattened array."""
    x = gathered(x)
    if axis is None:
        return reshaped(_shifted(reshaped(x, (-1,)), as_int(shift, "a shift"), 0), shape_of(x))
    axes, shifts = as_ints(axis, "an axis"), as_ints(shift, "a shift")
    for each, by in np.broadcast(axes, shifts):
        x = _shifted(x, int(by), as_axis(int(each), shape_of(x), "roll"))
    return x


# Padding ----------------------------------------------------------------------------------------------------

Widths = tuple[tuple[int, int], ...]
_MODES = {"constant": "", "edge": "edge", "replicate": "edge", "reflect": "reflect", "symmetric": "symmetric",
          "wrap": "wrap", "circular": "wrap"}  # fmt: skip


def _inside(shape: Shape, widths: Widths) -> tuple[slice, ...]:
    """Where the entries of the array of this shape stand in the padded one."""
    return tuple(slice(before, before + n) for n, (before, _) in zip(shape, widths, strict=True))


def _pad(x: Any, *, widths: Widths) -> Any:
    check_elements(tuple(n + sum(width) for n, width in zip(x.shape, widths, strict=True)))
    return np.pad(x, widths)


pad_with_zeros = primitive(
    "pad",
    _pad,
    Linear((lambda g, x, widths: getitem(g, index=_inside(shape_of(x), widths)),)),
    batch=lambda mapped, x, widths: np.pad(x, ((0, 0), *widths)),
)


@function(
    FAMILY, "x surrounded by further entries: pad_width before and after, for all axes or each", name="pad",
    derivative="the cotangent inside; with modes other than constant, summed over what was repeated",
    convention='mode "constant" (with constant_values), "edge", "reflect", "symmetric" or "wrap"',
    example="pad([1, 2], 1)",
)  # fmt: skip
def pad(x: Operand, pad_width: Any, mode: str = "constant", constant_values: Operand = 0.0) -> Operand:
    """NumPy's pad."""
    x = gathered(x)
    widths = _widths(pad_width, len(shape_of(x)))
    return padded(x, widths, mode, constant_values)


@function(
    FAMILY, "torch's pad: widths from the last axis to the first", name="torch.pad",
    derivative="the cotangent inside; with modes other than constant, summed over what was repeated",
    convention='mode "constant" (with value), "replicate", "reflect" or "circular"',
    example="F.pad([1, 2], (1, 0))",
)  # fmt: skip
def torch_pad(x: Operand, pad: Any, mode: str = "constant", value: Operand = 0.0) -> Operand:
    """Widths before and after the last axis, then the one before it, and so on."""
    x = gathered(x)
    given = as_ints(pad, "`pad`")
    pairs = list(zip(given[::2], given[1::2], strict=False))
    rank = len(shape_of(x))
    if len(given) % 2 or len(pairs) > rank:
        raise EvaluationError(f"`pad` needs at most {rank} pairs of widths, not {given}")
    return padded(x, (*((0, 0),) * (rank - len(pairs)), *reversed(pairs)), mode, value)


def _widths(pad_width: Any, rank: int) -> Widths:
    """Pairs of widths for each axis, from one number, one pair for all axes, or pairs."""
    given = gathered(pad_width)
    flat = np.reshape(as_ints(given, "`pad_width`"), shape_of(given))
    try:
        pairs = np.broadcast_to(flat, (rank, 2)).tolist()
    except ValueError:
        raise EvaluationError(
            f"`pad_width` needs one pair of widths or {rank}, not {describe(given)}"
        ) from None
    return tuple((before, after) for before, after in pairs)


def padded(x: Operand, widths: Widths, mode: str, value: Operand) -> Operand:
    """x with its axes widened, the new entries filled as the mode says.

    Raises `EvaluationError` for a scalar, for a mode that is not known and for negative widths.
    """
    if not widths:
        raise EvaluationError("`pad` needs an array, not a scalar")
    if mode not in _MODES or any(width < 0 for pair in widths for width in pair):
        raise EvaluationError(
            f'`pad` cannot pad by {widths} in mode "{mode}"', help=f"modes: {', '.join(_MODES)}"
        )
    if mode != "constant":
        for axis, width in enumerate(widths):
            places = np.pad(np.arange(shape_of(x)[axis]), width, mode=_MODES[mode])  # type: ignore[call-overload]
            x = getitem(x, index=(*(slice(None),) * axis, places))
        return x
    result = pad_with_zeros(x, widths=widths)
    if isinstance(value, (int, float)) and value == 0:
        return result
    inside = np.zeros(shape_of(result), dtype=np.bool_)
    inside[_inside(shape_of(x), widths)] = True
    return where(inside, result, value)
