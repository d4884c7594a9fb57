"""Long, wide and deep programs: they work, or a clear error comes before anything can hurt."""

from __future__ import annotations

import time

import pytest

from gradcli.errors import ProgramError
from gradcli.language import tree
from gradcli.language.parse import parse
from gradcli.language.source import Source
from gradcli.limits import MAX_PROGRAM_CHARACTERS
from gradcli.status import Status

SECONDS = 20  # generous: the machine may be busy; what is quadratic takes minutes

WORKS = {
    "long sum": "x+" * 10_000 + "x",
    "brackets": "(" * 1_000 + "x" + ")" * 1_000,
    "calls in calls": "f(" * 1_000 + "x" + ")" * 1_000,
    "brackets in operations": "1 + 2*(" * 1_000 + "x" + ")" * 1_000,
    "subscripts in subscripts": "x[" * 1_000 + "1" + "]" * 1_000,
    "signs": "-" * 100_000 + "x",
    "negations": "not " * 100_000 + "x",
    "powers": "2**" * 100_000 + "x",
    "comparisons": "x<" * 100_000 + "x",
    "conditions": "a if b else " * 10_000 + "c",
    "branches": "if a: b\n" + "elif c: d\n" * 10_000,
    "arguments": "f(" + "x," * 100_000 + ")",
    "assignments": "x=" * 100_000 + "1",
    "statements": "x\n" * 100_000,
    "statements on a line": "x;" * 100_000,
    "strings side by side": "'a'" * 100_000 + ".x",
    "empty strings": "'' " * 100_000 + ".x",
    "clauses": "[x " + "for x in y " * 10_000 + "]",
    "blank lines": "\n" * 900_000 + "x",
    "continued lines": "\\\n" * 400_000 + "x",
    "indented blocks": "".join(" " * i + "if x:\n" for i in range(100)) + " " * 100 + "y",
    "blocks in braces": "if x {" * 100 + "y" + "}" * 100,
    "a dotted import": "import " + "a." * 100_000 + "b",
    "a tuple target": "(" * 900 + "a," + ")" * 900 + " = x",
    "attributes": "x" + ".T" * 1_000,
    "calls of calls": "f" + "(x)" * 1_000,
    "lambdas": "lambda: " * 1_000 + "x",
    "a long line in a block": "if x {" + "y = y + 1;" * 20_000 + "}",
}

FAILS = {
    "brackets": ("(" * 100_000 + "1" + ")" * 100_000, "brackets are nested more than 1,500 deep"),
    "open brackets": ("[-" * 100_000, "brackets are nested more than 1,500 deep"),
    "blocks in braces": ("if x {" * 100_000, "blocks are nested more than 100 deep"),
    "indented blocks": (
        "".join(" " * i + "if x:\n" for i in range(500)) + " " * 500 + "y",
        "blocks are nested more than 100 deep",
    ),
    "attributes": ("x" + ".T" * 100_000, "expressions are nested more than 4,000 deep"),
    "calls of calls": ("f" + "(x)" * 100_000, "expressions are nested more than 4,000 deep"),
    "lambdas": ("lambda: " * 100_000 + "x", "expressions are nested more than 4,000 deep"),
    "signs in powers": ("2**-" * 100_000 + "2", "expressions are nested more than 4,000 deep"),
    "defaults": ("lambda x=" * 50_000 + "1" + ": x" * 50_000, "expressions are nested more than 4,000 deep"),
    "length": ("x" * (MAX_PROGRAM_CHARACTERS + 1), "the program has 1,000,001 characters"),
    "an endless string": ('"' + "a" * 900_000, "this string does not end"),
    "a character far inside a name": ("θ" * 900_000 + "−", "`−` (minus sign) has no meaning"),
    "an error far inside": ("x and " * 100_000 + "x y", "expected an operator"),
    "a comment": ("#" * 900_000, "the program is empty"),
}


@pytest.mark.parametrize("text", WORKS.values(), ids=WORKS.keys())
def test_works(text: str) -> None:
    start = time.perf_counter()
    assert parse(Source(text)).body
    assert time.perf_counter() - start < SECONDS


@pytest.mark.parametrize(("text", "message"), FAILS.values(), ids=FAILS.keys())
def test_fails_clearly(text: str, message: str) -> None:
    start = time.perf_counter()
    with pytest.raises(ProgramError) as caught:
        parse(Source(text))
    assert time.perf_counter() - start < SECONDS
    assert caught.value.message.startswith(message)
    assert caught.value.status is Status.ERROR


def test_a_long_sum_is_a_list() -> None:
    statement = parse(Source(WORKS["long sum"])).body[0]
    assert isinstance(statement, tree.ExpressionStatement)
    assert isinstance(statement.value, tree.Binary)
    assert len(statement.value.rest) == 10_000


def test_depth_counts_up_to_its_limit() -> None:
    """A call and its argument are a level each; module, statement and innermost name are three more."""
    assert parse(Source("x" + ".T" * 3_990))
    with pytest.raises(ProgramError, match="nested more"):
        parse(Source("x" + ".T" * 4_010))
