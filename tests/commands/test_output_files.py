"""`--output FILE`: the ending of its name tells the format."""

import pytest

from tests.command_line import invoke

GRAD = ("grad", "x**2", "--x", "3")
CHECK = ("check", "x**2", "--x", "3")


@pytest.mark.parametrize(
    ("words", "name", "start"),
    [
        (GRAD, "out.json", "{\n"),
        (GRAD, "out.csv", "program,"),
        (GRAD, "OUT.MD", "`x**2`"),
        (GRAD, "out.tex", "% x**2"),
        (GRAD, "out.txt", "x**2\n"),
        (GRAD, "out.xml", "x**2\n"),
        (CHECK, "out.xml", "<?xml"),
        (CHECK, "out.sarif", "{\n"),
        (("graph", *GRAD[1:]), "out.dot", "digraph"),
        (("graph", *GRAD[1:]), "out.svg", "<svg"),
        ((*GRAD, "--format", "csv"), "out.json", "program,"),
        ((*GRAD, "--format", "table"), "out.json", "x**2\n"),
        (("batch", "{}/cases.txt"), "out.html", "<!DOCTYPE html>"),
        (("check", "{}/cases.txt"), "out.xml", "<?xml"),
        (("batch", "{}/cases.txt"), "out.jsonl", '{"schema"'),
        (("batch", "a*x", "--a", "2", "--data", "{}/rows.csv"), "out.jsonl", '{"schema"'),
    ],
)
def test_format(tmp_path, words, name, start):
    (tmp_path / "cases.txt").write_text("x**2 | x=3\n")
    (tmp_path / "rows.csv").write_text("x\n1\n")
    path = tmp_path / name
    done = invoke(*(word.format(tmp_path) for word in words), "--output", str(path))
    assert done.status == 0, done.stderr
    assert path.read_text().startswith(start)
