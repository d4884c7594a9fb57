"""`gradcli trace` in every format."""

from __future__ import annotations

import csv
import io

import pytest

from gradcli.reports.traces import FORMATS
from tests.command_line import invoke, invoke_json

SURVEY = ("trace", "log(x1) + x1*x2 - sin(x2)", "--x1", "2", "--x2", "5")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_the_survey_s_numbers(name):
    text = invoke(*SURVEY, "--format", name, "--precision", "4").stdout
    for value in ("0.6931", "-0.9589", "10.69", "11.65", "5.5", "1.716", "-0.2837"):
        assert value in text


def test_three_decimals_by_default():
    text = invoke(*SURVEY).stdout
    for value in ("0.693", "-0.959", "10.693", "11.652", "5.5", "1.716", "-0.284"):
        assert f"= {value} " in text


def test_one_table_for_each_input_and_one_for_the_way_back():
    text = invoke(*SURVEY).stdout
    assert [text.count(title) for title in ("tangents by x1", "tangents by x2", "adjoints")] == [1, 1, 1]
    forward = invoke(*SURVEY, "--mode", "forward", "--wrt", "x1").stdout
    assert [forward.count(title) for title in ("tangents by x1", "tangents by x2", "adjoints")] == [1, 0, 0]


def test_lines_have_one_width():
    lines = invoke(*SURVEY, "--mode", "reverse").stdout.splitlines()[1:]
    assert len({sum(character not in "\u0304\u0307" for character in line) for line in lines}) == 1


def test_json():
    found = invoke_json(*SURVEY)["trace"]
    assert found["primals"][2]["expression"] == "log(v₋₁)"
    assert found["tangents"]["x1"][-1] == {"variable": "y\u0307", "expression": "v\u0307₅", "value": 5.5}
    assert found["adjoints"][-1]["value"] == 5.5


def test_csv_has_a_line_for_each_step():
    rows = list(csv.DictReader(io.StringIO(invoke(*SURVEY, "--format", "csv").stdout)))
    assert [row["kind"] for row in rows] == (
        ["primal"] * 8 + ["adjoint"] * 11 + ["tangent by x1"] * 8 + ["tangent by x2"] * 8
    )
    assert float(rows[6]["value"]) == pytest.approx(11.652071455223084, rel=1e-15)


def test_markdown_is_a_table():
    lines = [line for line in invoke(*SURVEY, "--format", "markdown").stdout.splitlines() if line[:1] == "|"]
    assert len({line.count("|") for line in lines}) == 1


def test_latex_has_no_character_that_plain_latex_cannot_set():
    assert invoke(*SURVEY, "--format", "latex").stdout.isascii()


def test_arrays_are_summarised():
    text = invoke("trace", "sum(x**2)", "--x", "linspace(0,1,50)").stdout
    assert "50: 0 … 1" in text


def test_a_vector_says_how_to_trace_it():
    done = invoke("trace", "2*x", "--x", "1,2")
    assert done.status == 2
    assert "--mode forward" in done.stderr


def test_an_unknown_mode_gets_the_nearest():
    assert "did you mean `forward`?" in invoke(*SURVEY, "--mode", "foward").stderr


def test_latex_sets_names_as_mathematics():
    program = "w_1*alpha + relu6(learning_rate)"
    inputs = ("--w_1", "2", "--alpha", "1e10", "--learning_rate", "2")
    text = invoke("trace", program, *inputs, "--format", "latex").stdout
    for part in (r"tangents by w\_1}", r"$= w_{1}$", r"\dot{w}_{1}", r"\bar{\alpha}", "$= 1e10$"):
        assert part in text
    assert r"\bar{\mathit{learning\_rate}}" in text
    assert r"\operatorname{less\_equal}(v_{" in text


def test_a_constant_has_a_trace_of_one_step():
    assert "y  = 3  = 3" in invoke("trace", "3").stdout


def test_csv_has_all_digits_and_all_entries():
    words = ("trace", "sin(x)", "--x", "1,2,3,4,5", "--mode", "forward", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(invoke(*words).stdout)))
    assert rows[1]["value"].startswith("0.8414709848078965,0.9092974268256817,")


def test_variables_that_move_are_traced():
    on_the_way = invoke_json("trace", "y = 2*x; y**2", "--x", "3", "--wrt", "y")["trace"]
    assert [step["value"] for step in on_the_way["tangents"]["y"]] == [0, 1, 12, 12]
    assert on_the_way["tangents"]["y"][1] == {"variable": "v\u0307₁", "expression": "y\u0307", "value": 1}
    marked = invoke_json("trace", "y = torch.tensor(3., requires_grad=True); y**2")["trace"]
    assert [step["value"] for step in marked["tangents"]["y"]] == [1, 6, 6]
    assert marked["adjoints"][-1] == {"variable": "y\u0304", "expression": "v\u0304₀", "value": 6}
