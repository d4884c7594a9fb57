"""Evaluation traces as LaTeX tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.trace_text import cells

if TYPE_CHECKING:
    from gradcli.reports.traces import Panel, Traced

_DIGITS = str.maketrans("₋₀₁₂₃₄₅₆₇₈₉", "-0123456789")
_MARKS = {"\u0304": r"\bar{{{}}}", "\u0307": r"\dot{{{}}}"}
_SYMBOLS = {"×": r"\times ", "∂": r"\partial ", "…": r"\ldots "}


def render(reports: Sequence[Traced], style: Style) -> str:
    """One `tabular` for each derivative."""
    return "\n".join(_table(panel, style) for report in reports for panel in report.panels())


def _table(panel: Panel, style: Style) -> str:
    return "".join(f"{line}\n" for line in _lines(panel, style))


def _lines(panel: Panel, style: Style) -> Iterator[str]:
    yield r"\begin{tabular}{lll|lll}"
    yield rf"\multicolumn{{3}}{{c|}}{{primals}} & \multicolumn{{3}}{{c}}{{{panel.title}}} \\ \hline"
    for pair in panel.rows:
        row = [f"${_formula(cell)}$" if cell else "" for step in pair for cell in cells(step, style)]
        yield f"{' & '.join(row)} \\\\"
    yield r"\end{tabular}"


def _formula(text: str) -> str:
    r"""The text of a cell in mathematics: `v̄₋₁` becomes `\bar{v}_{-1}`, names of functions upright."""
    marked = re.sub("(\\w)([\u0304\u0307])", lambda match: _MARKS[match[2]].format(match[1]), text)
    lowered = re.sub("[₋₀₁₂₃₄₅₆₇₈₉]+", lambda match: f"_{{{match[0].translate(_DIGITS)}}}", marked)
    upright = re.sub(r"(?<!\\)\b([a-z_]{2,}\w*)(?=\()", r"\\operatorname{\1}", lowered)
    for symbol, command in _SYMBOLS.items():
        upright = upright.replace(symbol, command)
    return upright
