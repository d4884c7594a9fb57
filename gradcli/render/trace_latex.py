"""Evaluation traces as LaTeX tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.text import escape
from gradcli.render.trace_text import cells
from gradcli.symbolic.latex import SPECIAL, name_text

if TYPE_CHECKING:
    from gradcli.reports.traces import Panel, Traced

_DIGITS = str.maketrans("₋₀₁₂₃₄₅₆₇₈₉", "-0123456789")
_MARKS = {"\u0304": r"\bar{{{}}}", "\u0307": r"\dot{{{}}}"}
_SYMBOLS = {"×": r"\times ", "∂": r"\partial ", "…": r"\ldots "}
_LETTER = "(?![₀-₉])\\w"
_NAME = re.compile(f"(?<![0-9.])([^\\W\\d_])([\u0304\u0307]?)((?:{_LETTER})*)([(]?)")


def render(reports: Sequence[Traced], style: Style) -> str:
    """One `tabular` for each derivative."""
    return "\n".join(_table(panel, style) for report in reports for panel in report.panels())


def _table(panel: Panel, style: Style) -> str:
    return "".join(f"{line}\n" for line in _lines(panel, style))


def _lines(panel: Panel, style: Style) -> Iterator[str]:
    title = escape(panel.title).translate(SPECIAL)
    yield r"\begin{tabular}{lll|lll}"
    yield rf"\multicolumn{{3}}{{c|}}{{primals}} & \multicolumn{{3}}{{c}}{{{title}}} \\ \hline"
    for pair in panel.rows:
        row = [f"${_formula(cell)}$" if cell else "" for step in pair for cell in cells(step, style)]
        yield f"{' & '.join(row)} \\\\"
    yield r"\end{tabular}"


def _formula(text: str) -> str:
    r"""The text of a cell in mathematics: `v̄₋₁` becomes `\bar{v}_{-1}`, names of functions upright."""
    marked = _NAME.sub(_name, text)
    lowered = re.sub("[₋₀₁₂₃₄₅₆₇₈₉]+", lambda match: f"_{{{match[0].translate(_DIGITS)}}}", marked)
    for symbol, command in _SYMBOLS.items():
        lowered = lowered.replace(symbol, command)
    return lowered.replace("  ", " ")


def _name(match: re.Match[str]) -> str:
    """A name under its mark; that of a function upright."""
    letter, mark, rest, bracket = match.groups()
    if bracket:
        return rf"\operatorname{{{(letter + rest).translate(SPECIAL)}}}("
    stem, brace, index = name_text(letter + rest).partition("_{")
    return (_MARKS[mark].format(stem) if mark else stem) + brace + index
