"""The function reference for the terminal."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gradcli.render import Style
from gradcli.render.functions_text import families, lines

if TYPE_CHECKING:
    from gradcli.inspection.functions import Entry
    from gradcli.reports.functions import Functions

_NAME_WIDTH = 24


def render(reports: Sequence[Functions], style: Style) -> str:
    """Families of functions with what each gives; all that is known about functions that were named."""
    (report,) = reports
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
    if report.explained:
        for entry in report.entries:
            _explain(console, entry, style)
    else:
        for family, entries in families(report.entries):
            console.print(Text(family, style="bold"))
            console.print(Padding(_listed(entries), (0, 0, 0, 2)))
            console.print()
    shown = (line.rstrip() for line in file.getvalue().rstrip().splitlines())
    return "".join(f"{line}\n" for line in shown)


def _listed(entries: Sequence[Entry]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", width=_NAME_WIDTH)
    grid.add_column()
    for entry in entries:
        grid.add_row(Text(", ".join([entry.name, *entry.aliases])), Text(entry.summary))
    return grid


def _explain(console: Console, entry: Entry, style: Style) -> None:
    console.print(Text(entry.signature, style="bold cyan"))
    console.print(Text(entry.summary))
    console.print()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for title, text in lines(entry, style.precision):
        grid.add_row(Text(title), Text(text, style="green" if title == "derivative" else ""))
    console.print(grid)
    console.print()
