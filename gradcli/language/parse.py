"""The parser: a shift-reduce loop over the tables that Lark made from the grammar."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from gradcli.errors import ProgramError
from gradcli.language import expressions, statements, tree
from gradcli.language.bounds import check_arrows, check_depth, check_jumps, check_size
from gradcli.language.imports import resolve_imports
from gradcli.language.source import Source
from gradcli.language.tables import Tables, load_tables
from gradcli.language.tokens import Tokens, tokenize


def parse(source: Source) -> tree.Module:
    """The syntax tree of a program; raises `ProgramError` with the place of what is wrong."""
    try:
        return _parse(source.text)
    except ProgramError as error:
        raise error.at(None, source) from None


def _parse(text: str) -> tree.Module:
    check_size(text)
    tables = load_tables()
    with _paused_collection():
        tokens = tokenize(text, tables)
        check_arrows(text, tokens)
        resolve_imports(tokens)
        module = _reduce(tokens, tables, _builders())
    check_depth(module)
    check_jumps(module, tokens)
    return module


@contextmanager
def _paused_collection() -> Iterator[None]:
    """No garbage collection: a growing tree has no cycles, and to look for some doubles the time it takes."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@cache
def _builders() -> list[Any]:
    """The function of each rule of the tables: (children, start, end) to a value."""
    functions = vars(expressions) | vars(statements)
    return [functions[rule.builder] if rule.builder else None for rule in load_tables().rules]


def _reduce(tokens: Tokens, tables: Tables, builders: list[Any]) -> tree.Module:
    """Run the automaton; its states, the symbols' values and where they begin are stacks side by side."""
    rows, rules = tables.rows, tables.rules
    states = [0]
    values: list[Any] = []
    starts: list[int] = []
    row, end = rows[0], 0
    for index, symbol, text, start in zip(range(len(tokens.symbols)), *tokens, strict=True):
        while (action := row.get(symbol)) is None or action < 0:
            if action is None:
                raise _unexpected(tables, tokens, index)
            made, size, _ = rules[action]
            build = builders[action]
            if size > 1:
                del states[1 - size :], starts[1 - size :]
                values[-size:] = [build(values[-size:], starts[-1], end)]
            elif build is not None:
                values[-1] = build(values[-1:], starts[-1], end)
            states[-1] = state = rows[states[-2]][made]
            row = rows[state]
        states.append(action)
        values.append(text)
        starts.append(start)
        end = start + len(text)
        row = rows[action]
    module: tree.Module = values[0]
    return module


def _unexpected(tables: Tables, tokens: Tokens, index: int) -> ProgramError:
    """The error at a token; what explains mistakes is loaded only when there is one."""
    from gradcli.language.mistakes import unexpected

    return unexpected(tables, tokens, index)
