"""Curves and fields for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from gradcli.inspection.curve import Curve, Field
from gradcli.render import Style
from gradcli.render.heat import picture
from gradcli.render.numbers import number
from gradcli.render.page import Page
from gradcli.render.plot_text import panels
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.plots import Plotted

_STYLES = {"value": "cyan", "derivative": "green", "mark": "yellow", "axis": "dim"}
_DIGITS = 4


def render(reports: Sequence[Plotted], style: Style) -> str:
    """The program, and below it its curve with the derivative's, or a picture of its values on a grid."""
    page = Page(style)
    for report in reports:
        page.program(report.run.program)
        plot = report.plot
        for line in _curve(plot, style) if isinstance(plot, Curve) else _field(plot, style):
            page.line(line)
    return str(page)


def _curve(plot: Curve, style: Style) -> Iterator[Text]:
    for pieces in panels(plot, style.width, style.precision):
        yield Text.assemble(*((text, _STYLES[role]) for text, role in pieces))


def _field(plot: Field, style: Style) -> Iterator[Text]:
    across, up = map(escape, plot.names)
    digits = style.precision or _DIGITS
    left, right, low, high = (number(float(ends[at]), digits) for ends in (plot.x, plot.y) for at in (0, -1))
    yield picture(plot.values[::-1], style.width, style.color, digits)
    yield Text(f"{across} from {left} to {right} across, {up} from {low} to {high} up", style="dim")
