"""Determinants, with derivatives that are exact at singular matrices too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import General, Primitive
from gradcli.limits import check_elements
from gradcli.primitives.arithmetic import as_float, chain
from gradcli.primitives.comparison import less
from gradcli.primitives.linalg import FAMILY, inverse, mixed_jvp, other_directions, square_matrix, stacked
from gradcli.primitives.outputs import outputs
from gradcli.primitives.products import matrix_transpose
from gradcli.primitives.selection import where
from gradcli.primitives.shape import sum_axes
from gradcli.primitives.table import function, plain, primitive


def inner_product(x: Any, y: Any) -> Any:
    """The inner product of matrices, for each of the stack: the sum of the products of their entries."""
    product = chain(x, y)
    rank = len(shape_of(product))
    return sum_axes(product, axis=(rank - 2, rank - 1), keepdims=False)


# The cofactor matrix and its derivatives --------------------------------------------------------------------


def _cofactor(x: Any, *directions: Any) -> Any:
    """The mixed derivative of the cofactor matrix of x in the given directions.

    With the singular value decomposition x = u diag(s) vᵀ it is det(u) det(v) u D vᵀ, where D is the same
    derivative at the diagonal matrix of s: there the determinant expands by Leibniz' formula into sums
    over distinct indices i, j, ... of the product of all other singular values. No division
    by a determinant takes place, so that singular matrices are nothing special.
    For the first derivative see J. R. Magnus and H. Neudecker, "Matrix Differential Calculus", chapter 8.
    """
    x = as_float(x)
    if x.shape[-1] in _MINORS:
        return _small_cofactor(_MINORS[x.shape[-1]], x, directions)
    if not np.isfinite(x).all():
        return np.full(x.shape, np.nan)
    u, s, vt = np.linalg.svd(x)
    sign = np.linalg.det(u) * np.linalg.det(vt)
    turned = [np.swapaxes(u, -1, -2) @ each @ np.swapaxes(vt, -1, -2) for each in directions]
    return u @ (sign[..., None, None] * _diagonal_cofactor(s, turned)) @ vt


# Rows and columns after the one at hand, and before it, in the cyclic order of three.
_AFTER, _BEFORE = np.array([1, 2, 0]), np.array([2, 0, 1])
_NEXT, _LAST = (..., _AFTER[:, None], _AFTER), (..., _BEFORE[:, None], _BEFORE)
_NEXT_LAST, _LAST_NEXT = (..., _AFTER[:, None], _BEFORE), (..., _BEFORE[:, None], _AFTER)
# The matrix of signed minors for small sizes, as a function linear in each of n - 1 matrices that are all x.
_MINORS: dict[int, Callable[..., Any]] = {
    2: lambda x: x[..., ::-1, ::-1] * np.array([[1.0, -1.0], [-1.0, 1.0]]),
    3: lambda x, y: x[_NEXT] * y[_LAST] - x[_NEXT_LAST] * y[_LAST_NEXT],
}


def _small_cofactor(minors: Callable[..., Any], x: Any, directions: Sequence[Any]) -> Any:
    """The product rule: the directions take the places of x in all ways. Exact for integers."""
    degree = x.shape[-1] - 1
    total = np.zeros(np.broadcast_shapes(x.shape, *map(shape_of, directions)))
    for places in permutations(range(degree), len(directions)):
        factors = [x] * degree
        for place, direction in zip(places, directions, strict=True):
            factors[place] = direction
        total = total + minors(*factors)
    return total


def _diagonal_cofactor(s: Any, directions: list[Any]) -> Any:
    """The mixed derivative at diag(s): the sum over permutations of which row meets which column."""
    order = len(directions) + 1
    check_elements((*s.shape, *(s.shape[-1],) * len(directions)))
    weights = _others_product(s, order)
    letters = "ijklmnopqrstuvwxyz"[:order]
    result = np.zeros((*s.shape, s.shape[-1]))
    for images in permutations(range(order)):
        factors = [f"...{letters[a]}{letters[images[a]]}" for a in range(1, order)]
        place = letters[0] + (letters[images[0]] if images[0] else "")
        term = np.einsum(f"{','.join([f'...{letters}', *factors])}->...{place}", weights, *directions)
        result = result + _parity(images) * (term if images[0] else term[..., None] * np.eye(s.shape[-1]))
    return result


def _others_product(s: Any, order: int) -> Any:
    """The product of all entries of s but those at `order` distinct indices; 0 where two indices agree."""
    n = s.shape[-1]
    zero = s == 0.0
    safe = np.where(zero, 1.0, s)
    stack = s.shape[:-1]
    product = np.prod(safe, axis=-1).reshape(*stack, *(1,) * order)
    zeros = zero.sum(axis=-1).reshape(*stack, *(1,) * order)
    apart = np.ones((n,) * order, dtype=np.bool_)
    for axis in range(order):
        shape = tuple(n if i == axis else 1 for i in range(order))
        product = product / safe.reshape(*stack, *shape)
        zeros = zeros - zero.reshape(*stack, *shape)
        for other in range(axis):
            both = tuple(n if i in (axis, other) else 1 for i in range(order))
            apart = apart & ~np.eye(n, dtype=np.bool_).reshape(both)
    return np.where(apart & (zeros == 0), product, 0.0)


def _parity(images: tuple[int, ...]) -> int:
    pairs = ((a, b) for a in range(len(images)) for b in range(a))
    return -1 if sum(images[a] < images[b] for a, b in pairs) % 2 else 1


def _cofactor_vjp(position: int, g: Any, x: Any, *directions: Any) -> Any:
    """The mixed derivatives of the determinant are symmetric: the cotangent is one more direction."""
    return cofactor(x, *other_directions(position, directions), g)


cofactor: Primitive = primitive(
    "cofactor", _cofactor, General(mixed_jvp(lambda *each: cofactor(*each)), _cofactor_vjp), broadcasts=True,
)  # fmt: skip


# det, slogdet, logdet ---------------------------------------------------------------------------------------

determinant = primitive(
    "det",
    lambda x: plain(np.linalg.det(as_float(x))),
    General(
        lambda tangents, out, x: inner_product(tangents[0], cofactor(x)),
        (lambda g, out, x: chain(stacked(g), cofactor(x)),),
    ),
    batch=lambda mapped, x: np.linalg.det(as_float(x)),
)


@function(
    FAMILY, "the determinant", derivative="g * cofactor matrix of x", example="det([[1, 2], [3, 4]])",
    convention="exact at singular matrices too, to any order",
)  # fmt: skip
def det(x: Any) -> Any:
    """The determinant of each matrix."""
    return determinant(square_matrix("det", x))


def _slogdet(x: Any) -> Any:
    sign, logarithm = np.linalg.slogdet(as_float(x))
    return plain(sign), plain(logarithm)


def _slogdet_jvp(tangents: tuple[Any, ...], out: Any, x: Any) -> Any:
    sign, _ = outputs(out, 2)
    return chain(0.0, sign), inner_product(tangents[0], matrix_transpose(inverse(x)))


slogdet_primitive = primitive(
    "slogdet", _slogdet,
    General(_slogdet_jvp, (lambda g, out, x: chain(stacked(g[1]), matrix_transpose(inverse(x))),)),
    batch=lambda mapped, x: tuple(np.linalg.slogdet(as_float(x))),
)  # fmt: skip


@function(
    FAMILY, "the sign of the determinant and the logarithm of its absolute value",
    derivative="0, inv(x).T * g", domain="det(x) != 0",
    convention="0 and -inf at a singular matrix, with gradient nan",
    example="slogdet([[1, 2], [3, 4]])",
)  # fmt: skip
def slogdet(x: Any) -> Any:
    """A pair; both have one entry for each matrix of the stack."""
    return outputs(slogdet_primitive(square_matrix("slogdet", x)), 2)


@function(
    FAMILY, "the logarithm of the determinant", derivative="inv(x).T * g", domain="det(x) > 0",
    convention="nan where the determinant is negative, -inf where it is 0",
    example="logdet([[2, 0], [0, 2]])",
)  # fmt: skip
def logdet(x: Any) -> Any:
    """One entry for each matrix of the stack."""
    sign, logarithm = outputs(slogdet_primitive(square_matrix("logdet", x)), 2)
    return where(less(sign, 0.0), np.nan, logarithm)
