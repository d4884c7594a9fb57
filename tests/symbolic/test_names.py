"""Inputs may be called like what the written code needs: it then calls that otherwise, or says so."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.structures import leaves
from gradcli.symbolic.names import Names, in_python, root_of
from tests.command_line import invoke

LOOP = "s = 0\nfor i in range(3) { s = s + value*x**i }\ns"


def test_fresh_names() -> None:
    names = Names(["x", "x_2"])
    assert [names.fresh(each) for each in ("x", "x", "y", "lambda")] == ["x_3", "x_4", "y", "lambda_2"]


def test_paths() -> None:
    assert in_python("p.layers[0].W") == "p['layers'][0]['W']"
    assert [root_of(each) for each in ("x", "p.w", "p[0].w")] == ["x", "p", "p"]


@pytest.mark.parametrize(
    ("program", "inputs"),
    [
        ("value**2*x", {"value": 2.0, "x": 3.0}),
        (LOOP, {"value": 2.0, "x": 3.0}),
        ("p.w**2*x", {"p": {"w": 2.0}, "x": 3.0}),
        (
            "sum(p.layers[0].W @ x)*mean(p.b)",
            {"p": {"layers": [{"W": np.eye(2)}], "b": np.ones(3)}, "x": np.ones(2)},
        ),
        ("s = 0\nfor i in range(3) { s = s + p.w*x**i }\ns", {"p": {"w": 2.0}, "x": 3.0}),
    ],
)
def test_numpy_code_with_such_names_agrees(program: str, inputs: dict[str, Any]) -> None:
    code = emitted(program, inputs, "numpy")
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    value, gradient = namespace["value_and_gradient"](**inputs)
    recording = gradcli.compile(program).record(inputs)
    assert value == pytest.approx(recording.value)
    expected = dict(leaves(recording.grad()))
    assert gradient.keys() == expected.keys()
    for path, each in expected.items():
        np.testing.assert_allclose(gradient[path], each)


def emitted(program: str, inputs: dict[str, Any], language: str) -> str:
    words = [word for name, each in inputs.items() for word in (f"--{name}", as_json(each))]
    done = invoke("diff", program, *words, "--emit", language)
    assert done.status == 0, done.stderr
    return done.stdout


def as_json(value: Any) -> str:
    return json.dumps(value, default=lambda array: array.tolist())


@pytest.mark.parametrize(
    ("language", "program", "name"),
    [
        ("numpy", "expit*sigmoid(x)", "expit"),
        ("numpy", "np*x", "np"),
        ("numpy", LOOP.replace("value", "reversed"), "reversed"),
        ("c", "gradient*x", "gradient"),
        ("c", "double*x", "double"),
        ("c", "log**x", "log"),
    ],
)
def test_names_that_the_code_needs_are_refused(language: str, program: str, name: str) -> None:
    done = invoke("diff", program, f"--{name}", "2", "--x", "3", "--emit", language)
    assert done.status == 2
    assert f"the code needs the name `{name}`" in done.stderr


def test_c_has_no_structures() -> None:
    done = invoke("diff", "p.w*x", "--p", '{"w": 2}', "--x", "3", "--emit", "c")
    assert "C code is for programs of scalars" in done.stderr


def test_a_function_called_like_an_input_has_a_prefix() -> None:
    done = invoke(
        "diff", "log**x", "--log", "2", "--x", "3", "--wrt", "x", "--order", "2", "--format", "plain"
    )
    assert done.stdout.strip() == "log**x*np.log(log)**2"
    value = gradcli.compile(done.stdout).value({"log": 2.0, "x": 3.0})
    assert value == pytest.approx(8 * np.log(2) ** 2)


def test_results_are_not_called_like_inputs() -> None:
    text = invoke("diff", "x*d_x", "--x", "2", "--d_x", "3", "--emit", "expression", "--cse").stdout
    assert gradcli.compile(text.split("\n\n")[-1]).evaluate({"x": 2.0, "d_x": 3.0})


def test_many_declared_matrices() -> None:
    names = [f"A{i}" for i in range(7)]
    words = [word for name in names for word in (f"--{name}", "matrix")]
    done = invoke("diff", f"trace({'@'.join(names)})", *words, "--wrt", "A0", "--format", "plain")
    assert done.stdout.strip() == "A6.T @ A5.T @ A4.T @ A3.T @ A2.T @ A1.T"
