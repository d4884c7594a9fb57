"""Curves and fields as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.plot_figure import drawn

if TYPE_CHECKING:
    from gradcli.reports.plots import Plotted


def render(reports: Sequence[Plotted], style: Style) -> str:
    """The picture as text."""
    (report,) = reports
    return drawn(report, "svg").decode()
