"""Checks as LaTeX: the derivative, beside it what is claimed, and the verdict in a comment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style, latex
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.checks import CheckReport


def render(reports: Sequence[CheckReport], style: Style) -> str:
    """One aligned display for each check."""
    return "\n".join(f"% {_verdict(report)}\n{latex.render([report], style)}" for report in reports)


def _verdict(report: CheckReport) -> str:
    return f"{report.check.verdict.value}: {escape(report.check.diagnosis.text)}"
