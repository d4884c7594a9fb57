"""Programs and their structure or error, one file each in tests/cases/syntax, and what files cannot hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradcli.errors import ProgramError
from gradcli.language import tree
from gradcli.language.parse import parse
from gradcli.language.source import Source, Span
from gradcli.render.diagnostic import diagnostic
from tests.language.forms import form_of_tree

CASES = sorted((Path(__file__).parents[1] / "cases" / "syntax").glob("*.txt"))


def outcome(text: str, name: str = "<program>") -> str:
    """What the parser makes of a text: its structure, or the error as it is shown."""
    try:
        return form_of_tree(parse(Source(text, name)))
    except ProgramError as error:
        return diagnostic(error)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    program, separator, expected = path.read_text("utf-8").partition("\n----\n")
    assert separator, "a case is a program, a line `----`, and what the parser makes of it"
    assert outcome(program).rstrip() == expected.rstrip()


def test_there_are_cases() -> None:
    assert len(CASES) > 40


SUM = "y = x\nsum(y)"


@pytest.mark.parametrize(
    "text",
    [
        "y = x\r\nsum(y)\r\n",
        "\ufeffy = x\nsum(y)",
        "\n\n  # first\n\ny = x\n\n\nsum(y)\n# last",
        "\fy = x\n\fsum(y)",
        "   y = x\n   sum(y)\n",
        "y = x;\nsum(y);",
        "y = \\\n  x\nsum(\\\r\ny)",
        "\\\ny = x\nsum(\n# why\n y\n)",
        "y = x\n\t\nsum(y)\n   ",
        "y = x; sum(y) # both",
    ],
)
def test_layout_that_means_the_same(text: str) -> None:
    assert outcome(text) == SUM


BRANCH = "if x:\n    y = 1\nelse:\n    if z:\n        y = 2\n        w = 3\n    else:\n        y = 4"


@pytest.mark.parametrize(
    "text",
    [
        "if x:\n\ty = 1\nelif z:\n\ty = 2\n\tw = 3\nelse:\n\ty = 4",
        "if x: y = 1\nelif z: y = 2; w = 3\nelse: y = 4",
        "if x { y = 1 } elif z { y = 2; w = 3 } else { y = 4 }",
        "if x {\n  y = 1\n}\nelif z {\n  y = 2\n  w = 3;\n}\n\n# else\nelse\t{ y = 4 };",
        "if x {\ny = 1 } elif z { y = 2\n\n w = 3 } else\\\n{ y = 4 }\n",
        "if x { y = 1 } elif z {\n      y = 2\n  w = 3\n} else {\n\n y = 4 }",
    ],
)
def test_blocks_that_mean_the_same(text: str) -> None:
    assert outcome(text) == BRANCH


def test_braces_hold_indentation_and_indentation_holds_braces() -> None:
    text = "def f(x):\n  while x < 9 {\n x = x*2\n    if x > 4 { break }\n  }\n  return x\nf(1)"
    assert outcome(text).splitlines()[0] == "def f(x):"
    assert outcome(text).splitlines()[-1] == "f(1)"
    assert outcome("while x { if y: x = 1; y = 2\n z = 3 }").splitlines()[-1] == "    z = 3"


def test_an_else_after_a_dedent_belongs_to_the_outer_if() -> None:
    text = "if a:\n  if b { c }\nelse { d }"
    assert "to open the block of `else`" in outcome(text)
    assert outcome("if a:\n  if b { c }\nelse: d") == "if a:\n    if b:\n        c\nelse:\n    d"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000", 1000),
        ("0x_ff", 255),
        ("0B101", 5),
        ("0o17", 15),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        ("1_0.2_5E+1_0", 10.25e10),
        ("000", 0),
        ("007.5", 7.5),
        ("1e999", float("inf")),
        (str(2**53), 2**53),
        (str(2**53 + 1), float(2**53)),
        ("9" * 5000, float("inf")),
        ("0x" + "f" * 5000, float("inf")),
        (hex(2**1024 - 1), float("inf")),
    ],
)
def test_numbers(text: str, value: float) -> None:
    statement = parse(Source(text)).body[0]
    assert isinstance(statement, tree.ExpressionStatement)
    assert isinstance(statement.value, tree.Number)
    assert (statement.value.value, type(statement.value.value)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"'a\tb\\\'\"'", "a\tb\\'\""),
        (r'"\x41\u03b8\U0001F600\101\0"', "Aθ😀A\0"),
        (r"'\d\ '", r"\d\ "),
        (r"r'\n\''", r"\n\'"),
        ("'a\\\nb'", "ab"),
        ('"""a\n"b" \\""""', 'a\n"b" "'),
        ("u'a' R'\\n' 'b'", "a\\nb"),
        ("''", ""),
    ],
)
def test_strings(text: str, value: str) -> None:
    statement = parse(Source(f"f({text})")).body[0]
    assert isinstance(statement, tree.ExpressionStatement)
    assert isinstance(statement.value, tree.Call)
    argument = statement.value.arguments[0]
    assert argument.value == tree.String(value, Span(2, 2 + len(text)))


def test_operators_with_a_second_spelling() -> None:
    assert outcome("2^-x^2; x ^= 3") == "(2 ** (- (x ** 2)))\nx **= 3"


def test_parentheses_belong_to_the_place_of_what_they_hold() -> None:
    text = "( a+b )*(c)"
    statement = parse(Source(text)).body[0]
    assert isinstance(statement, tree.ExpressionStatement)
    assert isinstance(statement.value, tree.Binary)
    ((_, right),) = statement.value.rest
    places = [statement.value.first.span, right.span, statement.value.span]
    assert [text[span.start : span.end] for span in places] == ["( a+b )", "(c)", text]


def test_places_of_statements_and_names() -> None:
    text = "def f(a, b: int = 2):\n    return a.T[b]\n\nx = f(1) ; y += 2\n"
    define, assign, augmented = parse(Source(text)).body
    assert isinstance(define, tree.Define)
    assert text[define.name_span.start : define.name_span.end] == "f"
    assert [text[p.span.start : p.span.end] for p in define.parameters] == ["a", "b: int = 2"]
    assert text[define.span.start : define.span.end].endswith("a.T[b]")
    assert text[assign.span.start : assign.span.end] == "x = f(1)"
    assert text[augmented.span.start : augmented.span.end] == "y += 2"
    returned = define.body[0]
    assert isinstance(returned, tree.Return)
    assert isinstance(returned.value, tree.Subscript)
    assert isinstance(returned.value.base, tree.Attribute)
    assert text[returned.value.base.name_span.start : returned.value.base.name_span.end] == "T"


def test_an_error_has_its_source() -> None:
    source = Source("x +", "cases.grad")
    with pytest.raises(ProgramError) as caught:
        parse(source)
    assert caught.value.source is source
