"""`gradcli diff` from the outside: its text in every format, its code run, its refusals."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.cli import run

LEAST_SQUARES = ("norm(X@w - y)**2", "--X", "matrix", "--w", "vector", "--y", "vector")


def diff(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["diff", *words]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["diff", *words]) == 2
    return capsys.readouterr().err


def test_plain_is_the_bare_formula_of_one_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(capsys, "2*dot(x,x)", "--x", "0,1,2,3", "--format", "plain") == "4*x\n"


def test_plain_names_the_inputs_where_there_are_several(capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(capsys, "sin(x)*y", "--format", "plain") == "x => y*cos(x)\ny => sin(x)\n"


@pytest.mark.parametrize(
    ("program", "is_for_one_size"),
    [
        ("var(x, ddof=1)", True),
        ("x.size*sum(x)", True),
        ("dot(x, [1, 2, 3]) + x.size", True),
        ("mean(x**2)", False),
        ("var(x)", False),
        ("sum(log(1 + exp(x)))", False),
    ],
)
def test_counts_that_became_numbers_are_told(
    capsys: pytest.CaptureFixture[str], program: str, is_for_one_size: bool
) -> None:
    assert run(["diff", program, "--x", "vector", "--format", "plain"]) == 0
    assert ("the formula is for `x` of 3 entries" in capsys.readouterr().err) is is_for_one_size


def test_json_has_the_derivatives_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(diff(capsys, "2*dot(x,x)", "--x", "0,1,2,3", "--format", "json"))
    assert document["derivatives"] == {"x": "4*x"}
    assert document["value"] == 28


def test_values_of_inputs_that_were_made_up_are_not_reported(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(diff(capsys, *LEAST_SQUARES, "--wrt", "w", "--format", "json"))
    assert document["derivatives"] == {"w": "2*X.T @ (X@w - y)"}
    assert document["inputs"] == {}
    assert document["value"] == {}


def test_a_formula_for_one_size_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "x[0]*x[1]", "--x", "vector", "--format", "plain"]) == 0
    out, err = capsys.readouterr()
    assert out == "[x[1], x[0], 0]\n"
    assert "the formula is for `x` of 3 entries" in err


def test_the_table_shows_long_formulas_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert "2*X.T @ (X@w - y)" in diff(capsys, *LEAST_SQUARES, "--wrt", "w")


def test_markdown_and_latex(capsys: pytest.CaptureFixture[str]) -> None:
    markdown = diff(capsys, "x/(1 + x**2)", "--format", "markdown")
    assert r"| `x` | `(1 - x**2)/(x**2 + 1)**2` | $\frac{1 - x^{2}}{(x^{2} + 1)^{2}}$ |" in markdown
    latex = diff(capsys, "x.T@A@x", "--x", "vector", "--A", "matrix", "--wrt", "x", "--format", "latex")
    assert r"\frac{\partial f}{\partial x} &= (A + A^{\top})\, x" in latex


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("x**4", "--order", "3"), "24*x"),
        (("exp(-x**2)", "--order", "2"), "(4*x**2 - 2)*exp(-x**2)"),
        (("x@x", "--x", "vector", "--order", "2"), "2*eye(len(x))"),
        (("A@x", "--A", "matrix", "--x", "vector", "--jacobian", "--wrt", "x"), "A"),
        (("sin(x)", "--x", "vector", "--jacobian"), "diag(cos(x))"),
        (("softmax(x)", "--x", "vector", "--jacobian"), "diag(softmax(x)) - outer(softmax(x), softmax(x))"),
        (("x/norm(x)", "--x", "vector", "--jacobian"), "eye(len(x))/norm(x) - outer(x, x)/norm(x)**3"),
        (("x.T@A@x", "--A", "matrix", "--x", "vector", "--hessian", "--wrt", "x"), "A + A.T"),
    ],
)
def test_orders_jacobians_and_hessians(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], expected: str
) -> None:
    assert diff(capsys, *words, "--format", "plain") == f"{expected}\n"


@pytest.mark.parametrize(
    ("program", "derivative"),
    [
        ("tanh(W@x + b)", "jacobian"),
        ("[x[0]*x[1], sin(x[2])]", "jacobian"),
        ("x*sum(x)", "jacobian"),
        ("log(sum(exp(x)))", "hessian"),
        ("sum(log(1 + exp(-x)))", "hessian"),
        ("norm(x)", "hessian"),
    ],
)
def test_matrices_equal_those_that_are_computed(
    capsys: pytest.CaptureFixture[str], program: str, derivative: str
) -> None:
    inputs = {
        "x": np.array([0.5, 1.2, 0.7]),
        "W": np.array([[1, 2, 0.5], [0.3, 1, 2]]),
        "b": np.array([0.1, 0.2]),
    }
    compiled = gradcli.compile(program)
    inputs = {name: inputs[name] for name in compiled.inputs}
    values = [word for name, each in inputs.items() for word in (f"--{name}", json.dumps(each.tolist()))]
    text = diff(capsys, program, *values, f"--{derivative}", "--wrt", "x", "--format", "plain")
    found: Any = getattr(compiled, derivative)(inputs, ["x"])["x"]
    formula = gradcli.compile(text)
    expected = found["x"] if derivative == "hessian" else found
    np.testing.assert_allclose(
        formula.value({name: inputs[name] for name in formula.inputs}), expected, atol=1e-12
    )


def test_a_formula_belongs_to_the_path_that_was_taken(capsys: pytest.CaptureFixture[str]) -> None:
    text = diff(capsys, "b = 2*a; while b < 1000 { b = 2*b }; b", "--a", "3", "--format", "plain")
    assert text == "# on the path where b < 1000: true 8 times, then false\n512\n"
    assert gradcli.compile(text).value() == 512


def test_common_subexpressions_get_names_and_the_text_is_still_a_program(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = diff(capsys, "exp(sin(x)**2)*sin(x)", "--cse", "--format", "plain")
    assert "t0 = sin(x)" in text
    expected = gradcli.compile("exp(sin(x)**2)*sin(x)").grad({"x": 0.8})["x"]
    assert gradcli.compile(text).value({"x": 0.8}) == pytest.approx(expected, rel=1e-14)


def test_each_step_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    steps = json.loads(diff(capsys, "sin(x)**2 + x", "--explain", "--format", "json"))["steps"]
    assert {"rule", "identity", "before", "after"} == set(steps[0])


# Code -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "inputs"),
    [
        ("norm(X@w - y)**2", {"X": [[1.0, 2], [3, 4], [5, 7]], "w": [0.5, -1], "y": [1.0, 0, 2]}),
        ("sum(log(1 + exp(-y*(X@w))))", {"X": [[1.0, 2], [3, 4]], "w": [0.5, -1], "y": [1.0, -1]}),
        ("log(det(A)) + x@inv(A)@x", {"A": [[2.0, 1], [0, 3]], "x": [1.0, 2]}),
        ("mean(relu(x)) + logsumexp(x)*erf(x[0])", {"x": [1.0, -2, 0.5]}),
    ],
)
def test_numpy_code_runs_and_agrees(
    capsys: pytest.CaptureFixture[str], program: str, inputs: dict[str, Any]
) -> None:
    values = [word for name, each in inputs.items() for word in (f"--{name}", json.dumps(each))]
    namespace: dict[str, Any] = {}
    exec(diff(capsys, program, *values, "--emit", "numpy"), namespace)
    function = namespace["value_and_gradient"]
    value, gradient = function(**{name: np.array(each) for name, each in inputs.items()})
    expected, gradients = gradcli.compile(program).value_and_grad(inputs)
    assert function.__doc__.startswith(f"The value of `{program}`")
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    for name, each in gradients.items():
        np.testing.assert_allclose(gradient[name], each, rtol=1e-12, atol=1e-14)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_c_code_compiles_and_agrees(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    program = "a*exp(-x**2/2) + sigmoid(x)/3 + where(x > 0, x**3, abs(x)) + sqrt(pi*a)"
    code = diff(capsys, program, "--emit", "c")
    point = {"a": 1.3, "x": 0.7}
    arguments = ", ".join(str(point[name]) for name in gradcli.compile(program).inputs)
    main = (
        "#include <stdio.h>\nint main(void) { double g[2]; double f = value_and_gradient("
        + arguments
        + ', g); printf("%.17g %.17g %.17g", f, g[0], g[1]); return 0; }'
    )
    (tmp_path / "f.c").write_text(f"{code}\n{main}\n", "utf-8")
    binary = tmp_path / "f"
    subprocess.run(["cc", "-Wall", "-Werror", "-o", binary, tmp_path / "f.c", "-lm"], check=True)
    printed = subprocess.run([binary], check=True, capture_output=True, text=True).stdout
    value, gradient = gradcli.compile(program).value_and_grad(point)
    expected = [value, *(gradient[name] for name in gradcli.compile(program).inputs)]
    np.testing.assert_allclose([float(each) for each in printed.split()], expected, rtol=1e-13)


def test_latex_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(capsys, "sin(x)**2/lam", "--wrt", "x", "--emit", "latex") == (
        "\\frac{2\\, \\sin\\left(x\\right)\\, \\cos\\left(x\\right)}{\\lambda}\n"
    )


# Refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("norm(X@w)",), "declare the kinds (such as --X matrix) or give values"),
        (("X@w", "--X", "matrix", "--w", "vector"), "`diff --jacobian`"),
        (
            ("while x < 9 { x = 2*x }; x",),
            "give values, and the formula is that of the path taken: --x VALUE",
        ),
        (("median(x)", "--x", "1,2,3"), "no formula in the language"),
        (("X@X", "--X", "matrix", "--jacobian"), "`gradcli jacobian` computes all others"),
        (("x*y", "--order", "2", "--hessian"), "exclude each other"),
        (("sum(x**4)", "--x", "vector", "--order", "3"), "above 2 is for scalar inputs"),
        (("3",), "no input to differentiate by"),
        (("x@x", "--x", "vector", "--emit", "c"), "C code is for programs of scalars"),
        (
            ("for i in range(60): x = x*sin(x)\nx", "--order", "1"),
            "`--cse` gives common subexpressions a name",
        ),
    ],
)
def test_what_cannot_be_done_says_what_to_do(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    assert says in refused(capsys, *words)


def test_a_kink_is_a_choice_in_the_formula(capsys: pytest.CaptureFixture[str]) -> None:
    text = diff(capsys, "relu(x)", "--format", "plain")
    formula = gradcli.compile(text)
    assert [formula.value({"x": each}) for each in (-1.0, 0.0, 2.0)] == [0, 0, 1]
    assert math.isfinite(formula.value({"x": math.inf}))


def test_a_long_formula_is_refused_before_all_of_it_is_simplified(capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, f"{'sin(' * 700}x{')' * 700}", "--x", "0.5")
    assert "the formula has more than 200,000 operations" in message
    assert "--cse" in message


@pytest.mark.parametrize("language", ["numpy", "c"])
def test_code_that_shares_its_parts_may_be_that_of_a_long_formula(
    capsys: pytest.CaptureFixture[str], language: str
) -> None:
    code = diff(capsys, f"{'sin(' * 210}x{')' * 210}", "--x", "0.5", "--emit", language)
    assert 210 < len(code.splitlines()) < 500
