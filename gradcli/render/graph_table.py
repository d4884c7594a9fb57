"""Graphs as tables for the terminal: a row for each node, in the order of execution."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from gradcli.inspection.graph import Group
from gradcli.render import Style
from gradcli.render import graph_text as words
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.inspection.graph import Vertex
    from gradcli.reports.graphs import Graphed

_UNLIMITED = 10_000
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


def render(reports: Sequence[Graphed], style: Style) -> str:
    """The program, then its table; columns that would be empty are left out."""
    file = io.StringIO()
    console = Console(
        file=file,
        width=style.width,
        force_terminal=style.color,
        no_color=not style.color,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )
    for report in reports:
        console.print(Text(escape(report.run.program.strip()), style="bold"), soft_wrap=True)
        if not report.graph.items:
            continue
        table = _table(report, style)
        if _width(table, console) > style.width:
            table = _table(report, style, is_brief=True)
        console.width = max(style.width, _width(table, console))  # nothing is ever cut off
        console.print(table)
        console.width = style.width
        if report.has_memory:
            console.print(Text(words.memory(report.graph.memory)), soft_wrap=True)
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def _width(table: Table, console: Console) -> int:
    return Measurement.get(console, console.options.update_width(_UNLIMITED), table).maximum


def _table(report: Graphed, style: Style, is_brief: bool = False) -> Table:
    rows = [
        _folded(each) if isinstance(each, Group) else cells(each, style.precision)
        for each in report.graph.items
    ]
    if is_brief:  # `MulBackward (multiply)` without what most know
        rows = [[cell.split(" (")[0] if at == 2 else cell for at, cell in enumerate(row)] for row in rows]
    filled = [name for at, name in enumerate(_COLUMNS) if any(row[at] for row in rows)]
    table = Table(box=box.ROUNDED, border_style="dim", header_style="dim")
    for name in filled:
        table.add_column(name, style=_COLUMNS[name], no_wrap=True, justify="right" if name == "#" else "left")
    for row in rows:
        table.add_row(*(Text(row[at]) for at, name in enumerate(_COLUMNS) if name in filled))
    return table


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
