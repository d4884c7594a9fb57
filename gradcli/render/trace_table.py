"""Evaluation traces as tables for the terminal."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradcli.render import Style
from gradcli.render.text import escape
from gradcli.render.trace_text import cells

if TYPE_CHECKING:
    from gradcli.reports.traces import Panel, Traced

_WIDEST = 1_000


def render(reports: Sequence[Traced], style: Style) -> str:
    """The program, then a table for each derivative: the primal trace, and beside it the derived one."""
    file = io.StringIO()
    console = Console(
        file=file,
        width=_WIDEST,  # a table is as wide as its formulas, which are never cut off
        force_terminal=style.color,
        no_color=not style.color,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )
    for report in reports:
        console.print(Text(escape(report.run.program.strip()), style="bold"))
        for panel in report.panels():
            console.print(_table(panel, style))
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def _table(panel: Panel, style: Style) -> Table:
    table = Table(box=box.ROUNDED, border_style="dim", header_style="dim")
    table.add_column("primals")
    table.add_column(Text(panel.title))
    left, right = (_grid([pair[side] for pair in panel.rows], style, side) for side in (0, 1))
    table.add_row(left, right)
    return table


def _grid(steps: Sequence[object], style: Style, side: int) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="cyan")
    grid.add_column()
    grid.add_column(style="green" if side else "default")
    for step in steps:
        grid.add_row(*map(Text, cells(step, style)))  # type: ignore[arg-type]
    return grid
