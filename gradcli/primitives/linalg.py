"""Linear algebra on square matrices and stacks of them: trace, inverses, linear systems.

Before them stands what all functions of matrices share, those of other modules too.

The formulas are those of M. B. Giles, "An extended collection of matrix derivative results for forward and
reverse mode automatic differentiation" (2008), unless a docstring names another source.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of, value_of
from gradcli.autodiff.primitive import General, Linear
from gradcli.errors import EvaluationError
from gradcli.primitives.arguments import as_axis, as_flag, as_int
from gradcli.primitives.arithmetic import add, as_float, chain, negative, subtract
from gradcli.primitives.diagonals import tril, triu
from gradcli.primitives.joining import gathered
from gradcli.primitives.layout import with_axes
from gradcli.primitives.products import (
    broadcast_stacks,
    column,
    matmul,
    matrix_transpose,
    outer_product,
)
from gradcli.primitives.rows import aligned
from gradcli.primitives.shape import broadcast_to, reshape, sum_to
from gradcli.primitives.table import function, plain, primitive

FAMILY = "linear algebra"


def square_matrix(name: str, x: Any) -> Any:
    """The operand of a function of square matrices, its shape checked."""
    x = gathered(x)
    shape = shape_of(x)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise EvaluationError(f"`{name}` of shape {shape}: expected a square matrix, or a stack of them")
    return x


def any_matrix(name: str, x: Any) -> Any:
    """The operand of a function of matrices of any size, its shape checked."""
    x = gathered(x)
    if len(shape_of(x)) < 2:
        raise EvaluationError(f"`{name}` of shape {shape_of(x)}: expected a matrix, or a stack of them")
    return x


def each_matrix(compute: Callable[..., Any], *operands: Any) -> Any:
    """Apply a NumPy function to each matrix; where it fails the result is NaN, shaped as the last one."""
    operands = tuple(map(as_float, operands))
    try:
        return compute(*operands)
    except np.linalg.LinAlgError:
        stack = np.broadcast_shapes(*(each.shape[:-2] for each in operands))
        if not stack:
            return np.full(operands[-1].shape, np.nan)
        spread = [np.broadcast_to(each, (*stack, *each.shape[-2:])) for each in operands]
        return np.stack([each_matrix(compute, *matrices) for matrices in zip(*spread, strict=True)])


def refuse_nan(name: str, fault: str, result: Any, *operands: Any) -> Any:
    """The result, unless it is NaN where its operands are finite: the matrix is not what `name` needs."""
    values = [value_of(each) for each in operands]
    if np.isnan(value_of(result)).any() and all(np.isfinite(each).all() for each in values):
        shapes = " and ".join(str(shape_of(each)) for each in operands)
        what = "the matrix" if len(shape_of(operands[0])) == 2 else "a matrix of the stack"
        raise EvaluationError(
            f"`{name}` of {'shapes' if len(values) > 1 else 'shape'} {shapes}: {what} is {fault}"
        )
    return result


def mixed_jvp(derivative: Callable[..., Any]) -> Callable[..., Any]:
    """The jvp of a primitive `derivative(x, *directions)` that is itself the derivative of a function of x.

    It is the next derivative along dx, and the same one with each direction replaced by its tangent in turn.
    """

    def jvp(tangents: tuple[Any, ...], out: Any, x: Any, *directions: Any) -> Any:
        dx, *moved = tangents
        total = None if dx is None else derivative(x, *directions, dx)
        for position, tangent in enumerate(moved):
            if tangent is not None:
                term = derivative(x, *directions[:position], tangent, *directions[position + 1 :])
                total = term if total is None else add(total, term)
        return total

    return jvp


def other_directions(position: int, directions: tuple[Any, ...]) -> tuple[Any, ...]:
    """The directions but for that which is the operand at the position; x itself, at 0, is none of them."""
    return directions if position == 0 else directions[: position - 1] + directions[position:]


def stacked(g: Any) -> Any:
    """Numbers, one for each matrix of a stack, as matrices of one entry."""
    return reshape(g, shape=(*shape_of(g), 1, 1))


# Trace ------------------------------------------------------------------------------------------------------


def _trace_mask(shape: tuple[int, ...], offset: int) -> Any:
    return np.eye(shape[-2], shape[-1], offset, dtype=np.bool_)


trace_primitive = primitive(
    "trace",
    lambda x, offset: plain(np.trace(as_float(x), offset, -2, -1)),
    Linear((lambda g, x, offset: chain(stacked(g), _trace_mask(shape_of(x), offset)),)),
    batch=lambda mapped, x, offset: np.trace(as_float(x), offset, -2, -1),
)


@function(
    FAMILY, "the sum of the diagonal of a matrix (`offset`: of the diagonal above the main one)",
    derivative="g*eye(n)", example="trace([[1, 2], [3, 4]])",
)  # fmt: skip
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal runs over `axis1` and `axis2`, which vanish."""
    x = gathered(x)
    shape = shape_of(x)
    if len(shape) < 2:
        raise EvaluationError(f"`trace` of shape {shape}: expected a matrix")
    ends = as_axis(axis1, shape, "trace"), as_axis(axis2, shape, "trace")
    others = tuple(i for i in range(len(shape)) if i not in ends)
    return trace_primitive(with_axes(x, (*others, *ends)), offset=as_int(offset, "offset"))


# Inverse and linear systems ---------------------------------------------------------------------------------


def _inv_jvp(tangents: tuple[Any, ...], out: Any, x: Any) -> Any:
    return negative(matmul(matmul(out, tangents[0]), out))


def _inv_vjp(g: Any, out: Any, x: Any) -> Any:
    transpose = matrix_transpose(out)
    return negative(matmul(matmul(transpose, g), transpose))


def _inv(x: Any) -> Any:
    return each_matrix(np.linalg.inv, x)


inverse = primitive("inv", _inv, General(_inv_jvp, (_inv_vjp,)), batch=lambda mapped, x: _inv(x))


@function(
    FAMILY, "the inverse of a matrix", derivative="-inv(x).T @ g @ inv(x).T", domain="det(x) != 0",
    example="inv([[2, 0], [0, 4]])", aliases=("inverse",),
)  # fmt: skip
def inv(x: Any) -> Any:
    """The inverse of each matrix; a singular one is an error."""
    x = square_matrix("inv", x)
    return refuse_nan("inv", "singular", inverse(x), x)


def _solve(a: Any, b: Any) -> Any:
    if b.ndim == 1:
        return each_matrix(np.linalg.solve, a, b[:, None])[:, 0]
    return each_matrix(np.linalg.solve, a, b)


def _solve_batch(mapped: tuple[bool, ...], a: Any, b: Any) -> Any:
    vector = b.ndim - mapped[1] == 1
    b = b[..., None] if vector else b
    result = each_matrix(np.linalg.solve, *aligned(mapped, (a, b)))
    return result[..., 0] if vector else result


def _solve_jvp(tangents: tuple[Any, ...], out: Any, a: Any, b: Any) -> Any:
    """The solution a⁻¹ b moves by a⁻¹ (db - da a⁻¹ b)."""
    da, db = tangents
    if da is None:
        return _spread_solution(a, db, shape_of(out))
    moved = matmul(da, out)
    return _spread_solution(a, negative(moved) if db is None else subtract(db, moved), shape_of(out))


def _spread_solution(a: Any, b: Any, shape: tuple[int, ...]) -> Any:
    """The solution in the shape that the stacks of the original operands gave it."""
    result = solution(a, b)
    return result if shape_of(result) == shape else broadcast_to(result, shape=shape)


def _solve_vjp_a(g: Any, out: Any, a: Any, b: Any) -> Any:
    w = solution(matrix_transpose(a), g)
    product = outer_product(w, out) if len(shape_of(b)) == 1 else matmul(w, matrix_transpose(out))
    return negative(sum_to(product, shape_of(a)))


def _solve_vjp_b(g: Any, out: Any, a: Any, b: Any) -> Any:
    return sum_to(solution(matrix_transpose(a), g), shape_of(b))


# The right side is a vector for a single matrix only; for a stack of matrices it is a stack of matrices too.
solution = primitive(
    "solve",
    _solve,
    General(_solve_jvp, (_solve_vjp_a, _solve_vjp_b)),
    batch=_solve_batch,
)


@function(
    FAMILY, "the solution x of the linear system `a @ x = b`", derivative="-w @ x.T, w = solve(a.T, g)",
    domain="det(a) != 0", example="solve([[2, 0], [0, 4]], [1, 1])",
)  # fmt: skip
def solve(a: Any, b: Any) -> Any:
    """`b` is a vector, a matrix of several right sides, or a stack of those; singular matrices are errors."""
    a, b = square_matrix("solve", a), gathered(b)
    shape_a, shape_b = shape_of(a), shape_of(b)
    vector = len(shape_b) == 1
    if not shape_b or shape_b[0 if vector else -2] != shape_a[-1]:
        raise EvaluationError(
            f"`solve` of shapes {shape_a} and {shape_b}: expected a right side of {shape_a[-1]} rows"
        )
    if not vector or len(shape_a) == 2:
        broadcast_stacks("solve", shape_a, shape_b, shape_a[:-2], shape_b[:-2])
        return refuse_nan("solve", "singular", solution(a, b), a, b)
    result = solution(a, column(b))
    return refuse_nan("solve", "singular", reshape(result, shape=shape_of(result)[:-1]), a, b)


@function(
    FAMILY, "the solution x of `a @ x = b`, in which the upper triangle of a is read, or the `lower`",
    derivative="that of solve, in the triangle", domain="no zero on the diagonal",
    example="solve_triangular([[2, 1], [0, 4]], [4, 8])",
)  # fmt: skip
def solve_triangular(
    a: Any, b: Any, trans: Any = 0, lower: Any = False, unit_diagonal: Any = False, upper: Any = None
) -> Any:
    """SciPy's function; `upper` is torch's flag, `trans` solves with the transpose."""
    a = square_matrix("solve_triangular", a)
    is_lower = as_flag(lower) if upper is None else not as_flag(upper)
    keep = tril if is_lower else triu
    triangle = keep(a)
    if as_flag(unit_diagonal):
        triangle = add(keep(a, -1 if is_lower else 1), np.eye(shape_of(a)[-1]))
    return solve(triangle if trans in (0, "N") else matrix_transpose(triangle), b)
