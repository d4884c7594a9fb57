"""Formulas as a table for the terminal."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradcli.render import Style
from gradcli.render.formula_plain import comments
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.formulas import Derivatives


def render(reports: Sequence[Derivatives], style: Style) -> str:
    """The program and below it each derivative, whole: a long formula is never cut off. Code stands alone."""
    return "\n".join(map(_report, reports, [style] * len(reports)))


def _report(report: Derivatives, style: Style) -> str:
    if report.code is not None:
        return report.code.rstrip("\n") + "\n"
    file = io.StringIO()
    longest = max((len(each.text) + sum(map(len, each.names)) for each in report.formulas), default=0)
    console = Console(
        file=file,
        width=max(style.width, longest + 12),
        force_terminal=style.color,
        no_color=not style.color,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )
    console.print(Text(escape(" ".join(report.run.program.split())), style="bold"), soft_wrap=True)
    for comment in comments(report):
        console.print(Text(comment, style="dim"), soft_wrap=True)
    console.print(_table(report))
    return file.getvalue()


def _table(report: Derivatives) -> Table:
    table = Table(box=box.ROUNDED, border_style="dim", header_style="dim")
    table.add_column("by", no_wrap=True, style="cyan")
    table.add_column("derivative", no_wrap=True, style="green")
    for formula in report.formulas:
        table.add_row(Text(escape(", ".join(formula.names))), Text(formula.text))
    return table
