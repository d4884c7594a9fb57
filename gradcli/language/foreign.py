"""Notation of other languages, and what to write instead; each function knows one, as in `hints`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcli.language.advice import AFTER_EXPRESSIONS, BEFORE_NAMES

if TYPE_CHECKING:
    from gradcli.language.hints import Hint
    from gradcli.language.mistakes import Place

# Signs of two characters that are two tokens here.
_PAIRS = {
    "&&": "write `and`",
    "||": "write `or`; bars are norm(x)",
    "~=": "write `!=`",
    ":=": "assign in a statement of its own: name = value",
    "===": "write `==`",
    "!==": "write `!=`",
    "<>": "write `!=`",
    "=<": "write `<=`",
    "=>": "write `>=`; a function is `lambda x: …`",
    "::": "names have one dot: np.sin",
    "..": "write range(1, 4), which ends before 4",
    ".(": "functions work on every entry: leave out the dot",
    **{
        f".{sign}": f"operators work on every entry: write `{sign}`"
        for sign in ("*", "/", "^", "**", "+", "-", "@")
    },
}
_BLOCKS = frozenset(["if", "elif", "else", "head"])  # what has a colon of its own


def _pair(place: Place) -> Hint | None:
    for at in (0, 1):
        sign = place.text(at - 1) + place.text(at)
        if sign == ":=" and place.text(at - 2) == ")":
            return "`:=` is not part of the language", BEFORE_NAMES["function"]
        if sign in _PAIRS and place.touches(at):
            return f"`{sign}` is not part of the language", _PAIRS[sign]
    return None


def _comment(place: Place) -> Hint | None:
    starts_statement = "return" in place.expected
    if starts_statement and place.text() in ("//", "%", "/"):
        return f"`{place.text()}` begins no comment", "comments begin with `#`"
    if place.text() == "*" and place.text(-1) == "/" and place.touches():
        return "`/*` begins no comment", "comments begin with `#`"
    return None


def _comment_behind(place: Place) -> Hint | None:
    """`y = a // the loss` is a division up to the second word."""
    if (place.before, place.symbol, place.text(-2)) == ("NAME", "NAME", "//"):
        return None, "`//` divides; comments begin with `#`"
    return None


def _percent(place: Place) -> Hint | None:
    if place.text(-1) == "%" and place.symbol in ("NEWLINE", ";", ")") and "NUMBER" in place.expected:
        return None, "`%` is the remainder, as in 7 % 2; 5 percent are 0.05"
    return None


def _prompt(place: Place) -> Hint | None:
    if place.text() == place.text(1) == ">" and "return" in place.expected:
        return "`>>>` is not part of the program", "leave out the prompt"
    if place.before == "ELLIPSIS" and place.symbol == "NAME":
        return "`...` is not part of the program", "leave out the prompt"
    return None


def _word(place: Place) -> Hint | None:
    if place.symbol == "NAME" and place.text() in AFTER_EXPRESSIONS:
        return f"`{place.text()}` is not part of the language", AFTER_EXPRESSIONS[place.text()]
    if place.symbol == place.before == "NAME" and place.text(-1) in BEFORE_NAMES:
        return f"`{place.text(-1)}` is not part of the language", BEFORE_NAMES[place.text(-1)]
    return None


def _declaration(place: Place) -> Hint | None:
    if place.symbol == place.before == "NAME" and place.text(1) == "=" and "NEWLINE" in place.expected:
        return None, f"a name is assigned without its type: {place.quoted()} = …"
    return None


def _arrow(place: Place) -> Hint | None:
    if place.symbol == "ARROW":
        return "`->` stands behind the parameters of `def` only", "a function is `lambda x: …`"
    return None


def _slice_in_parentheses(place: Place) -> Hint | None:
    if place.symbol == ":" and (")" in place.expected or place.text(-1) == "("):
        return None, "entries and slices stand in brackets: x[1:2]"
    return None


def _range(place: Place) -> Hint | None:
    in_block = not _BLOCKS.isdisjoint(place.stack) and place.text(-4) != "in"
    follows_colon = place.text(-2) == ":" and place.tokens.symbols[place.at - 3] == "NUMBER"
    if "=" in place.expected and follows_colon and not in_block:
        return None, "a range is range(1, 4), or linspace(0, 1, 11) for numbers that are not whole"
    return None


def _rows(place: Place) -> Hint | None:
    if place.symbol == ";" and "]" in place.expected:
        return None, "rows are lists of their own: [[1, 2], [3, 4]]"
    return None


def _manager(place: Place) -> Hint | None:
    if place.symbol == "as" and ":" in place.expected:
        return "`with` is only for `no_grad()` here", "write `with no_grad():`"
    return None


FOREIGN_NOTATION = (
    _comment,
    _pair,
    _comment_behind,
    _percent,
    _prompt,
    _word,
    _declaration,
    _arrow,
    _slice_in_parentheses,
    _range,
    _rows,
    _manager,
)
