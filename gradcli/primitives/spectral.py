"""Spectral decompositions: eigenvalues and eigenvectors of symmetric matrices, singular values and vectors.

Eigenvalues and singular values have derivatives also where some of them agree. Their vectors do not: there
they may be turned within their space at will, the gap of 0 is divided by, and the derivative is not finite
unless the result does not depend on the turning. Formulas: J. Townsend, "Differentiating the singular value
decomposition" (2016), with the gaps of squares split into factors, so that values that agree do no
harm in symmetric functions of the singular values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.graph import shape_of
from gradcli.autodiff.primitive import General
from gradcli.errors import EvaluationError
from gradcli.primitives.arithmetic import add, as_float, chain, divide, multiply, subtract
from gradcli.primitives.comparison import not_equal
from gradcli.primitives.joining import concatenate
from gradcli.primitives.linalg import FAMILY, square_matrix
from gradcli.primitives.outputs import outputs
from gradcli.primitives.products import column, matmul, matrix_transpose, row
from gradcli.primitives.selection import where
from gradcli.primitives.shape import broadcast_to, sum_axes
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


def _inverse_gaps(values: Any, sign: float) -> Any:
    """The matrix of 1/(values[j] + sign*values[i]), with 1 on the diagonal."""
    gaps = add(row(values), multiply(sign, column(values)))
    return divide(1.0, where(np.eye(shape_of(values)[-1], dtype=np.bool_), 1.0, gaps))


def _off_diagonal(x: Any) -> Any:
    return chain(x, ~np.eye(shape_of(x)[-1], dtype=np.bool_))


def _column_products(x: Any, y: Any) -> Any:
    """The dot product of each column of x with the same column of y."""
    product = multiply(x, y)
    return sum_axes(product, axis=(len(shape_of(product)) - 2,), keepdims=False)


# ── Symmetric matrices ──


def _eigh(x: Any) -> Any:
    return decomposed(np.linalg.eigh, symmetric_part(x))


def _eigvalsh(x: Any) -> Any:
    return decomposed(lambda a: (np.linalg.eigvalsh(a),), symmetric_part(x))[0]


def _eigh_jvp(tangents: tuple[Any, ...], out: Any, x: Any) -> Any:
    values, vectors = outputs(out, 2)
    dx = symmetric_part(tangents[0])
    moved = matmul(dx, vectors)
    turned = _off_diagonal(chain(matmul(matrix_transpose(vectors), moved), _inverse_gaps(values, -1.0)))
    return _column_products(vectors, moved), matmul(vectors, turned)


def _eigh_vjp(g: Any, out: Any, x: Any) -> Any:
    values, vectors = outputs(out, 2)
    transposed = matrix_transpose(vectors)
    turned = chain(skew_part(matmul(transposed, g[1])), _inverse_gaps(values, -1.0))
    return matmul(matmul(vectors, add(diagonal_matrix(g[0]), turned)), transposed)


def _eigvalsh_jvp(tangents: tuple[Any, ...], out: Any, x: Any) -> Any:
    _, vectors = outputs(eigh_primitive(x), 2)
    return _column_products(vectors, matmul(tangents[0], vectors))


def _eigvalsh_vjp(g: Any, out: Any, x: Any) -> Any:
    _, vectors = outputs(eigh_primitive(x), 2)
    return matmul(multiply(vectors, row(g)), matrix_transpose(vectors))


eigh_primitive = primitive(
    "eigh", _eigh, General(_eigh_jvp, (_eigh_vjp,)), parameters=("x",), batch=lambda mapped, x: _eigh(x)
)
eigvalsh_primitive = primitive(
    "eigvalsh", _eigvalsh, General(_eigvalsh_jvp, (_eigvalsh_vjp,)), parameters=("x",),
    batch=lambda mapped, x: _eigvalsh(x),
)  # fmt: skip
_TIES = "finite and right where values agree"
_VECTOR_TIES = "values have derivatives where they agree, vectors have none there (nan or inf)"


@function(
    FAMILY, "eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix",
    derivative="v @ (diag(g_w) + skew(v.T @ g_v) / gaps) @ v.T",
    domain="of any matrix, the symmetric part is taken", convention=_VECTOR_TIES,
    example="eigh([[2, 1], [1, 2]])",
)  # fmt: skip
def eigh(x: Any, UPLO: str = "L") -> Any:
    """A pair: values, vectors. Both triangles count, whatever `UPLO` says; the gradient is symmetric."""
    return outputs(eigh_primitive(square_matrix("eigh", x)), 2)


@function(
    FAMILY, "the eigenvalues of a symmetric matrix, ascending", derivative="v @ diag(g) @ v.T",
    domain="of any matrix, the symmetric part is taken", convention=_TIES,
    example="eigvalsh([[2, 1], [1, 2]])",
)  # fmt: skip
def eigvalsh(x: Any, UPLO: str = "L") -> Any:
    """One row of values for each matrix of the stack; `UPLO` is accepted and without effect."""
    return eigvalsh_primitive(square_matrix("eigvalsh", x))


# ── Singular values ──


def _svd(x: Any, full: bool) -> Any:
    k = min(x.shape[-2:])
    u, s, vt = decomposed(lambda a: np.linalg.svd(a, full_matrices=full), x)
    return (u[..., :k], s, vt[..., :k, :]) if full else (u, s, vt)


def _svdvals(x: Any) -> Any:
    return decomposed(lambda a: (np.linalg.svd(a, compute_uv=False),), x)[0]


def _orthogonal_to(basis: Any, x: Any) -> Any:
    """What is left of the columns of x without their part in the space that the orthonormal basis spans."""
    return subtract(x, matmul(basis, matmul(matrix_transpose(basis), x)))


def _svd_jvp(tangents: tuple[Any, ...], out: Any, x: Any, full: bool) -> Any:
    u, s, vt = outputs(out, 3)
    dx, v = tangents[0], matrix_transpose(vt)
    right, left = matmul(dx, v), matmul(matrix_transpose(dx), u)
    inner = matmul(matrix_transpose(u), right)
    common = _off_diagonal(chain(symmetric_part(inner), _inverse_gaps(s, -1.0)))
    opposed = chain(skew_part(inner), _inverse_gaps(s, 1.0))
    du, dv = matmul(u, add(common, opposed)), matmul(v, subtract(common, opposed))
    rows, columns = shape_of(x)[-2:]
    if rows > columns:
        du = add(du, chain(_orthogonal_to(u, right), divide(1.0, row(s))))
    if columns > rows:
        dv = add(dv, chain(_orthogonal_to(v, left), divide(1.0, row(s))))
    return du, _column_products(u, right), matrix_transpose(dv)


def _svd_vjp(g: Any, out: Any, x: Any, full: bool) -> Any:
    u, s, vt = outputs(out, 3)
    g_u, g_s, g_v = g[0], g[1], matrix_transpose(g[2])
    v = matrix_transpose(vt)
    turned_u = skew_part(matmul(matrix_transpose(u), g_u))
    turned_v = skew_part(matmul(vt, g_v))
    common = chain(add(turned_u, turned_v), _inverse_gaps(s, -1.0))
    opposed = chain(subtract(turned_u, turned_v), _inverse_gaps(s, 1.0))
    result = matmul(matmul(u, add(diagonal_matrix(g_s), add(common, opposed))), vt)
    rows, columns = shape_of(x)[-2:]
    if rows > columns:
        result = add(result, matmul(chain(_orthogonal_to(u, g_u), divide(1.0, row(s))), vt))
    if columns > rows:
        outside = chain(_orthogonal_to(v, g_v), divide(1.0, row(s)))
        result = add(result, matmul(u, matrix_transpose(outside)))
    return result


def _svdvals_jvp(tangents: tuple[Any, ...], out: Any, x: Any) -> Any:
    u, s, vt = outputs(svd_primitive(x, full=False), 3)
    return chain(_column_products(u, matmul(tangents[0], matrix_transpose(vt))), not_equal(s, 0.0))


def _svdvals_vjp(g: Any, out: Any, x: Any) -> Any:
    u, s, vt = outputs(svd_primitive(x, full=False), 3)
    return matmul(multiply(u, row(chain(g, not_equal(s, 0.0)))), vt)


svd_primitive = primitive(
    "svd",
    _svd,
    General(_svd_jvp, (_svd_vjp,)),
    parameters=("x",),
    batch=lambda mapped, x, full: _svd(x, full),
)
svdvals_primitive = primitive(
    "svdvals", _svdvals, General(_svdvals_jvp, (_svdvals_vjp,)), parameters=("x",),
    batch=lambda mapped, x: _svdvals(x),
)  # fmt: skip


# ── The vectors that complete a basis ──


def _complement(x: Any, side: str) -> Any:
    k = min(x.shape[-2:])
    u, _, vt = decomposed(np.linalg.svd, x)
    return np.ascontiguousarray(u[..., :, k:] if side == "left" else vt[..., k:, :])


def _complement_jvp(tangents: tuple[Any, ...], out: Any, x: Any, side: str) -> Any:
    moved = chain(sum_axes(tangents[0], axis=_matrix_axes(tangents[0]), keepdims=True), np.nan)
    return broadcast_to(moved, shape=shape_of(out))


def _complement_vjp(g: Any, out: Any, x: Any, side: str) -> Any:
    """No derivative: these vectors are any basis of their space. What does not depend on them stays clean."""
    poison = chain(g, np.nan)
    return broadcast_to(sum_axes(poison, axis=_matrix_axes(poison), keepdims=True), shape=shape_of(x))


def _matrix_axes(x: Any) -> tuple[int, int]:
    rank = len(shape_of(x))
    return rank - 2, rank - 1


complement = primitive(
    "svd_complement", _complement, General(_complement_jvp, (_complement_vjp,)), parameters=("x",),
    batch=lambda mapped, x, side: _complement(x, side),
)  # fmt: skip


def _matrix(name: str, x: Any) -> Any:
    if len(shape_of(x)) < 2:
        raise EvaluationError(f"`{name}` of shape {shape_of(x)}: expected a matrix, or a stack of them")
    return x


@function(
    FAMILY, "the singular value decomposition `x = u @ diag(s) @ vt`", derivative="Townsend (2016)",
    convention=_VECTOR_TIES + "; the columns that `full_matrices` adds have none",
    example="svd([[2, 0], [0, 1]])",
)  # fmt: skip
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """A triple u, s, vt (s alone without `compute_uv`); `full_matrices` makes u and vt square."""
    if not compute_uv:
        return svdvals(x)
    rows, columns = shape_of(_matrix("svd", x))[-2:]
    full = full_matrices and rows != columns
    u, s, vt = outputs(svd_primitive(x, full=full), 3)
    if full and rows > columns:
        u = concatenate(u, complement(x, side="left"), axis=len(shape_of(x)) - 1)
    elif full:
        vt = concatenate(vt, complement(x, side="right"), axis=len(shape_of(x)) - 2)
    return u, s, vt


@function(
    FAMILY, "the singular values, descending", derivative="u @ diag(g) @ vt",
    convention=_TIES + "; 0 at a singular value of 0", example="svdvals([[2, 0], [0, 1]])",
)  # fmt: skip
def svdvals(x: Any) -> Any:
    """One row of values for each matrix of the stack."""
    return svdvals_primitive(_matrix("svdvals", x))
