"""`--sparse`: Jacobians and Hessians by their entries."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

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


def test_csv_has_a_line_for_each_entry():
    words = ("jacobian", "x[1:]*y", "--sparse", "--x", "1,2,3", "--y", "2", "--format", "csv")
    assert invoke(*words).stdout.splitlines() == [
        "program,quantity,name,row,column,value",
        "x[1:]*y,jacobian,x,0,1,2",
        "x[1:]*y,jacobian,x,1,2,2",
        "x[1:]*y,jacobian,y,0,0,2",
        "x[1:]*y,jacobian,y,1,0,3",
    ]
    words = ("hessian", "x**2*p['y']", "--sparse", "--x", "3", "--p", '{"y": 2}', "--format", "csv")
    assert invoke(*words).stdout.splitlines()[1:] == [
        "x**2*p['y'],hessian by x,x,0,0,4",
        "x**2*p['y'],hessian by x,p.y,0,0,6",
        "x**2*p['y'],hessian by p.y,x,0,0,6",
    ]


PROGRAMS = (
    ("jacobian", "x[1:] - x[:-1]**2", "1,2,3"),
    ("jacobian", "3*x[1:]*x[:-1]", "0,0,0"),  # entries that are zero here are kept
    ("jacobian", "outer(x, [1, 2])", "1,2"),
    ("jacobian", "zeros(3)*x[0]", "1,2"),
    ("hessian", "sum(x[1:]**2*x[:-1]) + x[2]**4", "1,2,3,4"),
    ("hessian", "sum(x)", "1,2"),
)


@pytest.mark.parametrize(("command", "program", "x"), PROGRAMS)
def test_scipy_reads_what_npz_files_hold(command, program, x, tmp_path):
    sparse = pytest.importorskip("scipy.sparse")
    path = tmp_path / "matrix.npz"
    words = (command, program, "--sparse", "--x", x)
    assert invoke(*words, "--output", str(path)).stdout == ""
    matrix = sparse.load_npz(path)
    matrix.check_format(full_check=True)
    assert matrix.has_canonical_format
    found = invoke_json(*words)[command]["x"]
    described = found if command == "jacobian" else found["x"]
    entries = matrix.tocoo()
    assert list(matrix.shape) == described["shape"]
    assert np.transpose([entries.row, entries.col, entries.data]).tolist() == described["entries"]


MISUSES = (
    (("jacobian", "x", "--x", "1,2", "--output", "{}"), "holds sparse matrices"),
    (("hessian", "x*y", "--x", "1", "--y", "2", "--sparse", "--output", "{}"), "--wrt NAME"),
    (("jacobian", "x", "--x", "1,2", "--sparse", "--format", "npz"), "needs a file"),
)


@pytest.mark.parametrize(("words", "message"), MISUSES)
def test_an_npz_file_holds_one_sparse_matrix(words, message, tmp_path):
    path = tmp_path / "matrix.npz"
    outcome = invoke(*(word.format(path) for word in words))
    assert outcome.status == 2
    assert message in outcome.stderr
    assert not path.exists()


def test_entries_are_called_what_they_are():
    words = ("jacobian", "x**2", "--sparse", "--x", "1,2")
    assert "jacobian: row, column, value" in invoke(*words).stdout
    latex = invoke(*words, "--format", "latex").stdout
    assert r"\frac{\partial f}{\partial x}\Big|_{\texttt{[1,1]}} &= 4" in latex


def test_a_picture_is_of_the_whole_matrix():
    words = ("jacobian", "x**2", "--x", "1,2", "--heatmap")
    assert invoke(*words, "--sparse").stdout == invoke(*words).stdout
