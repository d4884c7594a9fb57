"""Differences: error bars that hold, noise that is measured, and what a function does at a point."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.rounding import EPS
from gradcli.checking.black_box import FunctionSubject
from gradcli.checking.differences import (
    extrapolate,
    ladder,
    measured_noise,
    random_directions,
    sample,
    scales,
)
from gradcli.checking.smoothness import Kind, examine


def along(function, x):
    """The stencil of a function of one number on the full ladder, and the size of a step."""
    subject = FunctionSubject(function, {"x": x})
    direction = scales(subject)
    return subject, sample(subject, direction[None], ladder(subject, direction)), direction[0]


@pytest.mark.parametrize(
    ("function", "x", "derivative"),
    [
        (np.sin, 0.7, np.cos(0.7)),
        (np.sin, 1e8, np.cos(1e8)),
        (np.sin, 1e10, np.cos(1e10)),
        (np.exp, 1e-9, np.exp(1e-9)),
        (np.log, 1e-5, 1e5),
        (lambda x: np.sin(1e6 * x), 0.7, 1e6 * np.cos(0.7e6)),
        (lambda x: 1e8 + np.sin(x), 0.3, np.cos(0.3)),
        (lambda x: x**3, 0.0, 0.0),
        (lambda x: np.sqrt(x + 1e-20), 0.0, 0.5e10),
        (lambda x: (np.exp(x) - 1) / x, 1e-8, 0.5),
        (lambda x: np.tanh(1e9 * x), 1e-10, 1e9 / np.cosh(0.1) ** 2),
    ],
)
def test_the_error_bar_holds(function, x, derivative):
    with walking():
        subject, stencil, size = along(function, x)
        noise = measured_noise(stencil, subject.value)
        found = extrapolate(stencil.central, stencil.steps, stencil.roughness(noise), 2)
    slope, error = found.slope.item() / size, found.error.item() / size
    assert abs(slope - derivative) <= error
    assert error <= 1e-4 * max(abs(derivative), 1e-8)


def test_noise_is_measured():
    with walking():
        subject, stencil, _ = along(lambda x: (1 - np.cos(x)) / x**2, 1e-4)
        assert 1e-10 < measured_noise(stencil, subject.value).item() < 1e-7
        subject, stencil, _ = along(np.sin, 0.7)
        assert measured_noise(stencil, subject.value).item() <= 2 * EPS


def test_stencil_points_are_exact():
    subject = FunctionSubject(np.sum, {"x": [0.1, -3.7, 1e8, 1e-5]})
    directions = random_directions(3, scales(subject), 0)
    moves = directions[:, None, :] * np.exp2(-np.arange(3.0, 46.0))[None, :, None]
    np.testing.assert_array_equal((subject.point + moves) - subject.point, moves)
    assert (np.abs(directions) >= scales(subject)).all()


@pytest.mark.parametrize(
    ("function", "x", "kind"),
    [
        (np.sin, 0.7, Kind.SMOOTH),
        (lambda x: x * np.abs(x), 0.0, Kind.SMOOTH),
        (lambda x: np.abs(x) ** 1.1, 0.0, Kind.SMOOTH),
        (lambda x: np.sqrt(x * x + 1e-18), 0.0, Kind.SMOOTH),
        (lambda x: np.abs(x) + 2.5, -1e-6, Kind.SMOOTH),
        (np.abs, 0.0, Kind.KINK),
        (lambda x: np.abs(x - 0.3), 0.1 * 3, Kind.KINK),
        (lambda x: np.abs(np.sin(x)), np.pi, Kind.KINK),
        (np.floor, 2.0, Kind.JUMP),
        (np.sign, 0.0, Kind.JUMP),
        (np.cbrt, 0.0, Kind.VERTICAL),
        (lambda x: np.cbrt(x - 2), 2.0, Kind.VERTICAL),
        (lambda x: np.sqrt(np.abs(x)), 0.0, Kind.VERTICAL),
        (np.sqrt, 0.0, Kind.EDGE),
        (np.arccos, 1.0, Kind.EDGE),
        (lambda x: x**1.5, 0.0, Kind.EDGE),
    ],
)
def test_behaviour_is_recognised(function, x, kind):
    with walking():
        subject, stencil, _ = along(function, x)
        assert examine(stencil, measured_noise(stencil, subject.value), 0, 0).kind is kind
