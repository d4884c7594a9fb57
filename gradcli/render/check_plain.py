"""Checks as lines for people and scripts: the verdict, then one line for each entry that did not pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.numbers import number
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.checks import CheckReport

MAX_ENTRIES = 20
DIGITS = 10


def render(reports: Sequence[CheckReport], style: Style) -> str:
    """A paragraph for each check."""
    return "\n".join(_report(report, style.precision) for report in reports)


def _report(report: CheckReport, precision: int | None) -> str:
    check = report.check
    lines = [f"{check.verdict.value}: {escape(check.diagnosis.text)}"]
    for entry in check.worst_entries(MAX_ENTRIES):
        if entry.verdict is not check.verdict or check.verdict.value == "PASS":
            break
        digits = precision or entry.digits(DIGITS)
        claimed, reference = (number(each, digits) for each in (entry.claimed, entry.reference))
        stated = f"{'claimed' if entry.is_claimed else 'derivative'} {claimed}"
        what = f"{stated}, reference {reference} ± {number(entry.error, 2)}"
        lines.append(f"{escape(entry.name)}: {what} ({entry.verdict.value})")
    return "\n".join(lines) + "\n"
