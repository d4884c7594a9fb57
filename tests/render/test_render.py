"""Every report in every format: exact text where it is short, promises where it is not."""

import csv
import io
import json

import numpy as np
import pytest
from rich.text import Text

from gradcli.render import FORMATS, Style, render
from gradcli.reports import Run
from gradcli.reports.values import (
    Accumulated,
    Evaluation,
    Gradient,
    Hessian,
    HessianVector,
    Jacobian,
    JacobianVector,
    VectorJacobian,
)
from tests.command_line import invoke

X = np.array([0.0, 1.0, 2.0, 3.0])
EYE = np.eye(2)


def run(command, program="f(x)", value=28.0, **inputs):
    outputs = value if isinstance(value, dict) else {"": value}
    return Run(command, program, inputs, outputs, ("a note",))


REPORTS = {
    "eval": Evaluation(run("eval", x=X)),
    "outputs": Evaluation(run("eval", value={"y": 1.5, "z": EYE}, x=2.0)),
    "grad": Gradient(run("grad", "2*dot(x,x)", x=X), {"x": 4 * X}),
    "structure": Gradient(run("grad", p={"W": [EYE, 1.0]}, s=2.0), {"p": {"W": [-EYE, 0.5]}, "s": np.nan}),
    "accumulated": Accumulated(
        run("grad", "f\ng", {"program 1": 28.0, "program 2": 6.0}, x=X), ("f", "g"), {"x": X}
    ),
    "vjp": VectorJacobian(run("vjp", value=X, x=X), ({"": X},), ({"x": X},)),
    "vjps": VectorJacobian(run("vjp", value=X, x=X), ({"": X}, {"": -X}), ({"x": X}, {"x": -X})),
    "jvp": JacobianVector(run("jvp", value=X, x=X), {"x": X}, {"": -X}),
    "jacobian": Jacobian(run("jacobian", value=X[:2], x=X[:2]), {"": {"x": EYE}}),
    "jacobians": Jacobian(
        run("jacobian", value={"y": X[:2], "z": 1.0}, x=X[:2]), {"y": {"x": EYE}, "z": {"x": X[:2]}}
    ),
    "hessian": Hessian(run("hessian", x=X[:2], s=1.0), {x: {"x": EYE, "s": X[:2]} for x in ("x", "s")}),
    "hvp": HessianVector(run("hessian", x=X), ({"x": X},), ({"x": -X},)),
}


def text_of(name, format, **style):
    return render([REPORTS[name]], format, Style(**style))


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_report_has_every_format(name, format):
    text = text_of(name, format)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert all(line == line.rstrip() for line in text.splitlines())


def test_table():
    assert (
        text_of("grad", "table")
        == """\
2*dot(x,x)
╭────────┬───────┬───────┬──────────╮
│        │ shape │ value │ gradient │
├────────┼───────┼───────┼──────────┤
│ result │       │    28 │          │
├────────┼───────┼───────┼──────────┤
│ x      │ 4     │     0 │        0 │
│        │       │     1 │        4 │
│        │       │     2 │        8 │
│        │       │     3 │       12 │
╰────────┴───────┴───────┴──────────╯
"""
    )


def test_table_of_a_structure():
    assert (
        text_of("structure", "table")
        == """\
f(x)
╭────────┬───────┬───────┬──────────╮
│        │ shape │ value │ gradient │
├────────┼───────┼───────┼──────────┤
│ result │       │    28 │          │
├────────┼───────┼───────┼──────────┤
│ p.W[0] │ 2×2   │  1  0 │   -1  -0 │
│        │       │  0  1 │   -0  -1 │
│ p.W[1] │       │     1 │      0.5 │
│ s      │       │     2 │    nan   │
╰────────┴───────┴───────┴──────────╯
"""
    )


def test_tables_of_several_reports_stand_apart():
    text = render([REPORTS["eval"], REPORTS["grad"]], "table", Style())
    assert text == f"{text_of('eval', 'table')}\n{text_of('grad', 'table')}"


@pytest.mark.parametrize("width", [1, 20, 80, 300])
def test_narrow_terminals_cut_no_number(width):
    report = Gradient(run("grad", x=np.full((3, 30), 1 / 3)), {"x": np.full((3, 30), -1e-10 / 3)})
    text = render([report], "table", Style(width=width))
    assert "0.333333" in text
    assert "-3.33333e-11" in text
    assert "…" not in text
    assert len({len(line) for line in text.splitlines()[1:]}) == 1


def test_colour_changes_nothing_but_colour():
    for name in REPORTS:
        colored = text_of(name, "table", color=True)
        assert "\x1b[" in colored
        assert Text.from_ansi(colored).plain.rstrip() == text_of(name, "table").rstrip()


@pytest.mark.parametrize("format", FORMATS)
def test_text_from_outside_has_no_effect(format):
    program = "A[i] + [bold]x[/bold] :smile: \x1b[31m \u202e | ` \x85"
    report = Gradient(run("grad", program, **{"x\u202e": 1.0}), {"x\u202e": 2.0})
    text = render([report], format, Style(color=False))
    assert all(each.isprintable() for line in text.split("\n") for each in line)
    if format not in ("plain",):
        assert "[bold]x[/bold] :smile:" in text


def test_plain_is_what_was_asked_for():
    assert text_of("eval", "plain") == "28\n"
    assert text_of("outputs", "plain") == "y => 1.5\nz => 1,0;0,1\n"
    assert text_of("grad", "plain") == "0,4,8,12\n"
    assert text_of("vjps", "plain") == "1, x => 0,1,2,3\n2, x => -0,-1,-2,-3\n"
    assert text_of("jvp", "plain") == "-0,-1,-2,-3\n"
    assert text_of("jacobians", "plain") == "y, x => 1,0;0,1\nz, x => 0,1\n"
    assert text_of("hessian", "plain").startswith("x, x => 1,0;0,1\nx, s => 0,1\n")
    assert text_of("structure", "plain", precision=2) == (
        'p => {"W": [[[-1.0, -0.0], [-0.0, -1.0]], 0.5]}\ns => nan\n'
    )


@pytest.mark.parametrize("name", REPORTS)
def test_json_is_the_document(name):
    text = text_of(name, "json")
    document = json.loads(text, parse_constant=lambda word: pytest.fail(f"a bare {word}"))
    assert list(document)[:5] == ["schema", "command", "program", "inputs", "value"]
    assert document["notes"] == ["a note"]
    assert json.loads(text_of(name, "jsonl")) == document
    assert text_of(name, "jsonl").count("\n") == 1


def test_json_members():
    assert json.loads(text_of("grad", "json"))["gradients"] == {"x": [0, 4, 8, 12]}
    assert json.loads(text_of("structure", "json"))["gradients"] == {
        "p": {"W": [[[-1, 0], [0, -1]], 0.5]},
        "s": "NaN",
    }
    assert json.loads(text_of("accumulated", "json"))["value"] == 34
    assert json.loads(text_of("accumulated", "json"))["values"] == [28, 6]
    assert json.loads(text_of("vjps", "json"))["vjp"][1] == {"x": [0, -1, -2, -3]}
    assert json.loads(text_of("jvp", "json"))["jvp"] == [0, -1, -2, -3]
    assert json.loads(text_of("jacobians", "json"))["jacobian"]["z"]["x"] == [0, 1]
    assert json.loads(text_of("hessian", "json"))["hessian"]["x"]["s"] == [0, 1]
    assert json.loads(text_of("hvp", "json"))["hvp"]["x"] == [0, -1, -2, -3]


def test_json_numbers_round_trip():
    values = np.random.default_rng(0).normal(size=100) * 10.0 ** np.arange(-50, 50)
    document = json.loads(render([Evaluation(run("eval", value=values))], "json", Style()))
    np.testing.assert_array_equal(document["value"], values)
    assert (
        json.loads(render([Evaluation(run("eval", value=1 / 3))], "json", Style(precision=3)))["value"]
        == 0.333
    )


def test_csv_has_a_line_for_every_number():
    lines = list(csv.DictReader(io.StringIO(text_of("hessian", "csv"))))
    assert {line["program"] for line in lines} == {"f(x)"}
    found = {(line["quantity"], line["name"], line["index"]): float(line["value"]) for line in lines}
    assert found["value", "", ""] == 28
    assert found["input", "x", "1"] == 1
    assert found["hessian by x", "x", "1,1"] == 1
    assert len(found) == len(lines) == 1 + 3 + 2 * (4 + 2)


def test_markdown():
    assert (
        text_of("structure", "markdown")
        == """\
`f(x)`

| | shape | value | gradient |
|---|:-:|--:|--:|
| result |  | 28 |  |
| `p.W[0]` | 2×2 | [[1, 0], [0, 1]] | [[-1, -0], [-0, -1]] |
| `p.W[1]` |  | 1 | 0.5 |
| `s` |  | 2 | nan |
"""
    )


def test_latex_of_nothing():
    for value in ("[]", "zeros(2, 0)", "zeros(0, 3)", "zeros(0, 2, 2)"):
        assert invoke("eval", "x", "--x", value, "--format", "latex").status == 0


def test_latex():
    assert (
        text_of("jacobians", "latex")
        == r"""% f(x)
\begin{align*}
  y &= \begin{bmatrix} 0 \\ 1 \end{bmatrix} \\
  z &= 1 \\
  \frac{\partial y}{\partial x} &= \begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix} \\
  \frac{\partial z}{\partial x} &= \begin{bmatrix} 0 \\ 1 \end{bmatrix}
\end{align*}
"""
    )


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"),
        ("x1", "x_{1}"),
        ("θ", r"\theta"),
        ("Ω2", r"\Omega_{2}"),
        ("λ", r"\lambda"),
        ("lam", r"\lambda"),
        ("alpha_0", r"\alpha_{0}"),
        ("Α", "Α"),  # a capital alpha, which has no command
        ("rate_a", r"\mathit{rate\_a}"),
        ("é", "é"),
    ],
)
def test_latex_names(name, latex):
    report = Gradient(run("grad", **{name: 1.0}), {name: 1.5e-10})
    assert rf"\nabla_{{{latex}}} f &= 1.5 \times 10^{{-10}}" in render([report], "latex", Style())
