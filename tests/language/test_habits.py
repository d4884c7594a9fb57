"""Habits of other languages that only show once names have a meaning, or when the program runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.errors import GradcliError
from tests.command_line import invoke

TABLE = Path(__file__).parents[1] / "cases" / "syntax" / "habits.jsonl"
ROWS = [json.loads(line) for line in TABLE.read_text("utf-8").splitlines()]
INPUTS = {"x": np.array([1.0, 2.0, 3.0]), "y": np.array([4.0, 5.0, 6.0]), "a": 2.0, "b": 3.0, "n": 3.0}
INPUTS |= {"A": np.array([[1.0, 2.0], [3.0, 4.0]])}


def run(text: str) -> Any:
    program = gradcli.compile(text)
    return program.value({name: INPUTS[name] for name in program.inputs})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"])
def test_habit(row: dict[str, Any]) -> None:
    with pytest.raises(GradcliError) as caught:
        run(row["text"])
    error = caught.value
    marked = "" if error.span is None or error.source is None else error.source[error.span]
    found = {"text": row["text"], "marked": marked, "message": error.message, "help": error.help}
    assert found == row


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2] + [3, 4]", [4, 6]),
        ("[1, 2]*2", [2, 4]),
        ("x + [1]", [2, 3, 4]),
        ("[2]*x", [2, 4, 6]),
        ("b = zeros(3); b += [1]; b", [1, 1, 1]),
        ("b = [v for v in x]; b += [1, 1, 1]; b", [2, 3, 4]),
        ("c, d = [1], [2]; c = x; c + [1]", [2, 3, 4]),
        ("for c in [x] { c }; c + [1]", [2, 3, 4]),
        ("x[:, np.newaxis]", [[1], [2], [3]]),
        ("norm(x, p=1)", 6),
        ("sorted(y, reverse=True)", [6, 5, 4]),
        ("linalg.norm(x, 1) + anp.sum(x) + special.erf(0)", 12),
        ("a < -b", False),
        ("x[0] < (-3)", False),
        ("from numpy import linalg as LA; LA.norm(y - x)**2", 27),
        ("import numpy as xp, math as m\nxp.sum(x) + m.floor(m.pi)", 9),
        ("import torch.nn.functional as fn; fn.relu(-x) + A.T[0, 0]", [1, 1, 1]),
        ("from numpy import (square as s, maximum)\nmaximum(s(x), y)", [4, 5, 9]),
        ("from scipy.special import expit as a; a = 2; a*x", [2, 4, 6]),
        ("import math as m; m = 3; m*x", [3, 6, 9]),
        ("import pandas as pd; x", [1, 2, 3]),
        ("x[0] <- 3", False),
        ("a < - b", False),
        ("int(1e20)", 1e20),
        ("[bool(a), bool(0), bool(-0.0)]", [1, 0, 0]),
        ("x[(x > 1) & (x < 3)]", [2]),
        ("x[~(x > 1) | (y > 5)]", [1, 3]),
        ("m = x > 1; m &= x < 3; m |= y < 5; m", [True, True, False]),
        ("[5 & 3, 5 | 3, ~5, 1 + 1 & 3]", [1, 7, -6, 2]),
        ("(a > 1) & ~(b > 1)", False),
        ("[x == None, None != a, None == None]", [0, 1, 1]),
        ("def f(u, v=None): return u if v == None else u*v\nf(a) + f(a, b)", 8),
        ("y: float | None = a; y", 2),
        (
            "[size(torch.randn(size=(2, 3))), size(torch.zeros(size=())), torch.arange(start=0, end=3)[2]]",
            [6, 1, 2],
        ),
        ("q, r = divmod(-7, b); [q, r]", [-3, 2]),
    ],
)
def test_what_is_no_mistake(text: str, value: Any) -> None:
    np.testing.assert_array_equal(run(text), value)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("π*r", "the constant is `pi`"),
        ("Exp[x]", "a call of the function is `exp(x)`"),
        ("pd.x", "`pd.` is no prefix of functions here"),
        ("x^T", "the transpose of `A` is `A.T`"),
    ],
)
def test_names_that_are_hardly_inputs(text: str, advice: str) -> None:
    assert advice in invoke("eval", text).stderr
