"""Matrices by their entries as LaTeX: an equation for each entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style, latex
from gradcli.reports import Answer
from gradcli.structures import leaves

if TYPE_CHECKING:
    from gradcli.reports.sparse import Sparse


def render(reports: Sequence[Sparse], style: Style) -> str:
    """One aligned display for each report; rows and columns count from 0, both flattened."""
    return "\n".join(latex.display(report, _entries(report), style) for report in reports)


def _entries(report: Sparse) -> list[Answer]:
    """One answer for each entry, named by its place."""
    return [
        Answer(answer.kind, answer.names, {f"{path}[{int(row)},{int(column)}]": value})
        for answer in report.answers()
        for path, leaf in leaves(answer.data)
        for row, column, value in leaf.tolist()
    ]
