"""The programs of examples/loops: both tiers agree, and the loops that are long leave the tape."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from tests.loops_compared import compare

FILES = sorted((Path(__file__).parents[2] / "examples/loops").glob("*.toml"))
CASES = [case for path in FILES for case in tomllib.loads(path.read_text("utf-8"))["case"]]
SHORT = {
    "chaos with a closed form: sin² of a doubled angle", "square root", "by Newton's method",
    "a path through a field of costs, down and to the right", "a point in the middle between two centres",
    "two paths of one length: each has half of the gradient, and it is a kink",
    "the loss is smooth where every point has one nearest centre",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_both_tiers_agree(case):
    inputs = {
        name: np.array(value) if isinstance(value, list) else value for name, value in case["inputs"].items()
    }
    done = compare(case["program"], inputs)
    assert done.refused == []
    assert (done.recording.graph.loops == 0) == (case["name"] in SHORT)
