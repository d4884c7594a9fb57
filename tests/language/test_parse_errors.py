"""Every mistake that the parser knows: where it points, what it says, what it advises."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from gradcli.errors import ProgramError
from gradcli.language import hints, mistakes
from gradcli.language.parse import parse
from gradcli.language.source import Source
from gradcli.language.tables import load_tables
from gradcli.language.tokens import tokenize
from gradcli.render.diagnostic import diagnostic

TABLE = Path(__file__).parents[1] / "cases" / "syntax" / "errors.jsonl"
ROWS = [json.loads(line) for line in TABLE.read_text("utf-8").splitlines()]


def error_of(text: str) -> ProgramError | None:
    try:
        parse(Source(text))
    except ProgramError as error:
        return error
    return None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"])
def test_error(row: dict[str, Any]) -> None:
    error = error_of(row["text"])
    assert error is not None
    assert error.span is not None
    assert error.source is not None
    line, column = error.source.position(error.span.start)
    found = {"text": row["text"], "place": f"{line}:{column}", "marked": error.source[error.span]}
    found |= {"message": error.message} | ({"help": error.help} if error.help else {})
    assert found == row


def test_every_hint_is_in_the_table() -> None:
    """A hint that no row reaches would be untested, or never apply."""
    reached = set()
    for row in ROWS:
        place = _place(row["text"])
        if place is not None:
            found = [recognize for recognize in hints.MISTAKES if recognize(place) is not None]
            reached.update(found[:1])
    assert reached == set(hints.MISTAKES)


def _place(text: str) -> mistakes.Place | None:
    tables = load_tables()
    try:
        tokens = tokenize(text, tables)
    except ProgramError:
        return None
    for index in range(len(tokens.symbols)):
        states, stack = mistakes.replay(tables, tokens.symbols[:index])
        if not mistakes.takes(tables, states.copy(), tokens.symbols[index]):
            return mistakes.Place(tokens, index, mistakes.acceptable(tables, states), stack)
    return None


def test_errors_are_messages_for_people() -> None:
    for row in ROWS:
        assert row["message"][0].islower() or not row["message"][0].isalpha()
        assert not any(name in row["message"] for name in ("NEWLINE", "DEDENT", "NAME", "OPERATOR", "$END"))


PIECES = [
    "if",
    "else",
    "elif",
    "while",
    "for",
    "in",
    "def",
    "lambda",
    "x",
    "1",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ";",
    ",",
    "=",
    "==",
    "+",
    "**",
    "not",
    "\n",
    "\n  ",
    "'",
    "\\",
    "#",
    "−",
    "2x",
    "return",
    ".",
]


@pytest.mark.parametrize("seed", range(20))
def test_any_text_is_a_program_or_a_located_error(seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(100):
        text = "".join(choose.choice(["", " "]) + choose.choice(PIECES) for _ in range(choose.randint(1, 15)))
        error = error_of(text)
        if error is not None:
            assert error.span is not None
            assert 0 <= error.span.start <= error.span.end <= len(text)
            assert diagnostic(error).startswith("error: ")
