"""Programs that are evaluated again with inputs of the same shapes: what a plan gives is what a run gives."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradcli
from gradcli.autodiff.hessian_tape import HessianTape
from gradcli.autodiff.regions import routines
from gradcli.autodiff.tape import Tape
from gradcli.errors import EvaluationError, GradcliError, LimitError
from tests.autodiff.test_regions import PROGRAMS, VALUES, assert_close
from tests.programs import INPUTS, inputs, programs

ONE_EXPRESSION = (
    "sum(sin(x)*exp(-x**2/2) + log1p(x*x))",
    "mean(relu(x)*sigmoid(x))",
    "sqrt(sum(x*x))",
    "sum(s*x)/s",
    "t = sum(x*x); sum(x/t) + t",
    "y = x; for i in range(10) { y = tanh(y + x) }; sum(y)",
    "sum(where(x > y, x*y, s))",
    "sum((A*b + c)**2)",
    "sum(x)*sum(A)",
    "m = mean(x); sum((x - m)**2)/m",
)
TAPED = (  # for they, or their gradients, are no single expression
    "sum(A @ b)",
    "sum(A*b + c)",
    "h = sum(A*b, axis=1); sum(h*h)",
    "mean((tanh(A @ b) + s)**2)*sum(outer(b, c))",
    "sum(concatenate([x, y])**2)",
)
OF_SEVERAL_PARTS = (  # of which some have other shapes than others
    "w, V = eigh(A.T @ A + outer(b, b)); sum(w*b) + sum(V*V)",
    "U, S, V = svd(A); sum(S*S)",
)
RUN_EACH_TIME = (  # for they ask for numbers
    "sum(x**2) if sum(x*x) > 3 else sum(x**3)",
    "t = mean(x*x); while t > 0.1 { t = t/2 }; t*sum(y)",
    "sum(x)*x[5]",
    "z = x*s; z[2] = sum(z); sum(z*z)",
    "sum(y*y) + 0*sum(detach(x))",
    "s*s",
)


def planned(program):
    """Whether there are plans, one for each signature that has been met twice."""
    return [plan is not None for plan in program._repeats.plans.values()]


def values_of(program, scale=1.0):
    return {name: VALUES[name] * scale for name in program.inputs}


def assert_repeats(text):
    """Several evaluations, at two points in turn, give what a recording gives; which has no plan."""
    program = gradcli.compile(text)
    points = values_of(program), values_of(program, 0.75)
    for point in (*points, *points, *points):
        value, gradient = program.value_and_grad(point)
        recording = program.record(point)
        assert_close(gradient, recording.grad())
        assert_close(value, recording.value)
    return program


@pytest.mark.parametrize("text", ONE_EXPRESSION)
def test_one_expression_is_planned_once(text):
    assert planned(assert_repeats(text)) == [True]


@pytest.mark.parametrize("text", TAPED)
def test_what_is_no_expression_is_taped(text):
    program = assert_repeats(text)
    assert [type(plan) for plan in program._repeats.plans.values()] == [Tape]


@pytest.mark.parametrize("text", OF_SEVERAL_PARTS)
def test_decompositions(text):
    assert_repeats(text)


@pytest.mark.parametrize("text", RUN_EACH_TIME)
def test_what_asks_for_numbers_is_run_each_time(text):
    assert True not in planned(assert_repeats(text))


@pytest.mark.parametrize("text", [each for each in PROGRAMS if each not in ONE_EXPRESSION])
def test_any_program(text):
    assert_repeats(text)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=programs(), seed=st.integers(0, 2**32 - 1))
def test_random_programs(text, seed):
    values = {name: each for name, each in inputs(seed).items() if name in INPUTS}
    program = gradcli.compile(text)
    point = {name: values[name] for name in program.inputs}
    first, second, third = (program.value_and_grad(point) for _ in range(3))
    assert_close(second[0], first[0])
    assert_close(second[1], first[1])
    np.testing.assert_equal(third, second)


def test_the_first_evaluation_and_all_others_agree_to_the_last_bit():
    program = gradcli.compile(ONE_EXPRESSION[0])
    for size in (100, 9_000, routines.BLOCK):
        x = np.random.default_rng(size).normal(size=size)
        first, second, third = (program.value_and_grad({"x": x}) for _ in range(3))
        np.testing.assert_equal(second, first)
        np.testing.assert_equal(third, first)
    assert planned(program) == [True] * 3


def test_results_are_arrays_of_ones_own():
    program = gradcli.compile("sum(x*y) + sum(x)")
    point = {"x": np.ones(5), "y": np.arange(5.0)}
    gradients = [program.grad(point) for _ in range(4)]
    for gradient in gradients:
        gradient["x"] += 1
        gradient["y"] += 1
    np.testing.assert_array_equal(gradients[-1]["x"], np.arange(5.0) + 2)
    np.testing.assert_array_equal(point["y"], np.arange(5.0))
    assert planned(program) == [True]


def test_a_number_that_decides_about_a_step_is_looked_at_each_time():
    """The cotangent `s` is 1 at first, and a product with it the other factor itself."""
    program = gradcli.compile("t = s*sum(sin(x)); t")
    x = np.linspace(0, 1, 7)
    for s in (1.0, 1.0, 2.0, 1.0, 0.0, float("nan"), 3.0):
        value, gradient = program.value_and_grad({"x": x, "s": s})
        np.testing.assert_allclose(value, s * np.sum(np.sin(x)))
        np.testing.assert_allclose(gradient["x"], s * np.cos(x))
    assert planned(program) == [True]


def test_other_shapes_and_other_inputs_have_plans_of_their_own():
    program = gradcli.compile("sum(x*x*s)")
    for x in (np.ones(3), np.ones((2, 2)), np.ones(3)):
        for wrt, names in ((None, ["x", "s"]), (["s"], ["s"])):
            for _ in range(3):
                value, gradient = program.value_and_grad({"x": x, "s": 2.0}, wrt)
                assert value == 2 * x.size
                assert list(gradient) == names
                assert gradient["s"] == x.size
    assert planned(program) == [True] * 4


def test_a_plan_serves_several_threads_at_a_time():
    program = gradcli.compile("sum(sin(x)*exp(-x**2/2) + log1p(x*x))")
    points = [np.full(20_000, 0.1 * i) for i in range(8)]
    expected = [program.record({"x": x}).grad()["x"] for x in points]
    program.grad({"x": points[0]})
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda x: program.grad({"x": x})["x"], points * 5))
    np.testing.assert_array_equal(found, expected * 5)
    assert planned(program) == [True]


def test_errors_are_those_of_the_first_time():
    program = gradcli.compile("sum(x*y)")
    for _ in range(3):
        with pytest.raises(EvaluationError) as caught:
            program.grad({"x": np.ones(3), "y": np.ones(4)})
    assert caught.value.span is not None
    for _ in range(3):
        with pytest.raises(LimitError):
            program.grad({"x": np.ones(30), "y": np.ones((30, 1))}, max_elements=100)


def test_a_long_loop_is_no_plan():
    program = gradcli.compile("t = sum(x); for i in range(5000) { t = 0.5*t + 1 }; t")
    for _ in range(3):
        assert program.value_and_grad({"x": np.ones(3)})[0] == pytest.approx(2.0)
    assert planned(program) == [False]


# Hessians ---------------------------------------------------------------------------------------------------

BENT = (
    "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)",
    "sum(x**2*y + exp(x*y))",
    "sum(where(x > y, x*y*y, sin(x)))",
    "sum(hypot(x, y) + (2 + x**2)**y) + c",
    "sum(tanh(x[::-1]*x))",
    "sum(A**2 * b)",
    "sum(x*c**2 + x**2)",
)
ELSEWHERE = (  # too many colours, operations that bend as a whole, decisions, nothing that bends
    "sum(x)**2",
    "log(sum(exp(x)))",
    "prod(x)",
    "sum(x**2) if sum(x) > 0 else sum(x**3)",
    "sum(sort(x)**2)",
    "sum(x) + sum(y)",
)
ENTRIES = {"x": 20, "y": 20, "A": (3, 4), "b": 4, "c": ()}


def bent(program, seed):
    rng = np.random.default_rng(seed)
    sizes = {name: ENTRIES[name] for name in program.inputs}
    return {name: rng.normal(size=size) if size else rng.normal() for name, size in sizes.items()}


def assert_same_hessian(program, point, wrt=None):
    found, expected = program.hessian(point, wrt), program.record(point, wrt).hessian()
    for x, y in itertools.product(expected, repeat=2):
        finite = np.ravel(expected[x][y])[np.isfinite(np.ravel(expected[x][y]))]
        scale = max(1.0, float(np.max(np.abs(finite), initial=0.0)))
        np.testing.assert_allclose(found[x][y], expected[x][y], 1e-12, 1e-13 * scale)
        assert np.shape(found[x][y]) == np.shape(expected[x][y])


@pytest.mark.parametrize("text", BENT)
def test_hessians_are_taped(text):
    program = gradcli.compile(text)
    for seed in range(4):
        assert_same_hessian(program, bent(program, seed))
        assert_same_hessian(program, bent(program, seed), program.inputs[:1])
    assert {type(plan) for plan in program._repeats.plans.values()} == {HessianTape}


@pytest.mark.parametrize("text", ELSEWHERE)
def test_other_hessians_are_as_ever(text):
    program = gradcli.compile(text)
    for seed in range(3):
        assert_same_hessian(program, bent(program, seed))
    assert not any(planned(program))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=programs(), seed=st.integers(0, 2**32 - 1))
def test_hessians_of_random_programs(text, seed):
    program = gradcli.compile(text)
    for each in (seed, seed + 1, seed + 2):
        values = inputs(each)
        point = {name: values[name] for name in program.inputs}
        try:
            expected = program.record(point).hessian()
        except GradcliError:
            return
        found = program.hessian(point)
        for x, y in itertools.product(expected, repeat=2):
            assert_close(found[x][y], expected[x][y])


def test_gradients_and_hessians_in_turn_both_have_plans():
    program = gradcli.compile("sum(x**2*y + exp(x*y))")
    for seed in range(3):
        program.grad(bent(program, seed))
        program.hessian(bent(program, seed))
    assert planned(program) == [True, True]


def test_a_hessian_that_is_not_finite_is_found_as_ever():
    program = gradcli.compile("sum(x**1.5) + sum(x[1:]*x[:-1])")
    for x in ([1.0, 2.0, 3.0] * 7, [4.0, 5.0, 6.0] * 7, [0.0, 1.0, 2.0] * 7):
        assert_same_hessian(program, {"x": np.array(x)})
    assert planned(program) == [True]
