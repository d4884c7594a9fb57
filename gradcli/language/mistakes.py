"""Where the parser cannot go on: what was expected there, what stands there, and what was probably meant."""

from __future__ import annotations

from gradcli.errors import ProgramError
from gradcli.language.hints import find_hint
from gradcli.language.source import Span
from gradcli.language.tables import Tables
from gradcli.language.tokens import Tokens
from gradcli.records import NamedTuple

_LONGEST_QUOTE = 30
_NEAR = 3  # tokens before and after the one that does not fit
_IMPLIED = frozenset(["NEWLINE", "INDENT", "DEDENT", "$END"])
_KINDS = {"NAME": "the name ", "NUMBER": "the number ", "STRING": "the string "}

# What to say when a token may stand somewhere, the most telling first, ...
_TELLING = {
    "return": "a statement",
    "NUMBER": "an expression",
    "NAME": "a name",
    "INDENT": "an indented block",
}
# ... and the ones that are shown as they are.
_SIGNS = ("else", "import", "in", "=", ",", ")", "]", "(", ":", "{")


class Place(NamedTuple):
    """Where the parser stopped: the token, those that could stand there, and the symbols on its stack."""

    tokens: Tokens
    at: int
    expected: frozenset[str]
    stack: list[str]

    @property
    def symbol(self) -> str:
        """The symbol of the token."""
        return self.tokens.symbols[self.at]

    @property
    def before(self) -> str:
        """The symbol of the token before it; at the beginning, that of a line's end."""
        return self.tokens.symbols[self.at - 1] if self.at else "NEWLINE"

    @property
    def found(self) -> str:
        """The token in words."""
        if self.symbol in _IMPLIED:
            if self.text(1) == "}":
                return "`}`"
            is_last = _IMPLIED.issuperset(self.tokens.symbols[self.at :])
            return "the end of the program" if is_last else "the end of the line"
        is_keyword = self.symbol == self.text() and self.symbol.isalpha()
        return f"{'the keyword ' if is_keyword else _KINDS.get(self.symbol, '')}`{self.quoted()}`"

    def text(self, distance: int = 0) -> str:
        """The text of the token, or of one before or after it."""
        index = self.at + distance
        return self.tokens.texts[index] if 0 <= index < len(self.tokens.texts) else ""

    def quoted(self, distance: int = 0) -> str:
        """The same, shortened for a message."""
        text = self.text(distance)
        return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"

    def touches(self, distance: int = 0) -> bool:
        """Whether the token, or one before or after it, follows its predecessor without a blank."""
        index = self.at + distance
        return index > 0 and self.tokens.span(index - 1).end == self.tokens.starts[index]


def unexpected(tables: Tables, tokens: Tokens, index: int) -> ProgramError:
    """The error for the token at `index`, which cannot follow those before it."""
    states, stack = replay(tables, tokens.symbols[:index])
    place = Place(tokens, index, acceptable(tables, states), stack)
    message, help = find_hint(place)
    message = message or f"expected {_expected(place.expected)}, found {place.found}"
    return ProgramError(message, span=_span(place, message), help=help)


def replay(tables: Tables, symbols: list[str]) -> tuple[list[int], list[str]]:
    """The automaton's states and symbols before it looked at the token that it cannot take."""
    states = [0]
    stack: list[str] = []
    for symbol in symbols:
        while (action := tables.rows[states[-1]][symbol]) < 0:
            made, size, _ = tables.rules[action]
            del states[-size:], stack[-size:]
            states.append(tables.rows[states[-1]][made])
            stack.append(made)
        states.append(action)
        stack.append(symbol)
    return states, stack


def acceptable(tables: Tables, states: list[int]) -> frozenset[str]:
    """The terminals that the automaton would take, after all reductions that they bring about."""
    made = {rule.symbol for rule in tables.rules}
    terminals = [symbol for symbol in tables.rows[states[-1]] if symbol not in made]
    return frozenset(symbol for symbol in terminals if takes(tables, states.copy(), symbol))


def takes(tables: Tables, states: list[int], symbol: str) -> bool:
    """Whether the automaton would take the terminal; uses `states` up."""
    while (action := tables.rows[states[-1]].get(symbol)) is not None:
        if action >= 0:
            return True
        rule = tables.rules[action]
        del states[-rule.size :]
        states.append(tables.rows[states[-1]][rule.symbol])
    return False


def _expected(symbols: frozenset[str]) -> str:
    """The acceptable tokens in words, leaving out those that a reader would not think of."""
    for symbol, word in _TELLING.items():
        if symbol in symbols:
            return word
    if "NEWLINE" in symbols:
        return (
            "an operator or the end of the statement" if "OPERATOR" in symbols else "the end of the statement"
        )
    if "." in symbols:
        symbols -= {"(", "[", "=" if ")" in symbols else "."}
    words = [f"`{symbol}`" for symbol in _SIGNS if symbol in symbols]
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _span(place: Place, message: str) -> Span:
    """The place of the sign or word that the message begins with, or else of the token.

    An implied token has the place of the block or the `}` after it, or none.
    """
    if message.startswith("`"):
        named = _find(place, message[1:].partition("`")[0])
        if named is not None:
            return named
    is_before = place.symbol == "INDENT" or (place.symbol == "NEWLINE" and place.text(1) == "}")
    return place.tokens.span(place.at + is_before)


def _find(place: Place, text: str) -> Span | None:
    """Where a text stands near the token: it may be up to three tokens that touch, such as `>>>`."""
    tokens = place.tokens
    for width in (1, 2, 3):
        around = range(max(place.at - _NEAR, 0), min(place.at + _NEAR, len(tokens.texts) - width))
        for first in sorted(around, key=lambda index: abs(index - place.at)):
            last = first + width - 1
            span = Span(tokens.starts[first], tokens.span(last).end)
            if "".join(tokens.texts[first : last + 1]) == text and span.end - span.start == len(text):
                return span
    return None
