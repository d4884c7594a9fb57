"""Curves and fields as CSV: a line for each point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.inspection.curve import Curve, Field
from gradcli.render import Style
from gradcli.render.csv import csv_text
from gradcli.render.numbers import number

if TYPE_CHECKING:
    from gradcli.reports.plots import Plotted


def render(reports: Sequence[Plotted], style: Style) -> str:
    """The inputs, the value, the derivative by each input."""
    return "".join(csv_text(_rows(report.plot, style.precision)) for report in reports)


def _rows(plot: Curve | Field, digits: int | None) -> Iterator[list[str]]:
    names = [plot.name] if isinstance(plot, Curve) else plot.names
    yield [*names, "value", *(f"d/d{name}" for name in names)]
    for point in _curve(plot) if isinstance(plot, Curve) else _field(plot):
        yield [number(float(each), digits) for each in point]


def _curve(plot: Curve) -> Iterator[tuple[float, ...]]:
    yield from zip(plot.x, plot.values, plot.slopes, strict=True)


def _field(plot: Field) -> Iterator[tuple[float, ...]]:
    for j, y in enumerate(plot.y):
        for i, x in enumerate(plot.x):
            yield (x, y, plot.values[j, i], *(slopes[j, i] for slopes in plot.slopes))
