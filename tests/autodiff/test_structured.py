"""Jacobians by one walk with all seeds: each is what unit vectors give one by one, and patterns hold."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradcli
from gradcli.autodiff import sparsity
from gradcli.autodiff.curvature import hessian_matrices
from gradcli.autodiff.derivatives import basis, gradient_nodes, jvp, vjp, walking
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, shape_of
from gradcli.autodiff.primitive import Elementwise
from gradcli.autodiff.structured import Direction, blocks, matrices
from gradcli.primitives.arithmetic import multiply
from gradcli.primitives.outputs import outputs
from gradcli.primitives.shape import sum_axes
from tests.primitives.numerical import moving
from tests.primitives.test_table import SMOOTH

ROUND_OFF = 1e-12  # sums of the same products in another order
WAYS = {
    "forward": lambda *each: blocks(*each, Direction.FORWARD),
    "reverse": lambda *each: blocks(*each, Direction.REVERSE),
    "forward pattern": lambda *each: [m.toarray() for m in matrices(*each, Direction.FORWARD)],
    "reverse pattern": lambda *each: [m.toarray() for m in matrices(*each, Direction.REVERSE)],
}


def by_rows(graph, output, wrt):
    """The Jacobian, one row at a time."""
    rows = [vjp(graph, [(output, seed)], wrt) for seed in basis(shape_of(output))]
    return [np.array([row[i] for row in rows]) for i in range(len(wrt))]


def by_columns(graph, output, wrt):
    """The Jacobian, one column at a time."""
    return [
        np.array([jvp(graph, {node: seed}, [output])[0] for seed in basis(shape_of(node))])
        .reshape(math.prod(shape_of(node)), math.prod(shape_of(output)))
        .T
        for node in wrt
    ]


def assert_same(graph, output, wrt):
    """All ways give what unit vectors give."""
    with walking():
        plain = {"forward": by_columns(graph, output, wrt), "reverse": by_rows(graph, output, wrt)}
        for way, derive in WAYS.items():
            for found, expected in zip(derive(graph, output, wrt), plain[way.split()[0]], strict=True):
                expected = np.asarray(expected).ravel()
                scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
                np.testing.assert_allclose(
                    np.ravel(found), expected, ROUND_OFF, ROUND_OFF * scale, err_msg=way
                )


def recorded(primitive, sample):
    """The primitive in the midst of a graph: its operands are scaled, and its value is cut."""
    graph = Graph()
    rng = np.random.default_rng(3)
    operands, leaves = list(sample.operands), []
    for position in moving(primitive, operands):
        leaf = graph.leaf(operands[position], active=True)
        leaves.append(leaf)
        operands[position] = leaf
        if rng.random() < 0.5:
            operands[position] = multiply(leaf, 1.0)
    result = primitive(*operands, **sample.static)
    return graph, leaves, result


@pytest.fixture(params=["sparse", "dense"])
def few_seeds(request, monkeypatch):
    """Small maps are kept as terms, or dense from the first."""
    monkeypatch.setattr(sparsity, "_FEW_SEEDS", 0 if request.param == "sparse" else 10**6)


@pytest.mark.usefixtures("few_seeds")
@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_every_primitive(primitive, sample):
    with walking():
        graph, leaves, result = recorded(primitive, sample)
        value = primitive.evaluate(*sample.operands, **sample.static)
        parts = outputs(result, len(value)) if isinstance(value, tuple) else (result,)
    for part in parts:
        if isinstance(part, Node) and part.active:
            assert_same(graph, part, leaves)


SLICES = ("x[1:] * x[:-1]", "x[::-1]", "x[::2] - x[1::2]", "roll(x, 1)", "x[[0, 0, 3, 2]]", "sin(x) + x[2]")
COMBINED = (
    "{}",
    "sum({}) * x",
    "concatenate([{}, x])",
    "stack([x, tanh(x)]).T",
    "cumsum({})",
    "where({} > 0, 2, 3)",
)


@st.composite
def programs(draw):
    """Slices and elementwise operations of a vector of 6, one upon the other."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        inner = draw(st.sampled_from(SLICES))
        outer = draw(st.sampled_from(COMBINED)).format(inner)
        padded = f"y = ravel({outer} * 1.0)\nx = concatenate([y, x])[:6]"
        lines.append(padded)
    return "\n".join([*lines, "x"])


@settings(max_examples=60, deadline=None)
@given(text=programs(), seed=st.integers(0, 2**32 - 1))
def test_slices_and_elementwise_operations(text, seed):
    x = np.random.default_rng(seed).normal(size=6)
    recording = gradcli.compile(text).record({"x": x})
    assert_same(recording.graph, recording.nodes[""], recording.wrt_leaves)


@pytest.mark.parametrize("n", [5, 40])
def test_what_is_not_in_the_pattern_is_zero_at_other_points(n):
    program = gradcli.compile("r = (3 - 2*x)*x + 1\nr[1:] -= x[:-1]\nr[:-1] -= 2*x[1:]\nr")
    found = program.jacobian({"x": np.zeros(n)}, sparse=True)["x"]
    assert len(found.values) == 3 * n - 2
    pattern = np.zeros((n, n), dtype=bool)
    pattern[found.rows, found.columns] = True
    rng = np.random.default_rng(0)
    for _ in range(3):
        recording = program.record({"x": rng.normal(size=n)})
        with walking():
            (whole,) = by_rows(recording.graph, recording.nodes[""], recording.wrt_leaves)
        assert (whole[~pattern] == 0).all()
        np.testing.assert_allclose(recording.jacobian(sparse=True)["x"].toarray(), whole, ROUND_OFF)


HESSIANS = {
    "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)": ("x",),
    "sum(x*y**2/(1 + exp(x)))*sum(x)": ("x", "y"),
    "log(sum(exp(x)))": ("x",),
    "sum(hypot(x, y) + (2 + x**2)**y)": ("x", "y"),
    "sum(where(x > 0, x**3, sin(x)))*x[0]": ("x",),
    "dot(x, x)**2 + prod(x[:3])": ("x",),
    "sum(tanh(outer(x, y)))": ("x", "y"),
}


@pytest.mark.parametrize("n", [4, 20])
@pytest.mark.parametrize("text", HESSIANS)
def test_hessians_are_derivatives_of_the_gradient(text, n):
    rng = np.random.default_rng(1)
    recording = gradcli.compile(text).record({name: rng.normal(size=n) for name in HESSIANS[text]})
    sparse, whole = recording.hessian(sparse=True), recording.hessian()
    with walking():
        gradients = gradient_nodes(recording.graph, recording.nodes[""], recording.wrt_leaves)
    for a, gradient in zip(recording.wrt, gradients, strict=True):
        with walking():
            rows = by_rows(recording.graph, gradient, recording.wrt_leaves)
        for b, expected in zip(recording.wrt, rows, strict=True):
            scale = float(np.max(np.abs(expected)))
            np.testing.assert_allclose(whole[a][b], expected, ROUND_OFF, ROUND_OFF * scale)
            np.testing.assert_allclose(sparse[a][b].toarray(), expected, ROUND_OFF, ROUND_OFF * scale)


ELEMENTWISE = [case for case in SMOOTH if type(case.values[0].derivative) is Elementwise]


@pytest.mark.parametrize(("primitive", "sample"), ELEMENTWISE)
def test_every_elementwise_primitive_bends_as_its_gradient_does(primitive, sample):
    with walking():
        graph, leaves, result = recorded(primitive, sample)
        assert isinstance(result, Node)
        assert result.active
        output = sum_axes(multiply(result, 0.5), axis=tuple(range(len(result.shape))), keepdims=False)
        found = hessian_matrices(graph, output, leaves)
        assert found is not None
        for row, gradient in zip(found, gradient_nodes(graph, output, leaves), strict=True):
            moves = isinstance(gradient, Node)
            expected = by_rows(graph, gradient, leaves) if moves else [np.zeros(m.shape) for m in row]
            for matrix, each in zip(row, expected, strict=True):
                scale = max(1.0, float(np.max(np.abs(each), initial=0.0)))
                each = np.reshape(each, matrix.shape)
                np.testing.assert_allclose(matrix.toarray(), each, ROUND_OFF, ROUND_OFF * scale)


@pytest.mark.parametrize("text", ["sum(sqrt(x))", "sum(abs(x)**1.5)", "sum(x**x)"])
def test_hessians_that_are_not_finite_are_so_in_their_own_entries_only(text):
    found = gradcli.compile(text).hessian({"x": [0, 1, 2, 3]})["x"]["x"]
    assert np.isfinite(found[1:, 1:]).all()
    assert (found[0, 1:] == 0).all()


LOOP = "y = x*1.0\nfor i in range(300) {{ y[0] = y[0] + {} }}\n"


@pytest.mark.parametrize("step", ["x[1]*0.001*x[0]", "sqrt(x[2])*0.0 + x[1]"])  # the second needs the tape
def test_hot_loops_have_sparse_jacobians_too(step):
    program, inputs = gradcli.compile(LOOP.format(step) + "y"), {"x": [1.0, 2.0, 0.0]}
    sparse, whole = (program.jacobian(inputs, mode="reverse", sparse=each)["x"] for each in (True, False))
    np.testing.assert_allclose(sparse.toarray(), whole, ROUND_OFF)


def test_hot_loops_have_sparse_hessians_too():
    program = gradcli.compile(LOOP.format("x[1]*0.001*x[0]") + "y[0]**2")
    sparse, whole = (program.hessian({"x": [1.0, 2.0]}, sparse=each)["x"]["x"] for each in (True, False))
    np.testing.assert_allclose(sparse.toarray(), whole, ROUND_OFF)


def test_jax_agrees():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    a, x = np.random.default_rng(2).normal(size=(30, 30)), np.linspace(-1, 1, 30)
    found = gradcli.compile("tanh(A @ x)").jacobian({"A": a, "x": x}, wrt=["x"])["x"]
    np.testing.assert_allclose(found, jax.jacobian(lambda x: jax.numpy.tanh(a @ x))(x), 1e-12, 1e-13)


def test_memory_is_proportional_to_the_entries():
    n = 10**5
    program = gradcli.compile("x[1:] * x[:-1]")
    inputs = {"x": np.linspace(0, 1, n)}
    tracemalloc.start()
    found = program.jacobian(inputs, sparse=True)["x"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.values) == 2 * (n - 1)
    assert peak < 200 * len(found.values)  # bytes; the whole matrix has 8e10
