"""Text that came from outside, made harmless for terminals and files."""

from __future__ import annotations


def escape(text: str) -> str:
    r"""The text with control, bidirectional and other invisible characters spelt out: `\x1b`, `\u202e`."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def painted(text: str, code: str, color: bool) -> str:
    """Text in a colour of the terminal."""
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
