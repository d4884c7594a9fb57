"""Graphs as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.inspection.graph import Group
from gradcli.render import Style
from gradcli.render import graph_text as words
from gradcli.render.markdown import code

if TYPE_CHECKING:
    from gradcli.reports.graphs import Graphed


def render(reports: Sequence[Graphed], style: Style) -> str:
    """One table for each report, a row for each node."""
    return "\n".join("\n".join(_lines(report, style.precision)) + "\n" for report in reports)


def _lines(report: Graphed, precision: int | None) -> Iterator[str]:
    gradient, rule = (" gradient |", "---|") if report.has_gradients else ("", "")
    yield f"| # | text | operation | of | value |{gradient} saved | |"
    yield f"|--:|---|---|---|---|{rule}---|---|"
    for item in report.graph.items:
        of = words.operands(item)
        if isinstance(item, Group):
            fill = " |" if report.has_gradients else ""
            yield f"| {item.index} | ⋮ {code(item.text)} | {words.folded(item)} | {of} | |{fill} | |"
            continue
        by = f" {words.gradient(item, precision)} |" if report.has_gradients else ""
        cells = (words.operation(item), of, words.value(item, precision))
        ends = words.saved(item), "; ".join(words.remarks(item))
        yield f"| {item.index} | {code(words.title(item))} | {' | '.join(cells)} |{by} {' | '.join(ends)} |"
    if report.has_memory:
        yield f"\n{words.memory(report.graph.memory)}"
