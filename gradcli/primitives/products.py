"""Products of vectors, matrices and stacks of matrices, linear in each operand: `@`, dot, inner, outer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Multilinear
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arithmetic import as_float, chain, multiply
from gradcli.primitives.joining import gathered
from gradcli.primitives.rows import aligned
from gradcli.primitives.shape import reshape, sum_to, transpose
from gradcli.primitives.table import REQUIRED, Parameter, add_function, function, plain, primitive

FAMILY = "linear algebra"


def matrix_transpose(x: Any) -> Any:
    """Swap the last two axes."""
    rank = len(shape_of(x))
    return transpose(x, axes=(*range(rank - 2), rank - 1, rank - 2))


def column(x: Any) -> Any:
    """Vectors as matrices of one column."""
    return reshape(x, shape=(*shape_of(x), 1))


def row(x: Any) -> Any:
    """Vectors as matrices of one row."""
    shape = shape_of(x)
    return reshape(x, shape=(*shape[:-1], 1, *shape[-1:]))


# matmul -----------------------------------------------------------------------------------------------------


def _matmul(x: Any, y: Any, cotangent: int | None = None) -> Any:
    x, y = as_float(x), as_float(y)
    check_elements(_matmul_shape(shape_of(x), shape_of(y)))
    product = np.matmul(x, y)
    if cotangent is not None and np.isnan(np.add.reduce(product, axis=None)):
        product = _annihilated(x, y, cotangent)
    return plain(product)


def _annihilated(x: Any, y: Any, cotangent: int) -> Any:
    """The product in which a zero of the operand that is a cotangent gives 0, even times inf or NaN.

    Only what is not finite in the other operand is multiplied apart.
    """
    left = x[None] if x.ndim == 1 else x
    right = y[:, None] if y.ndim == 1 else y
    other, summed = (right, right.ndim - 2) if cotangent == 0 else (left, left.ndim - 1)
    clean = np.isfinite(other).all(axis=tuple(i for i in range(other.ndim) if i != summed))
    product = left[..., clean] @ right[..., clean, :]
    for k in np.flatnonzero(~clean):
        columns, rows = left[..., k, None], right[..., k, None, :]
        product = product + (chain(columns, rows) if cotangent == 0 else chain(rows, columns))
    return product.reshape(_matmul_shape(x.shape, y.shape))


def _matmul_shape(x: tuple[int, ...], y: tuple[int, ...]) -> tuple[int, ...]:
    if not x or not y:
        raise EvaluationError(
            f"`matmul` of shapes {x} and {y}: a number is no matrix", help="use `*` to multiply by a number"
        )
    inner = y[-2] if len(y) > 1 else y[0]
    if x[-1] != inner:
        raise EvaluationError(f"`matmul` of shapes {x} and {y}: the inner sizes {x[-1]} and {inner} differ")
    return (*broadcast_stacks("matmul", x, y, x[:-2], y[:-2]), *x[-2:-1], *(y[-1:] if len(y) > 1 else ()))


def broadcast_stacks(
    name: str, x: tuple[int, ...], y: tuple[int, ...], stack_x: tuple[int, ...], stack_y: tuple[int, ...]
) -> tuple[int, ...]:
    """The common shape of two stacks; an error names the operation and the shapes of both operands."""
    if stack_x == stack_y or not stack_y:
        return stack_x
    try:
        return np.broadcast_shapes(stack_x, stack_y)
    except ValueError:
        raise EvaluationError(
            f"`{name}` of shapes {x} and {y}: the stacks {stack_x} and {stack_y} do not broadcast"
        ) from None


def _matmul_left(g: Any, x: Any, y: Any, cotangent: int | None = None) -> Any:
    """The cotangent g yᵀ of the left operand; a vector is a row on the left, a column on the right."""
    rank_x, rank_y = len(shape_of(x)), len(shape_of(y))
    if rank_y == 1:
        if rank_x == 2:
            return outer_product(g, y, cotangent=0)
        return chain(g if rank_x == 1 else column(g), y)
    if rank_x == 1:
        return sum_to(_stacked_matvec(y, g), shape_of(x))
    return sum_to(matmul(g, matrix_transpose(y), cotangent=0), shape_of(x))


def _matmul_right(g: Any, x: Any, y: Any, cotangent: int | None = None) -> Any:
    """The cotangent xᵀ g of the right operand."""
    rank_x, rank_y = len(shape_of(x)), len(shape_of(y))
    if rank_x == 1:
        if rank_y == 2:
            return outer_product(x, g, cotangent=1)
        return chain(g, x) if rank_y == 1 else chain(row(g), column(x))
    if rank_y == 1:
        return sum_to(_stacked_matvec(matrix_transpose(x), g), shape_of(y))
    return sum_to(matmul(matrix_transpose(x), g, cotangent=1), shape_of(y))


def _stacked_matvec(matrices: Any, vectors: Any) -> Any:
    """The product of each matrix with the vector, a cotangent, at its place in the stack."""
    if len(shape_of(vectors)) == 1:
        return matmul(matrices, vectors, cotangent=1)
    product = matmul(matrices, column(vectors), cotangent=1)
    return reshape(product, shape=shape_of(product)[:-1])


def _matmul_batch(mapped: tuple[bool, ...], x: Any, y: Any, cotangent: int | None = None) -> Any:
    """Vectors become rows and columns, and the stacks are aligned behind the mapped axis."""
    rank_x, rank_y = np.ndim(x) - mapped[0], np.ndim(y) - mapped[1]
    x = x[..., None, :] if rank_x == 1 else x
    y = y[..., None] if rank_y == 1 else y
    rank = max(rank_x, rank_y, 2)
    left, right = aligned(mapped, (x, y), rank)
    product = _matmul(left, right, cotangent)
    dropped = (*((-2,) if rank_x == 1 else ()), *((-1,) if rank_y == 1 else ()))
    return product.squeeze(dropped) if dropped else product


matmul = primitive("matmul", _matmul, Multilinear((_matmul_left, _matmul_right)), batch=_matmul_batch)
add_function(
    "matmul", matmul, FAMILY, "the matrix product `x @ y`, stacks of matrices broadcasting",
    parameters=(Parameter("x", REQUIRED), Parameter("y", REQUIRED)),
    derivative="g @ y.T, x.T @ g", domain="x of shape (..., m, k) or (k,), y of shape (..., k, n) or (k,)",
    example="matmul([[1, 2], [3, 4]], [1, 1])", aliases=("mm", "mv", "bmm"),
)  # fmt: skip


# Products of vectors ----------------------------------------------------------------------------------------


def _dot(x: Any, y: Any) -> Any:
    if x.shape != y.shape:
        raise EvaluationError(
            f"`dot` of shapes {x.shape} and {y.shape}: the sizes {x.shape[0]} and {y.shape[0]} differ"
        )
    return float(np.dot(as_float(x), as_float(y)))


def _outer(x: Any, y: Any, cotangent: int | None = None) -> Any:
    check_elements((x.size, y.size))
    return _outer_batch((True, True), x, y, cotangent)


def _outer_batch(mapped: tuple[bool, ...], x: Any, y: Any, cotangent: int | None = None) -> Any:
    left, right = as_float(x)[..., :, None], as_float(y)[..., None, :]
    if cotangent is None:
        return left * right
    return chain(left, right) if cotangent == 0 else chain(right, left)


dot_product = primitive(
    "dot", _dot,
    Multilinear((lambda g, x, y: chain(g, y), lambda g, x, y: chain(g, x)), symmetric=True),
    batch=lambda mapped, x, y: np.einsum("...i,...i->...", as_float(x), as_float(y)),
)  # fmt: skip
outer_product = primitive(
    "outer", _outer, Multilinear((
        lambda g, x, y, cotangent=None: matmul(g, y, cotangent=0),
        lambda g, x, y, cotangent=None: matmul(x, g, cotangent=1),
    )),
    batch=_outer_batch,
)  # fmt: skip


@function(
    FAMILY, "the dot product of two vectors; for matrices the product `x @ y`", derivative="g*y, g*x",
    example="dot([1, 2, 3], [4, 5, 6])",
)  # fmt: skip
def dot(x: Any, y: Any) -> Any:
    """The sum over the last axis of x and the last but one of y, as in NumPy; a number multiplies."""
    x, y = gathered(x), gathered(y)
    rank_x, rank_y = len(shape_of(x)), len(shape_of(y))
    if not rank_x or not rank_y:
        return multiply(x, y)
    if rank_x == rank_y == 1:
        return dot_product(x, y)
    if rank_y <= 2 and (rank_y == 1 or rank_x <= 2):
        return matmul(x, y)
    return contract("dot", x, y, (rank_x - 1,), (rank_y - 2,))


@function(
    FAMILY, "the dot product of two arrays read as vectors", derivative="g*y, g*x",
    example="vdot([[1, 2], [3, 4]], [[1, 0], [0, 1]])",
)  # fmt: skip
def vdot(x: Any, y: Any) -> Any:
    """The sum of the products of all entries."""
    return dot_product(_flat(x), _flat(y))


@function(
    FAMILY, "the sum over the last axes of x and y; for vectors the dot product", derivative="g*y, g*x",
    example="inner([[1, 2], [3, 4]], [5, 6])",
)  # fmt: skip
def inner(x: Any, y: Any) -> Any:
    """The result has the other axes of x, then those of y; a number multiplies."""
    x, y = gathered(x), gathered(y)
    rank_x, rank_y = len(shape_of(x)), len(shape_of(y))
    if min(rank_x, rank_y) == 0 or rank_x == rank_y == 1:
        return dot(x, y)
    return contract("inner", x, y, (rank_x - 1,), (rank_y - 1,))


@function(
    FAMILY, "the matrix of all products `x[i]*y[j]` (arrays are flattened)", derivative="g @ y, x @ g",
    example="outer([1, 2], [3, 4, 5])",
)  # fmt: skip
def outer(x: Any, y: Any) -> Any:
    """A matrix of shape (size of x, size of y)."""
    return outer_product(_flat(x), _flat(y))


def _flat(x: Any) -> Any:
    x = gathered(x)
    return x if len(shape_of(x)) == 1 else reshape(x, shape=(math.prod(shape_of(x)),))


def contract(name: str, x: Any, y: Any, axes_x: tuple[int, ...], axes_y: tuple[int, ...]) -> Any:
    """Sum the products of x and y over pairs of axes: both become matrices, and `@` does the work."""
    shape_x, shape_y = shape_of(x), shape_of(y)
    summed_x = tuple(shape_x[i] for i in axes_x)
    summed_y = tuple(shape_y[i] for i in axes_y)
    if summed_x != summed_y:
        raise EvaluationError(
            f"`{name}` of shapes {shape_x} and {shape_y}: the summed sizes {summed_x} and {summed_y} differ"
        )
    free_x = tuple(i for i in range(len(shape_x)) if i not in axes_x)
    free_y = tuple(i for i in range(len(shape_y)) if i not in axes_y)
    left = _as_matrix(x, free_x, axes_x)
    right = _as_matrix(y, axes_y, free_y)
    shape = (*(shape_x[i] for i in free_x), *(shape_y[i] for i in free_y))
    return reshape(matmul(left, right), shape=shape)


def _as_matrix(x: Any, rows: tuple[int, ...], columns: tuple[int, ...]) -> Any:
    shape, order = shape_of(x), (*rows, *columns)
    matrix = x if order == tuple(range(len(shape))) else transpose(x, axes=order)
    size = (math.prod(shape[i] for i in rows), math.prod(shape[i] for i in columns))
    return matrix if shape_of(matrix) == size else reshape(matrix, shape=size)
