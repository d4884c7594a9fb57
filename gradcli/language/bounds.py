"""What the grammar does not say: how deep a tree may be, where `break` may stand, and what `<-` is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gradcli.errors import ProgramError
from gradcli.language import tree
from gradcli.language.source import Span
from gradcli.language.tokens import Tokens
from gradcli.language.vocabulary import ARROW
from gradcli.limits import MAX_PROGRAM_CHARACTERS, MAX_TREE_DEPTH

_STATEMENT_STARTS = frozenset(["NEWLINE", "INDENT", "DEDENT", ";", "{"])


def check_size(text: str) -> None:
    """Raise `ProgramError` for a text that is too long to be a program."""
    if len(text) > MAX_PROGRAM_CHARACTERS:
        message = (
            f"the program has {len(text):,} characters, more than the limit of {MAX_PROGRAM_CHARACTERS:,}"
        )
        raise ProgramError(message)


def check_depth(module: tree.Module) -> None:
    """Raise `ProgramError` for a tree too deep to be walked, going where its text is long enough for that."""
    level: list[Any] = [module] if module.span.end > MAX_TREE_DEPTH else []
    depth = 0
    while level:
        if depth > MAX_TREE_DEPTH:
            message = f"expressions are nested more than {MAX_TREE_DEPTH:,} deep"
            raise ProgramError(message, span=level[0].span, help="give parts of it names of their own")
        shortest = MAX_TREE_DEPTH - depth
        depth += 1
        children = (child for node in level for child in _children(node))
        level = [child for child in children if child.span.end - child.span.start > shortest]


def _children(node: Iterable[Any]) -> Iterator[Any]:
    """The records directly below a record or a sequence of records."""
    for field in node:
        if type(field) is tuple or type(field) is tree.Clause:
            yield from _children(field)
        elif isinstance(field, tuple) and type(field) is not Span:
            yield field


def check_jumps(module: tree.Module, tokens: Tokens) -> None:
    """Raise `ProgramError` for a `break` or `continue` that is in no loop."""
    if "break" in tokens.symbols or "continue" in tokens.symbols:
        _check_jumps(module.body, in_loop=False)


def _check_jumps(body: tree.Body, *, in_loop: bool) -> None:
    for statement in body:
        match statement:
            case tree.Break() | tree.Continue() if not in_loop:
                word = type(statement).__name__.lower()
                raise ProgramError(f"`{word}` outside of a loop", span=statement.span)
            case tree.If():
                for inner in (*(inner for _, inner in statement.branches), statement.otherwise):
                    _check_jumps(inner, in_loop=in_loop)
            case tree.NoGrad():
                _check_jumps(statement.body, in_loop=in_loop)
            case tree.While() | tree.For() | tree.Define():
                _check_jumps(statement.body, in_loop=not isinstance(statement, tree.Define))


def check_arrows(text: str, tokens: Tokens) -> None:
    """Raise `ProgramError` for `y <- x`, which compares y with -x and is meant as an assignment."""
    if ARROW not in text:
        return
    symbols, _, starts = tokens
    for at in range(1, len(symbols) - 2):
        start = starts[at]
        begins = at == 1 or symbols[at - 2] in _STATEMENT_STARTS
        if begins and symbols[at - 1] == "NAME" and text[start - 1 : start + 3] == f" {ARROW}":
            message = "`<-` compares with a negative number"
            help = "write y = x to assign, y < -x to compare"
            raise ProgramError(message, span=Span(start, start + 2), help=help)
