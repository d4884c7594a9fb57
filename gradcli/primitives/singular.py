"""Singular values and vectors.

The formulas are those of J. Townsend, "Differentiating the singular value decomposition" (2016), with the
differences of squares split into factors: where u and v turn alike the difference of the values divides,
where they turn against each other the sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import General, Primitive
from gradcli.primitives.arguments import as_flag
from gradcli.primitives.arithmetic import add, chain, divide, subtract
from gradcli.primitives.joining import concatenate
from gradcli.primitives.linalg import FAMILY, any_matrix
from gradcli.primitives.outputs import outputs
from gradcli.primitives.products import matmul, matrix_transpose, row
from gradcli.primitives.shape import broadcast_to, sum_axes
from gradcli.primitives.spectral import (
    VALUE_TIES,
    VECTOR_TIES,
    column_products,
    decomposed,
    inverse_gaps,
    skew_part,
    slopes,
    symmetric_part,
    undefined,
)
from gradcli.primitives.table import function, primitive


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
    v = matrix_transpose(vt)
    right, left = matmul(tangents[0], v), matmul(matrix_transpose(tangents[0]), u)
    inner = matmul(matrix_transpose(u), right)
    common = add(chain(symmetric_part(inner), inverse_gaps(s)), undefined(s, right, left))
    opposed = chain(skew_part(inner), inverse_gaps(s, 1.0))
    du, dv = matmul(u, add(common, opposed)), matmul(v, subtract(common, opposed))
    rows, columns = shape_of(x)[-2:]
    if rows > columns:
        du = add(du, chain(_orthogonal_to(u, right), divide(1.0, row(s))))
    if columns > rows:
        dv = add(dv, chain(_orthogonal_to(v, left), divide(1.0, row(s))))
    return du, column_products(u, right), matrix_transpose(dv)


def _svd_vjp(g: Any, out: Any, x: Any, full: bool) -> Any:
    u, s, vt = outputs(out, 3)
    g_u, g_v, v = g[0], matrix_transpose(g[2]), matrix_transpose(vt)
    turned_u = skew_part(matmul(matrix_transpose(u), g_u))
    turned_v = skew_part(matmul(vt, g_v))
    common = add(chain(add(turned_u, turned_v), inverse_gaps(s)), undefined(s, g_u, g_v))
    opposed = chain(subtract(turned_u, turned_v), inverse_gaps(s, 1.0))
    result = add(singular_combination(x, g[1]), matmul(matmul(u, add(common, opposed)), vt))
    rows, columns = shape_of(x)[-2:]
    if rows > columns:
        result = add(result, matmul(chain(_orthogonal_to(u, g_u), divide(1.0, row(s))), vt))
    if columns > rows:
        outside = chain(_orthogonal_to(v, g_v), divide(1.0, row(s)))
        result = add(result, matmul(u, matrix_transpose(outside)))
    return result


def _svdvals_jvp(tangents: tuple[Any, ...], out: Any, x: Any) -> Any:
    u, _, vt = outputs(svd_primitive(x, full=False), 3)
    return column_products(u, matmul(tangents[0], matrix_transpose(vt)))


def _singular_combination(x: Any, g: Any) -> Any:
    u, _, vt = _svd(x, full=False)
    return (u * g[..., None, :]) @ vt


def _combination_turned(x: Any, g: Any, direction: Any) -> Any:
    """The derivative of the combination by x along a direction, a self-adjoint map."""
    u, s, vt = outputs(svd_primitive(x, full=False), 3)
    v = matrix_transpose(vt)
    inner = matmul(matmul(matrix_transpose(u), direction), v)
    common = chain(symmetric_part(inner), slopes(g, s))
    opposed = chain(skew_part(inner), slopes(g, s, 1.0))
    result = matmul(matmul(u, add(common, opposed)), vt)
    rows, columns = shape_of(x)[-2:]
    weights = row(divide(g, s))
    if rows > columns:
        outside = chain(_orthogonal_to(u, matmul(direction, v)), weights)
        result = add(result, matmul(outside, vt))
    if columns > rows:
        outside = chain(_orthogonal_to(v, matmul(matrix_transpose(direction), u)), weights)
        result = add(result, matmul(u, matrix_transpose(outside)))
    return result


def _combination_jvp(tangents: tuple[Any, ...], out: Any, x: Any, g: Any) -> Any:
    dx, dg = tangents
    if dx is None:
        return singular_combination(x, dg)
    turned = _combination_turned(x, g, dx)
    return turned if dg is None else add(turned, singular_combination(x, dg))


def _combination_vjp_g(c: Any, out: Any, x: Any, g: Any) -> Any:
    u, _, vt = outputs(svd_primitive(x, full=False), 3)
    return column_products(u, matmul(c, matrix_transpose(vt)))


svd_primitive = primitive(
    "svd",
    _svd,
    General(_svd_jvp, (_svd_vjp,)),
    batch=lambda mapped, x, full: _svd(x, full),
)
svdvals_primitive = primitive(
    "svdvals", _svdvals,
    General(_svdvals_jvp, (lambda g, out, x: singular_combination(x, g),)),
    batch=lambda mapped, x: _svdvals(x),
)  # fmt: skip
# The gradient u @ diag(g) @ vt of the sum of g[k]*s[k]; see `eigen_combination`.
singular_combination: Primitive = primitive(
    "singular_combination", _singular_combination,
    General(_combination_jvp, (lambda c, out, x, g: _combination_turned(x, g, c), _combination_vjp_g)),
    batch=lambda mapped, x, g: _singular_combination(x, g),
)  # fmt: skip


# The vectors that complete a basis --------------------------------------------------------------------------


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
    "svd_complement", _complement, General(_complement_jvp, (_complement_vjp,)),
    batch=lambda mapped, x, side: _complement(x, side),
)  # fmt: skip


@function(
    FAMILY, "the singular value decomposition `x = u @ diag(s) @ vt`", derivative="Townsend (2016)",
    convention=VECTOR_TIES + "; the columns that `full_matrices` adds have none",
    example="svd([[2, 0], [0, 1]])",
)  # fmt: skip
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """A triple u, s, vt (s alone without `compute_uv`); `full_matrices` makes u and vt square."""
    if not as_flag(compute_uv):
        return svdvals(x)
    x = any_matrix("svd", x)
    rows, columns = shape_of(x)[-2:]
    full = as_flag(full_matrices) and rows != columns
    u, s, vt = outputs(svd_primitive(x, full=full), 3)
    if full and rows > columns:
        u = concatenate(u, complement(x, side="left"), axis=len(shape_of(x)) - 1)
    elif full:
        vt = concatenate(vt, complement(x, side="right"), axis=len(shape_of(x)) - 2)
    return u, s, vt


@function(
    FAMILY, "the singular values, descending", derivative="u @ diag(g) @ vt",
    convention=VALUE_TIES, example="svdvals([[2, 0], [0, 1]])",
)  # fmt: skip
def svdvals(x: Any) -> Any:
    """One row of values for each matrix of the stack."""
    return svdvals_primitive(any_matrix("svdvals", x))


@function(
    FAMILY, "the singular value decomposition `x = u @ diag(s) @ v.T`, as torch's older `svd` has it",
    name="torch.svd", derivative="Townsend (2016)", convention=VECTOR_TIES,
    example="torch.svd([[2, 0], [0, 1]])",
)  # fmt: skip
def torch_svd(x: Any) -> Any:
    """A triple u, s, v: reduced, with v and not its transpose."""
    u, s, vt = svd(x, full_matrices=False)
    return u, s, matrix_transpose(vt)
