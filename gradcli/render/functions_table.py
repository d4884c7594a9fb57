"""The function reference for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gradcli.render import Style
from gradcli.render.functions_text import families, lines
from gradcli.render.page import Page

if TYPE_CHECKING:
    from gradcli.inspection.functions import Entry
    from gradcli.reports.functions import Functions

_NAME_WIDTH = 24


def render(reports: Sequence[Functions], style: Style) -> str:
    """Families of functions with what each gives; all that is known about functions that were named."""
    (report,) = reports
    page = Page(style)
    if report.explained:
        for entry in report.entries:
            _explain(page, entry, style)
    else:
        for family, entries in families(report.entries):
            page.draw(Text(family, style="bold"))
            page.draw(Padding(_listed(entries), (0, 0, 0, 2)))
            page.draw()
    return str(page).rstrip("\n") + "\n"


def _listed(entries: Sequence[Entry]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", width=_NAME_WIDTH)
    grid.add_column()
    for entry in entries:
        grid.add_row(Text(", ".join([entry.name, *entry.aliases])), Text(entry.summary))
    return grid


def _explain(page: Page, entry: Entry, style: Style) -> None:
    page.draw(Text(entry.signature, style="bold cyan"))
    page.draw(Text(entry.summary))
    page.draw()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for title, text in lines(entry, style.precision):
        grid.add_row(Text(title), Text(text, style="green" if title == "derivative" else ""))
    page.draw(grid)
    page.draw()
