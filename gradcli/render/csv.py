"""Reports as tidy CSV: one line for every number, with what it is and where it stands."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from gradcli.render import Style
from gradcli.render.numbers import number
from gradcli.render.text import escape
from gradcli.structures import leaves

if TYPE_CHECKING:
    from gradcli.language.strict_json import Data
    from gradcli.reports import Report

_HEADER = ("program", "quantity", "name", "index", "value")


def render(reports: Sequence[Report], style: Style) -> str:
    """A header and the lines; an index such as `1,0` counts from 0, and a single number has none."""
    numbers = ((escape(report.run.program), *line) for report in reports for line in lines(report, style))
    return csv_text([_HEADER, *numbers])


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Rows as the lines of a CSV file."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()


def lines(report: Report, style: Style) -> Iterator[tuple[str, str, str, str]]:
    """Quantity, name, index and value of every number."""
    for column in report.columns():
        is_value = column.title == "value"
        yield from _entries(column.title, column.outputs, style)
        yield from _entries("input" if is_value else column.title, column.inputs, style)


def _entries(quantity: str, values: Mapping[str, Data], style: Style) -> Iterator[tuple[str, str, str, str]]:
    for name, data in values.items():
        for path, leaf in leaves(data, name):
            array = np.asarray(leaf)
            for index, entry in zip(product(*map(range, array.shape)), array.ravel(), strict=True):
                place = ",".join(map(str, index))
                yield quantity, escape(path), place, number(entry, style.precision)
