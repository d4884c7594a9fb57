"""Loading the parser in a running process, and parsing per token, beside Lark and Python's own parser."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path

import lark

from gradcli.language.parse import parse
from gradcli.language.source import Source
from gradcli.language.tables import GRAMMAR, grammar_folder, load_tables
from gradcli.language.tokens import tokenize
from tests.benchmarks.harness import Result, medians, slowdown

LINE = "y = y + sin(x*y)**2/3 - (a[1] if x > 0 else -1.5e-3*b)\n"
PARSER = "gradcli.language."


def load() -> None:
    """What the first program of a process waits for: the modules of the language, and the parser's tables."""
    for name in [name for name in sys.modules if name.startswith(PARSER)]:
        del sys.modules[name]
    source = import_module(f"{PARSER}source").Source("x")
    import_module(f"{PARSER}parse").parse(source)


def build() -> lark.Lark:
    """Lark's parser for our grammar. It has no indentation, but a program of assignments needs none."""
    grammar = Path(grammar_folder(), GRAMMAR).read_text("utf-8")
    return lark.Lark(grammar, parser="lalr", lexer="basic", start="program")


def measure() -> list[Result]:
    text = 400 * LINE
    source, other = Source(text), build()
    count = len(tokenize(text, load_tables()).symbols)
    runs = lambda: parse(source), lambda: other.parse(text), lambda: ast.parse(text)
    ours, with_lark, python = (time / count for time in medians(*runs))
    loading, building = medians(load, build, repeats=9)
    return [
        slowdown("the parser, until it has parsed `x`", loading, "the limit", 10e-3, at_most=1),
        slowdown("the parser, until it has parsed `x`", loading, "Lark's build", building),
        slowdown("parsing, a token", ours, "the limit", 3e-6, at_most=1),
        slowdown("parsing, a token", ours, "Lark", with_lark),
        slowdown("parsing, a token", ours, "ast.parse", python),
    ]
