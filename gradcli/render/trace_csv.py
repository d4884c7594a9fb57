"""Evaluation traces as CSV: a line for each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.csv import csv_text
from gradcli.render.numbers import value_text
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.traces import Traced

_HEADER = ("kind", "variable", "expression", "value")


def render(reports: Sequence[Traced], style: Style) -> str:
    """The columns kind, variable, expression, value; adjoints in the order of the sweep."""
    return csv_text([_HEADER, *(line for report in reports for line in _lines(report, style))])


def _lines(report: Traced, style: Style) -> Iterator[tuple[str, str, str, str]]:
    kinds = {"primal": report.trace.primals, "adjoint": report.trace.adjoints}
    kinds |= {f"tangent by {name}": steps for name, steps in report.trace.tangents.items()}
    for kind, steps in kinds.items():
        for step in steps:
            yield kind, step.variable, escape(step.expression), value_text(step.value, style.precision)
