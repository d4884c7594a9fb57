"""Curves and fields: values and derivatives on the grid, kinks and jumps where they are, gaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.errors import EvaluationError
from gradcli.inspection.curve import POINTS, SIDE, Curve, Mark, Range, curve, field


def recorder(text: str, **inputs: Any):
    program = gradcli.compile(text)

    def record(values: Mapping[str, float]):
        return program.record({**inputs, **values}, wrt=tuple(values))

    return record


def over(text: str, start: float = -3.0, stop: float = 3.0, **inputs: Any) -> Curve:
    return curve(recorder(text, **inputs), Range("x", start, stop))


def marks(text: str, start: float = -3.0, stop: float = 3.0) -> list[tuple[float, str]]:
    return [(pytest.approx(mark.at, abs=1e-9), mark.kind) for mark in over(text, start, stop).marks]


def test_values_and_derivatives():
    found = over("a*sin(x)", a=2.0)
    assert len(found.x) == POINTS
    np.testing.assert_allclose(found.values, 2 * np.sin(found.x), rtol=1e-15)
    np.testing.assert_allclose(found.slopes, 2 * np.cos(found.x), rtol=1e-15)
    assert (found.marks, found.gaps) == ((), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abs(x)", [(0, "kink")]),
        ("relu(x - 1) + abs(x)", [(0, "kink"), (1, "kink")]),
        ("floor(x/2)", [(-2, "jump"), (0, "jump"), (2, "jump")]),
        ("x if x < 0.3 else 1", [(0.3, "jump")]),
        ("maximum(x, x**2)", [(0, "kink"), (1, "kink")]),
        ("clip(x, -1/3, 2/3)", [(-1 / 3, "kink"), (2 / 3, "kink")]),
        ("x*abs(x)", []),  # its derivative is continuous
        ("x**2 if x > 0 else x**3", []),
    ],
)
def test_kinks_and_jumps(text, expected):
    assert marks(text) == expected


def test_gaps_where_nothing_is_finite():
    (gap,) = over("sqrt(x)", -1.0, 1.0).gaps[:1]
    assert (gap.start, gap.what) == (-1.0, "the value")
    assert gap.stop == pytest.approx(0.0, abs=2 / (POINTS - 1) + 1e-12)


def test_a_single_point_is_a_gap():
    found = over("1/x").gaps
    assert [(gap.start, gap.stop, gap.what) for gap in found] == [(0.0, 0.0, "the value")]


def test_an_infinite_derivative_is_a_gap_of_its_own():
    found = over("cbrt(x)").gaps
    assert [(gap.start, gap.stop, gap.what) for gap in found] == [(0.0, 0.0, "the derivative")]


def test_points_at_which_the_program_fails_are_gaps():
    found = over("assert x >= 0; x", -1.0, 1.0)
    assert np.isnan(found.values[0])
    assert found.values[-1] == 1.0


def test_a_program_that_always_fails_says_why():
    with pytest.raises(EvaluationError, match="assertion failed"):
        over("assert x > 5; x")


def test_many_flips_are_not_all_marked():
    assert len(over("floor(100*x)").marks) == 30


def test_fields():
    found = field(recorder("x**2*y"), Range("x", 0.0, 1.0), Range("y", -1.0, 1.0))
    assert found.values.shape == (SIDE, SIDE)
    x, y = np.meshgrid(found.x, found.y)
    np.testing.assert_allclose(found.values, x**2 * y, atol=1e-15)
    np.testing.assert_allclose(found.slopes[0], 2 * x * y, atol=1e-15)
    np.testing.assert_allclose(found.slopes[1], x**2, atol=1e-15)


def test_marks_are_plain_numbers():
    assert over("abs(x)").marks == (Mark(0.0, "kink"),)
    assert str(over("abs(x)").marks[0].at) == "0.0"
