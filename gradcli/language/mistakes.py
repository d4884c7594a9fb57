"""mistakes"""

from __future__ import annotations
from gradcli.errors import ProgramError
from gradcli.language.source import Span


def unexpected(tables, tokens, index, states, values):
    return ProgramError(
        f"unexpected {tokens.texts[index]!r} {tokens.symbols[index]}", span=tokens.span(index)
    )
