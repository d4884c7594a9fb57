"""Reports as tables for a terminal, drawn with rich."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table
from rich.text import Text

from gradcli.render import Style
from gradcli.render.heat import picture
from gradcli.render.layout import Row, blocks, is_wide, rows_of, titles_of
from gradcli.render.numbers import DIGITS
from gradcli.render.page import Page, framed
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.language.strict_json import Data
    from gradcli.reports import Report

_TITLE_LINES = 12
_DERIVED = "green"
_MARKS = ((r"[⋮⋯⋱]|\[[\d, ]+\]", "dim"), (r"-?\b(?:nan|inf)\b", "red"))


def render(reports: Sequence[Report], style: Style) -> str:
    """One table for each report, under the text of its program."""
    page = Page(style)
    for position, report in enumerate(reports):
        if position:
            page.draw()
        page.line(_title(report.run.program, style.width))
        page.table(_table(report, style))
    return str(page)


def _title(program: str, width: int) -> Text:
    """The program's text, literally; the middle of a long one is left out."""
    lines = [escape(line) for line in program.strip("\r\n").splitlines()]
    if len(lines) > _TITLE_LINES:
        lines[_TITLE_LINES // 2 : -_TITLE_LINES // 2] = ["⋮"]
    limit = 4 * width
    shown = (line if len(line) <= limit else f"{line[: limit - 1]}…" for line in lines)
    return Text("\n".join(shown), style="bold")


def _table(report: Report, style: Style) -> Table:
    rows, titles = rows_of(report), titles_of(report)
    table = framed()
    table.add_column("", no_wrap=True, style="cyan")
    has_shapes = any(row.shape for row in rows)
    if has_shapes:
        table.add_column("shape", no_wrap=True, style="dim")
    for position, title in enumerate(titles):
        table.add_column(
            Text(title, justify="right"), no_wrap=True, style=_DERIVED if position else "default"
        )
    columns = _columns(rows, titles, style)
    for position, row in enumerate(rows):
        ends = position + 1 < len(rows) and rows[position + 1].is_output != row.is_output
        entries = (column[position] for column in columns)
        head = [Text(escape(row.name) or "result"), Text(row.shape)][: 1 + has_shapes]
        table.add_row(*head, *entries, end_section=ends)
    return table


def _columns(rows: Sequence[Row], titles: Sequence[str], style: Style) -> list[list[Text]]:
    """The entries of each column, flush with its title on the right; those with matrices share the width."""
    wide = sum(any(map(is_wide, column)) for column in zip(*(row.cells for row in rows), strict=True))
    names = max((len(row.name) + len(row.shape) for row in rows), default=0)
    width = max((style.width - names - 10) // max(wide, 1) - 3, 1)
    digits = style.precision or DIGITS
    entries: list[list[Text]] = []
    for at, title in enumerate(titles):
        cells = [row.cells[at] for row in rows]
        texts = [_entry([line.rjust(len(title)) for line in lines]) for lines in blocks(cells, digits, width)]
        if style.heatmap:
            texts = [_picture(cell, width, style) or text for cell, text in zip(cells, texts, strict=True)]
        entries.append(texts)
    return entries


def _picture(cell: Data | None, width: int, style: Style) -> Text | None:
    """A matrix as a picture; None for everything else."""
    matrix = np.asarray(cell)
    if cell is None or matrix.ndim != 2 or matrix.size == 0:
        return None
    return picture(matrix, width, style.color, style.precision or DIGITS)


def _entry(lines: list[str]) -> Text:
    text = Text("\n".join(lines))
    for pattern, style in _MARKS:
        text.highlight_regex(pattern, style)
    return text
