"""The exponential of matrices by scaling, a Padé approximant, and squaring.

A. Al-Mohy and N. Higham, "A new scaling and squaring algorithm for the matrix exponential" (2009), with the
approximant of degree 13 throughout.
"""

from __future__ import annotations

from math import factorial

import numpy as np

DEGREE = 13
REACH = 4.25  # up to this size the approximant is exact to rounding: theta_13, table 3.1
# Of degree 13 over 13: coefficients by power, the first of which is 1.
_PADE = [
    factorial(2 * DEGREE - k)
    // (factorial(k) * factorial(DEGREE - k))
    / (factorial(2 * DEGREE) // factorial(DEGREE))
    for k in range(DEGREE + 1)
]
_REMAINDER = factorial(DEGREE) ** 2 / (factorial(2 * DEGREE) * factorial(2 * DEGREE + 1))  # its first term's


def exponential(matrices: np.ndarray) -> np.ndarray:
    """The exponential of each matrix of a stack, accurate to rounding and to the condition of the problem."""
    with np.errstate(all="ignore"):
        power = np.maximum(np.frexp(_size(matrices))[1], 0)
        small = matrices * _two_to(-power)  # no power of it overflows
        halvings = _halvings(small, power)
        result = _approximant(small * _two_to(power - halvings))
        triangular = _is_triangular(matrices)
        for done in range(int(halvings.max(initial=0))):
            result = np.where((halvings > done)[..., None, None], result @ result, result)
            if triangular.any():
                _set_diagonal(result, small * _two_to(power - np.maximum(halvings - done - 1, 0)), triangular)
    return result


def _size(matrices: np.ndarray) -> np.ndarray:
    """The 1-norm of each matrix."""
    return np.asarray(np.abs(matrices).sum(axis=-2).max(axis=-1, initial=0.0))


def _two_to(exponent: np.ndarray) -> np.ndarray:
    return np.asarray(np.ldexp(1.0, exponent))[..., None, None]


def _is_triangular(matrices: np.ndarray) -> np.ndarray:
    return np.asarray(~(np.triu(matrices, 1).any(axis=(-2, -1)) & np.tril(matrices, -1).any(axis=(-2, -1))))


def _set_diagonal(result: np.ndarray, matrices: np.ndarray, where: np.ndarray) -> None:
    """Exponentials of the diagonal, which are known for triangular matrices (the paper's section 2)."""
    own = np.arange(matrices.shape[-1])
    exact = np.exp(matrices[..., own, own])
    result[..., own, own] = np.where(where[..., None], exact, result[..., own, own])


def _halvings(small: np.ndarray, power: np.ndarray) -> np.ndarray:
    """How often each matrix, `small` times a power of 2, is to be halved.

    The sizes of its powers tell, which for matrices far from normal are much smaller than powers of its size.
    """
    fourth = np.linalg.matrix_power(small, 4)
    sixth = fourth @ small @ small
    of_eight = _size(fourth @ fourth) ** (1 / 8)
    reach = np.minimum(
        np.maximum(_size(sixth) ** (1 / 6), of_eight), np.maximum(of_eight, _size(fourth @ sixth) ** (1 / 10))
    )
    halvings = np.maximum(power + np.ceil(np.log2(reach / REACH)), 0.0).astype(np.int64)
    scaled = np.abs(small * _two_to(power - halvings))
    terms = _size(np.linalg.matrix_power(scaled, 2 * DEGREE + 1)) * _REMAINDER / _size(scaled)
    more = np.ceil(np.log2(terms / 2.0**-53) / (2 * DEGREE))
    return np.asarray(halvings + np.where(more > 0, more, 0.0).astype(np.int64))


def _approximant(a: np.ndarray) -> np.ndarray:
    """The Padé approximant: (v - u)⁻¹(v + u) = 1 + 2(v - u)⁻¹u, of odd powers u and even powers v."""
    identity = np.eye(a.shape[-1])
    second = a @ a
    fourth, b = second @ second, _PADE
    sixth = fourth @ second
    odd = sixth @ (b[13] * sixth + b[11] * fourth + b[9] * second)
    odd = a @ (odd + b[7] * sixth + b[5] * fourth + b[3] * second + b[1] * identity)
    even = sixth @ (b[12] * sixth + b[10] * fourth + b[8] * second)
    even += b[6] * sixth + b[4] * fourth + b[2] * second + b[0] * identity
    return np.asarray(identity + np.linalg.solve(even - odd, 2.0 * odd))
