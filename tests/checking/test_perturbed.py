"""Perturbed arithmetic shows what rounding does, no more and no less."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.autodiff.rounding import EPS
from gradcli.checking.complex_step import complex_step
from gradcli.checking.program_subject import ProgramSubject, Settings
from gradcli.checking.roundoff import RoundOff


def subject(text, **inputs):
    return ProgramSubject(gradcli.compile(text), inputs, Settings())


@pytest.mark.parametrize(
    ("text", "x", "least", "most"),
    [
        ("sin(x)", 1e8, EPS, 20 * EPS),  # the input is exact, however large
        ("(1 - cos(x))/x**2", 1e-4, 1e-9, 1e-6),
        ("1e8 + x", 0.3, 1e-17, 1e-15),
        ("(x + 1e8) - 1e8", 0.3, 1e-9, 1e-6),
        ("linspace(x, 1e8, 5)[1] - 0.25e8", 0.3, 1e-9, 1e-6),
    ],
)
def test_noise_of_the_value(text, x, least, most):
    own = subject(text, x=x)
    noise = RoundOff(own, own.jacobian()).noise / np.abs(own.value)
    assert least / 4 <= noise.item() <= most


def test_round_off_of_the_derivative():
    own = subject("x - sin(x)", x=1e-3)  # its derivative 1 - cos(x) cancels
    bar = RoundOff(own, own.jacobian()).bars.item()
    exact = 2 * np.sin(0.5e-3) ** 2
    assert abs(own.jacobian().item() - exact) <= bar <= 1e-14


def test_guards_and_counts_survive():
    own = subject(
        "s = 0*x[0]\nfor i in range(3):\n    if x[i] > 0:\n        s += x[i]**2\ns", x=[1.0, -2.0, 3.0]
    )
    assert own.perturbed(0) is not None


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("sum(exp(x)*sin(x)/x)", {"x": [0.3, -1.2]}),
        ("x[0]**x[1] + x[1]**3", {"x": [0.3, -1.2]}),
        ("sum(abs(x)) + maximum(x[0], x[1]) + sum(relu(x))", {"x": [0.3, -1.2]}),
        ("norm(A @ v)", {"A": [[1.0, 2.0], [3.0, 5.0]], "v": [1.0, -1.0]}),
        ("det(A) + sum(inv(A) + solve(A, A.T))", {"A": [[1.0, 2.0], [3.0, 5.5]]}),
        ("max(x) - 2*min(x) + sum(clip(x, -1, x[1]) + clip(x, x[0], 9))", {"x": [0.3, -1.2, 0.5]}),
        ("cross_entropy(A, [1, 0])", {"A": [[1.0, 2.0], [3.0, 5.5]]}),
    ],
)
def test_the_complex_step_agrees(text, inputs):
    own = subject(text, **inputs)
    u = np.linspace(1.0, 2.0, len(own.point))
    np.testing.assert_allclose(complex_step(own, u), own.jacobian() @ u, rtol=1e-12)


def test_not_every_operation_has_a_complex_form():
    own = subject("median(x)", x=[0.3, -1.2])
    assert complex_step(own, np.ones(2)) is None
