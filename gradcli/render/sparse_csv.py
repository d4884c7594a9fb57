"""Sparse matrices as tidy CSV: one line for every entry, with its matrix and where it stands there."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.numbers import number
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.sparse import SparseHessian, SparseJacobian

_HEADER = ("program", "quantity", "name", "row", "column", "value")


def render(reports: Sequence[SparseJacobian | SparseHessian], style: Style) -> str:
    """A header and the lines; rows and columns count from 0."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_HEADER)
    for report in reports:
        program = escape(report.run.program)
        for title, name, matrix in report.matrices:
            places = zip(matrix.rows.tolist(), matrix.columns.tolist(), strict=True)
            texts = (number(each, style.precision) for each in matrix.values.tolist())
            writer.writerows(
                (program, title, escape(name), *place, text)
                for place, text in zip(places, texts, strict=True)
            )
    return file.getvalue()
