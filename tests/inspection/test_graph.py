"""Graph summaries: nodes, states, saved values, gradients, folds; against what hand calculation gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.errors import UsageError
from gradcli.inspection.folding import folds
from gradcli.inspection.graph import Summary, Vertex, summarise
from gradcli.primitives.registry import load
from gradcli.primitives.table import PRIMITIVES


def summary(
    text: str, inputs: dict[str, Any], gradients: bool = False, limit: int | None = None, **options: Any
) -> Summary:
    recording = gradcli.compile(text).record(inputs, **options)
    return summarise(recording, gradients=gradients, limit=limit)


def vertex(text: str, inputs: dict[str, Any], of: str, **options: Any) -> Vertex:
    (found,) = [each for each in summary(text, inputs, **options).vertices if each.text == of]
    return found


def test_nodes_show_their_text_operation_and_operands():
    x, dot, product = summary("2*dot(x,x)", {"x": [0, 1, 2, 3]}).vertices
    assert (x.text, x.is_leaf, x.grad_fn, x.active) == ("x", True, "", True)
    assert (dot.text, dot.grad_fn, dot.operands, dot.value) == ("dot(x,x)", "DotBackward", (0, 0), 14)
    assert (product.text, product.grad_fn, product.operands) == ("2*dot(x,x)", "MulBackward", ("2", 1))
    assert product.outputs == ("result",)


def test_add_is_add_backward_and_leaves_have_none():
    x, total = summary("x + 2", {"x": 1.0}).vertices
    assert (x.grad_fn, total.grad_fn) == ("", "AddBackward")


@pytest.mark.parametrize(
    ("text", "saved"),
    [
        ("x**2", [0]),  # torch saves the input of a power
        ("exp(x)", [1]),  # and the result of exp
        ("sin(x)", [0]),
        ("sum(x)", []),
        ("x + 1", []),
        ("3*x", []),
        ("x.reshape(3, 1)", []),
        ("sqrt(x)", [1]),
        ("x*x", [0]),
    ],
)
def test_saved_values(text, saved):
    *_, last = summary(text, {"x": [1.0, 2.0, 3.0]}).vertices
    assert [each.node for each in last.saved] == saved
    assert [each.bytes for each in last.saved] == [24] * len(saved)


def test_a_product_saves_only_what_its_active_factor_needs():
    *_, product = summary("x*y", {"x": [1.0, 2.0], "y": [3.0, 4.0]}, const=("y",)).vertices
    assert [each.node for each in product.saved] == [1]


def test_indices_are_saved():
    *_, read = summary("x[[0, 0, 1]]", {"x": [1.0, 2.0]}).vertices
    assert [(each.node, each.bytes) for each in read.saved] == [(None, 24)]


def test_states():
    text = "u = detach(x*x); k = 3*y; w = exp(z); with no_grad() { n = 2*x }; sum(u*x + w + n + floor(x))"
    inputs = {"x": [1.0, 2.0], "y": 1.0, "z": 2.0}
    states = {each.text: each.state for each in summary(text, inputs, const=("z",)).vertices}
    assert states["x"] == states["x*x"] == states["u*x"] == ""
    assert states["detach(x*x)"] == "detached"
    assert states["y"] == states["3*y"] == "unused"
    assert states["z"] == "frozen"
    assert states["exp(z)"] == "constant"
    assert states["2*x"] == "no_grad"
    assert states["floor(x)"] == "no derivative"


def test_conditions_are_shown_where_they_were_taken():
    found = vertex("if sum(b) > 0 { c = b } else { c = 100*b }; sum(c)", {"b": [1.0, -3.0]}, "sum(b) > 0")
    assert (found.guards, found.state) == (("False",), "decides")


def test_gradients_of_every_node():
    text = "h = tanh(W@x); sum(h*h)"
    inputs = {"W": [[0.1, 0.2], [0.3, -0.4]], "x": [1.0, 2.0]}
    nodes = {each.text: each for each in summary(text, inputs, gradients=True).vertices}
    expected = gradcli.compile(text).grad(inputs)
    np.testing.assert_allclose(nodes["W"].gradient, expected["W"])
    np.testing.assert_allclose(nodes["x"].gradient, expected["x"])
    np.testing.assert_allclose(nodes["tanh(W@x)"].gradient, 2 * np.asarray(nodes["tanh(W@x)"].value))


def test_gradients_at_versions_of_an_array_that_is_written_to():
    text = "y = x*1; y[0] = 3*x[1]; z = y; z[1] = z[0]*2; sum(z*z)"
    nodes = {each.text: each for each in summary(text, {"x": [1.0, 2.0]}, gradients=True).vertices}
    assert nodes["y[0] = …"].value.tolist() == [6, 2]
    assert nodes["y[0] = …"].gradient.tolist() == [60, 0]
    assert nodes["z[1] = …"].gradient.tolist() == [12, 24]


@pytest.mark.parametrize("text", ["x*x", "sum(x), x[0]"])
def test_gradients_need_one_number(text):
    with pytest.raises(UsageError, match="one number"):
        summary(text, {"x": [1.0, 2.0]}, gradients=True)


def test_memory_of_a_chain():
    memory = summary("sum(exp(exp(x)))", {"x": np.ones(1000)}).memory
    assert memory.values == 3 * 8000 + 8
    assert memory.saved == 2 * 8000  # each exp its result
    assert memory.forward == 2 * 2 * 8000  # a value and the next, with their tangents


def test_memory_of_forward_mode_does_not_grow_with_a_loop():
    text = "for i in range(n) { x = sin(x) }; x"
    small, large = (summary(text, {"x": 1.0, "n": n}).memory for n in (10, 1000))
    assert large.forward == small.forward
    assert large.saved > 90 * small.saved


def test_versions_of_an_array_share_their_memory():
    memory = summary("y = zeros(100); for i in range(50) { y[i] = x }; sum(y)", {"x": 1.0}).memory
    assert memory.values == 8 + 49 * 8 + 800 + 8  # x, what each write replaced, the last version, the sum


def test_loops_are_folded_and_edges_lead_over_the_fold():
    found = summary("for i in range(100) { x = sin(x)*2 }; x", {"x": 1.0}, limit=60)
    (group,) = found.groups
    assert (group.fold.rounds, group.fold.count) == (97, 194)
    shown = {each.index for each in found.items}
    assert all(each in shown for item in found.items for each in item.operands if isinstance(each, int))
    assert found.size == 201
    assert len(found.vertices) == 201 - 194


def test_a_long_program_without_loops_is_folded_in_the_middle():
    text = "; ".join(f"x = sin({number}*x)" for number in range(100)) + "; x"
    found = summary(text, {"x": 1.0}, limit=60)
    (group,) = found.groups
    assert group.fold.rounds == 0
    assert len(found.vertices) == 60


def test_small_graphs_are_not_folded():
    recording = gradcli.compile("for i in range(5) { x = sin(x) }; x").record({"x": 1.0})
    assert folds(recording.graph.nodes, 60) == []


def test_structured_inputs_have_a_leaf_for_each_part():
    texts = [each.text for each in summary("sum(p.a*p.b)", {"p": {"a": 2.0, "b": [1.0, 2.0]}}).vertices]
    assert texts[:2] == ["p.a", "p.b"]


def test_several_outputs_of_one_operation():
    nodes = summary("u, s, v = svd(A); sum(s)", {"A": [[2.0, 0.0], [1.0, 3.0]]}, gradients=True).vertices
    (svd,) = [each for each in nodes if each.primitive == "svd"]
    assert isinstance(svd.value, tuple)
    assert svd.gradient is None


def test_a_program_without_inputs_records_nothing():
    found = summary("3", {})
    assert found.size == 0
    assert found.items == ()
    assert found.memory.values == 0


def test_torch_names_belong_to_primitives():
    from gradcli.inspection.graph import TORCH_NAMES

    load()
    assert set(TORCH_NAMES) <= set(PRIMITIVES)
