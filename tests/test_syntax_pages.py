"""The page of syntax diagrams is what the grammar says, and shows every rule."""

from __future__ import annotations

import runpy

import pytest

from tests.documents import ROOT

pytest.importorskip("railroad")

DRAWING = runpy.run_path(str(ROOT / "docs/images/syntax.py"))
GRAMMAR = DRAWING["Grammar"](DRAWING["GRAMMAR"].read_text("utf-8"))


def test_diagrams_are_up_to_date():
    stale = [str(path) for path, text in DRAWING["files"]().items() if path.read_text("utf-8") != text]
    assert not stale, "python -m tests.docs_refresh draws them"


def test_every_rule_is_drawn_or_part_of_another():
    shown = {rule for rules in DRAWING["SECTIONS"].values() for rule in rules}
    assert set(GRAMMAR.rules) == (shown | DRAWING["INLINE"]) - set(GRAMMAR.tokens)


def test_no_picture_is_left_over():
    kept = {path.stem for path in DRAWING["PICTURES"].iterdir()}
    assert kept == {rule for rules in DRAWING["SECTIONS"].values() for rule in rules}


@pytest.mark.parametrize(
    ("rules", "name", "text"),
    [
        ('a: b\n | a "," b\nb: X\n', "a", "b {',' b}"),
        ("a: b\n | a b\nb: X\n", "a", "b {b}"),
        ('a: X\n | a "+" X\n | a Y\n', "a", "X {('+' X | Y)}"),
        ("a: twice{X} Y?\ntwice{z}: z z -> two\n", "a", "X X [Y]"),
    ],
)
def test_rules_as_loops_and_choices(rules, name, text):
    tokens = 'X: "x"\nY: "y"\n'
    assert DRAWING["written"](DRAWING["Grammar"](rules + tokens).rule(name)) == text
