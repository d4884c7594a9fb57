"""The shipped parse tables: up to date, rebuilt in memory when they are not, loaded without Lark."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import lark
import pytest

from gradcli.language import expressions, statements, tables
from gradcli.language.parse import parse
from gradcli.language.source import Source
from gradcli.language.vocabulary import RESERVED

FOLDER = Path(tables.grammar_folder())
GRAMMAR = (FOLDER / tables.GRAMMAR).read_text("utf-8")
SAVED = (FOLDER / tables.TABLES).read_text("utf-8")


def test_the_saved_tables_are_what_the_grammar_gives() -> None:
    built = tables.build(GRAMMAR)
    saved = json.loads(SAVED)
    assert tables.digest(GRAMMAR) == saved["sha256"], "run python -m gradcli.language.tables"
    assert tables.render({**built, "lark": saved["lark"]}) == SAVED


def test_the_tables_do_not_depend_on_the_order_of_sets() -> None:
    script = "from gradcli.language import tables as t; print(t.digest(t.render(t.build(open(%r).read()))))"
    command = [sys.executable, "-c", script % str(FOLDER / tables.GRAMMAR)]
    runs = [
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True)
        for seed in "12"
    ]
    assert runs[0].stdout == runs[1].stdout


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    """Lark resolves shift/reduce conflicts by shifting and says so in its log only."""
    lark.logger.addHandler(caplog.handler)
    level = lark.logger.level
    try:
        lark.logger.setLevel(logging.DEBUG)
        lark.Lark(GRAMMAR, parser="lalr", lexer="basic", start="program", debug=True)
    finally:
        lark.logger.setLevel(level)
        lark.logger.removeHandler(caplog.handler)
    assert "conflict" not in caplog.text.lower()


def test_every_rule_has_a_builder_and_every_builder_a_rule() -> None:
    used = {rule.builder for rule in tables.load_tables().rules} - {None}
    defined = {
        name
        for module in (expressions, statements)
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__
        and getattr(value, "__annotations__", {}).keys() == {"children", "start", "end", "return"}
    }
    assert used == defined


def test_words_are_reserved() -> None:
    words = tables.load_tables().words
    assert {"if", "lambda", "True", "in"} <= words
    assert words >= RESERVED.keys()
    assert not words & {rule.symbol for rule in tables.load_tables().rules}


@pytest.fixture
def other_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the grammars that is in use while the test runs."""
    for name, text in ((tables.GRAMMAR, GRAMMAR), (tables.TABLES, SAVED)):
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.setattr(tables, "grammar_folder", lambda: str(tmp_path))
    tables.load_tables.cache_clear()
    yield tmp_path
    tables.load_tables.cache_clear()


def test_tables_that_do_not_fit_are_rebuilt_in_memory(other_folder: Path) -> None:
    grammar = other_folder / tables.GRAMMAR
    grammar.write_text(GRAMMAR.replace('"//" | "%"', '"//" | "div" | "%"') + "// edited\n", "utf-8")
    before = sorted((path.name, path.read_bytes()) for path in other_folder.iterdir())
    rebuilt = tables.load_tables()
    assert "div" in rebuilt.pattern.pattern
    assert rebuilt.rows == tables.unpack(json.loads(SAVED)).rows
    assert sorted((path.name, path.read_bytes()) for path in other_folder.iterdir()) == before


def test_tables_that_fit_are_not_rebuilt(other_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "build", lambda grammar: pytest.fail("rebuilt"))
    assert tables.load_tables().rows


def test_main_writes_the_tables(other_folder: Path) -> None:
    (other_folder / tables.TABLES).write_text("{}", "utf-8")
    tables.main()
    assert re.sub('"lark": ".*"', "", (other_folder / tables.TABLES).read_text("utf-8")) == re.sub(
        '"lark": ".*"', "", SAVED
    )


def test_parsing_loads_neither_lark_nor_openssl() -> None:
    script = (
        "import sys; from gradcli.language.parse import parse; from gradcli.language.source import Source;"
        "parse(Source('2*dot(x, x)'));"
        "print(sorted({'lark', '_hashlib', 'pathlib', 'dataclasses'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_folder_beside_the_package_or_inside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "gradcli"
    (package / "language").mkdir(parents=True)
    monkeypatch.setattr(tables, "__file__", str(package / "language" / "tables.py"))
    assert tables.grammar_folder() == str(tmp_path / "grammars")
    (package / "grammars").mkdir()
    assert tables.grammar_folder() == str(package / "grammars")


def test_the_parser_agrees_with_lark() -> None:
    """Lark's own parser accepts the same sequences of tokens, so the loop over its tables adds nothing."""
    from gradcli.language.tokens import tokenize

    text = "def f(x):\n  return -x**2 if x > 0 else [i for i in x]\nwhile f(1)[0] < 2 { y += 1 }; y"
    symbols = tokenize(text, tables.load_tables()).symbols[:-1]
    assert parse(Source(text))
    parser = lark.Lark(GRAMMAR, parser="lalr", lexer="basic", start="program", keep_all_tokens=True)
    names = {tables.symbol_of(terminal): terminal.name for terminal in parser.terminals}
    interactive = parser.parse_interactive("")
    for symbol in symbols:
        interactive.feed_token(lark.Token(names.get(symbol, symbol), symbol))
    assert interactive.feed_eof().data == "program"
