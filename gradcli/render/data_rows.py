"""Results of data rows as text: CSV, or an object a line.

A column at a time is written, not a row: that is two to five times as fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from gradcli.render import Style
from gradcli.render.csv import csv_text
from gradcli.render.json import dumps
from gradcli.reports import SCHEMA, one_or_all

if TYPE_CHECKING:
    from gradcli.suites.rows import Results


def csv(results: Results, style: Style) -> str:
    """A line for each row: its number, the entries of the value, the entries of the gradients.

    The names stand above the first row.
    """
    columns: dict[str, Iterable[str]] = {"row": map(str, results.numbers)}
    for name, each in results.outputs.items():
        columns |= _entries(name or "value", each, style)
    for name, each in results.gradients.items():
        columns |= _entries(f"d/d{name}", each, style)
    head = csv_text([columns]) if results.block.first == 1 else ""
    return head + "".join([f"{','.join(cells)}\n" for cells in zip(*columns.values(), strict=True)])


def _entries(name: str, array: np.ndarray, style: Style) -> dict[str, Iterable[str]]:
    """A column for each entry of an array, called as a header of --data calls it."""
    if array.ndim == 1:
        return {name: _cells(array, style)}
    places = np.ndindex(array.shape[1:])
    return {
        f"{name}[{','.join(map(str, place))}]": _cells(array[(slice(None), *place)], style)
        for place in places
    }


def _cells(column: np.ndarray, style: Style) -> Iterable[str]:
    values = column.tolist()
    if style.precision is None or column.dtype != np.float64:
        return map(repr, values)
    return [f"{value:.{style.precision}g}" for value in values]


def json_lines(results: Results, style: Style) -> str:
    """An object for each row, or the error that it ended with."""
    count = results.block.size
    columns = {"schema": [dumps(SCHEMA, style)] * count, "row": [*map(str, results.numbers)]}
    lines = [*columns["row"]]
    if len(results.errors) < count:
        outputs = {name: _encoded(each, style) for name, each in results.outputs.items()}
        value = one_or_all(outputs)
        columns["value"] = value if isinstance(value, list) else _objects(value, style)
        if results.gradients:
            gradients = {name: _encoded(each, style) for name, each in results.gradients.items()}
            columns["gradients"] = _objects(gradients, style)
        lines = _objects(columns, style)
    for at, error in results.errors.items():
        document = {"schema": SCHEMA, "row": results.numbers[at], "status": "error", "error": error.message}
        lines[at] = dumps(document, style)
    return "".join([f"{line}\n" for line in lines])


def _encoded(array: np.ndarray, style: Style) -> list[str]:
    """The value of each row as JSON."""
    if array.ndim == 1 and array.dtype == np.float64 and style.precision is None and np.isfinite(array).all():
        return [*map(repr, array.tolist())]
    return [dumps(each, style) for each in array.tolist()]


def _objects(columns: Mapping[str, list[str]], style: Style) -> list[str]:
    """An object for each row, with a member for each column."""
    names = [f"{dumps(name, style)}: " for name in columns]
    return [f"{{{', '.join(map(add, names, row))}}}" for row in zip(*columns.values(), strict=True)]
