"""The function reference as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.functions_text import lines

if TYPE_CHECKING:
    from gradcli.inspection.functions import Entry
    from gradcli.reports.functions import Functions


def render(reports: Sequence[Functions], style: Style) -> str:
    """A signature on each line of a list; all that is known about functions that were named."""
    (report,) = reports
    if not report.explained:
        return "".join(f"{entry.signature}\n" for entry in report.entries)
    return "\n".join(_explained(entry, style) for entry in report.entries)


def _explained(entry: Entry, style: Style) -> str:
    facts = (f"{title}: {text}\n" for title, text in lines(entry, style.precision))
    return f"{entry.signature}: {entry.summary}\n{''.join(facts)}"
