"""The adjoint program of a loop, run as the Python that it is, beside the tape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.symbolic.loop_code import adjoint_program, has_loops
from tests.command_line import invoke

PROGRAMS = {
    "logistic map": ("""
for i in range(50):
    x = r*x*(1 - x)
x
""", {"r": 3.3, "x": 0.3}),
    "square root by Newton": ("""
x = a
k = 0
while abs(x*x - a) > 1e-13 and k < 100:
    x = (x + a/x)/2
    k += 1
x
""", {"a": 2.0}),
    "branches and breaks": ("""
s = 0
for i in range(40):
    x = r*x*(1 - x)
    if x > 0.5:
        s += x**2
    elif x < 0.2:
        continue
    else:
        s -= sin(x)
        if s < -3:
            break
    s *= 0.99
s + x
""", {"r": 3.9, "x": 0.3}),
    "entries": ("""
xs = zeros(20)
xs[0] = a
xs[1] = b
for i in range(2, 20):
    xs[i] = 0.5*xs[i - 1] + sin(xs[i - 2])
xs[19]*xs[18]
""", {"a": 0.3, "b": 0.4}),
    "nested": ("""
s = 0
for i in range(6):
    t = 0
    for j in range(i):
        t += a*sin(j*b + t)
    s += t*t
s
""", {"a": 0.3, "b": 0.4}),
    "functions": ("""
def f(x, a):
    if x > a: return x*a
    return sin(x) + a
def g(a):
    s = a
    for i in range(30):
        s = 0.3*f(s, a) + 0.1*i/30
    return s
g(a)
""", {"a": 0.7}),
    "vectors": ("""
for k in range(10):
    y = y + h*tanh(A@y)
dot(y, y)
""", {"A": np.array([[0.0, 1.0], [-1.0, -0.1]]), "y": np.array([1.0, 0.0]), "h": 0.05}),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_text_gives_what_the_tape_gives(name):
    text, inputs = PROGRAMS[name]
    program = gradcli.compile(text)
    code = program.lowered(frozenset(inputs))
    namespace: dict[str, object] = {}
    exec(adjoint_program(code, text, inputs, list(inputs)), namespace)
    value, gradient = namespace["value_and_gradient"](**inputs)  # type: ignore[operator]
    recording = program.record(inputs, unrolled=True)
    assert value == pytest.approx(recording.value, rel=1e-12)
    for name, expected in recording.grad().items():
        np.testing.assert_allclose(gradient[name], expected, rtol=1e-9, atol=1e-14)


def test_a_program_that_is_a_function():
    text = "def f(x, r=2):\n    for i in range(30): x = sin(x*r) + 0.1*s\n    return x\n"
    inputs = {"s": 0.2, "x": 0.7, "r": 1.5}
    code = gradcli.compile(text).lowered(frozenset(inputs))
    namespace: dict[str, object] = {}
    exec(adjoint_program(code, text, inputs, list(inputs)), namespace)
    value, gradient = namespace["value_and_gradient"](**inputs)  # type: ignore[operator]
    assert (value, gradient) == gradcli.compile(text).value_and_grad(inputs)


def test_only_what_is_asked_for_is_pulled():
    text, inputs = PROGRAMS["logistic map"]
    code = gradcli.compile(text).lowered(frozenset(inputs))
    found = adjoint_program(code, text, inputs, ["x"])
    assert "'x': d_x" in found
    assert "d_r" not in found


def test_programs_without_loops_have_none():
    assert not has_loops(gradcli.compile("x*x").lowered(frozenset({"x"})))
    assert has_loops(
        gradcli.compile("def f(x):\n    while x > 1: x /= 2\n    return x\n").lowered(frozenset({"x"}))
    )


def test_command_prints_sweeps():
    result = invoke("diff", "for i in range(1000) { x = r*x*(1 - x) }; x", "--emit", "numpy")
    assert result.status == 0
    assert "for i in range(1000):" in result.stdout
    assert "reversed(range(1000))" in result.stdout or "reversed(saved_x" in result.stdout


def test_command_prints_sweeps_of_a_function():
    result = invoke(
        "diff", "def f(x):\n    for i in range(1000): x = sin(x)\n    return x", "--emit", "numpy"
    )
    assert result.status == 0
    assert "def value_and_gradient(x):" in result.stdout


def test_a_formula_that_is_too_long_is_refused():
    done = invoke("diff", "for i in range(1000) { x = r*x*(1 - x) + 0.1 }; x")
    assert done.status == 2
    assert "more than 3,000 different parts" in done.stderr
    assert "--emit numpy" in done.stderr


@pytest.mark.parametrize(
    "step",
    [
        "repeat(z, 2)[1:4]",  # positions that are named twice
        "z[[0, 0, 2]]*w",
        "clamp_min(z, -0.4) + relu(w)*detach(z)",
        "erf(z)*lgamma(1.5 + w) + logit(0.5 + 0.4*z) + log_sigmoid(w)",
        "rsqrt(1.5 + z)*xlogy(w, 2 + z) + softplus(z) + tanhshrink(w)",
        "where((z > 0) & ~(w > 0.5), z, w**2)",
        "array([z[0], w[1], 1.0])",
    ],
)
def test_functions_and_repeated_positions_in_a_loop(step: str) -> None:
    text = f"z = v\nfor i in range(3):\n    z = 0.3*sin({step}) + 0.2*v\nsum(z*v)"
    inputs = {"v": np.array([0.3, -0.5, 0.8]), "w": np.array([0.2, 0.7, 0.1])}
    program = gradcli.compile(text)
    inputs = {name: inputs[name] for name in program.inputs}
    options = [word for name, each in inputs.items() for word in (f"--{name}", str(each.tolist()))]
    finished = invoke("diff", text, "--emit", "numpy", *options)
    assert "for i in range(3):" in finished.stdout, finished.stderr
    names: dict[str, Any] = {}
    exec(finished.stdout, names)
    value, gradient = names["value_and_gradient"](**inputs)
    expected, slopes = program.value_and_grad(inputs)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    for name, each in slopes.items():
        np.testing.assert_allclose(gradient[name], each, rtol=1e-10, atol=1e-13, err_msg=name)
