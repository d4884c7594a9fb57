"""Factorisations and functions of matrices: cholesky, qr, pseudo-inverse, least squares, exponential."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of, value_of
from gradcli.autodiff.primitive import General, Primitive
from gradcli.errors import EvaluationError
from gradcli.primitives.arguments import as_flag
from gradcli.primitives.arithmetic import add, as_float, chain, multiply, subtract
from gradcli.primitives.exponential import exponential
from gradcli.primitives.indexing import getitem
from gradcli.primitives.joining import concatenate, gathered
from gradcli.primitives.linalg import (
    FAMILY,
    any_matrix,
    each_matrix,
    mixed_jvp,
    other_directions,
    refuse_nan,
    solution,
    square_matrix,
)
from gradcli.primitives.outputs import outputs
from gradcli.primitives.products import matmul, matrix_transpose
from gradcli.primitives.shape import sum_axes
from gradcli.primitives.singular import svdvals
from gradcli.primitives.spectral import decomposed, symmetric_part
from gradcli.primitives.table import function, primitive

# cholesky ---------------------------------------------------------------------------------------------------


def _lower(x: Any, strictly: bool = False) -> Any:
    """The lower triangle of a square matrix, 0 above (and on the diagonal, if strictly)."""
    return chain(x, np.tri(shape_of(x)[-1], k=-int(strictly), dtype=np.bool_))


def _halved_lower(x: Any) -> Any:
    """The lower triangle with half the diagonal."""
    return multiply(_lower(x), 1.0 - 0.5 * np.eye(shape_of(x)[-1]))


def _sandwich(inner: Any, factor: Any) -> Any:
    """The product factor⁻¹ inner factor⁻ᵀ."""
    half = solution(factor, inner)
    return matrix_transpose(solution(factor, matrix_transpose(half)))


def _cholesky(x: Any) -> Any:
    return each_matrix(np.linalg.cholesky, symmetric_part(x))


def _cholesky_jvp(tangents: tuple[Any, ...], out: Any, x: Any) -> Any:
    return matmul(out, _halved_lower(_sandwich(symmetric_part(tangents[0]), out)))


def _cholesky_vjp(g: Any, out: Any, x: Any) -> Any:
    transposed = matrix_transpose(out)
    return symmetric_part(_sandwich(_halved_lower(matmul(transposed, g)), transposed))


cholesky_primitive = primitive(
    "cholesky", _cholesky, General(_cholesky_jvp, (_cholesky_vjp,)),
    batch=lambda mapped, x: _cholesky(x),
)  # fmt: skip


@function(
    FAMILY, "the lower triangular matrix with `l @ l.T = x`", derivative="sym(l^-T @ low(l.T @ g) @ l^-1)",
    domain="x positive definite; of any matrix, the symmetric part is taken",
    example="cholesky([[4, 2], [2, 5]])",
)  # fmt: skip
def cholesky(x: Any, upper: bool = False) -> Any:
    """I. Murray, "Differentiation of the Cholesky decomposition" (2016). `upper` gives the transpose."""
    x = square_matrix("cholesky", x)
    factor = refuse_nan("cholesky", "not positive definite", cholesky_primitive(x), x)
    return matrix_transpose(factor) if as_flag(upper) else factor


# qr ---------------------------------------------------------------------------------------------------------


def _qr(x: Any) -> Any:
    return decomposed(np.linalg.qr, x)


def _right_quotient(x: Any, upper: Any) -> Any:
    """The product x upper⁻ᵀ."""
    return matrix_transpose(solution(upper, matrix_transpose(x)))


def _qr_jvp(tangents: tuple[Any, ...], out: Any, x: Any) -> Any:
    q, r = outputs(out, 2)
    moved = _right_quotient(tangents[0], matrix_transpose(r))
    inner = matmul(matrix_transpose(q), moved)
    below = _lower(inner, strictly=True)
    rest = subtract(inner, subtract(below, matrix_transpose(below)))
    return subtract(moved, matmul(q, rest)), matmul(rest, r)


def _qr_vjp(g: Any, out: Any, x: Any) -> Any:
    q, r = outputs(out, 2)
    inner = subtract(matmul(r, matrix_transpose(g[1])), matmul(matrix_transpose(g[0]), q))
    mirrored = add(_lower(inner), matrix_transpose(_lower(inner, strictly=True)))
    return _right_quotient(add(g[0], matmul(q, mirrored)), r)


qr_primitive = primitive("qr", _qr, General(_qr_jvp, (_qr_vjp,)), batch=lambda mapped, x: _qr(x))


@function(
    FAMILY, "the factors q (orthonormal columns) and r (upper triangular) with `q @ r = x`",
    derivative="(g_q + q @ mirror(r @ g_r.T - g_q.T @ q)) @ r^-T",
    domain="the first columns of x independent",
    example="qr([[3, 1], [4, 2]])",
)  # fmt: skip
def qr(x: Any, mode: str = "reduced") -> Any:
    """A pair (r alone with mode "r").

    S. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions with application in
    optimum experimental design" (2010).
    """
    x = any_matrix("qr", x)
    shape = shape_of(x)
    rows, columns = shape[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and rows <= columns):
        raise EvaluationError(
            f'`qr` of shape {shape}: mode "{mode}" is not available', help='use mode "reduced"'
        )
    if rows >= columns:
        q, r = outputs(qr_primitive(x), 2)
    else:
        q, r = outputs(qr_primitive(getitem(x, index=(..., slice(rows)))), 2)
        rest = matmul(matrix_transpose(q), getitem(x, index=(..., slice(rows, None))))
        r = concatenate(r, rest, axis=len(shape) - 1)
    return r if mode == "r" else (q, r)


# pinv and lstsq ---------------------------------------------------------------------------------------------


def _pinv(x: Any, rtol: float) -> Any:
    return decomposed(lambda a: (np.linalg.pinv(a, rtol),), x)[0]


def _pinv_jvp(tangents: tuple[Any, ...], out: Any, x: Any, rtol: float) -> Any:
    dx = tangents[0]
    transposed, out_t = matrix_transpose(dx), matrix_transpose(out)
    within = matmul(matmul(out, dx), out)
    right = matmul(matmul(out, out_t), transposed)
    left = matmul(transposed, matmul(out_t, out))
    outside = add(
        subtract(right, matmul(matmul(right, x), out)), subtract(left, matmul(out, matmul(x, left)))
    )
    return subtract(outside, within)


def _pinv_vjp(g: Any, out: Any, x: Any, rtol: float) -> Any:
    transposed, out_t = matrix_transpose(g), matrix_transpose(out)
    within = matmul(matmul(out_t, g), out_t)
    right = matmul(transposed, matmul(out, out_t))
    left = matmul(matmul(out_t, out), transposed)
    outside = add(
        subtract(right, matmul(x, matmul(out, right))), subtract(left, matmul(matmul(left, out), x))
    )
    return subtract(outside, within)


pinv_primitive = primitive(
    "pinv", _pinv, General(_pinv_jvp, (_pinv_vjp,)),
    batch=lambda mapped, x, rtol: _pinv(x, rtol),
)  # fmt: skip


@function(
    FAMILY, "the Moore-Penrose pseudo-inverse", derivative="Golub and Pereyra (1973)",
    convention="as if the rank did not change nearby", example="pinv([[1], [2]])", aliases=("pinverse",),
)  # fmt: skip
def pinv(x: Any, rcond: float = 1e-15) -> Any:
    """Singular values below `rcond` times the largest count as 0.

    G. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems
    whose variables separate" (1973), equation 4.12.
    """
    return pinv_primitive(any_matrix("pinv", x), rtol=float(value_of(rcond)))


@function(
    FAMILY, "the least-squares solution of `a @ x = b`", derivative="that of pinv(a) @ b",
    convention="of all solutions that of least norm",
    example="lstsq([[1, 0], [0, 2], [0, 0]], [1, 2, 3])[0]",
)  # fmt: skip
def lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    """As NumPy: solution, sums of squared residuals (empty without full rank), rank, singular values."""
    a, b = gathered(a), gathered(b)
    shape_a, shape_b = shape_of(a), shape_of(b)
    if len(shape_a) != 2 or len(shape_b) not in (1, 2) or shape_a[0] != shape_b[0]:
        raise EvaluationError(f"`lstsq` of shapes {shape_a} and {shape_b}: expected as many rows in both")
    rows, columns = shape_a
    rtol = float(np.finfo(np.float64).eps * max(shape_a) if rcond is None else value_of(rcond))
    solved = matmul(pinv_primitive(a, rtol=rtol), b)
    values = svdvals(a)
    plain_values = value_of(values)
    rank = int(np.count_nonzero(plain_values > rtol * np.max(plain_values, initial=0.0)))
    residual = subtract(b, matmul(a, solved))
    if rank < columns or rows <= columns:
        return solved, np.zeros(0), rank, values
    squares = sum_axes(multiply(residual, residual), axis=(0,), keepdims=len(shape_b) == 1)
    return solved, squares, rank, values


# expm -------------------------------------------------------------------------------------------------------


def _expm(x: Any, *directions: Any) -> Any:
    """The mixed derivative of the exponential of x in the given directions.

    It is the upper right block of the exponential of a block matrix: [[x, e], [0, x]] for one direction e,
    and the same again for each further one (A. Al-Mohy and N. Higham, "Computing the Fréchet derivative of
    the matrix exponential", 2009; N. Higham, "Functions of Matrices", theorem 3.6).
    """
    x, *rest = np.broadcast_arrays(*map(as_float, (x, *directions)))
    block = x
    for doublings, direction in enumerate(rest):
        beside = np.kron(np.eye(2**doublings), direction)
        block = np.concatenate(
            [
                np.concatenate([block, beside], axis=-1),
                np.concatenate([np.zeros_like(block), block], axis=-1),
            ],
            axis=-2,
        )
    n = x.shape[-1]
    return decomposed(lambda a: (exponential(a)[..., :n, a.shape[-1] - n :],), block)[0]


def _expm_vjp(position: int, g: Any, x: Any, *directions: Any) -> Any:
    """Transposing all matrices transposes the derivative: the cotangent is one more direction."""
    return expm_primitive(*map(matrix_transpose, (x, *other_directions(position, directions))), g)


expm_primitive: Primitive = primitive(
    "expm", _expm, General(mixed_jvp(lambda *each: expm_primitive(*each)), _expm_vjp),
    batch=lambda mapped, *each: _expm(*each),
)  # fmt: skip


@function(
    FAMILY, "the exponential of a matrix", derivative="the Fréchet derivative at x.T along g",
    example="expm([[0, 1], [0, 0]])", aliases=("matrix_exp",),
)  # fmt: skip
def expm(x: Any) -> Any:
    """The power series, by scaling and squaring."""
    return expm_primitive(square_matrix("expm", x))
