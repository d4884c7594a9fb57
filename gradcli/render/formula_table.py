"""Formulas as a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from gradcli.render import Style
from gradcli.render.formula_plain import comments
from gradcli.render.page import Page, framed
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.formulas import Derivatives


def render(reports: Sequence[Derivatives], style: Style) -> str:
    """The program and below it each derivative, whole: a long formula is never cut off. Code stands alone."""
    return "\n".join(map(_report, reports, [style] * len(reports)))


def _report(report: Derivatives, style: Style) -> str:
    if report.code is not None:
        return report.code.rstrip("\n") + "\n"
    page = Page(style)
    page.program(" ".join(report.run.program.split()))
    for comment in comments(report):
        page.line(Text(comment, style="dim"))
    page.table(_table(report))
    return str(page)


def _table(report: Derivatives) -> Table:
    table = framed()
    table.add_column("by", no_wrap=True, style="cyan")
    table.add_column("derivative", no_wrap=True, style="green")
    for formula in report.formulas:
        table.add_row(Text(escape(", ".join(formula.names))), Text(formula.text))
    return table
