"""Evaluation traces as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.text import escape
from gradcli.render.trace_text import cells

if TYPE_CHECKING:
    from gradcli.reports.traces import Panel, Traced


def render(reports: Sequence[Traced], style: Style) -> str:
    """The program as code, then a table for each derivative."""
    return "\n".join("".join(f"{line}\n" for line in _lines(report, style)) for report in reports)


def _lines(report: Traced, style: Style) -> Iterator[str]:
    yield f"`{escape(' '.join(report.run.program.split()))}`"
    for panel in report.panels():
        yield ""
        yield from _table(panel, style)


def _table(panel: Panel, style: Style) -> Iterator[str]:
    yield f"| primal | | | {panel.title} | | |"
    yield "|---|---|---:|---|---|---:|"
    for pair in panel.rows:
        row = [cell.removeprefix("= ").replace("|", "\\|") for step in pair for cell in cells(step, style)]
        yield f"| {' | '.join(row)} |"
