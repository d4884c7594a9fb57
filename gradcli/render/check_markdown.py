"""Checks as Markdown: the verdict with its diagnosis, then the table of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style, markdown
from gradcli.render.markdown import code
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.checks import CheckReport


def render(reports: Sequence[CheckReport], style: Style) -> str:
    """A section for each check."""
    return "\n".join(_report(report, style) for report in reports)


def _report(report: CheckReport, style: Style) -> str:
    check = report.check
    title, _, table = markdown.render([report], style).partition("\n\n")
    lines = [title, f"**{check.verdict.value}**: {escape(check.diagnosis.text)}", table.rstrip("\n")]
    lines += [f"warning: {escape(warning)}" for warning in check.warnings]
    if check.verdict.value != "PASS" and report.replay:
        lines.append(f"Run it again: {code(report.replay)}")
    return "\n\n".join(lines) + "\n"
