"""What goes wrong inside of a hot loop: the same message at the same place as on the tape."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.errors import LimitError
from tests.loops_compared import failure

X = {"x": 0.5}


@pytest.mark.parametrize(
    ("text", "inputs", "message", "place"),
    [
        ("s = 0\nfor i in range(900):\n    s += x[i]\ns", {"x": np.ones(700)}, "index 700 is out of", "x[i]"),
        ("s = 0; k = 0; while k < 900 { s += x[k]; k += 1 }; s", {"x": np.ones(700)}, "index 700 is", "x[k]"),
        ("z = zeros(300)\nfor i in range(400):\n    z[i] = 2*x\nsum(z)", X, "index 300 is out of", "z[i]"),
        ("s = 0\nfor i in range(900):\n    s += x[i/2]\ns", {"x": np.ones(700)}, "whole number", "x[i/2]"),
        (
            "s = 0; for i in range(900) { if i > 600 { s += x[i*0.3] }; s += x[0] }; s",
            {"x": np.ones(700)}, "whole number", "x[i*0.3]",
        ),
        (
            "v = x; for i in range(700) { v = v + x[:3 - (i > 600)] }; v",
            {"x": np.ones(3)}, "shapes", "v + x[:3 - (i > 600)]",
        ),
        (
            "s = 0; for i in range(700) { if i < 0 { u = 1 }; if i > 600 { s = u }; s = s + x }; s",
            X, "no value here", "u",
        ),
        ("s = 0; for i in range(700) { assert i < 600, 'too late'; s += x }; s", X, "too late", "i < 600"),
    ],
)  # fmt: skip
def test_errors_are_those_of_the_tape(text, inputs, message, place):
    assert (message in failure(text, inputs)[0], failure(text, inputs)[1]) == (True, place)


@pytest.mark.parametrize(
    "text",
    [
        "y = x\nwhile y > 0:\n    y = y + 1\ny",
        "y = x\nfor i in range(10000):\n    y = sin(y)\ny",
        "y = x\nfor i in range(300):\n    for j in range(i):\n        y = sin(y)\ny",
        "y = x\nfor i in range(3000):\n    while y > 0:\n        y = y + 1\ny",
    ],
)
def test_endless_loops_end(text):
    """Where in the loop that happens is not told: this tier counts by rounds."""
    for unrolled in (True, False):
        with pytest.raises(LimitError, match="stopped after 20,000 operations") as raised:
            gradcli.compile(text).record(X, unrolled=unrolled, max_steps=20_000)
        assert text[raised.value.span.start : raised.value.span.end]
