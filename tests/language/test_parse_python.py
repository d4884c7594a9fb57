"""Text that gradcli and CPython share has the same structure in both, and what one rejects the other does."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradcli.errors import ProgramError
from gradcli.language import tree
from gradcli.language.parse import parse
from gradcli.language.source import Source, Span
from tests.language.forms import form_of_python, form_of_tree

NAMES = st.sampled_from(["x", "y", "A", "θ", "f", "no_grad"])
NUMBERS = st.sampled_from(
    ["0", "1", "2.5", ".5", "5.", "1e-3", "1_000", "0x1F", "0b1_0", "0o17", "1E5", "00"]
)
STRINGS = st.sampled_from(["'a'", '"b\\n\\x41\\u03b8"', "r'\\d'", '"""c\n"d"""', "'e' \"f\""])
CONSTANTS = st.sampled_from(["True", "False", "None", "..."])
INFIX = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "@", "**", "&", "|", "==", "!=", "<", "<=", ">", ">=", "and", "or"]
)
AUGMENTED = st.sampled_from(["+=", "-=", "*=", "/=", "//=", "%=", "@=", "**=", "&=", "|="])
PREFIX = st.sampled_from(["-", "+", "~", "not "])


def join(*parts: Any) -> st.SearchStrategy[str]:
    """Texts one after the other; an item of `parts` is a strategy or a text."""
    strategies = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*strategies).map("".join)


def listed(item: st.SearchStrategy[str], least: int = 0) -> st.SearchStrategy[str]:
    """Items with commas between, and perhaps after them."""
    texts = st.lists(item, min_size=least, max_size=3).map(", ".join)
    return st.tuples(texts, st.sampled_from(["", ","])).map(
        lambda pair: pair[0] + (pair[1] if pair[0] else "")
    )


def chains(operand: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Operators in every order, which some of Python's rules forbid."""
    signed = st.tuples(st.lists(PREFIX, max_size=2).map("".join), operand).map("".join)
    rest = st.lists(st.tuples(INFIX, signed), min_size=1, max_size=5)
    return st.tuples(signed, rest).map(lambda t: " ".join([t[0], *(word for pair in t[1] for word in pair)]))


def parameters() -> st.SearchStrategy[str]:
    return listed(join(NAMES, st.sampled_from(["", "=1"])))


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions of expressions."""
    end = st.one_of(st.just(""), inner)
    clause = join(
        " for ", NAMES, st.sampled_from(["", ", y", ","]), " in ", inner, st.sampled_from(["", " if x"])
    )
    index = st.one_of(inner, join(end, ":", end), join(end, ":", end, ":", end))
    argument = st.one_of(inner, join(NAMES, "=", inner))
    return st.one_of(
        chains(inner),
        join("(", inner, ")"),
        join("(", listed(inner, 1), ")"),
        join("[", listed(inner), "]"),
        join(inner, " if ", inner, " else ", inner),
        join(inner, "(", listed(argument), ")"),
        join(inner, "(", inner, clause, ")"),
        join(inner, "[", listed(index, 1), "]"),
        join(inner, ".T"),
        join("[", inner, clause, clause, "]"),
        join("lambda ", parameters(), ": ", inner),
    )


ATOMS = st.one_of(NAMES, NUMBERS, STRINGS, CONSTANTS)
EXPRESSIONS = st.recursive(ATOMS, larger, max_leaves=12)
TARGETS = st.sampled_from(["x", "x, y", "(x, y), A", "x[0]", "A[1:, ...]", "x,"])


def indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def statements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Compound statements of statements."""
    body = st.lists(inner, min_size=1, max_size=3).map("".join).map(indented)
    line = st.lists(SIMPLE, min_size=1, max_size=2).map("; ".join)
    suite = st.one_of(join(":\n", body), join(": ", line, "\n"))
    return st.one_of(
        join("if ", EXPRESSIONS, suite, st.one_of(st.just(""), join("elif x", suite)), join("else", suite)),
        join("if x", suite),
        join("while ", EXPRESSIONS, suite),
        join("for ", TARGETS, " in ", EXPRESSIONS, suite),
        join("def f(", parameters(), st.sampled_from([")", ") -> float"]), suite),
        join("with torch.no_grad()", suite),
    )


SIMPLE = st.one_of(
    EXPRESSIONS,
    join(TARGETS, " = ", EXPRESSIONS),
    join(TARGETS, " = x = ", EXPRESSIONS),
    join("x ", AUGMENTED, " ", EXPRESSIONS),
    join("x: float = ", EXPRESSIONS),
    join("assert ", EXPRESSIONS, ', "text"'),
    join("return ", EXPRESSIONS),
    st.sampled_from(["pass", "return", "import numpy as np", "from torch import (nn, sin as s,)"]),
)
PROGRAMS = st.lists(
    st.recursive(join(SIMPLE, st.sampled_from(["\n", ";\n", "  # why\n\n"])), statements, max_leaves=5),
    min_size=1,
    max_size=3,
).map("".join)


# Where the languages differ on purpose, or CPython complains only after parsing.
ONLY_HERE = (
    "a number cannot be called",
    "cannot assign to an attribute",
    "cannot assign to a list",
    "cannot assign to an empty tuple",
    "outside of a loop",
    "is repeated",
    "before a name is not part of the language",
    "`in` belongs to `for`",
)


def check_agreement(text: str) -> None:
    """The text has the same structure in both languages, or is an error in both."""
    try:
        expected = form_of_python(ast.parse(text))
    except SyntaxError:
        expected = None
    error = None
    found = None
    try:
        found = form_of_tree(parse(Source(text)))
    except ProgramError as raised:
        error = raised
    if error is not None and expected is not None:
        assert any(words in error.message for words in ONLY_HERE), error.message
    else:
        assert found == expected


@given(EXPRESSIONS)
@settings(max_examples=300, deadline=None)
@example("-2**-2**2 * not x")
@example("x if y else lambda: x if y else x")
def test_expressions_group_as_in_python(text: str) -> None:
    check_agreement(text)


@given(PROGRAMS)
@settings(max_examples=200, deadline=None)
@example("if x: x = 1; y = 2\nelse:\n  pass\n")
@example('def f(x, y=1,) -> float:\n  "doc"\n  return x,\n\n\n# end')
def test_programs_have_the_structure_of_python(text: str) -> None:
    check_agreement(text)


SOUP = [
    "x",
    "y",
    "1",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "+",
    "-",
    "**",
    "not",
    "and",
    "if",
    "else",
    "for",
    "in",
    "lambda",
    ".",
    ";",
    "==",
    "*",
    "f",
    "pass",
    "return",
    "+=",
    "...",
]


@given(st.lists(st.sampled_from(SOUP), min_size=1, max_size=9).map(" ".join))
@settings(max_examples=1000, deadline=None)
def test_token_soup_is_accepted_or_rejected_as_by_python(text: str) -> None:
    check_agreement(text)


@pytest.mark.parametrize("text", ["a\u0301", "ﬁ", "𝐱", "ª", "x１"])
def test_names_are_normalised_as_in_python(text: str) -> None:
    check_agreement(text)


RECORDS = (
    *(tree.Number, tree.Constant, tree.String, tree.Name, tree.Binary, tree.Power, tree.Unary, tree.Compare),
    *(tree.Logical, tree.Conditional, tree.Call, tree.Attribute, tree.Subscript, tree.ListLiteral),
    *(tree.TupleLiteral, tree.Comprehension, tree.Lambda),
)


def records(node: Any) -> Any:
    """Every expression below a node."""
    if isinstance(node, tuple) and not isinstance(node, Span):
        if isinstance(node, RECORDS):
            yield node
        for child in node:
            yield from records(child)


@given(EXPRESSIONS)
@settings(max_examples=200, deadline=None)
@example("(x) + ((y).T)[1:](2, z=3) ** -(2)")
def test_the_text_at_a_span_is_the_expression(text: str) -> None:
    try:
        module = parse(Source(text))
    except ProgramError:
        return
    for node in records(module):
        part = text[node.span.start : node.span.end]
        assert part == part.strip()
        again = parse(Source(f"({part}\n)")).body[0]
        assert isinstance(again, tree.ExpressionStatement | tree.Pass)
        if isinstance(again, tree.ExpressionStatement):
            whole = tree.Module((tree.ExpressionStatement(node, node.span),), node.span)
            assert form_of_tree(tree.Module((again,), node.span)) == form_of_tree(whole)
