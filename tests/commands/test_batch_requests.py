"""`gradcli batch`: which cases run, in which format, how it ends, and what it refuses."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.command_line import invoke, invoke_batch

CASES = "square: x^2 | x=3 | => 9 | x => 6\n2*dot(x,x) | x=0,1,2,3 | => 28 | x => 0,4,8,12\n"
WRONG, ERROR, LIMIT, PASSED = "x|x=1|=>2\n", "x\n", "while True {x=x}; x|x=1\n", "x|x=1\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.txt").write_text(CASES)
    (tmp_path / "s.grad.toml").write_text("[[case]]\nprogram = 'x'\n")
    return tmp_path


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (PASSED, 0),
        (PASSED + WRONG + ERROR + LIMIT, 1),
        (LIMIT + ERROR + PASSED, 2),
        (LIMIT + PASSED, 4),
        ("# nothing\n", 5),
        ("", 5),
    ],
)
def test_exit_codes(lines, status):
    done = invoke("batch", "-", "--max-steps", "100", stdin=lines)
    assert done.status == status
    assert ("there were no cases" in done.stderr) == (status == 5)


def test_a_filter_that_fits_nothing(folder):
    done = invoke("batch", "c.txt", "--filter", "nothing*", "--filter", "none")
    assert done.status == 5
    assert done.stderr.startswith("note: no case is called or tagged `nothing*`, `none`: ")


def test_filters_by_tag_and_fail_fast():
    stdin = "a: x|x=1\nb: x|x=1|=>2\nc: x|x=1\n"
    some = invoke_batch("-", "--filter", "[ac]", stdin=stdin)
    first = invoke_batch("-", "--fail-fast", stdin=stdin, status=1)
    assert [row["case"]["name"] for row in some] == ["a", "c"]
    assert [row["case"]["name"] for row in first] == ["a", "b"]


def test_a_broken_file_among_good_ones(folder):
    (folder / "bad.grad.toml").write_text("[[case\n")
    (folder / "latin.txt").write_bytes(b"x|x=1\n\xe9\n")
    done = invoke("batch", "c.txt", "bad.grad.toml", "latin.txt")
    assert done.status == 2
    assert "bad.grad.toml:1: not TOML: " in done.stdout
    assert "latin.txt:2: line 2: latin.txt:2 is not valid UTF-8" in done.stdout
    assert done.stdout.endswith("5 cases: 2 error, 3 passed\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing.txt"], "there is no file `nothing.txt`"),
        ([], "needs files of cases"),
        (["c.txt", "--jobs", "0"], "`--jobs` takes a whole number from 1"),
        (["c.txt", "--timeout", "-1"], "`--timeout` takes a positive number of seconds"),
        (["c.txt", "--command", "gard"], "did you mean `grad`?"),
        (["c.txt", "--var", "x"], "`--var` takes NAME=VALUE"),
        (["c.txt", "--resume", "a.jsonl", "--output", "b"], "`--output` cannot name another"),
        (["c.txt", "--resume", "s.grad.toml"], "holds a line that is no row of gradcli batch"),
        (["c.txt", "--resume", "c.txt"], "`c.txt` would be read and written at once"),
        ([".", "--output", "c.txt"], "`c.txt` would be read and written at once"),
        (
            ["c.txt", "--scheduler", "tcp://x", "--timeout", "1"],
            "`--timeout` stops processes of this machine",
        ),
    ],
)
def test_requests_that_make_no_sense(words, message):
    done = invoke("batch", *words)
    assert done.status == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_json_is_one_object():
    document = json.loads(invoke("batch", "c.txt", "--format", "json").stdout)
    assert [case["status"] for case in document["cases"]] == ["passed", "passed"]
    assert document["summary"]["cases"] == document["summary"]["passed"] == 2
    empty = json.loads(invoke("batch", "-", "--format", "json").stdout)
    assert empty["cases"] == []


def test_csv_has_a_line_for_every_number():
    lines = list(csv.DictReader(io.StringIO(invoke("batch", "c.txt", "--format", "csv").stdout)))
    gradient = [line for line in lines if line["quantity"] == "gradient"]
    assert [(line["case"], line["index"], line["value"]) for line in gradient][:3] == [
        ("square", "", "6"),
        ("line 2", "0", "0"),
        ("line 2", "1", "4"),
    ]


def test_table():
    done = invoke("batch", "c.txt")
    assert done.stdout.splitlines() == [
        "case            value  derivatives",
        "square  passed  9      x: 6",
        "line 2  passed  28     x: 0,4,8,12",
        "2 cases: 2 passed",
    ]
    assert "\x1b[32mpassed\x1b[0m" in invoke("batch", "c.txt", "--color", "always").stdout


def test_tables_fit_the_terminal_and_show_each_derivative_once(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    case = f"{'a_long_name_' * 4}: sum(exp(x))+y | x=1.23456,2.34567,3.45678 | y=1 | y => 1"
    done = invoke("batch", "-", "--format", "table", stdin=f"{case}\nsmall: x | x=2\n")
    assert max(map(len, done.stdout.splitlines())) <= 60
    assert "small" in done.stdout
    monkeypatch.setenv("COLUMNS", "200")
    done = invoke("batch", "-", "--format", "table", stdin="漢字: x | x=1\nlonger: x | x=2\n")
    assert done.stdout.splitlines()[1:3] == ["漢字    passed  1", "longer  passed  2"]
    (tmp_path / "claims.jsonl").write_text(
        '{"program": "x*y", "inputs": {"x": 2, "y": 3}, "claim": {"x": "y"}}'
    )
    done = invoke("batch", str(tmp_path / "claims.jsonl"), "--format", "table")
    assert done.stdout.count("x: 3") == 1


def test_no_plots_of_cases(folder):
    done = invoke("batch", "c.txt", "--command", "plot")
    assert done.status == 2
    assert "run `gradcli plot` by itself" in done.stderr
    (folder / "c.jsonl").write_text('{"program": "x", "command": "plot"}')
    (row,) = invoke_batch("c.jsonl", status=2)
    assert row["problems"][0]["help"].endswith("run `gradcli plot` by itself")
