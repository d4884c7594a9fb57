"""`gradcli check` from the command line: exit codes, reports, replays and messages."""

from __future__ import annotations

import json
import shlex

import pytest

from gradcli.checking.records import Verdict
from gradcli.commands.options import UNDECIDED
from gradcli.status import Status
from gradcli.suites.tables import VERDICTS
from tests.command_line import invoke


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["2*dot(x,x)", "--claim", "x=4*x", "--x", "0,1,2,3"], 0),
        (["2*dot(x,x)", "--claim", "x=2*x", "--x", "1,2,3"], 1),
        (["abs(x)", "--x", "0"], 3),
        (["abs(x)", "--x", "0", "--allow", "nondifferentiable"], 0),
        (["abs(x)", "--x", "0", "--allow", "inconclusive"], 3),
        (["(1 - cos(x))/x**2", "--x", "1e-4"], 3),
        (["(1 - cos(x))/x**2", "--x", "1e-4", "--allow", "nondifferentiable,inconclusive"], 0),
        (["sum(x**2)", "--x", "1,2", "--claim", "x=2,4.00001", "--rtol", "1e-4"], 0),
    ],
)
def test_exit_codes(words, status):
    assert invoke("check", *words).status == status


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sum(x)", "--x", "1,2", "--claim", "x"], "takes NAME=VALUE"),
        (["sum(x)", "--x", "1,2", "--claim", "x=1,1", "--claim", "x=1,1"], "two claims are made for `x`"),
        (["sum(x)", "--x", "1,2", "--claim", "x=1,("], "is never closed"),
        (["sum(x)", "--x", "1,2", "--claim", "y=1"], "no input of the program"),
        (
            ["sum(x)", "--x", "1,2", "--claim", "x=2*q + 1"],
            "1 | 2*q + 1\n   |   ^\nhelp: the program has `x`",
        ),
        (["sum(x)", "--x", "1,2", "--claim", "x=1/(x-1)"], "1 | 1/(x-1)\n   | ^^^^^^^"),
        (["sum(x)", "--x", "1,2", "--claim", "x=x > 1"], "made of truth values"),
        (["sum(A)", "--A", "1,2;2,1", "--symmetric", "B"], "the derivatives are by `A`"),
        (["sum(x)", "--x", "1,2", "--order", "3"], "`--order` takes a whole number from 1 to 2"),
        (["sum(x)", "--x", "1,2", "--rtol", "-1"], "`--rtol` takes a number from 0"),
        (["sum(x)", "--x", "1,2", "--allow", "wrong"], "`--allow` takes"),
        (["--python", "math:sin", "--x", "1"], "both are needed"),
        (
            ["x", "--python", "math:sin", "--gradient", "math:cos", "--x", "1"],
            "takes the place of the program",
        ),
        (["--python", "no_module:f", "--gradient", "math:cos", "--x", "1"], "cannot be imported"),
        (["--python", "math.py:sin", "--gradient", "math:cos", "--x", "1"], "not its file: math:sin"),
        (["--python", "math:sine", "--gradient", "math:cos", "--x", "1"], "did you mean `sin`?"),
        (["--python", "math:hypot", "--gradient", "math:cos", "--x", "1"], "the names of its parameters"),
        (["--python", "math:sin", "--gradient", "math:cos", "--x", '{"a": 1}'], "not structures"),
        (["--python", "math:sin", "--gradient", "math:cos", "--x", "1", "--order", "2"], "are for programs"),
    ],
)
def test_messages(words, message):
    done = invoke("check", *words)
    assert done.status == 2
    assert message in done.stderr


def test_what_is_not_claimed_has_no_claimed_number():
    done = invoke("check", "sum(x*y)", "--claim", "x=2*y", "--x", "1", "--y", "5", "--format", "table")
    rows = {line.split()[1]: line.split("│") for line in done.stdout.splitlines() if line.startswith("│ d/d")}
    assert [cell.strip() for cell in rows["d/dx"][2:5]] == ["1", "10", "5"]
    assert [cell.strip() for cell in rows["d/dy"][2:5]] == ["5", "", "1"]


def test_of_many_entries_that_pass_a_few_are_shown():
    one_is_wrong = (
        "sum(x**2)",
        "--claim",
        "x=2*x + (x == 1)",
        "--x",
        "linspace(1,2,50)",
        "--format",
        "table",
    )
    done = invoke("check", *one_is_wrong)
    assert done.stdout.count("│ d/dx") == 6
    assert "and 44 more entries, all PASS (1 WRONG, 49 PASS in all)\n" in done.stdout


def test_numbers_stand_below_each_other_by_their_points():
    done = invoke("check", "sum(x**2)", "--claim", "x=2*x", "--x", "1,20,0.25", "--format", "table")
    rows = [line for line in done.stdout.splitlines() if line.startswith("│ d/dx")]
    assert [row.split("│")[3] for row in rows] == ["     2   ", "    40   ", "     0.5 "]


def test_the_table_shows_what_matters():
    done = invoke("check", "y = sin(x)\nsum(y*x)", "--claim", "x=y", "--x=-1,0.5,3")
    assert "WRONG  a missing term: `y` in `y*x` (line 2)" in done.stdout
    assert "  line 2 │ sum(y*x)\n               ^\n" in done.stdout
    rows = [line for line in done.stdout.splitlines() if line.startswith("│ d/dx")]
    assert [row.split()[1] for row in rows] == ["d/dx[2]", "d/dx[1]", "d/dx[0]"]


@pytest.mark.parametrize(
    ("columns", "said"), [(54, ["too narrow for value, ±"]), (66, ["too narrow for value"]), (80, [])]
)
def test_tables_do_without_columns_where_the_terminal_is_narrow(columns, said, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    done = invoke("check", "sum(sin(x))", "--x", "1,2", "--claim", "x=cos(x)")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= columns
    assert [line for line in lines if "narrow" in line] == said
    assert "-0.4161468365" in done.stdout


@pytest.mark.parametrize(("columns", "shown"), [("80", "too narrow for value"), ("200", "123457")])
def test_numbers_are_never_cut_off(columns, shown, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    done = invoke("check", "sum(abs(x)*1e5)", "--x", "0,123456.789,-3", "--claim", "x=0,1e5,-1e5")
    assert "NONDIFFERENTIABLE" in done.stdout
    assert "…" not in done.stdout
    assert shown in done.stdout


def test_many_entries_are_summed_up():
    done = invoke("check", "sum(x**2)", "--x", "linspace(1,2,50)", "--claim", "x=x")
    assert "and 38 more entries, all WRONG\n" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["2*dot(x,x)", "--claim", "x=2*x", "--x", "1,2,3", "--seed", "3"],
        ["y = x # it's\nsum(y**2)", "--claim", "x=x", "--x", "1,2"],
        ["sum(x**3)", "--claim", "x=3*x*abs(x)", "--x", "uniform(-1, 1, 3)", "--points", "9"],
        ["logdet(A)", "--claim", "A=A", "--symmetric", "A", "--A", "2,1;1,3"],
    ],
)
def test_the_replay_gives_the_same_verdict(words):
    found = json.loads(invoke("check", *words, "--format", "json").stdout)
    text = found["replay"].replace("$'", "'").replace(r"\n", "\n").replace(r"\'", "'\"'\"'")
    program, *replayed = shlex.split(text)
    assert program == "gradcli"
    again = json.loads(invoke(*replayed, "--format", "json").stdout)
    assert (again["verdict"], again["diagnosis"]) == (found["verdict"], found["diagnosis"])


def test_the_same_seed_gives_the_same_bytes():
    words = ["check", "sum(sin(x)*x)", "--claim", "x=sin(x)", "--x", "linspace(0,1,30)", "--format", "json"]
    assert invoke(*words).stdout == invoke(*words).stdout


def test_verdicts_that_are_named_before_the_checker_is_imported():
    assert set(VERDICTS) == {each.value for each in Verdict}
    assert set(UNDECIDED) == {each.value.lower() for each in Verdict if each.status is Status.UNDECIDED}


def test_plain_and_csv():
    words = ["check", "sum(x**2)", "--x", "1,2", "--claim", "x=2,5"]
    assert invoke(*words, "--format", "plain").stdout.splitlines() == [
        "WRONG: entry [1] of `x` is off; all others agree",
        "d/dx[1]: claimed 5, reference 4 ± 1.1e-14 (WRONG)",
    ]
    assert "sum(x**2),verdict,x,1,WRONG" in invoke(*words, "--format", "csv").stdout


def test_text_from_outside_is_harmless():
    done = invoke("check", "x # \x1b[31m", "--x", "1")
    assert "\x1b" not in done.stdout


def test_what_python_functions_print_is_no_result(tmp_path, monkeypatch):
    text = "def f(x):\n    print('value')\n    return x**2\ndef df(x):\n    return 2*x\n"
    (tmp_path / "talking_model.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    words = ("check", "--python", "talking_model:f", "--gradient", "talking_model:df", "--x", "2")
    done = invoke(*words, "--format", "json")
    assert done.document["verdict"] == "PASS"
    assert "value\n" in done.stderr


def test_every_format_says_the_verdict_and_the_true_derivative():
    words = ("check", "2*dot(x,x)", "--claim", "x=2*x", "--x", "1,2", "--format")
    markdown = invoke(*words, "markdown").stdout
    assert "**WRONG**: a missing factor of 2" in markdown
    assert "| `x` | 2 | [1, 2] | [2, 4] | [4, 8] |" in markdown
    latex = invoke(*words, "latex").stdout
    assert latex.startswith("% WRONG: a missing factor of 2")
    assert r"\nabla_{x} f &= \begin{bmatrix} 4 \\ 8 \end{bmatrix}" in latex
    assert r"\text{claimed by } x &= \begin{bmatrix} 2 \\ 4 \end{bmatrix}" in latex
    assert '"2*dot(x,x)",verdict,,,WRONG\n' in invoke(*words, "csv").stdout


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("x**2", "--x", "1,2"), r"\frac{\partial f}{\partial x}"),
        (("x**3", "--x", "2", "--order", "2"), r"\nabla f"),
    ],
)
def test_latex_says_what_the_derivative_is(words, left):
    assert left in invoke("check", *words, "--format", "latex").stdout


def test_points_that_are_all_the_same_are_one():
    done = invoke("check", "x**3", "--x", "2", "--points", "1000")
    assert "note: no value is drawn at random" in done.stderr


def test_numbers_that_differ_look_different():
    words = ("check", "x**2", "--x", "3", "--claim", "x=6.0000000000001")
    assert "claimed 6.0000000000001, reference 6 ±" in invoke(*words, "--format", "plain").stdout
    assert "6.0000000000001 │" in invoke(*words).stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sum(x)", "--x", "[]"), "its inputs have no entries"),
        (("y = x**2; 3*y", "--x", "2", "--wrt", "x,y"), "`y` depends on `x`"),
    ],
)
def test_what_cannot_be_checked(words, message):
    done = invoke("check", *words)
    assert (done.status, message in done.stderr) == (2, True)
