"""Products made of products: tensordot, kron, cross, powers of matrices and chains of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Multilinear, Primitive
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import as_axis, as_int, as_ints
from gradcli.primitives.arithmetic import as_float, multiply, subtract
from gradcli.primitives.indexing import getitem
from gradcli.primitives.joining import gathered
from gradcli.primitives.layout import with_axes
from gradcli.primitives.linalg import FAMILY, inv, square_matrix
from gradcli.primitives.products import contract, matmul
from gradcli.primitives.rows import aligned
from gradcli.primitives.shape import broadcast_to, reshape, sum_to
from gradcli.primitives.table import function, primitive

# tensordot and kron -----------------------------------------------------------------------------------------


@function(
    FAMILY, "the sum of products over pairs of axes", derivative="tensordot of g and the other operand",
    example="tensordot([[1, 2], [3, 4]], [[1, 0], [0, 1]], axes=1)", sequences=("axes",),
)  # fmt: skip
def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """`axes` is how many of the last axes of x meet the first of y, or a pair of lists of axes."""
    x, y = gathered(x), gathered(y)
    shape_x, shape_y = shape_of(x), shape_of(y)
    if isinstance(axes, (tuple, list)):
        axes_x = tuple(as_axis(each, shape_x, "tensordot") for each in as_ints(axes[0], "axes"))
        axes_y = tuple(as_axis(each, shape_y, "tensordot") for each in as_ints(axes[1], "axes"))
    else:
        count = as_int(axes, "axes")
        if not 0 <= count <= min(len(shape_x), len(shape_y)):
            raise EvaluationError(
                f"`tensordot` of shapes {shape_x} and {shape_y}: `axes` must not be {count}"
            )
        axes_x, axes_y = tuple(range(len(shape_x) - count, len(shape_x))), tuple(range(count))
    return contract("tensordot", x, y, axes_x, axes_y)


@function(
    FAMILY, "the Kronecker product: the matrix of blocks `x[i, j]*y`",
    derivative="sums of g*y and g*x over blocks",
    example="kron([[1, 2]], [[1, 1], [0, 1]])",
)  # fmt: skip
def kron(x: Any, y: Any) -> Any:
    """The sizes multiply axis by axis; the operand of lower rank gets leading axes of size 1."""
    x, y = gathered(x), gathered(y)
    rank = max(len(shape_of(x)), len(shape_of(y)))
    shape_x, shape_y = (_leading_ones(shape_of(each), rank) for each in (x, y))
    shape = tuple(a * b for a, b in zip(shape_x, shape_y, strict=True))
    check_elements(shape)
    blocks = reshape(x, shape=tuple(n for a in shape_x for n in (a, 1)))
    entries = reshape(y, shape=tuple(n for b in shape_y for n in (1, b)))
    return reshape(multiply(blocks, entries), shape=shape)


def _leading_ones(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (1,) * (rank - len(shape)) + shape


# cross ------------------------------------------------------------------------------------------------------


def _cross(x: Any, y: Any) -> Any:
    check_elements(np.broadcast_shapes(x.shape, y.shape))
    return np.cross(as_float(x), as_float(y))


def _summed_cross(x: Any, y: Any, like: Any) -> Any:
    return sum_to(cross_product(x, y), shape_of(like))


cross_product: Primitive = primitive(
    "cross",
    _cross,
    Multilinear((
        lambda g, x, y: _summed_cross(y, g, x),
        lambda g, x, y: _summed_cross(g, x, y),
    )),
    batch=lambda mapped, x, y: np.cross(*aligned(mapped, (as_float(x), as_float(y)))),
)  # fmt: skip


@function(
    FAMILY, "the cross product of vectors in space (in the plane: its one component)",
    derivative="cross(y, g), cross(g, x)", example="cross([1, 0, 0], [0, 1, 0])",
)  # fmt: skip
def cross(x: Any, y: Any, axis: int = -1) -> Any:
    """The vectors lie along `axis`; the other axes broadcast."""
    x, y = gathered(x), gathered(y)
    vectors = [_axis_last(each, as_axis(axis, shape_of(each), "cross")) for each in (x, y)]
    sizes = [shape_of(each)[-1] for each in vectors]
    if sizes == [2, 2]:
        (a, b), (c, d) = ([getitem(each, index=(..., i)) for i in range(2)] for each in vectors)
        return subtract(multiply(a, d), multiply(b, c))
    if sizes != [3, 3]:
        raise EvaluationError(
            f"`cross` of shapes {shape_of(x)} and {shape_of(y)}: expected vectors of size 3"
        )
    result = cross_product(*vectors)
    rank = len(shape_of(result))
    place = as_axis(axis, shape_of(result), "cross")
    return with_axes(result, (*range(place), rank - 1, *range(place, rank - 1)))


def _axis_last(x: Any, axis: int) -> Any:
    rank = len(shape_of(x))
    return with_axes(x, (*range(axis), *range(axis + 1, rank), axis))


# Powers and chains ------------------------------------------------------------------------------------------


@function(
    FAMILY, "the matrix multiplied by itself n times", derivative="sum of (x**k).T @ g @ (x**(n-1-k)).T",
    domain="det(x) != 0 for negative n", convention="n = 0 gives the identity matrix, with derivative 0",
    example="matrix_power([[1, 1], [0, 1]], 5)",
)  # fmt: skip
def matrix_power(x: Any, n: int) -> Any:
    """Repeated squaring; a negative power is that of the inverse."""
    exponent = as_int(n, "n")
    x = base = square_matrix("matrix_power", x)
    if exponent < 0:
        base, exponent = inv(base), -exponent
    result = None
    while exponent:
        if exponent % 2:
            result = base if result is None else matmul(result, base)
        exponent //= 2
        base = matmul(base, base) if exponent else base
    return broadcast_to(np.eye(shape_of(x)[-1]), shape=shape_of(x)) if result is None else result


@function(
    FAMILY, "the product of a list of matrices, in the order that costs least",
    derivative="that of the products",
    example="multi_dot([[[1, 2]], [[1], [1]], [[3]]])", sequences=("arrays",),
)  # fmt: skip
def multi_dot(arrays: Sequence[Any]) -> Any:
    """The first and the last may be vectors. The order is found by dynamic programming over the sizes."""
    if len(arrays) < 2:
        raise EvaluationError(f"`multi_dot` of {len(arrays)} arrays: expected at least two")
    arrays = [gathered(each) for each in arrays]
    shapes = [shape_of(each) for each in arrays]
    if any(len(shape) != 2 for shape in shapes[1:-1]) or not all(len(shape) in (1, 2) for shape in shapes):
        raise EvaluationError(f"`multi_dot` of shapes {', '.join(map(str, shapes))}: expected matrices")
    first = 1 if len(shapes[0]) == 1 else shapes[0][0]
    sizes = [first, *(shape[0] for shape in shapes[1:]), 1 if len(shapes[-1]) == 1 else shapes[-1][-1]]
    return _multiply_chain(arrays, best_splits(sizes), 0, len(arrays) - 1)


def best_splits(sizes: Sequence[int]) -> dict[tuple[int, int], int]:
    """Where to split each part of the chain (Cormen and others, "Introduction to Algorithms", 15.2)."""
    count = len(sizes) - 1
    costs = {(i, i): 0 for i in range(count)}
    splits: dict[tuple[int, int], int] = {}
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            ends = sizes[i] * sizes[j + 1]
            costs[i, j], splits[i, j] = min(
                (costs[i, k] + costs[k + 1, j] + ends * sizes[k + 1], k) for k in range(i, j)
            )
    return splits


def _multiply_chain(arrays: Sequence[Any], splits: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return arrays[i]
    k = splits[i, j]
    return matmul(_multiply_chain(arrays, splits, i, k), _multiply_chain(arrays, splits, k + 1, j))
