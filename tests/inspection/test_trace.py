"""Evaluation traces: the survey's Tables 2 and 3 step by step, and adjoints of arrays against gradients.

A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, "Automatic differentiation in machine learning: a
survey", JMLR 18 (2018): both tables are of f = ln x₁ + x₁x₂ - sin x₂ at (2, 5).
"""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

import numpy as np
import pytest

import gradcli
from gradcli.errors import UsageError
from gradcli.inspection.trace import Step, Trace, trace

SURVEY = "log(x1) + x1*x2 - sin(x2)"
BOTH = ("forward", "reverse")


def traced(text: str, inputs: dict[str, Any], modes: tuple[str, ...] = BOTH, **options: Any) -> Trace:
    return trace(gradcli.compile(text).record(inputs, **options), modes)


def rows(steps: tuple[Step, ...]) -> list[tuple[str, str, float]]:
    """Steps with values as the survey rounds them, marks and letters in one character where there is one."""
    return [
        (normalize("NFC", step.variable), normalize("NFC", step.expression), round(float(step.value), 3))
        for step in steps
    ]


@pytest.fixture(scope="module")
def survey() -> Trace:
    return traced(SURVEY, {"x1": 2.0, "x2": 5.0})


def test_primals_are_those_of_both_tables(survey):
    assert rows(survey.primals) == [
        ("v₋₁", "x1", 2),
        ("v₀", "x2", 5),
        ("v₁", "log(v₋₁)", 0.693),
        ("v₂", "v₋₁ × v₀", 10),
        ("v₃", "sin(v₀)", -0.959),
        ("v₄", "v₁ + v₂", 10.693),
        ("v₅", "v₄ - v₃", 11.652),
        ("y", "v₅", 11.652),
    ]


def test_table_2_tangents_by_the_first_input(survey):
    assert rows(survey.tangents["x1"]) == [
        ("v̇₋₁", "ẋ1", 1),
        ("v̇₀", "ẋ2", 0),
        ("v̇₁", "v̇₋₁ / v₋₁", 0.5),
        ("v̇₂", "v̇₋₁ × v₀", 5),  # the survey also writes v̇₀ × v₋₁, which is 0 × 2
        ("v̇₃", "0", 0),
        ("v̇₄", "v̇₁ + v̇₂", 5.5),
        ("v̇₅", "v̇₄", 5.5),
        ("ẏ", "v̇₅", 5.5),
    ]


def test_tangents_by_the_second_input(survey):
    assert rows(survey.tangents["x2"])[-1] == ("ẏ", "v̇₅", 1.716)


def test_table_3_adjoints_in_the_order_of_the_sweep(survey):
    assert rows(survey.adjoints) == [
        ("v̄₅", "ȳ", 1),
        ("v̄₄", "v̄₅", 1),
        ("v̄₃", "-v̄₅", -1),
        ("v̄₁", "v̄₄", 1),
        ("v̄₂", "v̄₄", 1),
        ("v̄₀", "v̄₃ × cos(v₀)", -0.284),
        ("v̄₋₁", "v̄₂ × v₀", 5),
        ("v̄₀", "v̄₀ + v̄₂ × v₋₁", 1.716),
        ("v̄₋₁", "v̄₋₁ + v̄₁ / v₋₁", 5.5),
        ("x̄2", "v̄₀", 1.716),
        ("x̄1", "v̄₋₁", 5.5),
    ]


def test_modes_and_inputs_can_be_chosen():
    forward = traced(SURVEY, {"x1": 2.0, "x2": 5.0}, ("forward",), wrt=("x1",))
    assert (list(forward.tangents), forward.adjoints) == (["x1"], ())
    assert traced(SURVEY, {"x1": 2.0, "x2": 5.0}, ("reverse",)).tangents == {}


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("sum(tanh(W@x + b)**2)", {"W": [[0.1, 0.2], [0.3, -0.4]], "x": [1.0, -2.0], "b": [0.5, 0.1]}),
        ("dot(x, x)*sum(x[1:])", {"x": [1.0, 2.0, 3.0]}),
        ("logsumexp(A@x) - x[0]", {"A": [[1.0, 2.0], [3.0, 4.0]], "x": [0.1, 0.2]}),
        ("b = 2*a; while norm(b) < 100 { b = 2*b }; sum(b)", {"a": [1.0, 2.0]}),
        ("y = x*1; y[0] = 3*x[1]; sum(y*y)", {"x": [1.0, 2.0]}),
        ("u, s, v = svd(A); sum(s) + u[0, 0]", {"A": [[1.0, 2.0], [3.0, 4.0]]}),
        ("log(det(A))", {"A": [[2.0, 1.0], [1.0, 3.0]]}),
        ("norm(x - y)/sum(x)", {"x": [1.0, 2.0], "y": [3.0, 5.0]}),
        ("prod(x) + max(x)", {"x": [1.0, 2.0, 3.0]}),
        ("sum(where(x > 1, x**2, y))", {"x": [1.0, 2.0], "y": [3.0, 5.0]}),
    ],
)
def test_adjoints_and_tangents_of_arrays_agree_with_the_gradient(text, inputs):
    found = traced(text, inputs)
    expected = gradcli.compile(text).grad(inputs)
    adjoints = {step.variable: step.value for step in found.adjoints}  # the last of each is complete
    for name, gradient in expected.items():
        np.testing.assert_allclose(adjoints[f"{name[0]}\u0304{name[1:]}"], gradient, rtol=1e-12)
        np.testing.assert_allclose(found.tangents[name][-1].value, np.sum(gradient), rtol=1e-12)


def test_inputs_without_influence_have_no_steps():
    found = traced("2*x", {"x": 3.0}, wrt=("x",))
    assert [step.expression for step in found.primals] == ["x", "2 × v₀", "v₁"]


def test_constants_keep_their_signs_in_parentheses():
    expressions = [step.expression for step in traced("x - (-2)", {"x": 3.0}).primals]
    assert "v₀ - (-2)" in expressions


def test_a_frozen_input_has_a_value_but_no_derivative():
    found = traced("x*y", {"x": 2.0, "y": 3.0}, const=("y",))
    assert list(found.tangents) == ["x"]
    assert [step.variable for step in found.adjoints] == ["v̄₁", "v̄₋₁", "x̄"]


def test_indices_are_shown_as_written():
    found = traced("sum(A[1, :] * A[0])", {"A": [[1.0, 2.0], [3.0, 4.0]]})
    assert {"v₀[1, :]", "v₀[0]"} <= {step.expression for step in found.primals}


def test_powers_are_worked_out():
    expressions = {step.expression for step in traced("x**11 + x**2", {"x": 2.0}, ("forward",)).tangents["x"]}
    assert {"v̇₀ × 11×v₀^10", "v̇₀ × 2×v₀"} <= {normalize("NFC", each) for each in expressions}


def test_a_quotient_stays_one_with_a_sign():
    (_, step, *_) = traced("1/x", {"x": 2.0}, ("forward",)).tangents["x"]
    assert step.expression == "-v̇₀ / v₀^2"


def test_an_input_called_y_is_not_confused_with_the_output():
    found = traced("x*y", {"x": 2.0, "y": 3.0})
    assert found.primals[-1].variable == "f"
    assert normalize("NFC", found.adjoints[0].expression) == "f̄"


def test_parameters_that_say_nothing_are_left_out():
    expressions = [
        step.expression for step in traced("sum(A) + sum(sum(A, axis=1))", {"A": [[1.0, 2.0]]}).primals
    ]
    assert {"sum(v₀)", "sum(v₀, axis=(1,))"} <= set(expressions)


def test_several_outputs_are_refused():
    with pytest.raises(UsageError, match="one output"):
        traced("x, 2*x", {"x": 1.0})


def test_the_adjoints_of_an_array_are_refused_with_a_way_out():
    with pytest.raises(UsageError, match=r"shape \(2,\)") as caught:
        traced("2*x", {"x": [1.0, 2.0]})
    assert "--mode forward" in (caught.value.help or "")
    assert len(traced("2*x", {"x": [1.0, 2.0]}, ("forward",)).tangents["x"]) == 3


def test_a_constant_program_has_no_adjoints():
    assert traced("3 + 0", {}).adjoints == ()
