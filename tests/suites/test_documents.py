"""Suites in TOML, and cases as JSON lines."""

import json

import pytest

from tests.suites.suite_files import complaint, from_json_lines, from_toml, marked

CASE = '[[case]]\nname = "a"\nprogram = "x"\n'


def test_defaults_reach_every_case_and_tables_merge():
    first, second = from_toml(
        '[defaults]\nrtol = 1e-3\ntags = ["t"]\ninputs.x = 1\ninputs.y = "2,3"\nexpect.value = 4\n'
        '[[case]]\nprogram = "x"\n'
        '[[case]]\nname = "b"\nprogram = "y"\nrtol = 0\ninputs.x = 5\nexpect.grad.x = 1\n'
    )
    assert first.name == "case 1"
    assert first.rtol == 1e-3
    assert first.tags == ("t",)
    assert first.shared == second.shared == {"x": 1, "y": "2,3"}
    assert [(each.label, each.value, each.line) for each in first.expected] == [("value", 4, 6)]
    assert second.rtol == 0
    assert (first.inputs, second.inputs) == ({}, {"x": 5})
    assert [(each.label, each.line) for each in second.expected] == [("value", 6), ("grad x", 14)]


def test_places():
    (case,) = from_toml('# suite\n[[case]]\nname = "a"\nprogram = """\ny = x\ny"""\n')
    assert str(case.place) == "f.grad.toml:3"
    assert case.program.place.line == 5
    (case,) = from_toml('[[case]]\nprogram = "x"\n')
    assert case.program.place.line == 2


def test_matrix_runs_a_case_for_each_combination():
    cases = from_toml(f'{CASE}matrix.x = [1, 2]\nmatrix.y = ["1,2", "3", "4"]\n')
    assert [case.name for case in cases] == [f"a/{number}" for number in range(1, 7)]
    assert [tuple(case.inputs.values()) for case in cases][:4] == [(1, "1,2"), (1, "3"), (1, "4"), (2, "1,2")]


def test_programs_in_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.grad").write_text("x**2\n")
    fine, broken = from_toml('[[case]]\nfile = "p.grad"\n[[case]]\nfile = "q.grad"\n')
    assert fine.program == ("x**2\n", ("p.grad", 1))
    assert complaint(broken) == "4: `q.grad` cannot be read: no such file or directory"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CASE + "rtoll = 1", "4: unknown key `rtoll` (did you mean `rtol`?)"),
        ("[[cases]]", "1: unknown key `cases` (did you mean `case`?)"),
        ("[case]\na = 1", "1: `case`: expected tables, each under a line `[[case]]`"),
        ("[defaults]\nname = 'x'", "2: unknown key `name`"),
        (CASE + "expect.gradient.x = 1", "4: unknown key `gradient` (did you mean `grad`?)"),
        (CASE + "expect.grad = 3", "4: `grad`: expected values by name, found `3`"),
        (CASE + "expect.verdict = 'RIGHT'", "4: `verdict`: expected one of PASS, WRONG"),
        (CASE + "expect.error = 3", "4: `error`: expected a text, found `3`"),
        (CASE + "command = 'gard'", "4: `command`: expected one of"),
        (CASE + "rtol = -1", "4: `rtol`: expected a number that is not negative, found `-1`"),
        (CASE + "points = 0", "4: `points`: expected a whole number from 1, found `0`"),
        (CASE + "order = true", "4: `order`: expected a whole number from 1 to 2, found `true`"),
        (CASE + "check = 'no'", "4: `check`: expected `true` or `false`, found the text `no`"),
        (CASE + "tags = [1]", "4: `tags`: expected a list of names, found a list"),
        (CASE + "inputs.x = [1,\n[2]]", "5: the list is ragged"),
        (CASE + "inputs.x = 2024-01-01", "4: expected a number"),
        (CASE + "inputs = 3", "4: `inputs`: expected values by name, found `3`"),
        (CASE + "matrix.x = 3", "4: `x`: expected a list of values, one for each case, found `3`"),
        (CASE + "matrix.x = []", "4: `x`: expected a list of values"),
        ("[[case]]\nname = 'a'", "1: a case needs `program` or `file`, and neither is given"),
        (CASE + "file = 'p.grad'", "1: a case needs `program` or `file`, and both are given"),
        (CASE + "a = ", "4: not TOML: "),
        (CASE + "name = 'b'", "4: not TOML: "),
    ],
)
def test_what_is_no_suite(text, message):
    *_, broken = from_toml(text)
    assert complaint(broken).startswith(message)


def test_one_bad_case_leaves_the_others():
    first, second, third = from_toml(f'{CASE}x = 1\n[[case]]\nprogram = "x"\n{CASE}')
    assert complaint(first).startswith("4: unknown key `x`")
    assert marked(first) == "x = 1"
    assert second.name == "case 2"
    assert third.name == "a"


def test_a_name_given_twice():
    first, second = from_toml(CASE + CASE)
    assert first.name == "a"
    assert complaint(second) == "5: the name `a` is given twice in this file, first on line 2"


def test_json_lines():
    record = {"name": "n", "program": "x", "inputs": {"x": [1, 2]}, "expect": {"value": "3"}}
    (case,) = from_json_lines(json.dumps(record) + "\n\n")
    assert case.name == "n"
    assert case.inputs == {"x": [1, 2]}
    assert case.expected[0].value == "3"


@pytest.mark.parametrize(
    ("line", "message", "under"),
    [
        ('{"program": "x", "inputs": {"x": [1, null]}}', "expected a number, found `null`", "null"),
        ('{"program": "x", "rtol": NaN}', "a bare `NaN` is not JSON", "NaN"),
        ('{"program": "x", "seed": "1"}', "`seed`: expected a whole number", '"1"'),
        ('{"progam": "x"}', "unknown key `progam` (did you mean `program`?)", '"x"'),
        ('{"program": "x", "program": "y"}', "the key `program` appears twice", "{"),
        ("[1]", "expected an object with the keys of one case", "[1]"),
        ('{"program": "x"', "not JSON: ", ""),
    ],
)
def test_what_is_no_json_case(line, message, under):
    fine, broken = from_json_lines('{"program": "1"}\n' + line)
    assert fine.name == "line 1"
    assert complaint(broken).startswith(f"2: {message}")
    assert marked(broken).startswith(under)
