"""`gradcli plot`: drawings in the terminal, pictures in files, refusals."""

from __future__ import annotations

import csv
import io
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from tests.command_line import invoke, invoke_json

ABS = ("plot", "abs(x)", "--x", "-3:3")
VALLEY = ("plot", "(1 - x)**2 + 10*(y - x**2)**2", "--x", "-2:2", "--y", "-1:3")


def test_the_curve_and_its_derivative():
    lines = invoke(*ABS).stdout.splitlines()
    assert lines[0] == "abs(x)"
    assert [line.strip() for line in lines if line.strip() in ("f", "df/dx")] == ["f", "df/dx"]
    assert lines[2].startswith("  3┤⠙⠢")
    assert lines[-2].split() == ["-3", "x", "3"]
    assert lines[-1] == "▲ kink at x = 0"
    assert max(map(len, lines)) <= 80


def test_the_mark_stands_below_the_kink():
    lines = invoke(*ABS).stdout.splitlines()
    below = next(line for line in lines if "▲" in line)
    assert below.index("▲") == below.index("└") + 1 + (len(below) - below.index("└") - 1) // 2


def test_the_width_of_the_terminal_is_used(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, invoke(*ABS).stdout.splitlines())) <= 60


def test_gaps_are_told():
    assert "░ the value is not finite at x = 0" in invoke("plot", "1/x", "--x", "-1:1").stdout


def test_colours(monkeypatch):
    assert "\x1b[" in invoke(*ABS, "--color", "always").stdout
    assert "\x1b[" not in invoke(*ABS, "--color", "always", "--format", "plain").stdout


def test_two_inputs_give_a_picture():
    text = invoke(*VALLEY).stdout
    assert "█" in text
    assert text.endswith("x from -2 to 2 across, y from -1 to 3 up\n")


def test_ranges_may_be_expressions_and_other_inputs_have_values():
    points = invoke_json("plot", "a*sin(x)", "--x", "0:2*pi", "--a", "2")["plot"]
    assert points["points"]["x"][-1] == pytest.approx(6.283185307179586)
    assert points["derivatives"]["x"][0] == 2


def test_csv():
    rows = list(csv.DictReader(io.StringIO(invoke(*ABS, "--format", "csv").stdout)))
    assert rows[0] == {"x": "-3", "value": "3", "d/dx": "-1"}
    assert len(rows) == 401


@pytest.mark.parametrize("words", [ABS, VALLEY])
def test_files_are_drawn_by_matplotlib(words, tmp_path):
    pytest.importorskip("matplotlib")
    assert invoke(*words, "--output", str(tmp_path / "plot.svg")).status == 0
    assert ElementTree.parse(tmp_path / "plot.svg").getroot().tag.endswith("svg")
    assert invoke(*words, "--output", str(tmp_path / "plot.png")).status == 0
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = invoke(*ABS, "--output", str(tmp_path / "plot.svg"))
    assert done.status == 2
    assert "pip install 'gradcli[plot]'" in done.stderr
    assert not (tmp_path / "plot.svg").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("plot", "x", "--x", "3"), "a plot is over the range of one input or two, and 0 were given"),
        (("plot", "x*y", "--x", "0:1"), "the program needs a value for `y`"),
        (("plot", "x", "--x", "1:1"), "two different finite numbers"),
        (("plot", "x", "--x", "0:inf"), "two different finite numbers"),
        (("plot", "x", "--x", ":1"), "two different finite numbers"),
        (("plot", "x*ones(2)", "--x", "0:1"), "needs one number"),
        (("plot", "x", "--x", "0:1", "--format", "png"), "needs a file"),
    ],
)
def test_refusals(words, message):
    done = invoke(*words)
    assert done.status == 2
    assert message in done.stderr
