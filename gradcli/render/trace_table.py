"""Evaluation traces as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from gradcli.render import Style
from gradcli.render.page import Page, framed
from gradcli.render.trace_text import cells

if TYPE_CHECKING:
    from gradcli.inspection.trace import Step
    from gradcli.reports.traces import Panel, Traced


def render(reports: Sequence[Traced], style: Style) -> str:
    """The program, then a table for each derivative: the primal trace, and beside it the derived one."""
    page = Page(style)
    for report in reports:
        page.program(report.run.program)
        for panel in report.panels():
            page.table(_table(panel, style))
    return str(page)


def _table(panel: Panel, style: Style) -> Table:
    table = framed()
    table.add_column("primals")
    table.add_column(Text(panel.title))
    left, right = (_grid([pair[side] for pair in panel.rows], style, side) for side in (0, 1))
    table.add_row(left, right)
    return table


def _grid(steps: Sequence[Step | None], style: Style, side: int) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="cyan")
    grid.add_column()
    grid.add_column(style="green" if side else "default")
    for step in steps:
        grid.add_row(*map(Text, cells(step, style)))
    return grid
