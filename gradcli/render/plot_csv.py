"""Curves and fields as CSV: a line for each point."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.inspection.curve import Curve, Field
from gradcli.render import Style
from gradcli.render.numbers import number

if TYPE_CHECKING:
    from gradcli.reports.plots import Plotted


def render(reports: Sequence[Plotted], style: Style) -> str:
    """The inputs, the value, the derivative by each input."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    for report in reports:
        plot = report.plot
        names = [plot.name] if isinstance(plot, Curve) else list(plot.names)
        writer.writerow([*names, "value", *(f"d/d{name}" for name in names)])
        points = _curve(plot) if isinstance(plot, Curve) else _field(plot)
        writer.writerows([number(float(each), style.precision) for each in row] for row in points)
    return file.getvalue()


def _curve(plot: Curve) -> Iterator[tuple[float, ...]]:
    yield from zip(plot.x, plot.values, plot.slopes, strict=True)


def _field(plot: Field) -> Iterator[tuple[float, ...]]:
    for j, y in enumerate(plot.y):
        for i, x in enumerate(plot.x):
            yield (x, y, plot.values[j, i], *(slopes[j, i] for slopes in plot.slopes))
