"""Graphs in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.graph_boxes import Box, boxes, edges

if TYPE_CHECKING:
    from gradcli.reports.graphs import Graphed

_LOOKS = {
    "input": 'style="filled,rounded" fillcolor="#dbeafe" color="#3b82f6"',
    "constant": 'style="filled,rounded" fillcolor="#f3f4f6" color="#9ca3af"',
    "operation": 'style="filled,rounded" fillcolor="#ffffff" color="#6b7280"',
    "result": 'style="filled,rounded" fillcolor="#dcfce7" color="#16a34a"',
    "idle": 'style="rounded,dashed" color="#9ca3af" fontcolor="#6b7280"',
    "group": 'style="rounded,dotted" color="#6b7280"',
}


def render(reports: Sequence[Graphed], style: Style) -> str:
    """A digraph for each report, from the inputs down to the result."""
    return "\n".join("\n".join(_digraph(report, style)) + "\n" for report in reports)


def _digraph(report: Graphed, style: Style) -> Iterator[str]:
    yield "digraph program {"
    yield '  node [shape=box fontname="Helvetica,Arial,sans-serif" fontsize=11];'
    yield '  edge [color="#6b7280" arrowsize=0.7];'
    for box in boxes(report, style.precision):
        yield f"  n{box.number} [label={_quoted(box)} {_LOOKS[box.kind]}];"
    for start, end in edges(report):
        yield f"  n{start} -> n{end};"
    yield "}"


def _quoted(box: Box) -> str:
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in box.lines)
    return '"' + "\\n".join(escaped) + '"'
