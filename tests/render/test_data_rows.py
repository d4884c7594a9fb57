"""Rows as text: what a cell or an object for each row by itself would say."""

import csv
import io
import json

import numpy as np
import pytest

from gradcli.errors import InputError
from gradcli.render import Style, data_rows
from gradcli.render.json import dumps
from gradcli.suites.row_files import Block
from gradcli.suites.rows import Results

NUMBERS = np.array([1.0, -0.1, 1e300, 2.5, 5e-324])
ODD = np.array([0.25, np.nan, np.inf, -np.inf, -0.0])
MATRICES = np.arange(20.0).reshape(5, 2, 2) / 3


def results(outputs, gradients=None, errors=()):
    said = {row: InputError(f"`{row}`\n\x1b") for row in errors}
    return Results(Block(7, {"x": NUMBERS}), outputs, gradients or {}, said)


def documents(results, style):
    """The objects, one for each row, in the plainest way."""
    for at, row in enumerate(results.numbers):
        document = {"schema": "gradcli/1", "row": row}
        if at in results.errors:
            yield document | {"status": "error", "error": results.errors[at].message}
            continue
        values = {name: each[at].tolist() for name, each in results.outputs.items()}
        document["value"] = values.get("", values)
        if results.gradients:
            document["gradients"] = {name: each[at].tolist() for name, each in results.gradients.items()}
        yield document


@pytest.mark.parametrize("style", [Style(), Style(precision=3)])
@pytest.mark.parametrize(
    "given",
    [
        results({"": NUMBERS}),
        results({"": ODD}, {"x": NUMBERS, "y": ODD}),
        results({"a": NUMBERS, 'b"%s': ODD > 0}, {"x": MATRICES}),
        results({"": NUMBERS}, {"x": NUMBERS}, errors=[1, 4]),
        results({}, errors=range(5)),
    ],
)
def test_json_lines(given, style):
    expected = "".join(f"{dumps(document, style)}\n" for document in documents(given, style))
    assert data_rows.json_lines(given, style) == expected


def test_csv():
    given = results({"": ODD}, {"x": MATRICES})
    assert data_rows.csv(given, Style()).splitlines()[
        1
    ] == "8,nan,1.3333333333333333,1.6666666666666667,2.0," + repr(7 / 3)
    assert data_rows.csv(given, Style(precision=3)).splitlines()[4] == "11,-0,5.33,5.67,6,6.33"
    first = given._replace(block=Block(1, given.block.values))
    names, *rows = csv.reader(io.StringIO(data_rows.csv(first, Style())))
    assert names == ["row", "value", "d/dx[0,0]", "d/dx[0,1]", "d/dx[1,0]", "d/dx[1,1]"]
    assert [float(row[2]) for row in rows] == MATRICES[:, 0, 0].tolist()


@pytest.mark.parametrize("write", [data_rows.csv, data_rows.json_lines])
def test_parts_are_the_whole(write):
    given = results({"": ODD}, {"x": MATRICES}, errors=[0, 3])
    first = given._replace(block=Block(1, given.block.values))
    parts = list(first.parts(2))
    assert [part.block.size for part in parts] == [2, 2, 1]
    assert "".join(write(part, Style()) for part in parts) == write(first, Style())


def test_objects_can_be_read():
    lines = data_rows.json_lines(results({"": NUMBERS}, {"x": MATRICES}), Style()).splitlines()
    assert [json.loads(line)["value"] for line in lines] == NUMBERS.tolist()
