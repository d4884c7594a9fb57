"""Replay: every row is what the program gives there, unless a guard flips; stopped values stay."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.autodiff import batch
from gradcli.autodiff.batch import replay
from gradcli.autodiff.derivatives import gradient_nodes, walking

RNG = np.random.default_rng(7)
PROGRAMS = [
    ("2*dot(x,x)", {"x": [0.0, 1.0, 2.0, 3.0]}),
    ("sum(tanh(A @ B))", {"A": RNG.normal(size=(2, 3)), "B": RNG.normal(size=(3, 4))}),
    ("A @ v + c", {"A": RNG.normal(size=(3, 2)), "v": [1.0, 2.0], "c": 0.5}),
    ("x * y + A", {"x": 2.0, "y": [1.0, 2.0], "A": RNG.normal(size=(3, 2))}),
    ("b = 2*a\nwhile norm(b) < 1000:\n    b = 2*b\nb if sum(b) > 0 else 100*b", {"a": [1.0, 2.0, 3.0]}),
    ("b = zeros(4)\nfor i in range(4):\n    b[i] = a[i]**2 + b[i-1]\nb", {"a": [1.0, 2.0, 3.0, 4.0]}),
    ("c = x\nc[1:] = 2*x[:2]\nc[0] += 1\nsum(c*x)", {"x": [1.0, 2.0, 3.0]}),
    ("[sort(x)[-1], max(x), sum(x[argsort(x)] * [1, 2, 3])]", {"x": [3.0, 1.0, 2.0]}),
    ("det(A) + logdet(A @ A.T) if det(A) > 0 else trace(inv(A))", {"A": np.eye(3) + 0.1}),
    ("where(x > 1, sqrt(abs(x)), x**2)", {"x": [0.5, 1.5, -2.0]}),
    ("prod(x) + cumsum(x)[1]", {"x": [0.5, 1.5, -2.0]}),
]


def recorded(text, inputs):
    """A recording, its leaves, and slightly moved rows for each."""
    recording = gradcli.compile(text).record(inputs)
    rng = np.random.default_rng(1)
    moved = {
        node: np.asarray(node.value) + 1e-3 * rng.standard_normal((5, *np.shape(node.value)))
        for node in recording.wrt_nodes.values()
    }
    return recording, moved


@pytest.mark.parametrize(("text", "inputs"), PROGRAMS)
def test_rows_are_what_the_program_gives(text, inputs):
    recording, moved = recorded(text, inputs)
    found = replay(recording.graph, [recording.nodes[""]], moved)
    assert (found.flips == -1).all()
    program = gradcli.compile(text)
    for row in range(5):
        value = program.value({name: moved[node][row] for name, node in recording.wrt_nodes.items()})
        np.testing.assert_allclose(found.outputs[0][row], value, rtol=1e-13)


def test_blocks_make_no_difference(monkeypatch):
    recording, moved = recorded(*PROGRAMS[1])
    whole = replay(recording.graph, [recording.nodes[""]], moved)
    monkeypatch.setattr(batch, "BLOCK_ELEMENTS", 16)
    parts = replay(recording.graph, [recording.nodes[""]], moved)
    np.testing.assert_array_equal(whole.outputs[0], parts.outputs[0])
    np.testing.assert_array_equal(whole.signature, parts.signature)


def test_a_recorded_gradient_is_replayed():
    recording, moved = recorded("sum(sin(x)**2 * [1, 2, 3])", {"x": [0.5, 1.5, -2.0]})
    x = recording.wrt_nodes["x"]
    with walking():
        (gradient,) = gradient_nodes(recording.graph, recording.nodes[""], [x])
    found = replay(recording.graph, [gradient], moved)
    np.testing.assert_allclose(found.outputs[0], np.sin(2 * moved[x]) * [1, 2, 3], rtol=1e-12)


def rows(text, inputs, **moved):
    recording = gradcli.compile(text).record(inputs)
    leaves = {recording.wrt_nodes[name]: np.asarray(values, dtype=float) for name, values in moved.items()}
    return recording, replay(recording.graph, list(recording.nodes.values()), leaves)


def test_stopped_values_stay():
    _, found = rows("detach(x) * x", {"x": 3.0}, x=[1.0, 2.0])
    np.testing.assert_array_equal(found.outputs[0], [3.0, 6.0])
    _, found = rows("with no_grad():\n    u = x * x\nu * x", {"x": 3.0}, x=[1.0, 2.0])
    np.testing.assert_array_equal(found.outputs[0], [9.0, 18.0])


def test_inputs_that_are_not_moved_keep_their_value():
    _, found = rows("x * y", {"x": 3.0, "y": 5.0}, x=[1.0, 2.0])
    np.testing.assert_array_equal(found.outputs[0], [5.0, 10.0])


def test_a_guard_that_flips_breaks_its_row():
    text = "if x > 0:\n    y = x\nelse:\n    y = -x\ny"
    recording, found = rows(text, {"x": 0.5}, x=[1.0, -1.0, 2.0])
    assert found.broken.tolist() == [False, True, False]
    decision = found.decisions[found.flips[1]]
    assert decision.kind == "condition"
    assert recording.source.text[decision.place.start : decision.place.end] == "x > 0"


def test_a_choice_that_flips_is_told_but_breaks_nothing():
    _, found = rows("abs(x) + max([x, 2])", {"x": 0.5}, x=[1.0, -1.0, 3.0])
    assert found.flips.tolist() == [-1, 0, 1]
    assert not found.broken.any()
    np.testing.assert_array_equal(found.outputs[0], [3.0, 3.0, 6.0])
    assert len(set(found.signature.tolist())) == 3


def test_a_choice_that_only_a_guard_asks_for_is_none():
    text = "y = x; while abs(y - 1) > 0.5 { y = y/2 }; {}"
    _, found = rows(text.replace("{}", "y"), {"x": 0.9}, x=[0.8, 1.2, 1.6])
    assert found.flips.tolist() == [-1, -1, 0]  # the third goes round once more
    _, found = rows(text.replace("{}", "abs(y - 1)"), {"x": 0.9}, x=[0.8, 1.2, 1.6])
    assert found.flips.tolist() == [-1, 1, 0]


def test_a_tie_is_left_on_both_sides():
    _, found = rows("abs(x)", {"x": 0.0}, x=[1.0, 0.0, -1.0])
    assert found.flips.tolist() == [0, -1, 0]


def test_a_count_is_a_decision():
    _, found = rows("x * [10, 20, 30][floor(x)]", {"x": 1.5}, x=[1.25, 2.5])
    assert found.broken.tolist() == [False, True]


def test_a_constant_output_stands_in_every_row():
    _, found = rows("return x, 7.0", {"x": 1.0}, x=[1.0, 2.0])
    np.testing.assert_array_equal(found.outputs[1], [7.0, 7.0])


def test_a_variable_can_be_moved():
    recording = gradcli.compile("y = x**2\n3*y").record({"x": 2.0}, wrt=["y"])
    found = replay(recording.graph, [recording.nodes[""]], {recording.wrt_nodes["y"]: np.array([1.0, 2.0])})
    np.testing.assert_array_equal(found.outputs[0], [3.0, 6.0])


def test_a_choice_made_by_operands_that_rest_flips_in_no_row():
    recording = gradcli.compile("where(C > 0, x, 2*x)").record({"C": [[1.0, -1.0], [-1.0, 1.0]], "x": 3.0})
    leaf = recording.wrt_nodes["x"]
    found = replay(recording.graph, [recording.nodes[""]], {leaf: np.array([1.0, 2.0, 3.0, 4.0])})
    assert found.flips.tolist() == [-1] * 4
    np.testing.assert_array_equal(found.outputs[0][1], [[2.0, 4.0], [4.0, 2.0]])


def test_jacobian_of_a_stretched_maximum():
    found = (
        gradcli.compile("maximum(zeros((2,2,2,2)), A)").record({"A": [[1.0, 2.0], [3.0, -5.0]]}).jacobian()
    )
    chosen = np.zeros((2, 2, 2, 2))
    for i, j in ((0, 0), (0, 1), (1, 0)):
        chosen[i, j, i, j] = 1
    np.testing.assert_array_equal(found["A"], np.broadcast_to(chosen, (2,) * 6))


def test_forward_jacobian_is_zero_where_no_path_leads_to_the_output():
    found = (
        gradcli.compile("x*ones(5) + 0*floor(A[0, 0])").record({"x": 2.0, "A": np.eye(2)}).jacobian("forward")
    )
    np.testing.assert_array_equal(found["x"], np.ones(5))
    np.testing.assert_array_equal(found["A"], np.zeros((5, 2, 2)))
