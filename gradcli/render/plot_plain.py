"""Curves and fields as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.plot_table import render as render_table

if TYPE_CHECKING:
    from gradcli.reports.plots import Plotted


def render(reports: Sequence[Plotted], style: Style) -> str:
    """The drawing without colours."""
    return render_table(reports, style._replace(color=False))
