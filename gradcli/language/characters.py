"""Characters that have no meaning in a program, and what was probably meant by them."""

from __future__ import annotations

from collections.abc import Callable

from gradcli.errors import ProgramError
from gradcli.language.source import Span

# What people paste from papers, word processors and other keyboards.
_LOOKALIKES = {
    **dict.fromkeys("−‐‑‒–—﹣－", "-"),
    **dict.fromkeys("×∗⋅·∙•", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("←≔", "="),
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≡": "==",
    "∧": "and",
    "∨": "or",
    "¬": "not",
    "∞": "inf",
    "√": "sqrt(…)",
    "∑": "sum(…)",
    "∏": "prod(…)",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "…": "...",
}
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ", "0123456789n", strict=True))

# Signs of other languages.
FOREIGN = {
    "&&": "write `and`",
    "||": "write `or`",
    "&": "write `and` between conditions; masks are multiplied: (x > 0)*(x < 1)",
    "|": "write `or` between conditions; for masks there is `maximum`",
    "~": "write `not` before a condition; the opposite of a mask is 1 - mask",
    "!": "write `not` before a condition; a factorial is gamma(n + 1)",
    "?": "write `a if condition else b`",
    "$": "names are written without `$`",
    "`": "names are written without quotes",
}


def check_identifier(text: str, start: int) -> None:
    """Raise `ProgramError` at the first character of the text at offset `start` that no name can have."""
    if text.isidentifier():
        return
    bad = 0
    while (text[0] if bad == 0 else f"x{text[bad]}").isidentifier():
        bad += 1
    raise _unknown_letter(text[bad:], start + bad)


def _unknown_letter(text: str, start: int) -> ProgramError:
    """The error for a text that begins with a character that means nothing, or not what it looks like."""
    from unicodedata import category, name, normalize

    letter = text[0]
    length = 1
    if letter in _SUPERSCRIPTS:
        length = _count(text, lambda c: c in _SUPERSCRIPTS)
        power = "".join(_SUPERSCRIPTS[c] for c in text[:length])
        help = f"did you mean `**{power}`?"
    elif letter.isdecimal():
        length = _count(text, str.isdecimal)
        help = f"did you mean `{int(text[:length])}`?"
    elif letter in _LOOKALIKES:
        help = f"did you mean `{_LOOKALIKES[letter]}`?"
    elif category(letter) == "Zs":
        help = "write a plain space"
    elif (normal := normalize("NFKC", letter)).isascii() and normal.isprintable():
        length = _count(text, lambda c: not c.isascii() and normalize("NFKC", c).isascii())
        help = f"did you mean `{normalize('NFKC', text[:length])}`?"
    else:
        help = "remove it"
    shown = letter if letter.isprintable() else ascii(letter)[1:-1]
    message = f"`{shown}` ({name(letter, 'unnamed').lower()}) has no meaning in a program"
    return ProgramError(message, span=Span(start, start + length), help=help)


def _count(text: str, belongs: Callable[[str], bool]) -> int:
    """How many characters at the beginning of the text belong together."""
    return next((n for n, character in enumerate(text) if not belongs(character)), len(text))


def stray_character(text: str, start: int) -> ProgramError:
    """The error for the ASCII character at `start`, with which no token begins."""
    character = text[start]
    if character in "'\"":
        return _unterminated(text, start)
    if character == "\\":
        message = "a backslash continues a line only as its last character, and only if a line follows"
        return ProgramError(message, span=Span(start, start + 1), help="remove it")
    for sign, help in FOREIGN.items():
        if text.startswith(sign, start):
            span = Span(start, start + len(sign))
            return ProgramError(f"`{sign}` is not part of the language", span=span, help=help)
    message = f"the control character `{ascii(character)[1:-1]}` has no meaning in a program"
    help = "end lines with \\n or \\r\\n" if character == "\r" else "remove it"
    return ProgramError(message, span=Span(start, start + 1), help=help)


def _unterminated(text: str, start: int) -> ProgramError:
    """The error for a string that has no end on its line, or none at all if it begins with three quotes."""
    quote = text[start]
    if text.startswith(quote * 3, start):
        span, quote = Span(start, start + 3), quote * 3
    else:
        line = text[start:].partition("\n")[0].rstrip("\r")
        span = Span(start, start + len(line))
    return ProgramError("this string does not end", span=span, help=f"add the closing `{quote}`")
