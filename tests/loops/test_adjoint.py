"""Reverse sweeps: what they are made of, and what they need of the forward sweep."""

from __future__ import annotations

import re

import numpy as np
import pytest

import gradcli
from tests.loops_compared import compare


def texts(text, inputs):
    """The generated functions of the only loop of a program, by name."""
    done = compare(text, inputs)
    assert done.refused == []
    (loops,) = done.program._loops.known.values()
    return loops[0].texts


def pushes(text):
    return len(re.findall(r"append|push_", text))


def test_a_linear_recurrence_saves_nothing():
    made = texts("for i in range(900):\n    x = 0.5*x + 0.1*i\nx", {"x": 1.0})
    assert pushes(made["forward"]) == 0


def test_a_product_saves_one_value_a_round():
    made = texts("for i in range(900):\n    x = r*x*(1 - x)\nx", {"x": 0.3, "r": 3.3})
    assert pushes(made["forward"]) == 1


def test_floats_meet_floats_and_differences_are_differences():
    made = texts("for i in range(900):\n    x = r*x*(1 - x) + i*(2 - i)*0\nx", {"x": 0.3, "r": 3.3})
    assert "1.0 - v" in made["forward"]
    assert "2 - c" in made["forward"]  # whole numbers stay whole
    assert "1.0 - t" in made["reverse"]
    assert "-(" not in made["reverse"]


def test_a_branch_saves_which_way_was_taken():
    made = texts("for i in range(900):\n    if i % 3: x = 0.5*x\n    else: x = x + 1\nx", {"x": 0.3})
    assert pushes(made["forward"]) == 2  # one in each way


def test_counters_are_not_saved():
    made = texts(
        "s = 0\nfor i in range(30):\n    for j in range(20):\n        s = 0.9*s + x*i*j\ns", {"x": 0.3}
    )
    assert "reversed(" in made["reverse"]
    assert pushes(made["forward"]) <= 1


def test_what_nothing_depends_on_has_no_reverse():
    made = texts("s = 0\nfor i in range(900):\n    s = 0.9*s + x\n    t = sin(cos(tanh(x)))*i\ns", {"x": 0.3})
    assert "cos" in made["forward"]
    assert not re.search("sin|cos|tanh", made["reverse"])


def test_a_frozen_input_has_no_cotangent():
    program = gradcli.compile("for i in range(900):\n    x = x - 0.001*a*x\nx")
    hot = program.record({"x": 1.0, "a": 0.3}, wrt=["x"])
    assert hot.grad() == pytest.approx({"x": 0.9997**900})


def test_entries_of_an_array_add_up_in_place():
    x = np.linspace(0.1, 1.0, 50)
    made = texts("s = 0\nfor i in range(600):\n    s += x[i % 50]*x[(3*i) % 50]\ns", {"x": x})
    assert "+=" in made["reverse"]


def test_an_entry_that_is_overwritten_passes_nothing_on():
    text = "b = x\nfor i in range(600):\n    b[i % 3] = y*i\nsum(b)"
    gradient = gradcli.compile(text).grad({"x": np.ones(3), "y": 2.0})
    np.testing.assert_array_equal(gradient["x"], np.zeros(3))
    assert gradient["y"] == 597 + 598 + 599


def test_an_inner_loop_that_overwrites_passes_nothing_on():
    text = "s = 0; for i in range(200) { for j in range(i % 3) { s = 1/3 }; s += a*i }; s"
    compare(text, {"a": 0.5})


def test_rounds_of_no_inner_loop():
    compare(
        "s = x\nfor i in range(200):\n    for j in range(i % 3):\n        s = s*y\ns", {"x": 1.0, "y": 0.99}
    )


def test_loops_left_early_in_different_rounds():
    text = """
s = x
for i in range(100):
    j = 0
    while j < 10:
        s = 0.99*s + 0.01*y*j
        if s > y*(i % 7): break
        j += 1
    if s > 100: break
s
"""
    compare(text, {"x": 0.3, "y": 0.2})


def test_long_sums_do_not_grow_the_stack():
    program = gradcli.compile("s = 0\nfor i in range(200000):\n    s = s + a*i\ns")
    assert program.grad({"a": 2.0}) == {"a": pytest.approx(199999 * 100000.0, rel=1e-12)}
