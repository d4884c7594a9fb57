"""Graphs as CSV: a line for each node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render import graph_text as words
from gradcli.render.csv import csv_text
from gradcli.render.numbers import value_text
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.inspection.graph import Vertex
    from gradcli.reports.graphs import Graphed

_COLUMNS = (
    *("index", "text", "operation", "grad_fn", "operands", "requires_grad", "shape", "value", "gradient"),
    *("saved_bytes", "remarks"),
)


def render(reports: Sequence[Graphed], style: Style) -> str:
    """One table; nodes that are folded are left out."""
    rows = (_row(vertex, style.precision) for report in reports for vertex in report.graph.vertices)
    return csv_text([_COLUMNS, *rows])


def _row(vertex: Vertex, precision: int | None) -> tuple[object, ...]:
    return (
        vertex.index,
        escape(vertex.text),
        vertex.primitive,
        vertex.grad_fn,
        words.operands(vertex),
        str(vertex.active).lower(),
        words.shape(vertex),
        _value(vertex.value, precision),
        "" if vertex.gradient is None else value_text(vertex.gradient, precision),
        sum(each.bytes for each in vertex.saved),
        "; ".join(words.remarks(vertex)),
    )


def _value(value: object, precision: int | None) -> str:
    return value_text(list(value) if isinstance(value, tuple) else value, precision)  # type: ignore[arg-type]
