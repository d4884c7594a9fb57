"""Tapes give at other inputs what a run there gives, and there is none where a run could go another way."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.autodiff.derivatives import gradient_nodes, walking
from gradcli.autodiff.tape import Steps, tape_of

SHAPES = {"x": (3,), "y": (3,), "A": (4, 3), "c": ()}


def inputs(names, seed):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=SHAPES[name]) if SHAPES[name] else rng.normal() for name in names}


def tape(text, seed=0):
    """The program with the tape of its value and gradient."""
    program = gradcli.compile(text)
    graph = Steps()
    leaves = {name: graph.leaf(each, name, True) for name, each in inputs(program.inputs, seed).items()}
    output = program._run_unknown(graph, leaves)
    with walking():
        gradients = gradient_nodes(graph, output, list(leaves.values()))
    return program, tape_of(graph, list(leaves.values()), [output, *gradients])


PROGRAMS = (
    "sum(sin(x)*exp(-y)) + c**2",
    "mean((tanh(A @ x) @ tanh(A @ y) + c)**2)",
    "dot(x, x)*sum(outer(x, y)) + c",
    "sum(where(x > y, x**2, y*c))",
    "sum(relu(A)) + sum(abs(x - y))",
    "sum(concatenate([x, y])*2) + sum(stack([x, y]).T @ [c, 1])",
    "z = 0\nfor i in range(4) { z = tanh(z + x*c) }\nsum(z)",
    "sum(x) + sum(ones(3))",
)


@pytest.mark.parametrize("text", PROGRAMS)
def test_other_inputs(text):
    program, found = tape(text)
    for seed in (1, 2):
        given = inputs(program.inputs, seed)
        value, *gradients = found.run([given[name] for name in program.inputs])
        expected, by_name = program.value_and_grad(given)
        np.testing.assert_allclose(value, expected, 1e-14)
        for gradient, name in zip(gradients, program.inputs, strict=True):
            np.testing.assert_allclose(gradient, by_name[name], 1e-13, 1e-14)


@pytest.mark.parametrize(
    "text",
    [
        "if c > 0 { y = x } else { y = -x }\nsum(y)",
        "x[0] = c\nsum(x)",
        "sum(sort(x))",
        "x[int(c*0)]",
        "sum(x)*len(arange(0, 2, c**2 + 1))",
        "max(c, sum(x))",
        "smooth_l1_loss(x, y, beta=c**2)",
    ],
)
def test_what_numbers_decide_has_no_tape(text):
    assert tape(text)[1] is None


def test_results_are_the_callers_own():
    program, found = tape("sum(x + y)")
    given = inputs(program.inputs, 1)
    values = [given[name] for name in program.inputs]
    _, *first = found.run(values)
    for each in first:
        each += 1.0
    _, *second = found.run(values)
    for each in second:
        np.testing.assert_array_equal(each, np.ones(3))


def test_constants_stay_as_they_are():
    _program, found = tape("c*dot(x, [1, 2, 3])")
    for _ in range(2):
        _, of_c, of_x = found.run([1.0, np.ones(3)])
        assert of_c == 6.0
        np.testing.assert_array_equal(of_x, [1, 2, 3])  # the list itself, times 1
        of_x += 1


ZERO_TIMES_INFINITY = {
    "sum(x*sqrt(y*c))": {"x": [0.0, 1.0, 2.0], "y": [0.0, 4.0, 9.0], "c": 1.0},
    "sum(A @ (c*sqrt(x)))": {"A": np.zeros((4, 3)), "x": [0.0, 1.0, 2.0], "c": 1.0},
    "sum(tanh(outer(x, y)) @ (c*sqrt(x)))": {"x": [0.0, 1.0, 2.0], "y": [1.0, 2.0, 3.0], "c": 1.0},
}


@pytest.mark.parametrize("text", ZERO_TIMES_INFINITY)
def test_a_cotangent_of_0_makes_0_of_infinity(text):
    program, found = tape(text)
    point = {
        name: np.array(each) if np.ndim(each) else each for name, each in ZERO_TIMES_INFINITY[text].items()
    }
    _, *gradients = found.run([point[name] for name in program.inputs])
    expected = program.record(point).grad()
    assert any(0.0 in np.ravel(each) for each in expected.values())
    for name, gradient in zip(program.inputs, gradients, strict=True):
        np.testing.assert_array_equal(gradient, expected[name])
