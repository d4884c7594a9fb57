"""Sine and cosine of large arrays, against a higher precision."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from gradcli.primitives import sines
from gradcli.primitives.sines import array_cos, array_sin

SIZE = 9_000
SHOWN = 150  # entries compared with mpmath


def points(low, high):
    """Random points, and the numbers nearest to multiples of π/2, where one of the two is almost 0."""
    rng = np.random.default_rng(8)
    x = rng.uniform(low, high, SIZE)
    multiples = rng.integers(int(low / np.pi * 2) + 1, int(high / np.pi * 2) + 2, SHOWN // 2)
    x[: SHOWN // 2] = multiples * (np.pi / 2)
    return x


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1e-3), (0, 3), (-12, 12), (-2e3, 2e3), (1e5, 1e6), (3.2e6, 3.4e6)]
)
@pytest.mark.parametrize("name", ["sin", "cos"])
def test_the_error_is_two_units_in_the_last_place(name, low, high):
    x = points(low, high)
    got = {"sin": array_sin, "cos": array_cos}[name](x)[:SHOWN]
    with mpmath.workprec(200):
        exact = [getattr(mpmath, name)(mpmath.mpf(float(each))) for each in x[:SHOWN]]
        units = [
            float(abs(mpmath.mpf(float(a)) - b)) / np.spacing(abs(float(b)))
            for a, b in zip(got, exact, strict=True)
        ]
    assert max(units) < 2.1


def test_special_points_are_those_of_numpy():
    x = np.zeros(SIZE)
    x[:10] = [-0.0, 5e-324, -1e-310, np.inf, -np.inf, np.nan, 1e300, -5e6, 1e22, np.pi]
    with np.errstate(all="ignore"):
        for own, theirs in ((array_sin, np.sin), (array_cos, np.cos)):
            np.testing.assert_array_equal(own(x), theirs(x))
            np.testing.assert_array_equal(np.signbit(own(x)), np.signbit(theirs(x)))


def test_every_entry_is_the_same_wherever_it_stands():
    """Also beside entries out of reach, in other blocks, in other layouts, written into an array."""
    x = np.random.default_rng(9).normal(size=(3, 2 * SIZE))
    sine = array_sin(x)
    np.testing.assert_array_equal(array_sin(x.T), sine.T)
    np.testing.assert_array_equal(array_sin(x[1]), sine[1])
    out = np.empty_like(x)
    assert sines.sin_into(x, out) is out
    np.testing.assert_array_equal(out, sine)
    beside = np.append(x[0], 1e9)
    np.testing.assert_array_equal(array_sin(beside)[:-1], sine[0])


def test_small_arrays_are_numpys():
    x = np.random.default_rng(10).normal(size=1000)
    np.testing.assert_array_equal(array_sin(x), np.sin(x))
    np.testing.assert_array_equal(array_cos(x), np.cos(x))
