"""An error as text: the message, the place, the source line with carets under what is meant, and the help."""

from __future__ import annotations

from unicodedata import category, east_asian_width

from gradcli.errors import GradcliError
from gradcli.language.source import Source, Span
from gradcli.render.text import escape, painted

_RED, _BLUE, _CYAN, _BOLD = "1;31", "1;34", "1;36", "1"
_TAB_WIDTH = 4
_WINDOW = 96  # characters that are shown of a longer line, ...
_CONTEXT = 32  # ... of which so many before the span


def diagnostic(error: GradcliError, color: bool = False) -> str:
    """The one shape of all errors, without a newline at its end."""
    lines = [painted("error", _RED, color) + painted(f": {escape(error.message)}", _BOLD, color)]
    if error.source is not None and error.span is not None:
        line, column = error.source.position(error.span.start)
        text, indent, carets = _excerpt(error.source, error.span, line)
        margin = " " * (len(str(line)) + 1)
        bar = f"{margin} {painted('|', _BLUE, color)}"
        lines += [
            f"{margin}{painted('-->', _BLUE, color)} {escape(error.source.name)}:{line}:{column}",
            bar,
            f" {painted(f'{line} |', _BLUE, color)} {text}".rstrip(),
            f"{bar} {' ' * indent}{painted('^' * carets, _RED, color)}",
        ]
    if error.help is not None:
        lines.append(painted("help", _CYAN, color) + f": {escape(error.help)}")
    return "\n".join(lines)


def _excerpt(source: Source, span: Span, number: int) -> tuple[str, int, int]:
    """The line as it is shown, and the columns before and under the part of the span that it holds."""
    line = source.line(number)
    start = source.position(span.start).column - 1
    first = max(0, min(start - _CONTEXT, len(line) - _WINDOW))
    last = min(len(line), first + _WINDOW)
    cells: list[str] = ["…"] if first else []
    edges = [_width("".join(cells))]
    for character in line[first:last]:
        cells.append(_cell(character, edges[-1]))
        edges.append(edges[-1] + _width(cells[-1]))
    begin = edges[min(start, last) - first]
    end = edges[min(start + span.end - span.start, last) - first]
    return "".join(cells) + "…" * (last < len(line)), begin, max(1, end - begin)


def _cell(character: str, column: int) -> str:
    """How a character of the source is shown in a column."""
    return " " * (_TAB_WIDTH - column % _TAB_WIDTH) if character == "\t" else escape(character)


def _width(text: str) -> int:
    """How many columns a terminal gives to printable text."""
    return sum(
        0 if category(character) in ("Mn", "Me") else 1 + (east_asian_width(character) in ("W", "F"))
        for character in text
    )
