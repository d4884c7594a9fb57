"""Curves and fields as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.plot_figure import drawn

if TYPE_CHECKING:
    from gradcli.reports.plots import Plotted


def render(reports: Sequence[Plotted], style: Style) -> bytes:
    """The picture as the bytes of the file."""
    (report,) = reports
    return drawn(report, "png")
