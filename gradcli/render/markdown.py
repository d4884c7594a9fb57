"""Reports as Markdown tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradcli.render import Style
from gradcli.render.layout import rows_of, titles_of
from gradcli.render.numbers import DIGITS, number
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.language.strict_json import Data
    from gradcli.reports import Report


def render(reports: Sequence[Report], style: Style) -> str:
    """One table for each report, under the text of its program."""
    return "\n".join(_report(report, style.precision or DIGITS) for report in reports)


def _report(report: Report, digits: int) -> str:
    titles = titles_of(report)
    lines = [_title(report.run.program), "", f"| | shape | {' | '.join(titles)} |", _rule(len(titles))]
    for row in rows_of(report):
        cells = " | ".join("" if cell is None else _array(cell, digits) for cell in row.cells)
        lines.append(f"| {code(row.name) if row.name else 'result'} | {row.shape} | {cells} |")
    return "\n".join(lines) + "\n"


def _rule(columns: int) -> str:
    return "|---|:-:|" + "--:|" * columns


def _title(program: str) -> str:
    text = escape(program.strip())
    if "\n" not in text:
        return code(text)
    fence = _fence(text, 3)
    return f"{fence}\n{text}\n{fence}"


def code(text: str) -> str:
    """A code span that holds any text, inside a table too."""
    fence = _fence(text, 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{escape(text)}{space}{fence}".replace("|", "\\|")


def _fence(text: str, least: int) -> str:
    """More backticks than the text has in a row."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)


def _array(data: Data, digits: int) -> str:
    """An array on one line, shortened as NumPy shortens it."""
    array = np.asarray(data)
    if array.ndim == 0:
        return number(array.item(), digits)
    text = np.array2string(
        array,
        separator=", ",
        formatter={"all": lambda each: number(each, digits)},
        max_line_width=10**9,
        threshold=100,
    )
    return re.sub(r"\s*\n\s*", " ", text)
