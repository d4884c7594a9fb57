"""Formulas as Markdown: mathematics between dollar signs, the language in code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.formula_plain import comments
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.formulas import Derivatives


def render(reports: Sequence[Derivatives], style: Style) -> str:
    """A table for each report: the input, the formula as code, the formula as mathematics."""
    return "\n".join("".join(f"{line}\n" for line in _lines(report)) for report in reports)


def _lines(report: Derivatives) -> Iterator[str]:
    yield f"`{escape(' '.join(report.run.program.split()))}`"
    yield ""
    if report.code is not None:
        yield f"```\n{report.code.rstrip()}\n```"
        return
    yield "| by | derivative | |"
    yield "|---|---|---|"
    for formula in report.formulas:
        cells = (f"`{', '.join(formula.names)}`", f"`{formula.text}`", f"${formula.latex}$")
        yield f"| {' | '.join(escape(cell).replace('|', chr(92) + '|') for cell in cells)} |"
    notes = list(comments(report))
    if notes:
        yield ""
        yield from (f"- {note.removeprefix('# ')}" for note in notes)
