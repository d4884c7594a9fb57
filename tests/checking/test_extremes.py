"""Checks where floats end: next to 0, next to overflow, and where f varies between neighbouring floats."""

import numpy as np
import pytest

import gradcli
from gradcli.checking.check import Options, check
from gradcli.checking.program_subject import Settings

MAGNITUDES = (5e-324, 1e-310, 2.3e-308, 1e-160, 1e17, 1e154, 8e307, np.finfo(np.float64).max)
PROGRAMS = (
    "x", "x/3", "x*1e-10", "x*x", "1/x", "x**0.5", "exp(x)", "log10(x)", "sin(x)", "tan(x)", "cbrt(x)",
    "relu(x)", "floor(x)", "x % 3", "tanh(x)", "lgamma(x)", "hypot(x, 1)", "norm([x, x])", "x*x/x",
    "dot([x, 2], [3, x])", "sinc(x)", "sqrt(x*x + 1)", "x*exp(-x)", "x - x",
)  # fmt: skip
SECOND = Options(settings=Settings(order=2))


@pytest.mark.parametrize("text", PROGRAMS)
def test_a_right_derivative_is_never_called_wrong(text):
    program = gradcli.compile(text)
    for size in MAGNITUDES:
        for x in (size, -size):
            assert check(program, {"x": x}).verdict.value != "WRONG", x


@pytest.mark.parametrize("text", [*PROGRAMS, "x**x", "x/x", "exp(log(x))", "1/(1/x)"])
def test_nor_is_a_right_second_derivative(text):
    program = gradcli.compile(text)
    for x in (*MAGNITUDES, 1e-300):
        assert check(program, {"x": x}, None, SECOND).verdict.value != "WRONG", x


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("x", 5e-324),
        ("2*x", -1e-310),
        ("sin(x)", 5e-324),
        ("relu(x)", 1e-307),
        ("x", 1.7e308),
        ("x*1e-10", 2.3e-308),
        ("max(x, 0)", -1.0),
    ],
)
def test_tame_programs_pass_there_too(text, x):
    assert check(gradcli.compile(text), {"x": x}).verdict.value == "PASS"


@pytest.mark.parametrize(("text", "claim"), [("2*x", "3"), ("sin(x)", "1 + 1e-6")])
def test_wrong_claims_are_found_there_too(text, claim):
    for x in (5e-324, 1e-310, 1e-300):
        assert check(gradcli.compile(text), {"x": x}, {"x": claim}).verdict.value == "WRONG"


@pytest.mark.parametrize("x", [705.0, 709.0, 709.7])
def test_slopes_that_overflow_by_the_size_of_x(x):
    program = gradcli.compile("exp(x)")
    assert check(program, {"x": x}, {"x": "exp(x)"}).verdict.value == "PASS"
    assert check(program, {"x": x}, {"x": "exp(x)*(1 + 1e-6)"}).verdict.value == "WRONG"
    many = np.array([x, *range(15)])
    assert check(gradcli.compile("sum(exp(x))"), {"x": many}, {"x": "exp(x)"}).verdict.value == "PASS"


@pytest.mark.parametrize("text", ["sum(A - mean(A, axis=0))", "sum(eigvalsh(A))"])
def test_functions_that_are_constant_but_for_rounding(text):
    program = gradcli.compile(text)
    given = {"A": np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.7], [0.5, -0.7, 2.0]])}
    assert check(program, given).verdict.value == "PASS"
    assert check(program, given, {"A": "0.001*A"}).verdict.value == "WRONG"


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("(1/(2 + x**2) + (2 - x)) - ((2 - x) + 3)", -518.067),  # reverse mode cancels, forward adds up
        ("log(1 + x*sin(x)/(2 + exp(x - 0.3949595297690878)**2)**2)", -0.0009426834497153058),  # 1 + u
        ("sum(relu(log(1 + x**2))**2)", np.array([-1.48e-8, 2.4e-9, -5.7e-10, 5.1e-9])),  # rounding decides
    ],
)
def test_what_rounding_does_in_one_mode_only_is_no_mistake(text, x):
    assert check(gradcli.compile(text), {"x": x}).verdict.value == "PASS"


def test_confident_predictions_pass():
    """What is lost beside the largest entry would be noise that no perturbation shows."""
    for x in ([0.0, -30.0, -20.0], [20.0, -10.0, 0.0], [0.0, -50.0, -600.0]):
        for text in ("logsumexp(x)", "log_softmax(x)", "cross_entropy([x], [0])"):
            assert check(gradcli.compile(text), {"x": np.array(x)}).verdict.value == "PASS", (text, x)


def test_noise_as_large_as_f_contradicts_nothing():
    program = gradcli.compile("sum(sin(1.3*sinh(2*v)))")
    v = np.random.default_rng(4).uniform(-30, 30, (20, 3))
    assert all(check(program, {"v": each}).verdict.value != "WRONG" for each in v)
