"""What was asked for and nothing else, in the syntax in which options take values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.numbers import value_text
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports import Report


def render(reports: Sequence[Report], style: Style) -> str:
    """The bare value of a report with one answer, else `name => value` lines; blank between reports."""
    return "\n".join(_report(report, style) for report in reports)


def _report(report: Report, style: Style) -> str:
    answers = [(", ".join(each.names), value_text(each.data, style.precision)) for each in report.answers()]
    if len(answers) == 1:
        return f"{escape(answers[0][1])}\n"
    return "".join(f"{escape(names)} => {escape(text)}\n" for names, text in answers)
