"""Programs of numbers that are evaluated again: what their generated code gives is what the tape gives."""

from __future__ import annotations

import math

import numpy as np
import pytest

import gradcli
from gradcli import repeats
from gradcli.errors import EvaluationError, LimitError
from gradcli.loops import evaluations
from tests.fuzz.loop_programs import program_of_numbers
from tests.loops_compared import compare_evaluations

LOGISTIC = "for i in range(500) { x = r*x*(1 - x) }; x"

READ = {
    "a loop": LOGISTIC,
    "loops one after the other": "for i in range(9) { x = sin(r*x) }; for i in range(9) { x = r*x }; x",
    "a loop that depends on the data": "while abs(x) < 40 { x = x*(1.1 + r*r) }; x/r",
    "a loop in a loop": "for i in range(5) { for j in range(i, 7) { x = x - 0.1*x*x*j }; x = x*r }; x",
    "a name that the loop makes": "for i in range(5) { y = x*i }; y*r + i",
    "a branch, a break": "for i in range(9) { if x > 1 { x = x*r } else { x = x + r }; if x > 9 {break} }; x",
    "no loop": "y = max(x, r, 0.5); z = [y*x, sin(y)]; sum(z)",
    "a function": "def f(x, r=2):\n    for i in range(5): x = x*x/r\n    return x\n",
    "a function that reads an input": "def f(x):\n    for i in range(5): x = x*x/r\n    return x\n",
    "an array of its own": "y = zeros(8); for i in range(1, 8) { y[i] = y[i - 1]*r + x }; sum(y*y)",
    "a part without derivative": "for i in range(5) { x = detach(x)*x*r }; x",
    "an input without effect": "for i in range(5) { x = x*1.5 }; x if x > 1e9 else x + 0*r",
    "a value that depends on nothing": "for i in range(5) { y = i*0.5 }; y",
    "inputs with names of generated code": "np, left, a0, parts = x, r, x, r\nfor t1 in range(5) { "
    "np = left*np; left = left + a0*parts }; np*left",
}  # fmt: skip
REASONS = (
    "a variable may have no value, or not one of a fixed kind",
    "it runs over a list of values that is long, or that it leaves early",
)
POINTS = ({"x": 0.3, "r": 1.7}, {"x": 1.25, "r": 0.5}, {"x": -0.5, "r": -0.25})


@pytest.mark.parametrize("name", READ)
def test_evaluations_give_what_the_tape_gives(name):
    assert compare_evaluations(READ[name], POINTS) == ""


@pytest.mark.parametrize("seed", range(12))
def test_random_programs(seed):
    text, inputs = program_of_numbers(seed, 5)
    reason = compare_evaluations(text, [inputs, {name: 0.9 * value for name, value in inputs.items()}])
    assert reason in ("", *REASONS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("for i in range(5) { x = x*rand()*r }; x", "it draws random numbers"),
        ("for i in range(5) { x = x*r; assert x < 99 }; x", "an assertion stands inside it"),
        ("y = zeros(int(1 + x)); y[0] = r*x; y[0]", "a shape or a count depends on what the loop computes"),
        ("[x, r]", "its value is not one number"),
    ],
)
def test_what_is_left_to_the_tape(text, reason):
    program = gradcli.compile(text)
    recording = program.record(POINTS[0])
    code = program.lowered(frozenset(POINTS[0]))
    with pytest.raises(evaluations.RefusedError, match=reason):
        evaluations.Evaluation(code, POINTS[0], ("x", "r"), recording.graph)


@pytest.fixture
def read_at_once(monkeypatch):
    """Read every program of numbers behind its first run."""
    monkeypatch.setattr(repeats, "_WORTH_READING", 0)


def evaluated_again(text, inputs, **settings):
    """A program that has been read as a whole."""
    program = gradcli.compile(text)
    program.value_and_grad(inputs, **settings)
    (evaluation,) = program._repeats.evaluations.values()
    assert evaluation is not None
    return program


def test_hot_programs_are_read_after_two_runs(monkeypatch):
    program, inputs = gradcli.compile(LOGISTIC), {"x": 0.3, "r": 3.3}
    first = program.value_and_grad(inputs)
    assert not program._repeats.evaluations
    second = program.value_and_grad(inputs)
    assert program._repeats.evaluations
    monkeypatch.setattr(program, "_record", None)  # it is not needed any more
    assert program.value_and_grad(inputs) == first == second
    assert program.grad(inputs, max_steps=10_000) == first[1]


def test_each_choice_of_inputs_has_its_own(read_at_once):
    program = evaluated_again("for i in range(9) { x = x*r*c }; x", {"x": 0.3, "r": 0.5, "c": 2.0})
    only = [program.grad({"x": 0.3, "r": 0.5, "c": 2.0}, wrt=["r"]) for _ in range(3)]
    assert [list(each) for each in only] == [["r"]] * 3
    assert only[0]["r"] == only[2]["r"] == pytest.approx(9 * 0.3 / 0.5, rel=1e-14)


def test_without_effect_is_without_slope(read_at_once):
    inputs = {"x": 0.3, "r": 1.7}
    program = evaluated_again("for i in range(9) { x = 0.5*x }; x if x > 0 else r", inputs)
    assert program.grad(inputs) == {"x": 0.5**9, "r": 0.0}


def test_steps_are_limited(read_at_once):
    program = evaluated_again("while x < 1 { x = x + r }; x", {"x": 0.0, "r": 0.1})
    with pytest.raises(LimitError, match="stopped after 5,000 operations"):
        program.grad({"x": 0.0, "r": 0.0}, max_steps=5_000)


def test_errors_are_those_of_the_tape(read_at_once):
    program = evaluated_again("y = zeros(4); for i in range(4) { y[int(x) + i] = r*x }; sum(y)", POINTS[0])
    with pytest.raises(EvaluationError, match="index 4 is out of range"):
        program.grad({"x": 1.0, "r": 0.5})


@pytest.mark.parametrize("x", [0.0, math.inf, math.nan, 1e308])
def test_special_values_are_those_of_the_tape(x, read_at_once):
    text = "for i in range(3) { x = exp(-1/x)*r + 1/x**2 }; x"
    program, inputs = evaluated_again(text, {"x": 0.5, "r": 2.0}), {"x": x, "r": 2.0}
    value, gradient = program.value_and_grad(inputs)
    tape = gradcli.compile(text).record(inputs, unrolled=True)
    np.testing.assert_equal([value, *gradient.values()], [tape.value, *tape.grad().values()])


def test_code_that_fails_again_and_again_is_given_up(read_at_once):
    program = evaluated_again("for i in range(3) { x = r/x }; x", {"x": 0.5, "r": 2.0})
    for _ in range(5):
        assert program.grad({"x": 0.0, "r": 2.0})
    assert list(program._repeats.evaluations.values()) == [None]


def test_other_settings_are_recorded(read_at_once):
    program = evaluated_again(LOGISTIC, {"x": 0.3, "r": 3.3})
    assert list(program.grad({"x": 0.3, "r": 3.3}, const=["r"])) == ["x"]
