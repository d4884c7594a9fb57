"""One program over data rows gives what it gives on each row alone."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

import gradcli
from gradcli.suites import row_files
from gradcli.suites.row_files import BLOCK, Block, read_rows
from gradcli.suites.rows import RowEvaluator
from tests.command_line import invoke

PROGRAMS = (
    "a*x**2 + sum(v)*y",
    "x if x > 0 else y*x",
    "max(x, 0)*y + abs(v[0])",
    "sum(sort(v)*k)",
    "s = 0; for i in range(3) { if v[i] > 0 { s = s + x*v[i] } }; s",
    "b = x; n = 0; while abs(b) < 10 and n < 50 { b = 2*b + y; n = n + 1 }; b",
    "logsumexp(v) + norm(v)*x",
    "detach(x)*x",
)


def rows(count=60):
    generator = np.random.default_rng(1)
    return {
        "x": generator.normal(size=count),
        "y": generator.normal(size=count),
        "v": generator.normal(size=(count, 3)),
    }


@pytest.mark.parametrize("text", PROGRAMS)
def test_values_and_gradients_row_by_row(text):
    program = gradcli.compile(text)
    fixed = {name: value for name, value in {"a": 2.0, "k": np.arange(3.0)}.items() if name in program.inputs}
    data = {name: each for name, each in rows().items() if name in program.inputs}
    found = RowEvaluator(program, fixed, True, {})(Block(1, data))
    assert not found.errors
    for row in range(60):
        value, gradients = program.value_and_grad(
            {**fixed, **{name: each[row] for name, each in data.items()}}
        )
        assert found.outputs[""][row] == pytest.approx(value, rel=1e-14, abs=1e-14)
        assert found.gradients.keys() == gradients.keys()
        for name, gradient in gradients.items():
            assert found.gradients[name][row] == pytest.approx(gradient, rel=1e-12, abs=1e-14)


def test_what_functions_choose_needs_no_further_run(monkeypatch):
    program = gradcli.compile("max(x, y, 0) + abs(x)*relu(y)*floor(x) + sum(sort(v)*[1, 2, 3])")
    evaluate, runs = RowEvaluator(program, {}, True, {}), []
    record = evaluate._record
    monkeypatch.setattr(evaluate, "_record", lambda *given: runs.append(given) or record(*given))
    data = rows()
    found = evaluate(Block(1, data))
    assert len(runs) == 1
    for row in range(60):
        value, gradients = program.value_and_grad({name: each[row] for name, each in data.items()})
        assert found.outputs[""][row] == pytest.approx(value, rel=1e-14)
        for name, gradient in gradients.items():
            assert found.gradients[name][row] == pytest.approx(gradient, rel=1e-14)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
@pytest.mark.parametrize("text", ["max(log(x), 0)", "max(0, log(x))", "min(2*x, log(x), 0)"])
def test_a_row_without_a_logarithm_among_others(text, order):
    """Python's `max` passes over a NaN, unless it comes first."""
    program = gradcli.compile(text)
    x = np.array([-1.0, 0.5, 2.0])[list(order)]
    found = RowEvaluator(program, {}, True, {})(Block(1, {"x": x}))
    alone = [program.value_and_grad({"x": each}) for each in x]
    np.testing.assert_array_equal(found.outputs[""], [value for value, _ in alone])
    np.testing.assert_array_equal(found.gradients["x"], [gradient["x"] for _, gradient in alone])


def test_several_outputs():
    program = gradcli.compile("y = 2*x; z = sum(v); return y, z")
    data = {name: each for name, each in rows().items() if name != "y"}
    found = RowEvaluator(program, {}, False, {})(Block(1, data))
    assert found.outputs["y"] == pytest.approx(2 * data["x"])
    assert found.outputs["z"] == pytest.approx(data["v"].sum(axis=1))


def test_rows_that_fail_leave_the_others():
    program = gradcli.compile("assert x > 0; log(x)")
    x = np.array([1.0, -1.0, 2.0, -2.0, 3.0])
    found = RowEvaluator(program, {}, True, {})(Block(1, {"x": x}))
    assert sorted(found.errors) == [1, 3]
    good = [0, 2, 4]
    assert found.outputs[""][good] == pytest.approx(np.log(x[good]))
    assert found.gradients["x"][good] == pytest.approx(1 / x[good])


# Files ------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(*words):
    done = invoke("batch", *words)
    assert done.status == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_csv(folder):
    (folder / "r.csv").write_text('\ufeffx, "v[1]",v[0]\n1,2,3\n4,5,6\n\n')
    found = lines("x*v", "--data", "r.csv")
    assert found == [
        {"row": "1", "value[0]": "3.0", "value[1]": "2.0"},
        {"row": "2", "value[0]": "24.0", "value[1]": "20.0"},
    ]
    found = lines("a*sum(v)*x", "--data", "r.csv", "--a", "2", "--command", "grad", "--wrt", "x,v")
    assert found[1] == {"row": "2", "value": "88.0", "d/dx": "22.0", "d/dv[0]": "8.0", "d/dv[1]": "8.0"}


def test_json_lines(folder):
    (folder / "r.jsonl").write_text('{"x": 1, "v": [1, 2]}\n{"x": 2, "v": [3, 4]}\n')
    done = invoke("batch", "x*sum(v)", "--data", "r.jsonl", "--format", "jsonl", "--command", "grad")
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["row"] == 1
    assert second == {
        "schema": "gradcli/1",
        "row": 2,
        "value": 14.0,
        "gradients": {"x": 7.0, "v": [2.0, 2.0]},
    }


def test_npy(folder):
    np.save(folder / "r.npy", np.arange(6.0).reshape(3, 2))
    assert [line["value"] for line in lines("sum(x)*k", "--data", "r.npy", "--k", "2")] == [
        "2.0",
        "10.0",
        "18.0",
    ]
    np.save(folder / "s.npy", np.array([(1.0, 2.0)], dtype=[("x", "f8"), ("y", "f8")]))
    assert lines("x - y", "--data", "s.npy") == [{"row": "1", "value": "-1.0"}]


def test_the_sum_of_all_rows(folder):
    x = np.arange(1.0, 5.0)
    (folder / "r.csv").write_text("x,y\n" + "".join(f"{each},{2 * each}\n" for each in x))
    words = (
        "(w*x - y)**2",
        "--data",
        "r.csv",
        "--w",
        "0.5",
        "--wrt",
        "w",
        "--command",
        "grad",
        "--accumulate",
    )
    document = json.loads(invoke("batch", *words, "--format", "json").stdout)
    assert document["value"] == pytest.approx(np.sum((0.5 * x - 2 * x) ** 2))
    assert document["gradients"]["w"] == pytest.approx(np.sum(2 * (0.5 * x - 2 * x) * x))


def test_blocks(folder):
    count = BLOCK + 10
    (folder / "r.csv").write_text("x\n" + "1\n" * count)
    assert [(block.first, block.size) for block in read_rows("r.csv", [])] == [(1, BLOCK), (BLOCK + 1, 10)]
    assert [line["row"] for line in lines("x", "--data", "r.csv")] == [*map(str, range(1, count + 1))]


def test_blocks_of_arrays_hold_equally_many_entries(folder, monkeypatch):
    monkeypatch.setattr(row_files, "ENTRIES", 8)
    np.save(folder / "r.npy", np.arange(15.0).reshape(5, 3))
    (first, second, third) = read_rows("r.npy", ["x"])
    assert [(block.first, block.size) for block in (first, second, third)] == [(1, 2), (3, 2), (5, 1)]
    np.testing.assert_array_equal(second.values["x"], [[6, 7, 8], [9, 10, 11]])
    np.save(folder / "s.npy", np.array([(1, 2.0)] * 9, dtype=[("x", "i4"), ("y", "f8")]))
    first, second, third = read_rows("s.npy", [])
    assert first.values["x"].tolist() == [1.0] * 4
    assert first.values["x"].strides == (8,)
    assert (third.first, third.size) == (9, 1)
    np.save(folder / "e.npy", np.empty((4, 0)))
    assert [block.size for block in read_rows("e.npy", ["x"])] == [4]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("r.csv", "x\n1\nab\n", "`r.csv`, row 3, column 1: expected a number, found `ab`"),
        ("r.csv", "x,y\n1\n", "`r.csv`, row 2: 1 cells, where the first row has 2"),
        ("r.csv", "1,2\n", "`r.csv`, row 1, column 1: expected the name of an input, found `1`"),
        ("r.csv", "x,x\n", "`r.csv`: the first row must name each input once"),
        ("r.csv", "", "`r.csv`: the first row must name each input once"),
        ("r.csv", "x[0],x[2]\n1,2\n", "the columns of `x` do not fill an array of shape (3,)"),
        ("r.csv", "y\n1\n", "`r.csv` has no column for the input `x`"),
        ("r.csv", "x,z\n1,2\n", "`r.csv` has a column `z`, which the program does not need"),
        ("r.jsonl", '{"x": 1}\n{"y": 1}\n', "`r.jsonl`, row 2: the inputs are not those of row 1"),
        ("r.jsonl", '{"x": null}\n', "expected a number, found `null`"),
        ("r.jsonl", "[1]\n", "r.jsonl:1: expected an object"),
        ("r.npy", "no", "`r.npy` is no .npy file"),
        ("r.txt", "", "`r.txt` is no kind of file that is known here: expected .csv, .jsonl, .npy, .npz"),
    ],
)
def test_files_that_are_no_rows(folder, name, text, message):
    (folder / name).write_text(text)
    done = invoke("batch", "x", "--data", name)
    assert done.status == 2
    assert message in done.stderr


def test_failed_rows_and_exit_codes(folder):
    (folder / "r.csv").write_text("x\n1\n-1\n")
    done = invoke("batch", "assert x > 0; x", "--data", "r.csv", "--format", "jsonl")
    assert done.status == 2
    assert json.loads(done.stdout.splitlines()[1])["status"] == "error"
    assert "note: 2 rows, of which 1 failed" in done.stderr
    (folder / "r.csv").write_text("x\n")
    assert invoke("batch", "x", "--data", "r.csv").status == 5
    assert invoke("batch", "x", "--data", "r.csv", "--accumulate").status == 2
    assert invoke("batch", "x", "--data", "r.csv", "--format", "table").status == 2


@pytest.mark.parametrize(
    "text",
    ["x,y\n1,2\n2,5\n", '{"x": 1, "y": 2}\n{"x": 2, "y": 5}\n', '\ufeff {"x": 1, "y": 2}\n{"y": 5, "x": 2}'],
)
def test_rows_of_standard_input(text):
    done = invoke("batch", "x*y", "--data", "-", stdin=text)
    assert (done.status, done.stdout) == (0, "row,value\n1,2.0\n2,10.0\n")


def test_rows_of_archives(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("rows.npz", x=[1.0, 2.0], y=[[2.0, 1.0], [5.0, 0.0]])
    assert invoke("batch", "sum(x*y)", "--data", "rows.npz").stdout == "row,value\n1,3.0\n2,10.0\n"
    np.savez("uneven.npz", x=[1.0, 2.0], y=[2.0])
    assert "found `x` (2,), `y` (1,)" in invoke("batch", "x*y", "--data", "uneven.npz").stderr


def test_what_rows_cannot_be(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.csv").write_text("x\n1\n")
    words = ("batch", "x", "--data", "r.csv")
    assert "rows are written as jsonl and csv" in invoke(*words, "--output", "o.json").stderr
    assert "`x` has a value of its own" in invoke(*words, "--x", "2").stderr
    assert "standard input is read twice" in invoke("batch", "-", "--data", "-", stdin="x").stderr
    (tmp_path / "c.txt").write_text("1\n")
    done = invoke("batch", "c.txt", "--resume", "o.jsonl", "--format", "json")
    assert "`--format json` is given" in done.stderr
