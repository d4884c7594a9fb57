"""Graphs as tables for the terminal: a row for each node, in the order of execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from gradcli.inspection.graph import Group
from gradcli.render import Style
from gradcli.render import graph_text as words
from gradcli.render.page import Page, framed
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.inspection.graph import Vertex
    from gradcli.reports.graphs import Graphed

_COLUMNS = {
    "#": "dim",
    "text": "cyan",
    "operation": "default",
    "of": "dim",
    "shape": "dim",
    "value": "default",
    "gradient": "green",
    "saved": "dim",
    "": "yellow",
}
_SPARE = ("saved", "shape", "value")  # columns that a narrow terminal does without, the first ones first
_SHORT = 18  # characters of a node's text, where columns are left out


def render(reports: Sequence[Graphed], style: Style) -> str:
    """The program, then its table; columns that would be empty are left out."""
    page = Page(style)
    for report in reports:
        page.program(report.run.program)
        if not report.graph.items:
            continue
        _draw_table(page, report, style)
        if report.has_memory:
            page.line(Text(words.memory(report.graph.memory)))
    return str(page)


def _draw_table(page: Page, report: Graphed, style: Style) -> None:
    """The table, in fewer words and with fewer columns where it has to be narrow."""
    is_brief = page.needed(_table(report, style)) > style.width
    page.fit(lambda left_out: _table(report, style, is_brief, left_out), _SPARE)


def _table(report: Graphed, style: Style, is_brief: bool = False, left_out: Sequence[str] = ()) -> Table:
    rows = [
        _folded(each) if isinstance(each, Group) else cells(each, style.precision)
        for each in report.graph.items
    ]
    if is_brief:  # `MulBackward (multiply)` without what most know
        rows = [[cell.split(" (")[0] if at == 2 else cell for at, cell in enumerate(row)] for row in rows]
    if left_out:
        rows = [[_shortened(cell) if at == 1 else cell for at, cell in enumerate(row)] for row in rows]
    filled = [
        name for at, name in enumerate(_COLUMNS) if name not in left_out and any(row[at] for row in rows)
    ]
    table = framed()
    for name in filled:
        table.add_column(name, style=_COLUMNS[name], no_wrap=True, justify="right" if name == "#" else "left")
    for row in rows:
        table.add_row(*(Text(row[at]) for at, name in enumerate(_COLUMNS) if name in filled))
    return table


def _shortened(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def cells(vertex: Vertex, precision: int | None) -> list[str]:
    """The cells of a node's row."""
    return [
        str(vertex.index),
        words.title(vertex),
        words.operation(vertex),
        words.operands(vertex),
        words.shape(vertex),
        words.value(vertex, precision),
        words.gradient(vertex, precision),
        words.saved(vertex),
        "; ".join(words.remarks(vertex)),
    ]


def _folded(group: Group) -> list[str]:
    text = f"⋮ {escape(group.text)}"
    return [str(group.index), text, words.folded(group), words.operands(group), "", "", "", "", ""]
