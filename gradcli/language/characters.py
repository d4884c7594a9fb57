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
    **dict.fromkeys("“”„‟«»", '"'),
    **dict.fromkeys("‘’‚‛´", "'"),
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
    "∛": "cbrt(…)",
    "∑": "sum(…)",
    "∏": "prod(…)",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "…": "...",
    **dict.fromkeys("⊙∘", "*"),
    "ᵀ": ".T",
    "†": ".mT",
}
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿⁱ⁺⁻⁽⁾", "0123456789ni+-()", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
# Python takes them for letters (the joiners since Unicode 15.1), and people for operators or for nothing.
_NO_NAMES = "·ⁿᵀ\u200c\u200d"
_COMMANDS = "derivatives are asked for by commands: gradcli grad, gradcli diff"
_PRIME = f"the transpose of `A` is `A.T`; {_COMMANDS}"

# Cyrillic and Greek letters that nobody can tell from Latin ones.
_TWINS = str.maketrans("аеорсухіѕјАВЕКМНОРСТУХІЅЈοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxisjABEKMHOPCTYXISJoABEZHIKMNOPTYX")

# Signs of mathematics.
_NOTATION = {
    **dict.fromkeys("∂∇′″", _COMMANDS),
    **dict.fromkeys("‖∥", "write norm(x)"),
    **dict.fromkeys("⌊⌋", "write floor(x)"),
    **dict.fromkeys("⌈⌉", "write ceil(x)"),
    **dict.fromkeys("⟨⟩〈〉", "write dot(x, y)"),
    "⊗": "write kron(A, B) or outer(x, y)",
    "±": "write both: a + b, a - b",
    "∫": "there are no integrals; trapezoid(y, x) adds up",
    "∈": "a loop is written `for i in range(n)`",
    "→": "a function is `lambda x: …`",
    "↦": "a function is `lambda x: …`",
}

# Signs of other languages.
FENCE = "```"
FOREIGN = {
    "!": "write `not` before a condition; a factorial is factorial(n)",
    "?": "write `a if condition else b`",
    "$": "names and formulas are written without `$`",
    FENCE: "leave out the lines around the program",
    "`": "names are written without quotes",
}


def check_identifier(text: str, start: int) -> None:
    """Raise `ProgramError` at the first character of the text at offset `start` that no name can have."""
    if text.isidentifier() and not any(letter in text for letter in _NO_NAMES):
        return
    bad = 0
    while text[bad] not in _NO_NAMES and (text[0] if bad == 0 else f"x{text[bad]}").isidentifier():
        bad += 1
    raise _unknown_letter(text[bad:], start + bad, text[:bad])


def latin_twin(name: str) -> str | None:
    """The Latin name that a name with Cyrillic or Greek letters looks like, if there is one."""
    twin = name.translate(_TWINS)
    return twin if twin != name and twin.isascii() else None


def _unknown_letter(text: str, start: int, before: str) -> ProgramError:
    """The error for a text that begins with a character that means nothing, or not what it looks like.

    `before` is the name that the text continues.
    """
    from unicodedata import category, name, normalize

    letter = text[0]
    length = 1
    if letter in _SUPERSCRIPTS:
        length = _count(text, lambda c: c in _SUPERSCRIPTS)
        help = _for_power(before, "".join(_SUPERSCRIPTS[c] for c in text[:length]))
    elif letter in _SUBSCRIPTS:
        length = _count(text, lambda c: c in _SUBSCRIPTS)
        index = "".join(_SUBSCRIPTS[c] for c in text[:length])
        help = _for_index(before, index)
    elif letter.isdecimal():
        length = _count(text, str.isdecimal)
        help = f"did you mean `{int(text[:length])}`?"
    elif letter in _NOTATION:
        help = _NOTATION[letter]
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


def _for_index(before: str, index: str) -> str:
    """What to write instead of a subscript behind a name."""
    from gradcli.language.library import table_function

    if table_function(before + index, "") is not None:
        return f"did you mean `{before}{index}`?"
    return f"an index is part of the name, `{before}_{index}`, or stands in brackets, `{before}[{index}]`"


def _for_power(before: str, power: str) -> str:
    """What to write instead of a superscript behind a name."""
    from gradcli.language.library import table_function

    if table_function(before, "") is None:
        return f"did you mean `**{power}`?"
    if power == "-1" and table_function(f"a{before}", "") is not None:
        return f"did you mean `a{before}`?"
    return f"the power of a function is written behind it: {before}(…)**{power}"


def _count(text: str, belongs: Callable[[str], bool]) -> int:
    """How many characters at the beginning of the text belong together."""
    return next((n for n, character in enumerate(text) if not belongs(character)), len(text))


def stray_character(text: str, start: int) -> ProgramError:
    """The error for the ASCII character at `start`, with which no token begins."""
    character = text[start]
    if character in "'\"":
        return _unterminated(text, start)
    if character == "\\":
        from gradcli.language.latex import backslash

        return backslash(text, start)
    for sign, help in FOREIGN.items():
        if text.startswith(sign, start):
            span = Span(start, start + len(sign))
            if sign == FENCE:
                return ProgramError(
                    "the fence of a code block is not part of the program", span=span, help=help
                )
            return ProgramError(f"`{sign}` is not part of the language", span=span, help=help)
    message = f"the control character `{ascii(character)[1:-1]}` has no meaning in a program"
    help = "end lines with \\n or \\r\\n" if character == "\r" else "remove it"
    return ProgramError(message, span=Span(start, start + 1), help=help)


def _unterminated(text: str, start: int) -> ProgramError:
    """The error for a string that has no end on its line, or none at all if it begins with three quotes."""
    quote = text[start]
    if quote == "'" and start and (text[start - 1].isalnum() or text[start - 1] in ")]._"):
        message = "`'` is not part of the language where no string begins"
        return ProgramError(message, span=Span(start, start + 1), help=_PRIME)
    if text.startswith(quote * 3, start):
        span, quote = Span(start, start + 3), quote * 3
    else:
        line = text[start:].partition("\n")[0].rstrip("\r")
        span = Span(start, start + len(line))
    return ProgramError("this string does not end", span=span, help=f"add the closing `{quote}`")
