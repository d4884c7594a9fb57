"""Evaluation traces as plain text, and the cells that every format of them is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.render import Style
from gradcli.render.numbers import number, shape_text
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.inspection.trace import Step
    from gradcli.reports.traces import Panel, Traced

_DIGITS = 4  # of numbers for which three decimals, the survey's way, show too little or too much
_MOST_ENTRIES = 4  # of an array that is written out


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
    return summary(step.value, style.precision)


def summary(value: Any, precision: int | None) -> str:
    """A value; a long array is summarised by its shape and extremes."""
    if isinstance(value, tuple):
        return ", ".join(summary(each, precision) for each in value)
    array = np.asarray(value)
    if array.size <= _MOST_ENTRIES:
        return _entries(array, precision)
    extremes = " … ".join(_number(float(each), precision) for each in (array.min(), array.max()))
    return f"{shape_text(value)}: {extremes}"


def _entries(array: np.ndarray, precision: int | None) -> str:
    if array.dtype == np.bool_:
        return str(array.tolist())
    if array.ndim == 0:
        return _number(array.item(), precision)
    inside: Iterator[str] = (_entries(each, precision) for each in array)
    return f"[{', '.join(inside)}]"


def _number(value: float, precision: int | None) -> str:
    if precision is None and 0.01 <= abs(value) < 1e5:
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return number(value, precision or _DIGITS)
