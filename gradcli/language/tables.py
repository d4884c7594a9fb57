"""The parse tables: built from the grammar by Lark when gradcli is developed, read from JSON when it runs.

`python -m gradcli.language.tables` writes the JSON again after a change to the grammar. While it does not fit
the grammar (whose SHA-256 it holds), the tables are built in memory instead; nothing is written on the quiet.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gradcli.language.vocabulary import RESERVED
from gradcli.records import NamedTuple

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule as LarkRule
    from lark.lexer import TerminalDef

GRAMMAR = "gradcli.lark"
TABLES = "gradcli.tables.json"


class Rule(NamedTuple):
    """A production: the symbol it makes, from how many, and its builder (None: a lone child is passed on)."""

    symbol: str
    size: int
    builder: str | None


class Tables(NamedTuple):
    """An LALR(1) automaton and its lexer.

    Terminals that are a word or a single sign are called by it (`if`, `,`), others as in the grammar.
    `rows[state][symbol]` is the next state, or where it is negative, `rules[it]` is to be reduced (the rules
    are stored last to first).
    """

    rows: list[dict[str, int]]
    rules: list[Rule]
    pattern: re.Pattern[str]
    words: frozenset[str]


@cache
def load_tables() -> Tables:
    """The tables of the installed grammar."""
    folder = grammar_folder()
    grammar = _read(os.path.join(folder, GRAMMAR))
    saved = json.loads(_read(os.path.join(folder, TABLES)))
    return unpack(saved if saved["sha256"] == digest(grammar) else build(grammar))


def grammar_folder() -> str:
    """The folder of the grammars: inside the package in a wheel, beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "grammars")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "grammars")


def digest(grammar: str) -> str:
    """The SHA-256 of a grammar, by CPython's own code where there is some: `hashlib` loads OpenSSL (3 ms)."""
    for module in ("_sha2", "_sha256", "hashlib"):
        with suppress(ImportError):
            return str(import_module(module).sha256(grammar.encode()).hexdigest())
    raise AssertionError("Python has hashlib")


def unpack(saved: dict[str, Any]) -> Tables:
    """The tables of an object that `build` made."""
    rules = [Rule(*rule) for rule in saved["rules"]]
    words = RESERVED.keys() | saved["words"]
    return Tables(saved["rows"], rules, re.compile(saved["pattern"]), frozenset(words))


def build(grammar: str) -> dict[str, Any]:
    """The tables of a grammar as JSON data; equal grammars and versions of Lark give equal data."""
    import lark

    parser = lark.Lark(
        grammar, parser="lalr", lexer="basic", start="program", keep_all_tokens=True, maybe_placeholders=False
    )
    return {
        "sha256": digest(grammar),
        "lark": lark.__version__,
        "pattern": _lexer_pattern(parser),
        "words": sorted(
            word
            for terminal in parser.terminals
            if (word := symbol_of(terminal)).isalpha() and word != terminal.name
        ),
        "rules": [_rule(rule) for rule in reversed(parser.rules)],
        "rows": _rows(parser),
    }


def symbol_of(terminal: TerminalDef) -> str:
    """What the tables call a terminal: a word or a single sign by itself, any other by its name."""
    text = terminal.pattern.value
    spelled = terminal.pattern.type == "str" and (len(text) == 1 or text.isalpha())
    return str(text if spelled else terminal.name)


def _lexer_pattern(parser: Lark) -> str:
    """One expression for all terminals, tried in Lark's order, and for the blanks that may follow them."""
    ordered = sorted(
        parser.terminals, key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name)
    )
    blanks = [t.pattern.to_regexp() for t in ordered if t.name in parser.ignore_tokens]
    named = [t for t in ordered if t.name == symbol_of(t) and t.name not in parser.ignore_tokens]
    signs = [t.pattern.to_regexp() for t in ordered if t.name != symbol_of(t) and not symbol_of(t).isalpha()]
    groups = [f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in named]
    return rf"(?:{'|'.join(groups)}|(?P<SYMBOL>{'|'.join(signs)})|(?P<OTHER>[\s\S]))(?:{'|'.join(blanks)})*"


def _rule(rule: LarkRule) -> Rule:
    """A production; a template's builder is called like the template."""
    passes_on = rule.options.expand1 and rule.alias is None and len(rule.expansion) == 1
    name = rule.alias or rule.origin.name.partition("{")[0]
    return Rule(rule.origin.name, len(rule.expansion), None if passes_on else name)


def _rows(parser: Lark) -> list[dict[str, int]]:
    """The automaton, its states numbered as a walk from the start meets them: Lark's own order is random."""
    table = parser.parser.parser._parse_table
    symbols = {terminal.name: symbol_of(terminal) for terminal in parser.terminals}
    reductions = {rule: -1 - number for number, rule in enumerate(parser.rules)}
    queue = [table.start_states["program"]]
    numbers = {queue[0]: 0}
    rows = []
    for state in queue:
        row = {}
        for name, (_, target) in sorted(table.states[state].items()):
            if target not in reductions and target not in numbers:
                numbers[target] = len(numbers)
                queue.append(target)
            row[symbols.get(name, name)] = reductions[target] if target in reductions else numbers[target]
        rows.append(row)
    rows[numbers[table.end_states["program"]]]["$END"] = 0
    return rows


def render(tables: dict[str, Any]) -> str:
    """The JSON text of tables, one rule or row a line, so that changes can be read."""
    lines = ",\n".join(f"{json.dumps(key)}: {_render_value(value)}" for key, value in tables.items())
    return f"{{\n{lines}\n}}\n"


def _render_value(value: object) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n" + ",\n".join(json.dumps(item) for item in value) + "\n]"


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def main() -> None:
    """Write the tables beside the grammar."""
    folder = grammar_folder()
    text = render(build(_read(os.path.join(folder, GRAMMAR))))
    with open(os.path.join(folder, TABLES), "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


if __name__ == "__main__":
    main()
