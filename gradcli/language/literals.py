"""The values of number and string literals."""

from __future__ import annotations

import re
import sys

from gradcli.errors import ProgramError
from gradcli.language.source import Span
from gradcli.limits import float_beyond_exact

_BASES = {"x": 16, "o": 8, "b": 2}
_LONGEST_INTEGER = 400  # digits, underscores among them; longer ones are beyond float64 and slow to convert

_ESCAPE = re.compile(r"\\(\r?\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])")
_ESCAPED = {"\\": "\\", "'": "'", '"': '"', "\n": "", "\r\n": "", "a": "\a", "b": "\b"}
_ESCAPED |= {"f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_FOREIGN_PREFIXES = {"f": "f-strings", "b": "bytes", "t": "template strings"}


def number(text: str, span: Span) -> int | float:
    """The value of a number; an integer that float64 cannot hold exactly is the nearest float."""
    base = _BASES.get(text[1:2].lower())
    if base is not None:
        return float_beyond_exact(int(text.replace("_", ""), base))
    digits = text.replace("_", "")
    if not digits.isdigit():
        return float(digits)
    if digits[0] == "0" and digits.strip("0"):
        message = f"the integer `{text}` starts with a zero"
        raise ProgramError(message, span=span, help=f"did you mean `{digits.lstrip('0')}` or `0o{digits}`?")
    return float(digits) if len(digits) > _LONGEST_INTEGER else float_beyond_exact(int(digits))


def string(text: str, span: Span) -> str:
    """The text that a literal with its prefix and quotes stands for."""
    quote = min(text.find(mark) for mark in "'\"" if mark in text)
    prefix = text[:quote].lower()
    for letter in prefix:
        if letter in _FOREIGN_PREFIXES:
            message = f"{_FOREIGN_PREFIXES[letter]} are not part of the language"
            raise ProgramError(message, span=span, help=f"leave out the `{letter}`")
    width = 3 if text[quote : quote + 3] in ("'''", '"""') else 1
    content = text[quote + width : -width]
    if "r" in prefix or "\\" not in content:
        return content
    try:
        return _ESCAPE.sub(_resolve, content)
    except ProgramError as error:
        raise error.at(span, None) from None


def _resolve(match: re.Match[str]) -> str:
    """The character of an escape sequence; as in Python, a backslash before any other character stays."""
    escape = match[1]
    if escape in _ESCAPED:
        return _ESCAPED[escape]
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    if escape[0] not in "xuUN":
        return match[0]
    code = int(escape[1:], 16) if len(escape) > 1 else None  # one of these letters alone lacks its digits
    if code is None or code > sys.maxunicode:
        raise ProgramError(f"`\\{escape}` is no character", help="double the backslash to write it literally")
    return chr(code)
