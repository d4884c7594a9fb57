"""`--sparse`: Jacobians and Hessians by their entries."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from tests.command_line import invoke, invoke_json

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/gradcli-1.json").read_text("utf-8"))


def test_json_has_the_shape_and_row_column_value():
    document = invoke_json("jacobian", "x[1:] - x[:-1]**2", "--sparse", "--x", "1,2,3")
    assert document["jacobian"]["x"] == {
        "shape": [2, 3],
        "entries": [[0, 0, -2], [0, 1, 1], [1, 1, -4], [1, 2, 1]],
    }
    jsonschema.validate(document, SCHEMA)


def test_hessians_have_a_matrix_for_each_pair():
    document = invoke_json("hessian", "a*sum(x**2)", "--sparse", "--x", "1,2", "--a", "3")
    assert document["hessian"]["x"]["x"] == {"shape": [2, 2], "entries": [[0, 0, 6], [1, 1, 6]]}
    assert document["hessian"]["a"]["a"] == {"shape": [1, 1], "entries": []}
    jsonschema.validate(document, SCHEMA)


def test_plain_text_has_a_row_for_each_entry():
    text = invoke("jacobian", "x[1:]*2", "--sparse", "--x", "1,2,3", "--format", "plain").stdout
    assert text == "0,1,2;1,2,2\n"
