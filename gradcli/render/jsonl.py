"""Reports as JSON objects, one a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.json import dumps

if TYPE_CHECKING:
    from gradcli.reports import Report


def render(reports: Sequence[Report], style: Style) -> str:
    """One line for each report."""
    return "".join(f"{dumps(report.document(), style)}\n" for report in reports)
