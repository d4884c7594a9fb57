"""Diagnostics: the line, the carets, where they stand under wide and odd characters, and the help."""

from __future__ import annotations

import re

import pytest

from gradcli.errors import GradcliError, ProgramError
from gradcli.language.source import Source, Span
from gradcli.render.diagnostic import diagnostic


def shown(text: str, start: int, end: int, name: str = "<program>") -> list[str]:
    return diagnostic(ProgramError("m", span=Span(start, end), source=Source(text, name))).split("\n")


def test_the_whole_shape() -> None:
    source = Source("a = 1\nb = dot(x,,x)\nc", "cases/one.grad")
    error = ProgramError("expected `x`", span=Span(16, 17), source=source, help="did you mean `y`?")
    assert diagnostic(error).split("\n") == [
        "error: expected `x`",
        "  --> cases/one.grad:2:11",
        "   |",
        " 2 | b = dot(x,,x)",
        "   |           ^",
        "help: did you mean `y`?",
    ]


def test_what_is_unknown_is_left_out() -> None:
    assert diagnostic(GradcliError("no input `x`")) == "error: no input `x`"
    assert diagnostic(GradcliError("no", help="add --x")) == "error: no\nhelp: add --x"
    assert diagnostic(GradcliError("no", source=Source("x"))) == "error: no"
    assert diagnostic(GradcliError("no", span=Span(0, 1))) == "error: no"


def test_color_adds_only_codes() -> None:
    error = ProgramError("m", span=Span(0, 2), source=Source("xy"), help="h")
    colored = diagnostic(error, color=True)
    assert "\x1b[1;31merror\x1b[0m" in colored
    assert "\x1b[1;31m^^\x1b[0m" in colored
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == diagnostic(error)
    assert "\x1b" not in diagnostic(error)


@pytest.mark.parametrize(
    ("text", "start", "end", "line", "carets"),
    [
        ("abc", 1, 3, "abc", " ^^"),
        ("abc", 3, 3, "abc", "   ^"),
        ("", 0, 0, "", "^"),
        ("漢字 + x", 5, 6, "漢字 + x", "       ^"),
        ("漢字 + x", 0, 2, "漢字 + x", "^^^^"),
        ("e\u0301+y", 2, 3, "e\u0301+y", " ^"),
        ("\tx\ty", 3, 4, "    x   y", "        ^"),
        ("a\tb", 1, 2, "a   b", " ^^^"),
        ("a\x1b[2Jb", 5, 6, "a\\x1b[2Jb", "        ^"),
        ("\u202eab", 1, 2, "\\u202eab", "      ^"),
        ("f(a,\n  b)\nc", 0, 9, "f(a,", "^^^^"),
        ("f(a,\r\n  b)", 0, 9, "f(a,", "^^^^"),
        ("a\r\n", 1, 2, "a", " ^"),
    ],
)
def test_carets_stand_under_the_span(text: str, start: int, end: int, line: str, carets: str) -> None:
    rows = shown(text, start, end)
    assert rows[3] == f" 1 | {line}".rstrip()
    assert rows[4] == f"   | {carets}"


def test_the_gutter_grows_with_the_line_number() -> None:
    rows = shown("\n" * 99 + "xy", 100, 101)
    assert rows[1:] == ["    --> <program>:100:2", "     |", " 100 | xy", "     |  ^"]


@pytest.mark.parametrize("start", [0, 10, 50, 100, 5_000, 9_990, 9_999])
def test_long_lines_are_cut_around_the_span(start: int) -> None:
    text = "".join(chr(ord("a") + i % 26) for i in range(10_000))
    rows = shown(text, start, start + 3)
    line, carets = rows[3][5:], rows[4][5:]
    marked = "".join(letter for letter, caret in zip(line, carets, strict=False) if caret == "^")
    assert marked == text[start : start + 3]
    assert len(line) <= 98
    assert line.startswith("…") == (start > 32)
    assert line.endswith("…") == (start < 9_900)


def test_a_span_longer_than_the_window_is_marked_to_its_edge() -> None:
    rows = shown("x" * 1_000, 0, 1_000)
    assert rows[4].count("^") == 96


def test_nothing_from_outside_reaches_the_terminal() -> None:
    source = Source("x = '\x1b]0;title\x07'", "evil\x1b[2J\n.grad")
    error = ProgramError("no \x1b[31m", span=Span(0, 1), source=source, help="\u202ehelp")
    lines = diagnostic(error).split("\n")
    assert all(line.isprintable() for line in lines)
    assert len(lines) == 6
