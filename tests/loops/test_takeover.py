"""When hot loops leave the tape: what must come out, and when the tape has to do it."""

from __future__ import annotations

import math
import signal
import threading

import numpy as np
import pytest

import gradcli
from tests.loops_compared import compare

LOGISTIC = "x = x0\nfor i in range(1000):\n    x = r*x*(1 - x)\nx"
DECAY = "y = x\nfor i in range(2000):\n    y = y - 0.001*a*y\ny"
TWO = "u, v = x, y\nfor i in range(1000):\n    u, v = 0.9*u + 0.1*v, 0.9*v - 0.1*u*u\nreturn u, v"


def taken(done):
    assert done.refused == []
    return done.recording.graph.loops


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        (LOGISTIC, {"r": 3.3, "x0": 0.3}),
        (DECAY, {"x": 2.0, "a": 0.5}),
        (f"{DECAY}[1]", {"x": np.array([1.0, -2.0, 3.0]), "a": 0.5}),
        ("x = a\nwhile abs(x*x - a) > 1e-13:\n    x = x - 0.01*(x*x - a)/(2*x)\nx", {"a": 2.0}),
        ("s = 0\nfor v in x:\n    s = 0.9*s + v*v\ns", {"x": np.linspace(0, 1, 500)}),
        ("s = 0\nfor i in range(len(x)):\n    s += x[i]*x[-1 - i]\ns", {"x": np.linspace(0, 1, 700)}),
        (
            "z = zeros(400); z[0] = a; for i in range(1, 400) { z[i] = 0.9*z[i - 1] + sin(z[i - 1]) }; z[-1]",
            {"a": 0.3},
        ),
        (
            "s = 0; for i in range(500) { if x > 0 { u = sin(x); s += u }; x = 0.9*x - 0.1*cos(3*i) }; s",
            {"x": 0.2},
        ),
        ("s = 0; for i in range(500) { p = (x*i, s); a, b = p; s = 0.5*b + 0.001*a }; s + p[1]", {"x": 0.2}),
        (
            "def f(u) { if u > 1 { return u*0.9 }; return u + 0.1*a }; for i in range(500) { x = f(x*a) }; x",
            {"x": 0.2, "a": 0.9},
        ),
    ],
)  # fmt: skip
def test_the_loop_is_one_node_with_the_derivative_of_the_tape(text, inputs):
    assert taken(compare(text, inputs)) == 1


def test_closed_form_of_a_linear_recurrence():
    result = gradcli.compile(DECAY).grad({"x": 2.0, "a": 0.5})
    factor = (1 - 0.0005) ** 2000
    assert result["x"] == pytest.approx(factor, rel=1e-12)
    assert result["a"] == pytest.approx(-2.0 * 2000 * 0.001 * factor / (1 - 0.0005), rel=1e-12)


def test_every_cotangent_has_its_own_sweep():
    program = gradcli.compile(TWO)
    inputs = {"x": 0.3, "y": 0.7}
    hot, tape = program.record(inputs), program.record(inputs, unrolled=True)
    assert hot.graph.loops == 1
    for v in ({"u": 1.0}, {"v": 1.0}, {"u": 2.0, "v": -1.0}, {"u": 1.0}):
        expected = tape.vjp(v)
        for name, own in hot.vjp(v).items():
            assert own == pytest.approx(expected[name], rel=1e-12)


def test_one_program_with_values_of_other_kinds():
    program = gradcli.compile(DECAY)
    for x in (2.0, np.array([1.0, 2.0]), np.array([[1.0, 2.0]]), 3.0):
        recording = program.record({"x": x, "a": 0.5})
        assert recording.graph.loops == 1
        np.testing.assert_allclose(recording.vjp("ones")["x"], np.full(np.shape(x), 0.9995**2000), 1e-12)
    (loops,) = program._loops.known.values()
    assert len(loops) == 3


def test_too_many_kinds_of_values_are_left_to_the_tape():
    program = gradcli.compile(DECAY)
    for size in range(1, 8):
        value = program.value({"x": np.ones(size), "a": 0.5})
        np.testing.assert_allclose(value, np.full(size, 0.9995**2000), 1e-12)
    assert list(program._loops.refused.values()) == ["it is run with too many kinds of values"]


def test_frozen_inputs_and_variables_of_the_program():
    program = gradcli.compile("b = 2*a\ny = x\nfor i in range(1000):\n    y = y - 0.001*b*y\nc = 3*y\nc*c")
    inputs = {"x": 2.0, "a": 0.5}
    for settings in (
        {"const": ("a",)},
        {"const": ("x",)},
        {"wrt": ("b",)},
        {"wrt": ("c", "a")},
        {"wrt": ("y",)},
    ):
        hot = program.record(inputs, **settings)
        tape = program.record(inputs, **settings, unrolled=True)
        assert hot.graph.loops == 1
        expected = tape.grad()
        assert hot.grad().keys() == expected.keys()
        for name, own in hot.grad().items():
            assert own == pytest.approx(expected[name], rel=1e-12)


def test_values_are_computed_without_a_recording():
    program = gradcli.compile(LOGISTIC)
    value = program.value({"r": 3.3, "x0": 0.3})
    assert value == program.record({"r": 3.3, "x0": 0.3}, unrolled=True).value
    (loops,) = program._loops.known.values()
    assert [each.texts.keys() for each in loops] == [{"value"}]


def test_what_no_input_reaches_stays_plain():
    program = gradcli.compile("k = 0\nfor i in range(3000):\n    k = (k*3 + i) % 17\nx*k")
    recording = program.record({"x": 2.0})
    assert recording.value == program.record({"x": 2.0}, unrolled=True).value
    assert recording.graph.loops == 0


def test_names_behind_the_loop_are_those_of_the_tape():
    text = (
        "t = 0; for i in range(900) { t += 0.5*x; if t > 3 { late = t*x; even = i % 2 == 0 }; k = i // 2 }; t"
    )
    program = gradcli.compile(text)
    hot, tape = program.record({"x": 0.1}), program.record({"x": 0.1}, unrolled=True)
    assert hot.graph.loops == 1
    assert hot.variables.keys() == tape.variables.keys()
    for name, expected in tape.variables.items():
        own, expected = (getattr(each, "value", each) for each in (hot.variables[name], expected))
        assert own == pytest.approx(expected, rel=1e-12)
        assert type(own) is type(expected)


# What the tape has to do ------------------------------------------------------------------------------------


def test_not_a_number_is_left_to_the_tape():
    text = "y = x\nfor i in range(1000):\n    y = y*1.5 - 1e300\nz = y - y\nz*x"
    done = compare(text, {"x": 1.0})
    assert math.isnan(done.recording.value)
    text = "y = x\nfor i in range(1000):\n    y = y*2\n    z = y - y\nz*x"
    done = compare(text, {"x": 1e300})
    assert done.refused == ["it computes something that is not a number"]


def test_zero_times_infinity_in_the_reverse_sweep_is_zero_as_on_the_tape():
    text = "s = 0\nfor i in range(400):\n    s = 0.5*s + where(x > 0, sqrt(x), 0*x)*(i % 2)\ns*y"
    done = compare(text, {"x": 0.0, "y": 1.0})
    assert all(math.isfinite(each) for each in done.recording.grad().values())


@pytest.mark.parametrize(
    "text",
    [
        "y = x\nfor i in range(500):\n    y = y + 1/(i - 400)\ny",
        "y = x\nfor i in range(500):\n    y = y/(i - 400)\ny",
        "y = x\nfor i in range(1000):\n    y = y*y + 1\ny",
        "y = x\nfor i in range(1000):\n    y = exp(y)\ny",
        "y = x\nfor i in range(1000):\n    y = (y + 1)**2\ny",
        "y = x\nfor i in range(1000):\n    y = log(y*(i < 900))\ny",
    ],
)
def test_overflow_and_division_by_zero_are_those_of_the_tape(text):
    done = compare(text, {"x": 1.25})
    assert not math.isfinite(done.recording.value)


def test_integers_beyond_what_floats_hold():
    text = "k = 1\nfor i in range(900):\n    k = k*3 % 9007199254740881*2\nk*x"
    compare(text, {"x": 1.0})
    text = "k = 3\nfor i in range(400):\n    k = k*3\nk*x"
    program = gradcli.compile(text)
    assert program.value({"x": 1.0}) == program.record({"x": 1.0}, unrolled=True).value


def test_a_loop_that_failed_once_runs_again_with_other_values():
    program = gradcli.compile("y = x\nfor i in range(500):\n    y = 0.9*y + 1/(i - k)\ny")
    for k in (400.0, 1000.0, 400.0):
        inputs = {"x": 1.0, "k": k}
        assert program.value(inputs) == program.record(inputs, unrolled=True).value


def test_jvp_and_hessian_vector_products():
    program = gradcli.compile("y = x\nfor i in range(600):\n    y = y + 0.01*sin(a*y)\ny*y")
    inputs = {"x": 0.7, "a": 1.1}
    hot, tape = program.record(inputs), program.record(inputs, unrolled=True)
    u = {"x": 1.0, "a": -2.0}
    assert hot.jvp(u) == pytest.approx(tape.jvp(u), rel=1e-12)
    expected = tape.hessian_vector(u)
    for name, own in hot.hessian_vector(u).items():
        assert own == pytest.approx(expected[name], rel=1e-9)


def test_no_tangent_passes_a_no_grad_block():
    text = "y = x; for i in range(600) { with no_grad() { c = sin(a*y) }; y = 0.9*y + 0.1*a*c*y }; y*y"
    program = gradcli.compile(text)
    inputs, u = {"x": 0.7, "a": 1.1}, {"x": 1.0, "a": -2.0}
    hot, tape = program.record(inputs), program.record(inputs, unrolled=True)
    assert hot.graph.loops == 1
    assert hot.jvp(u) == pytest.approx(tape.jvp(u), rel=1e-12)
    assert hot.hessian_vector(u) == pytest.approx(tape.hessian_vector(u), rel=1e-9)


def test_an_interruption_ends_the_loop():
    program = gradcli.compile("y = x\nwhile y > 0:\n    y = y + 1e-9\ny")
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        program.record({"x": 1.0}, max_steps=10**13)
    timer.cancel()


@pytest.mark.parametrize(
    "text",
    [
        "x = a; for i in range(900) { x = x*1.01; if x > 1e9 { return x*a }; if x > 8 { return x*x } }; x",
        "x = a; while 1 { x = x*1.001; if x > 7 { return x*a } }",
        "def f(x) { for i in range(90) { for j in range(90) { x = x*1.001; if x > 5 { return x, i } } } }\n"
        "p, k = f(a); p*p + k",
        "for i in range(900) { a = 0.999*a; if i > 700 { c = a*i; return c, a } }; a",
        "for i in range(900) { a = 0.999*a; if i > 700 { return a > 2 } }; a",
    ],
)
def test_return_leaves_a_hot_loop(text):
    program = gradcli.compile(text)
    hot, tape = program.record({"a": 0.9}), program.record({"a": 0.9}, unrolled=True)
    assert hot.graph.loops == 1
    assert program._loops.refused == {}
    assert hot.outputs == pytest.approx(tape.outputs, rel=1e-13)
    assert hot.outputs.keys() == tape.outputs.keys()
    assert hot.vjp("ones") == pytest.approx(tape.vjp("ones"), rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "sum(x[i]*sin(a*x[i]) for i in range(len(x)))",
        "3*a + sum(a*v*v for v in x if v > 0.25)",
        "sum(x[i]*x[j] for i in range(90) for j in range(i % 30 + 9))*a",
        "for k in range(99) { a = 0.9*a + sum(x[j]*a for j in range(3)) + sum(a*0.01 for j in range(k)) }; a",
        "sum(a*[x[0], v] for v in x)[1]",
    ],
)
def test_sums_over_generators_are_loops(text):
    done = compare(text, {"a": 0.7, "x": np.linspace(0.0, 1.0, 700)})
    assert taken(done) == 1
    assert len(done.recording.graph.nodes) < 100
