"""`gradcli graph` in every format."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ElementTree

import pytest

from gradcli.reports.graphs import FORMATS
from tests.command_line import invoke, invoke_json
from tests.documents import ROOT

DOT = ("graph", "2*dot(x,x)", "--x", "0,1,2,3")
LOOP = ("graph", "for i in range(100) { x = sin(x)*2 }; x", "--x", "1")


@pytest.mark.parametrize("name", [*FORMATS, "json", "jsonl"])
def test_every_format_shows_the_texts(name):
    done = invoke(*DOT, "--grad", "--memory", "--format", name)
    assert done.status == 0
    assert "dot(x,x)" in done.stdout.replace("#42;", "*")


def test_table():
    lines = invoke(*DOT, "--grad").stdout.splitlines()
    assert lines[0] == "2*dot(x,x)"
    (row,) = [line for line in lines if "│ 1 │" in line]
    cells = [cell.strip() for cell in row.strip("│").split("│")]
    assert cells == ["1", "dot(x,x)", "DotBackward", "#0, #0", "", "14", "2", "#0: 32 B", ""]


def test_a_narrow_terminal_shows_fewer_columns_and_no_number_cut_off(monkeypatch):
    program = ("graph", "norm(X@w - y)**2 + sum(tanh(w))", "--X", "1,2;3,4", "--w", "1,2", "--y", "1,2")
    monkeypatch.setenv("COLUMNS", "80")
    narrow = invoke(*program).stdout
    assert max(map(len, narrow.splitlines())) <= 80
    assert "│ norm(X@w - y)**2 … │" in narrow
    assert "│ [0.762, 0.964]   │" in narrow
    assert "too narrow for saved, shape" in narrow
    monkeypatch.setenv("COLUMNS", "40")
    assert "…" not in invoke(*DOT, "--grad").stdout


def test_primitives_are_named_where_there_is_room(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert "MulBackward (multiply)" in invoke(*DOT).stdout


def test_tree_shows_a_node_once():
    assert invoke(*DOT, "--format", "tree").stdout == (
        "#2 2*dot(x,x)  MulBackward (multiply)  = 28  result\n"
        "├─ 2\n"
        "└─ #1 dot(x,x)  DotBackward (dot)  = 14  saves #0: 32 B\n"
        "   ├─ #0 x  leaf  = [0, 1, 2, 3]\n"
        "   └─ #0 x\n"
    )


def test_plain_is_the_tree():
    assert invoke(*DOT, "--format", "plain").stdout == invoke(*DOT, "--format", "tree").stdout


def test_json():
    graph = invoke_json(*DOT, "--grad")["graph"]
    assert [each["grad_fn"] for each in graph["nodes"]] == [None, "DotBackward", "MulBackward"]
    assert graph["nodes"][0]["gradient"] == [0, 4, 8, 12]
    assert graph["nodes"][1]["saved"] == [{"node": 0, "bytes": 32}]
    assert graph["memory"] == {"values": 48, "saved": 32, "forward": 80}


def test_gradients_are_left_out_unless_asked_for():
    assert "gradient" not in invoke_json(*DOT)["graph"]["nodes"][0]


def test_csv_has_a_line_for_each_node():
    rows = list(csv.DictReader(io.StringIO(invoke(*DOT, "--format", "csv").stdout)))
    assert [row["text"] for row in rows] == ["x", "dot(x,x)", "2*dot(x,x)"]
    assert rows[0]["value"] == "0,1,2,3"


def test_dot_has_every_node_and_edge():
    text = invoke(*DOT, "--format", "dot").stdout
    assert text.startswith("digraph program {\n")
    assert "  n0 -> n1;\n  n1 -> n2;\n}\n" in text


def test_svg_is_well_formed_and_shows_the_texts():
    root = ElementTree.fromstring(invoke(*DOT, "--format", "svg").stdout)
    space = "{http://www.w3.org/2000/svg}"
    titles = [each.text for each in root.iter(f"{space}text") if each.get("class") == "title"]
    assert titles == ["x", "dot(x,x)", "2*dot(x,x)"]
    assert len(list(root.iter(f"{space}path"))) == 2 + 1  # edges, and the tip of an arrow


def test_text_from_outside_does_nothing_in_a_picture():
    ElementTree.fromstring(invoke("graph", "x < 3 and x*2 > 1", "--x", "1", "--format", "svg").stdout)
    mermaid = invoke("graph", "x*2 < 3", "--x", "1", "--format", "mermaid").stdout
    assert 'n2["x#42;2 #60; 3' in mermaid


def test_folding_is_said_and_can_be_turned_off():
    folded, whole = invoke(*LOOP), invoke(*LOOP, "--all")
    assert "note: 194 of 201 nodes are folded; --all shows each" in folded.stderr
    assert "97 rounds, 194 nodes folded" in folded.stdout
    assert "folded" not in whole.stdout + whole.stderr
    assert len(whole.stdout.splitlines()) > 200


@pytest.mark.parametrize("name", [*FORMATS, "json"])
def test_folded_graphs_in_every_format(name):
    done = invoke(*LOOP, "--format", name, "--grad")
    assert done.status == 0
    assert len(done.stdout) < 12_000


def test_a_program_without_inputs():
    done = invoke("graph", "3")
    assert (done.status, done.stdout) == (0, "3\n")
    assert "nothing is recorded" in done.stderr


def test_gradients_of_a_vector_are_refused():
    done = invoke("graph", "x*x", "--x", "1,2", "--grad")
    assert done.status == 2
    assert "one number" in done.stderr


def test_formats_that_graphs_do_not_have():
    done = invoke(*DOT, "--format", "latex")
    assert done.status == 2
    assert "`--format` is one of table, tree" in done.stderr


def test_the_picture_in_the_documentation_is_what_the_command_draws():
    page = (ROOT / "docs/graph.md").read_text("utf-8")
    assert "images/graph.svg" in page
    words = ("graph", "log(x1) + x1*x2 - sin(x2)", "--x1", "2", "--x2", "5", "--grad", "--format", "svg")
    assert invoke(*words).stdout == (ROOT / "docs/images/graph.svg").read_text("utf-8")
