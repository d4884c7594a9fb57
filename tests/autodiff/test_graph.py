"""Graphs: what is recorded, by the short way too; buffers and their older versions; chains without end."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import gradcli
from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.graph import Graph, ValueGraph
from gradcli.autodiff.nodes import Buffer, Overwritten, shape_of, value_of
from gradcli.autodiff.primitive import Primitive
from gradcli.autodiff.reverse import pull
from gradcli.primitives.arithmetic import add, multiply
from gradcli.primitives.indexing import assign, getitem
from gradcli.primitives.registry import load
from gradcli.primitives.shape import sum_axes
from gradcli.primitives.table import FUNCTIONS, PRIMITIVES

load()
SCALAR = [each for each in PRIMITIVES.values() if each.scalar is not None]


def test_constants_are_not_recorded() -> None:
    graph = Graph()
    x = graph.leaf(2.0, "x", active=True)
    assert add(1, 2) == 3
    assert multiply(x, add(1, 2)).value == 6.0
    assert len(graph.nodes) == 2


def test_activity_spreads_from_the_leaves() -> None:
    graph = Graph()
    x, c = graph.leaf(2.0, "x", active=True), graph.leaf(3.0, "c")
    assert multiply(x, c).active
    assert not multiply(c, c).active


def test_no_grad_stops_activity_and_remembers_what_it_stopped() -> None:
    graph = Graph()
    x = graph.leaf(2.0, "x", active=True)
    graph.no_grad += 1
    y = multiply(x, x)
    graph.no_grad -= 1
    assert not y.active
    assert graph.stopped == {y.index}
    assert multiply(y, x).active


@pytest.mark.parametrize("primitive", SCALAR, ids=lambda each: each.name)
def test_the_short_way_records_what_the_general_way_does(primitive: Primitive) -> None:
    graph = Graph()
    operand = graph.leaf(0.75, "x", active=True)
    with walking():
        if len(FUNCTIONS[primitive.name].parameters) == 1:
            short, general = graph.unary(primitive, operand), primitive(operand)
        else:
            short, general = graph.binary(primitive, operand, 0.5), primitive(operand, 0.5)
    assert short.active == general.active == (primitive.derivative is not None)
    np.testing.assert_array_equal(short.value, general.value)


def test_gradient_of_a_maximum_of_scalars() -> None:
    assert gradcli.compile("maximum(x, 2*x)").grad({"x": 2.0}) == {"x": 2.0}


def test_every_version_of_an_overwritten_array_can_be_had() -> None:
    graph = Graph()
    versions = [assign(np.zeros(3), 0, 1.0, graph)]
    for i in range(1, 3):
        versions.append(assign(versions[-1], i, float(i + 1)))
    assert type(versions[-1]) is Buffer
    assert [type(each) for each in versions[:-1]] == [Overwritten, Overwritten]
    np.testing.assert_array_equal([each.value for each in versions], [[1, 0, 0], [1, 2, 0], [1, 2, 3]])
    assert shape_of(versions[0]) == (3,)


def test_views_of_a_buffer_do_not_change_when_it_is_written() -> None:
    graph = Graph()
    first = assign(np.zeros(4), 0, 1.0, graph)
    part = getitem(first, index=slice(0, 2))
    assign(first, 1, 9.0)
    np.testing.assert_array_equal(part.value, [1, 0])


def test_a_graph_of_values_keeps_no_nodes_but_versions() -> None:
    graph = ValueGraph()
    first = assign(np.zeros(3), 0, 1.0, graph)
    second = assign(first, 1, 2.0)
    assert graph.nodes == []
    np.testing.assert_array_equal(value_of(first), [1, 0, 0])
    np.testing.assert_array_equal(multiply(second, 2.0), [2, 4, 0])


def test_a_chain_of_a_million_nodes() -> None:
    graph = Graph()
    x = y = graph.leaf(1.0, "x", active=True)
    for _ in range(1_000_000):
        y = graph.binary(multiply, y, 1.0000001)
    (gradient,) = pull(graph, [(y, 1.0)], [x])
    np.testing.assert_allclose(gradient, 1.0000001**1_000_000, rtol=1e-9)


def test_the_reverse_pass_writes_into_its_cotangents_only() -> None:
    """Cotangents are changed in place; neither the seed nor any value of the graph may be."""
    graph = Graph()
    x = graph.leaf(np.array([1.0, 2.0, 3.0]), "x", active=True)
    y = assign(x, 1, multiply(getitem(x, index=0), 5.0))
    seed = np.array([1.0, 1.0, 1.0])
    for _ in range(2):
        (gradient,) = pull(graph, [(y, seed)], [x])
        np.testing.assert_array_equal(gradient, [6, 0, 1])
    np.testing.assert_array_equal(seed, [1, 1, 1])
    np.testing.assert_array_equal(x.value, [1, 2, 3])


def test_recorded_gradients_of_a_filled_array_can_be_differentiated() -> None:
    graph = Graph()
    x = graph.leaf(np.array([1.0, 2.0, 3.0]), "x", active=True)
    b = assign(np.zeros(3), 0, getitem(x, index=0), graph)
    for i in (1, 2):
        b = assign(b, i, multiply(getitem(b, index=i - 1), getitem(x, index=i)))
    total = sum_axes(b, axis=(0,), keepdims=False)  # x0 + x0 x1 + x0 x1 x2
    (gradient,) = pull(graph, [(total, 1.0)], [x], record=True)
    np.testing.assert_allclose(gradient.value, [9, 4, 2])
    rows = [pull(graph, [(gradient, row)], [x])[0] for row in np.eye(3)]
    np.testing.assert_allclose(rows, [[0, 4, 2], [4, 0, 1], [2, 1, 0]])


def test_cotangents_of_every_version_of_an_array_can_be_kept() -> None:
    graph = Graph()
    x = graph.leaf(np.array([1.0, 2.0]), "x", active=True)
    first = assign(np.zeros(2), 0, getitem(x, index=0), graph)
    second = assign(first, 1, multiply(getitem(first, index=0), getitem(x, index=1)))
    total = sum_axes(second, axis=(0,), keepdims=False)
    of_x, of_first, of_second = pull(graph, [(total, 1.0)], [x, first, second])
    np.testing.assert_array_equal(of_second, [1, 1])
    np.testing.assert_array_equal(of_first, [3, 0])
    np.testing.assert_array_equal(of_x, [3, 1])


def test_a_graph_goes_with_its_last_holder() -> None:
    """Its arrays must not wait for the garbage collector, which counts objects and not bytes."""
    recording = gradcli.compile("sum(sin(x)*x)").record({"x": np.ones(3)})
    recording.grad()
    graph = weakref.ref(recording.graph)
    gc.disable()
    try:
        del recording
        assert graph() is None
    finally:
        gc.enable()
