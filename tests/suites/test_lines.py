"""One case a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.suites.lines import split
from tests.suites.suite_files import complaint, from_lines, marked


def test_a_line_with_everything():
    (case,) = from_lines("square: x^2 | x=3 | A=1,2;3,4 | => 9 | x => 6  # comment\n")
    assert case.name == "square"
    assert case.program.text == "x^2"
    assert case.inputs == {"x": "3", "A": "1,2;3,4"}
    assert [(each.kind, each.names, each.value) for each in case.expected] == [
        ("value", (), "9"),
        ("derivative", ("x",), "6"),
    ]


def test_names_lines_and_comments():
    cases = from_lines("# comment\n\n1 + 1\nthree: 3\r\n   # another\n\ufeffx\n".replace("\ufeff", ""))
    assert [(case.name, case.place.line) for case in cases] == [("line 3", 3), ("three", 4), ("line 6", 6)]
    assert str(cases[0].place) == "f.txt:3"


@pytest.mark.parametrize(
    "program",
    [
        "x[(a > 0) | (b > 0)]",
        'd["|#"]',
        "{ a = 1; b = 2 }; a",
        "x[1:3]",
        "f = lambda x: x; f(1)",
        "a if a == b else c",
        "x <= 3",
    ],
)
def test_the_program_keeps_its_own_signs(program):
    (case,) = from_lines(f"{program} | x=1")
    assert case.program.text == program
    assert case.inputs == {"x": "1"}
    assert case.name == "line 1"


@pytest.mark.parametrize(
    ("line", "message", "under"),
    [
        ("x | y", "expected NAME=VALUE, => VALUE or NAME => DERIVATIVE, found `y`", "y"),
        ("x | x==3", "expected NAME=VALUE, => VALUE or NAME => DERIVATIVE, found `x==3`", "x==3"),
        ("x | x= | => 3", "the value is missing", "x="),
        ("x | x=1 | x=2", "the input `x` is given twice", "x=2"),
        ("x | => 1 | => 2", "the value is expected twice", "=> 2"),
        ("x | x => 1 | x => 2", "the derivative by `x` is expected twice", "x => 2"),
        ("x | =>", "the value is missing", "=>"),
        ("name: | x=1", "the program is missing", "name:"),
        ("| x=1", "the program is missing", "|"),
        ("x ||", "found nothing", "|"),
    ],
)
def test_what_is_no_case(line, message, under):
    broken, fine = from_lines(f"{line}\nx | x=1\n")
    assert message in complaint(broken)
    assert complaint(broken).startswith("1: ")
    assert marked(broken) == under
    assert fine.name == "line 2"


def test_a_name_given_twice():
    first, second = from_lines("a: 1\na: 2\n")
    assert first.name == "a"
    assert complaint(second) == "2: the name `a` is given twice in this file, first on line 1"


def test_a_line_that_is_not_utf8():
    broken, fine = from_lines(b"caf\xe9\nx\n")
    assert complaint(broken) == "1: f.txt:1 is not valid UTF-8: byte 0xe9 at offset 3 (save it as UTF-8)"
    assert fine.name == "line 2"


@given(st.text(st.characters(exclude_characters="#", exclude_categories=("Cs",))))
def test_fields_are_the_line(line):
    fields = list(split(line))
    assert "|".join(field.text for field in fields) == line
    assert all(line[field.start :].startswith(field.text) for field in fields)
