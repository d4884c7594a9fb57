"""The suites in examples/ pass, except the one that is there to fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import invoke

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = (EXAMPLES / "suites", EXAMPLES / "loops")
FILES = sorted(path for each in FOLDERS for path in each.iterdir() if path.suffix in (".toml", ".exprs"))
WRONG = EXAMPLES / "suites/wrong.grad.toml"


@pytest.mark.parametrize("path", [path for path in FILES if path != WRONG], ids=lambda path: path.name)
def test_suites_pass(path):
    done = invoke("check", str(path))
    assert done.status == 0, done.stdout


def test_mistakes_are_recognised():
    done = invoke("check", str(WRONG), "--format", "jsonl")
    assert done.status == 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    found = {row["case"]["name"]: row["problems"][0] for row in rows}
    assert {name: problem["rule"] for name, problem in found.items()} == {
        "a factor is missing": "WRONG",
        "a sign": "WRONG",
        "the matrix is transposed": "WRONG",
        "a term is missing": "WRONG",
        "a kink": "NONDIFFERENTIABLE",
        "shapes that do not fit": "error",
    }
    assert "factor of 2" in found["a factor is missing"]["text"]
    assert "wrong sign" in found["a sign"]["text"]
    assert "`penalty`" in found["a term is missing"]["text"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_readme_lists_every_suite(folder):
    text = (folder / "README.md").read_text("utf-8")
    assert [path.name for path in FILES if path.parent == folder and f"]({path.name})" not in text] == []
