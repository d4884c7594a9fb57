"""What people write that is not part of the language, and what to write instead.

Each function knows one mistake. It gives a message, or None for the usual one, and a help line; where it does
not apply it gives nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gradcli.language.foreign import FOREIGN_NOTATION
from gradcli.language.vocabulary import RESERVED

if TYPE_CHECKING:
    from gradcli.language.mistakes import Place

Hint: TypeAlias = tuple[str | None, str | None]

_HEADS = ("if", "elif", "else", "while", "for", "def", "with")
_LINE_ENDS = ("NEWLINE", "INDENT", "DEDENT")
_ENDS = (*_LINE_ENDS, ")", "]", "}", ",", ";", "SIGN", "for", "if", "else")
_BOUNDARIES = (*_LINE_ENDS, ";", "{", "}")


def find_hint(place: Place) -> Hint:
    """The first hint that applies."""
    hints = (recognize(place) for recognize in MISTAKES)
    return next((hint for hint in hints if hint is not None), (None, None))


# Words and signs of Python that the language does not have --------------------------------------------------


def _reserved(place: Place) -> Hint | None:
    if place.symbol in RESERVED:
        return f"`{place.symbol}` is not part of the language", RESERVED[place.symbol]
    return None


def _bars(place: Place) -> Hint | None:
    if "NUMBER" not in place.expected or "|" not in (place.text(), place.text(-1)):
        return None
    if place.text() == place.text(1) == "|" and place.before != "OPERATOR":
        return "`||` is no bracket", "write norm(x)"
    if place.text() != "|" and "|" not in place.tokens.texts[: place.at - 1]:
        return None
    if place.text() == place.text(-1) == "|" and place.touches():
        return None
    return "`|` is no bracket", "write abs(x)"


def _keyword_as_name(place: Place) -> Hint | None:
    is_operand = place.symbol == "lambda" and place.before in ("SIGN", "STAR", "OPERATOR")
    is_first = place.text(-1) == "lambda" and "NAME" in place.expected and place.symbol != "NEWLINE"
    if is_operand or (is_first and (place.text() != "*" or place.touches())):
        return "`lambda` is a keyword and cannot be a name", "call it `lam` or `λ`"
    return None


def _membership(place: Place) -> Hint | None:
    is_in = place.symbol == "in" or (place.symbol == "not" and place.text(1) == "in")
    if is_in and "OPERATOR" in place.expected:
        return "`in` belongs to `for`: it is no operator", "compare with `==`: any(x == value)"
    return None


def _separator(place: Place) -> Hint | None:
    if place.text() in ("*", "/") and place.text(1) in (",", ")") and place.before in ("(", ","):
        return f"`{place.text()}` among parameters is not part of the language", "leave it out"
    return None


def _unpacking(place: Place) -> Hint | None:
    follows_operator = place.before in ("OPERATOR", "STAR", "SIGN", "lambda", ".")
    if place.text() in ("*", "**") and "NAME" in place.expected and not follows_operator:
        return f"`{place.text()}` before a name is not part of the language", "name each value or parameter"
    return None


def _decorator(place: Place) -> Hint | None:
    if place.text() == "@" and "return" in place.expected:
        return "decorators are not part of the language", "leave it out"
    return None


def _dictionary(place: Place) -> Hint | None:
    if place.symbol == "{" and place.before == "OPERATOR":
        return None, f"parentheses group what belongs together: {place.text(-1)}(…)"
    if place.symbol == "{" and place.before == "NAME" and place.touches():
        return None, _index_or_argument(place.text(-1), place.quoted(-1))
    if place.symbol == "{" and "NUMBER" in place.expected:
        return None, "there are no dictionaries and sets; structured inputs are given as JSON"
    if place.symbol == "{" and "NEWLINE" in place.expected:
        return None, "braces hold the statements of `if`, `while`, `for`, `def` or `with`"
    return None


def _index_or_argument(name: str, shown: str) -> str:
    if name in ("sum_", "prod_"):
        return "write sum(f(i) for i in range(n)), prod([f(i) for i in range(n)])"
    if name == "log_":
        return "write log2(x), log10(x), or log(x)/log(b)"
    if name.endswith("_"):
        return f"an index is part of the name, `{shown}1`, or stands in brackets, `{shown[:-1]}[1]`"
    return f"did you mean `{shown}(…)`?" if _is_function(name) else f"did you mean `{shown}[…]`?"


# Expressions ------------------------------------------------------------------------------------------------


def _number_and_name(place: Place) -> Hint | None:
    if (place.before, place.symbol) != ("NUMBER", "NAME") or not place.touches():
        return None
    number, name = place.quoted(-1), place.quoted()
    if name in ("j", "J"):
        return "complex numbers are not part of the language", None
    if name.startswith("_"):
        return f"the number `{number}` runs into `{name}`", "single underscores may stand between digits"
    return f"the number `{number}` runs into the name `{name}`", f"did you mean `{number}*{name}`?"


def _juxtaposition(place: Place) -> Hint | None:
    if place.symbol not in ("NAME", "NUMBER", "STRING") or "OPERATOR" not in place.expected:
        return None
    if place.symbol == "STRING" and place.touches() and place.text().startswith("'"):
        return "`'` is not part of the language where no string begins", "the transpose of `A` is `A.T`"
    if place.before == "NAME" and (place.symbol == "STRING" or _is_function(place.text(-1))):
        is_whole = place.symbol != "STRING" and place.tokens.symbols[place.at + 1] in _ENDS
        return None, f"did you mean `{place.quoted(-1)}({place.quoted() if is_whole else '…'})`?"
    if place.touches() and not (place.symbol == "NAME" and place.before in (")", "]")):
        return None
    if place.before == place.symbol == "NUMBER" and "]" in place.expected:
        return None, "entries are separated by commas, rows are lists of their own: [[1, 2], [3, 4]]"
    if place.symbol != "STRING" and place.before in ("NAME", "NUMBER", ")", "]"):
        return None, f"to multiply, write `*` before `{place.quoted()}`"
    return None


def _is_function(name: str) -> bool:
    from gradcli.language.library import table_function

    return table_function(name, "") is not None


def _comparison(place: Place) -> Hint | None:
    if place.symbol != "=":
        return None
    if place.text(-1) in ("from", "import", "for", "with", "def", "assert", "as", "in"):
        return f"`{place.text(-1)}` is a keyword and cannot be a name", None
    if place.before == "NAME" and _head(place) == "for":
        return "`=` cannot follow the variable of a `for`", "to count, write for i in range(n) { … }"
    if "OPERATOR" in place.expected:
        return "`=` does not compare", "write `==`"
    return None


def _increment(place: Place) -> Hint | None:
    sign = place.text(-1)
    follows_name = place.at > 2 and place.tokens.symbols[place.at - 3] == "NAME"
    is_end = place.symbol in ("NEWLINE", ";")
    if sign == place.text(-2) in ("+", "-") and place.touches(-1) and is_end and follows_name:
        return f"`{sign}{sign}` is not part of the language", f"write `{place.quoted(-3)} {sign}= 1`"
    return None


def _conditional(place: Place) -> Hint | None:
    if place.symbol == "if" and "NUMBER" in place.expected and "return" not in place.expected:
        return None, "a conditional expression is written `a if condition else b`"
    if "else" in place.expected and "OPERATOR" in place.expected:
        return None, "a conditional expression has both values: a if condition else b"
    return None


def _generator(place: Place) -> Hint | None:
    if ")" not in place.expected:
        return None
    comes_last = place.symbol == "for" and "," in place.expected
    comes_first = place.symbol == "," and "for" in place.expected
    if comes_first or comes_last:
        return None, "a generator among other arguments stands in parentheses"
    return None


# Statements and blocks --------------------------------------------------------------------------------------


def _indentation(place: Place) -> Hint | None:
    if place.symbol == "INDENT":
        return "unexpected indentation", "only the block after a `:` is indented deeper than the line before"
    return None


def _missing_block(place: Place) -> Hint | None:
    if place.expected != {"INDENT"}:
        return None
    help = "inside braces, blocks stand in braces or on one line" if "{" in place.stack else None
    return f"the block of `{_head(place)}` is missing: no indented line follows", help


def _block_start(place: Place) -> Hint | None:
    head = _head(place)
    openers = [opener for opener in (":", "{") if opener in place.expected]
    if head is None or not openers or place.expected & {")", "]", "NEWLINE"}:
        return None
    if place.symbol == "=" and head in ("if", "elif", "while"):
        return None
    help = None
    if place.symbol in (":", "{"):
        help = "after `;` a block stands in braces, and so do the blocks of one `if` or none"
    elif (head, place.symbol) == ("else", "if"):
        help = "write `elif`"
    wanted = " or ".join(f"`{opener}`" for opener in openers)
    return f"expected {wanted} to open the block of `{head}`, found {place.found}", help


def _head(place: Place) -> str | None:
    """The keyword at the beginning of the statement, if it is one that has a block."""
    symbols = place.tokens.symbols
    index = place.at - 1
    while index > 0 and symbols[index] in _LINE_ENDS:
        index -= 1
    while index > 0 and symbols[index - 1] not in _BOUNDARIES:
        index -= 1
    return symbols[index] if symbols[index] in _HEADS else None


def _else(place: Place) -> Hint | None:
    if place.symbol not in ("else", "elif"):
        return None
    if (place.text(-2), place.text(-1)) == ("}", ";"):
        return f"`{place.symbol}` is cut off from its `if`", "leave out the `;` after `}`"
    if _head(place) == "if":
        return None, f"write `{place.symbol}` on a line of its own, or put both blocks in braces"
    if {"for", "while"} & set(place.tokens.symbols[: place.at]):
        return f"`{place.symbol}` has no `if` before it", "a loop has no `else`: set a flag before `break`"
    return f"`{place.symbol}` has no `if` before it", None


def _nested_on_one_line(place: Place) -> Hint | None:
    if place.symbol in _HEADS and "return" in place.expected:
        return (
            f"`{place.symbol}` cannot follow a `:` on its line",
            "put the block in braces, or on lines of its own",
        )
    return None


MISTAKES = (
    _reserved,
    _bars,
    *FOREIGN_NOTATION,
    _keyword_as_name,
    _membership,
    _separator,
    _unpacking,
    _decorator,
    _dictionary,
    _number_and_name,
    _indentation,
    _missing_block,
    _block_start,
    _juxtaposition,
    _comparison,
    _increment,
    _conditional,
    _generator,
    _else,
    _nested_on_one_line,
)
