"""Loops as machine code, beside the tape; skipped where numba is not installed."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.errors import EvaluationError, LimitError
from gradcli.loops import machine_code, native
from tests.symbolic.test_loop_code import PROGRAMS

pytest.importorskip("numba", reason="the extra `native` is not installed")

LONG = "for i in range(2000) { x = r*x*(1 - x) + 0.1 }; x"


@pytest.fixture(autouse=True)
def _eager(monkeypatch):
    """Every loop is worth compiling."""
    monkeypatch.setattr(native, "WORTH_IT", 20)
    monkeypatch.setattr("gradcli.language.run._WORTH_READING", 0)


def runs_of(recording):
    """The runs of loops in a recording."""
    return [
        node.static["run"]
        for node in recording.graph.nodes
        if node.primitive is not None and node.primitive.name == "loop"
    ]


@pytest.mark.parametrize("name", PROGRAMS)
def test_machine_code_gives_what_the_tape_gives(name):
    text, inputs = PROGRAMS[name]
    program = gradcli.compile(text)
    fast, slow = program.record(inputs), program.record(inputs, unrolled=True)
    assert all(run.is_native for run in runs_of(fast)) == (name != "vectors"), program._loops.refused
    assert runs_of(fast)
    assert fast.value == pytest.approx(slow.value, rel=1e-12)
    gradient, expected = fast.grad(), slow.grad()
    for each in expected:
        np.testing.assert_allclose(gradient[each], expected[each], rtol=1e-9, atol=1e-14)


def test_several_pulls_and_products_from_one_run():
    program = gradcli.compile(LONG)
    inputs = {"x": 0.3, "r": 2.8}
    fast, slow = program.record(inputs), program.record(inputs, unrolled=True)
    assert fast.grad() == pytest.approx(slow.grad(), rel=1e-9)
    assert fast.grad() == pytest.approx(slow.grad(), rel=1e-9)
    assert fast.jvp({"r": 1.0}) == pytest.approx(slow.jvp({"r": 1.0}), rel=1e-9)
    assert fast.hessian_vector({"r": 1.0})["r"] == pytest.approx(
        slow.hessian_vector({"r": 1.0})["r"], rel=1e-9
    )


def test_products_with_the_hessian_know_the_counter():
    program, inputs = (
        gradcli.compile("for i in range(60) { x = x + 0.01*sin(i*r)*x*r }; x"),
        {"x": 0.3, "r": 1.3},
    )
    fast, slow = program.record(inputs), program.record(inputs, unrolled=True)
    assert all(run.is_native for run in runs_of(fast))
    found, expected = (each.hessian_vector({"r": 1.0, "x": 0.5}) for each in (fast, slow))
    assert found == pytest.approx(expected, rel=1e-9)


def test_infinities_come_out_as_on_the_tape():
    program = gradcli.compile("s = 0\nfor i in range(50) { s = s + 1/(a*i) }\ns")
    assert program.value({"a": 1.0}) == np.inf


def test_an_index_out_of_range_has_its_message():
    program = gradcli.compile("s = 0\nfor i in range(50) { s = s + v[i]*v[i] }\ns")
    with pytest.raises(EvaluationError, match="out of range"):
        program.record({"v": np.ones(40)})


def test_endless_loops_stop():
    with pytest.raises(LimitError, match="stopped after"):
        gradcli.compile("while x > 0 { x = x*0.5 + 1 }; x").value({"x": 1.0}, max_steps=100_000)


def test_stacks_grow_as_long_as_there_is_room(monkeypatch):
    program = gradcli.compile("while x < 1e4 { for j in range(9) { x = x + r*sin(x*x) + 0.2 } }; x")
    monkeypatch.setattr(machine_code, "bytes_left", lambda: 2e4)
    with pytest.raises(LimitError, match="more memory than there is for its reverse pass"):
        program.record({"x": 0.5, "r": 0.1})
    monkeypatch.setattr(machine_code, "bytes_left", lambda: 2e7)
    assert all(run.is_native for run in runs_of(program.record({"x": 0.5, "r": 0.1})))
