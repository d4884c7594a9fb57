"""Graphs in the language of Mermaid, which code hosts draw inside Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.graph_boxes import boxes, edges

if TYPE_CHECKING:
    from gradcli.reports.graphs import Graphed

# What would end a label, be read as Markdown or HTML, is written as an entity.
_ENTITIES = {ord(character): f"#{ord(character)};" for character in '#"&<>`*_\\'}
_CLASSES = {
    "input": "fill:#dbeafe,stroke:#3b82f6,color:#111827",
    "constant": "fill:#f3f4f6,stroke:#9ca3af,color:#111827",
    "operation": "fill:#ffffff,stroke:#6b7280,color:#111827",
    "result": "fill:#dcfce7,stroke:#16a34a,color:#111827",
    "idle": "stroke:#9ca3af,stroke-dasharray:4",
    "group": "stroke:#6b7280,stroke-dasharray:2",
}


def render(reports: Sequence[Graphed], style: Style) -> str:
    """A flowchart for each report, from the inputs down to the result."""
    return "\n".join("\n".join(_flowchart(report, style)) + "\n" for report in reports)


def _flowchart(report: Graphed, style: Style) -> Iterator[str]:
    yield "flowchart TD"
    kinds: dict[str, None] = {}
    for box in boxes(report, style.precision):
        label = "<br>".join(line.translate(_ENTITIES) for line in box.lines)
        yield f'  n{box.number}["{label}"]:::{box.kind}'
        kinds[box.kind] = None
    for start, end in edges(report):
        yield f"  n{start} --> n{end}"
    for kind in kinds:
        yield f"  classDef {kind} {_CLASSES[kind]}"
