"""Eigenvalues and eigenvectors of symmetric matrices, and what singular values share with them.

Where some of the values agree, the values still have derivatives (as in torch, each along its own vector).
The vectors have none there, since they may be turned within their space at will; nor have the values second
derivatives. The result is NaN then, and never a number that happens to come out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import General, Primitive
from gradcli.primitives.arithmetic import add, as_float, chain, divide, multiply, subtract
from gradcli.primitives.comparison import logical_and, not_equal
from gradcli.primitives.linalg import FAMILY, square_matrix
from gradcli.primitives.outputs import outputs
from gradcli.primitives.products import column, matmul, matrix_transpose, row
from gradcli.primitives.selection import where
from gradcli.primitives.shape import sum_axes
from gradcli.primitives.table import function, primitive


def decomposed(compute: Callable[[Any], Any], x: Any) -> tuple[Any, ...]:
    """The parts of each matrix of a stack; all NaN for a matrix that is not finite, which LAPACK refuses."""
    x = as_float(x)
    finite = np.isfinite(x).all(axis=(-2, -1), keepdims=True)
    parts = compute(x if finite.all() else np.where(finite, x, 0.0))
    if finite.all():
        return tuple(parts)
    matrix_wise = [finite if part.ndim == x.ndim else finite[..., 0] for part in parts]
    return tuple(np.where(each, part, np.nan) for each, part in zip(matrix_wise, parts, strict=True))


def symmetric_part(x: Any) -> Any:
    """Half the sum of a matrix and its transpose; on plain values and on nodes."""
    return multiply(0.5, add(x, matrix_transpose(x)))


def skew_part(x: Any) -> Any:
    """Half the difference of a matrix and its transpose."""
    return multiply(0.5, subtract(x, matrix_transpose(x)))


def diagonal_matrix(x: Any) -> Any:
    """Vectors as the diagonals of matrices that are 0 elsewhere."""
    return chain(row(x), np.eye(shape_of(x)[-1], dtype=np.bool_))


def column_sum(x: Any) -> Any:
    """The sum of each column."""
    return sum_axes(x, axis=(len(shape_of(x)) - 2,), keepdims=False)


def column_products(x: Any, y: Any) -> Any:
    """The dot product of each column of x with the same column of y."""
    return column_sum(chain(x, y))


# Gaps between the values ------------------------------------------------------------------------------------


def _ties(values: Any) -> Any:
    """Which pairs of values agree as far as rounding lets one tell; no value with itself."""
    size = values.shape[-1]
    scale = np.max(np.abs(values), axis=-1, initial=0.0)[..., None, None]
    gaps = np.abs(values[..., None, :] - values[..., :, None])
    return (gaps <= size * np.finfo(np.float64).eps * scale) & ~np.eye(size, dtype=np.bool_)


ties = primitive("ties", _ties, None, batch=lambda mapped, values: _ties(values))


def inverse_gaps(values: Any, sign: float = -1.0) -> Any:
    """The matrix of 1/(values[j] + sign*values[i]), with 0 on the diagonal."""
    diagonal = np.eye(shape_of(values)[-1], dtype=np.bool_)
    gaps = add(row(values), multiply(sign, column(values)))
    return where(diagonal, 0.0, divide(1.0, where(diagonal, 1.0, gaps)))


def slopes(g: Any, values: Any, sign: float = -1.0) -> Any:
    """The matrix of (g[j] + sign*g[i])/(values[j] + sign*values[i]); with sign -, NaN where values agree."""
    diagonal = np.eye(shape_of(values)[-1], dtype=np.bool_)
    rise = add(row(g), multiply(sign, column(g)))
    gaps = where(diagonal, 1.0, add(row(values), multiply(sign, column(values))))
    if sign < 0.0:
        gaps = where(ties(values), np.nan, gaps)
    return where(diagonal, 0.0, divide(rise, gaps))


def undefined(values: Any, *vectors: Any) -> Any:
    """NaN for pairs of values that agree and of which one has a vector that is not 0; 0 for all others."""
    used = sum(column_sum(where(not_equal(each, 0.0), 1.0, 0.0)) for each in vectors)
    pair = not_equal(add(row(used), column(used)), 0.0)
    return where(logical_and(ties(values), pair), np.nan, 0.0)


# Symmetric matrices -----------------------------------------------------------------------------------------


def _eigh(x: Any) -> Any:
    return decomposed(np.linalg.eigh, symmetric_part(x))


def _eigvalsh(x: Any) -> Any:
    return decomposed(lambda a: (np.linalg.eigvalsh(a),), symmetric_part(x))[0]


def _eigh_jvp(tangents: tuple[Any, ...], out: Any, x: Any) -> Any:
    values, vectors = outputs(out, 2)
    moved = matmul(symmetric_part(tangents[0]), vectors)
    turned = chain(matmul(matrix_transpose(vectors), moved), inverse_gaps(values))
    return column_products(vectors, moved), matmul(vectors, add(turned, undefined(values, moved)))


def _eigh_vjp(g: Any, out: Any, x: Any) -> Any:
    values, vectors = outputs(out, 2)
    transposed = matrix_transpose(vectors)
    turned = chain(skew_part(matmul(transposed, g[1])), inverse_gaps(values))
    inner = add(turned, undefined(values, g[1]))
    return add(eigen_combination(x, g[0]), matmul(matmul(vectors, inner), transposed))


def _eigvalsh_jvp(tangents: tuple[Any, ...], out: Any, x: Any) -> Any:
    _, vectors = outputs(eigh_primitive(x), 2)
    return column_products(vectors, matmul(tangents[0], vectors))


def _eigen_combination(x: Any, g: Any) -> Any:
    _, vectors = _eigh(x)
    return (vectors * g[..., None, :]) @ np.swapaxes(vectors, -1, -2)


def _combination_turned(x: Any, g: Any, direction: Any) -> Any:
    """The derivative of the combination by x along a direction, a self-adjoint map (Daleckii and Krein)."""
    values, vectors = outputs(eigh_primitive(x), 2)
    transposed = matrix_transpose(vectors)
    inner = chain(matmul(matmul(transposed, symmetric_part(direction)), vectors), slopes(g, values))
    return matmul(matmul(vectors, inner), transposed)


def _combination_jvp(tangents: tuple[Any, ...], out: Any, x: Any, g: Any) -> Any:
    dx, dg = tangents
    if dx is None:
        return eigen_combination(x, dg)
    turned = _combination_turned(x, g, dx)
    return turned if dg is None else add(turned, eigen_combination(x, dg))


def _combination_vjp_g(c: Any, out: Any, x: Any, g: Any) -> Any:
    _, vectors = outputs(eigh_primitive(x), 2)
    return column_products(vectors, matmul(c, vectors))


eigh_primitive = primitive("eigh", _eigh, General(_eigh_jvp, (_eigh_vjp,)), batch=lambda mapped, x: _eigh(x))
eigvalsh_primitive = primitive(
    "eigvalsh", _eigvalsh,
    General(_eigvalsh_jvp, (lambda g, out, x: eigen_combination(x, g),)),
    batch=lambda mapped, x: _eigvalsh(x),
)  # fmt: skip
# The gradient v @ diag(g) @ v.T of the sum of g[k]*values[k]: a primitive, for its derivative by x divides
# differences of g by gaps between values, and where those vanish it must be NaN even if all of g is 0.
eigen_combination: Primitive = primitive(
    "eigen_combination", _eigen_combination,
    General(
        _combination_jvp, (lambda c, out, x, g: _combination_turned(x, g, c), _combination_vjp_g)
    ),
    batch=lambda mapped, x, g: _eigen_combination(x, g),
)  # fmt: skip

VALUE_TIES = "where values agree each has the slope along its own vector; second derivatives are nan there"
VECTOR_TIES = "vectors have no derivative where values agree: nan"


@function(
    FAMILY, "eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix",
    derivative="v @ (diag(g_w) + skew(v.T @ g_v) / gaps) @ v.T",
    domain="of any matrix, the symmetric part is taken", convention=VECTOR_TIES,
    example="eigh([[2, 1], [1, 2]])",
)  # fmt: skip
def eigh(x: Any, UPLO: str = "L") -> Any:
    """A pair: values, vectors. Both triangles count, whatever `UPLO` says; the gradient is symmetric."""
    return outputs(eigh_primitive(square_matrix("eigh", x)), 2)


@function(
    FAMILY, "the eigenvalues of a symmetric matrix, ascending", derivative="v @ diag(g) @ v.T",
    domain="of any matrix, the symmetric part is taken", convention=VALUE_TIES,
    example="eigvalsh([[2, 1], [1, 2]])",
)  # fmt: skip
def eigvalsh(x: Any, UPLO: str = "L") -> Any:
    """One row of values for each matrix of the stack; `UPLO` is accepted and without effect."""
    return eigvalsh_primitive(square_matrix("eigvalsh", x))
