"""Matrices by their entries as tables: rows of row, column and value, or the whole matrix as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style, table

if TYPE_CHECKING:
    from gradcli.reports.sparse import Sparse


def render(reports: Sequence[Sparse], style: Style) -> str:
    """One table for each report."""
    if style.heatmap:
        return table.render([report.filled() for report in reports], style)
    return table.render(reports, style)
