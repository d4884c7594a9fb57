"""Evaluation traces as plain text, and the cells that every format of them is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.numbers import brief
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.inspection.trace import Step
    from gradcli.reports.traces import Panel, Traced


def render(reports: Sequence[Traced], style: Style) -> str:
    """Each panel as aligned columns."""
    texts = (text(panel, style) for report in reports for panel in report.panels())
    return "\n".join(texts)


def text(panel: Panel, style: Style) -> str:
    """A panel under its title, columns aligned."""
    rows = [[*cells(left, style), *cells(right, style)] for left, right in panel.rows]
    widths = [max(map(length, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(_padded, row, widths)).rstrip() for row in rows)
    return "\n".join([f"primals and {panel.title}", *lines, ""])


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - length(cell))


def length(text: str) -> int:
    """The columns that a text takes; the marks over letters take none."""
    return sum(character not in "\u0304\u0307" for character in text)


def cells(step: Step | None, style: Style) -> tuple[str, str, str]:
    """The three cells of a step: variable, expression, value."""
    if step is None:
        return "", "", ""
    return step.variable, f"= {escape(step.expression)}", f"= {value(step, style)}"


def value(step: Step, style: Style) -> str:
    """The value of a step."""
    return brief(step.value, style.precision)
