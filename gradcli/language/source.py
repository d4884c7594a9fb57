"""Program text, places in it, and how its names are compared."""

from __future__ import annotations

import re
from bisect import bisect_right

from gradcli.records import NamedTuple


class Span(NamedTuple):
    """A half-open range of character offsets into a source's text."""

    start: int
    end: int


class Position(NamedTuple):
    """A line and a column, both counted from 1, as editors count them."""

    line: int
    column: int


class Source:
    """A text and the name messages give it: a file's path, or `<program>` for text of the command line."""

    __slots__ = ("_line_starts", "name", "text")

    def __init__(self, text: str, name: str = "<program>") -> None:
        self.text = text
        self.name = name
        self._line_starts: list[int] | None = None

    def __getitem__(self, span: Span) -> str:
        return self.text[span.start : span.end]

    @property
    def line_starts(self) -> list[int]:
        """The offset at which each line begins."""
        if self._line_starts is None:
            ends = (i + 1 for i, character in enumerate(self.text) if character == "\n")
            self._line_starts = [0, *ends]
        return self._line_starts

    def position(self, offset: int) -> Position:
        """The line and column of a character offset."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def first_use(self, name: str) -> Span | None:
        """Where a variable's name first stands."""
        found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", self.text)
        return Span(*found.span()) if found else None

    def line(self, number: int) -> str:
        """The text of a line (counted from 1), without its end."""
        start = self.line_starts[number - 1]
        return self.text[start:].split("\n", 1)[0].rstrip("\r")


def normal_name(name: str) -> str:
    """A name in NFKC, as Python and the language normalise identifiers."""
    if name.isascii():
        return name
    from unicodedata import normalize

    return normalize("NFKC", name)
