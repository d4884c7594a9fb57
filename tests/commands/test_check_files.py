"""`gradcli check FILES`: suites are checked."""

from __future__ import annotations

import json

import pytest

from tests.command_line import invoke

SUITE = """
[[case]]
name = "right"
program = "2*dot(x, x)"
inputs.x = [0, 1, 2]
claim.x = "4*x"

[[case]]
name = "wrong"
program = \"\"\"
y = x*x
2*sum(y)
\"\"\"
inputs.x = "1,2"
claim.x = "2*x"

[[case]]
name = "kink"
program = "abs(x)"
inputs.x = 0
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.grad.toml").write_text(SUITE)
    return tmp_path


def test_check_files():
    done = invoke("check", "s.grad.toml")
    assert done.status == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("s.grad.toml:9: wrong: d/dx[0]: claimed 2, reference 4 (WRONG, ")
    assert "factor" in lines[0]
    assert lines[1].startswith("s.grad.toml:19: kink: d/dx: NONDIFFERENTIABLE, ")
    assert lines[2] == "replay: gradcli check s.grad.toml --filter wrong"
    assert lines[-1] == "3 cases: 1 wrong, 1 undecided, 1 passed"


def test_check_replays_one_case():
    assert invoke("check", "s.grad.toml", "--filter", "wrong").status == 1
    assert invoke("check", "s.grad.toml", "--filter", "right").stdout == "1 case: 1 passed\n"
    assert invoke("check", "s.grad.toml", "--filter", "ki*").status == 3
    assert invoke("check", "s.grad.toml", "--filter", "ki*", "--allow", "nondifferentiable").status == 0
    assert invoke("check", "s.grad.toml", "--filter", "none").status == 5


def test_check_compares_expectations_too(folder):
    (folder / "t.txt").write_text("x^2 | x=3 | => 8\n")
    done = invoke("check", "t.txt")
    assert done.status == 1
    assert "value: expected 8, found 9" in done.stdout


def test_cases_that_are_not_checked_or_skipped(folder):
    (folder / "t.grad.toml").write_text("""
[[case]]
name = "a"
program = "abs(x)"
inputs.x = 0
check = false
[[case]]
name = "b"
program = "nonsense("
skip = "not yet"
""")
    done = invoke("check", "t.grad.toml", "--format", "jsonl")
    assert done.status == 0
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["command"], first["status"], second["status"]) == ("eval", "passed", "skipped")


def test_points_are_drawn_anew(folder):
    (folder / "t.grad.toml").write_text(
        '[[case]]\nprogram = "x**3"\ninputs.x = "uniform(1, 2)"\nclaim.x = "3*x**2"\npoints = 4\n'
    )
    done = invoke("check", "t.grad.toml", "--format", "jsonl")
    assert "4 points were checked" in done.stdout


def test_an_empty_folder(folder):
    (folder / "empty").mkdir()
    done = invoke("check", "empty")
    assert done.status == 5
    assert done.stderr == "note: there were no cases to run\n"


def test_text_from_outside_cannot_act(folder):
    (folder / "t.txt").write_text("x \x1b[31m\u202e | x=1\n")
    for format in ("table", "summary", "markdown", "github", "junit", "json", "csv", "sarif", "html"):
        done = invoke("check", "t.txt", "--format", format)
        assert done.status == 2
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout
