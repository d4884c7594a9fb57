"""Sparse matrices as tidy CSV: one line for every entry, with its matrix and where it stands there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.csv import csv_text
from gradcli.render.numbers import number
from gradcli.render.text import escape
from gradcli.reports.sparse import entries

if TYPE_CHECKING:
    from gradcli.reports.sparse import Sparse

_HEADER = ("program", "quantity", "name", "row", "column", "value")


def render(reports: Sequence[Sparse], style: Style) -> str:
    """A header and the lines; rows and columns count from 0."""
    return csv_text([_HEADER, *(line for report in reports for line in _lines(report, style.precision))])


def _lines(report: Sparse, digits: int | None) -> Iterator[tuple[object, ...]]:
    program = escape(report.run.program)
    for title, name, matrix in report.matrices:
        for row, column, value in entries(matrix):
            yield program, title, escape(name), row, column, number(value, digits)
