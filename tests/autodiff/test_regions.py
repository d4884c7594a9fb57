"""Operations on large arrays wait and are evaluated together: the results are those of the plain way."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradcli
from gradcli import structures
from gradcli.autodiff import cotangents
from gradcli.autodiff import graph as graph_module
from gradcli.autodiff.graph import LARGE, Graph
from gradcli.autodiff.nodes import Deferred, Node
from gradcli.autodiff.regions import expressions, routines
from gradcli.errors import EvaluationError, LimitError
from gradcli.primitives.products import matmul
from tests.programs import INPUTS, inputs, programs

TOLERANCE = 1e-12  # of sums in another order


class PlainGraph(Graph):
    """A graph in which nothing waits."""

    __slots__ = ()
    defers = False


@pytest.fixture
def tiny(monkeypatch):
    """Arrays of two entries are large, and blocks have three: small programs take every way there is."""
    with _tiny():
        yield


class _tiny:  # noqa: N801  # a context, for Hypothesis has no fixtures for each example
    def __enter__(self):
        self.patch = pytest.MonkeyPatch()
        for module in (graph_module, expressions, cotangents, structures):
            self.patch.setattr(module, "LARGE", 2)
        self.patch.setattr(routines, "BLOCK", 3)
        self.patch.setattr(routines, "FIRST_BLOCK", 1)

    def __exit__(self, *_):
        self.patch.undo()


VECTOR = np.array([0.3, -1.25, 2.0, 0.0, 0.75, -0.5, 1.5, 0.1])
MATRIX = np.arange(1.0, 13.0).reshape(4, 3) / 7
VALUES = {
    "x": VECTOR,
    "y": VECTOR[::-1] * 2 + 0.1,
    "A": MATRIX,
    "b": np.array([0.5, -1.0, 2.0]),
    "c": np.array([[1.0], [2.0], [-0.5], [0.25]]),
    "s": 1.5,
}
VALUES_OF_TWO = {name: VALUES[name] for name in "xy"}
PROGRAMS = (
    "sum(sin(x)*exp(-x**2/2) + log1p(x*x))",
    "mean(relu(x)*sigmoid(x))",
    "sum(x)",
    "sum(3*x + 1)",
    "sqrt(sum(x*x))",
    "sum(s*x)/s",
    "t = sum(x*x); sum(x/t) + t",
    "m = mean(x); sum((x - m)**2)/m",
    "std(x) + var(y)",
    "norm(x)*logsumexp(y)",
    "sum(where(x > 0, x, 2.0)**2)",
    "sum(where(x > y, x*y, s))",
    "sum(clip(x, -0.5, 0.6)*maximum(x, y)) + min(x)",
    "sum(x[1:]*x[:-1])",
    "sum(x**3)*x[5]",
    "count = sum(x > 0); sum(x)*count",
    "y = x; for i in range(10) { y = tanh(y + x) }; sum(y)",
    "t = sum(x*x); for i in range(40) { t = 0.9*t + 0.1 }; t*sum(x)",
    "t = 0; for i in range(30) { t = t + sum(x*i)*s }; t",
    "z = x*s; z[2] = sum(z); sum(z*z) + sum(x*z)",
    "z = x*x; w = z + 1; z[0] = 5; sum(z*w)",
    "sum(A*b + c)",
    "sum((A*b + c)**2, axis=0)[1] + sum(mean(tanh(A*c), axis=1)*[1, 2, 3, 4])",
    "sum(A.T*2 + 1, axis=0, keepdims=True)[0, 1]",
    "sum(tanh(A @ b + 1)**2) + sum(A*A @ b)",
    "h = tanh(A + b); sum((h @ b - [1, 2, 3, 4])**2)",
    "sum(exp(sin(outer(x, y)))) + sum(outer(x, x)[2]*y)",
    "sum(detach(x*x)*x) + sum(abs(x))",
    "with no_grad() { w = exp(x) }; sum(w*x)",
    "sum(x**2) if sum(x*x) > 3 else sum(x**3)",
    "t = mean(x*x); while t > 0.1 { t = t/2 }; t*sum(y)",
    "sum(floor(x)*y) + sum(x % 0.7) + sum(isfinite(x)*x)",
    "softmax(x*y)[2] + sum(softplus(x)) + max(x*y)",
    "sum(round(x, 1)*x) + prod(1 + x*x)",
    "sum(sum(c*c, axis=1, keepdims=True)*c) + sum(sum(sum(c*c, axis=1, keepdims=True), axis=0))",
    "sum(sum(sum(A*A, axis=1)*2)*x)",
    "sum(sum(x*x, axis=())*y)",
    "sum(x*x*0.0) + sum(0*x)",
)
each_program = pytest.mark.parametrize("text", PROGRAMS)


def recordings(text, values=VALUES):
    """The same run twice: with operations that wait, and without."""
    program = gradcli.compile(text)
    given = {name: values[name] for name in (*program.inputs, *program.optional) if name in values}
    return program.record(given), program.record(given, graph=PlainGraph())


def assert_close(own, plain):
    if isinstance(plain, dict):
        assert own.keys() == plain.keys()
        for name, each in plain.items():
            assert_close(own[name], each)
        return
    assert type(own) is type(plain)
    assert np.shape(own) == np.shape(plain)
    scale = max(1.0, float(np.max(np.abs(plain), initial=0.0)))
    np.testing.assert_allclose(own, plain, TOLERANCE, TOLERANCE * scale)


@each_program
def test_value_then_gradient(tiny, text):
    own, plain = recordings(text)
    assert_close(own.value, plain.value)
    assert_close(own.grad(), plain.grad())


@each_program
def test_gradient_then_value(tiny, text):
    own, plain = recordings(text)
    assert_close(own.grad(), plain.grad())
    assert_close(own.value, plain.value)
    assert_close(own.grad(), plain.grad())  # of the same graph once more


@each_program
def test_values_without_recording(tiny, text):
    program = gradcli.compile(text)
    given = {name: VALUES[name] for name in program.inputs}
    assert_close(program.value(given), recordings(text)[1].value)


@each_program
def test_forward_mode_and_second_order(tiny, text):
    own, plain = recordings(text)
    tangents = {name: np.cos(VALUES[name]) for name in own.wrt}
    assert_close(own.jvp(tangents), plain.jvp(tangents))
    assert_close(own.hessian_vector(tangents), plain.hessian_vector(tangents))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=programs(), seed=st.integers(0, 2**32 - 1))
def test_random_programs(text, seed):
    values = {name: each for name, each in inputs(seed).items() if name in INPUTS}
    with _tiny():
        own, plain = recordings(text, values)
        assert_close(own.grad(), plain.grad())
        assert_close(own.value, plain.value)


@pytest.mark.parametrize("text", [each for each in PROGRAMS[:12] if each not in ("sum(x)", PROGRAMS[9])])
def test_large_arrays(text):
    rng = np.random.default_rng(3)
    values = {"x": rng.normal(size=LARGE + 17), "y": rng.normal(size=LARGE + 17), "s": 1.5}
    own, plain = recordings(text, values)
    assert any(isinstance(node, Deferred) for node in own.graph.nodes)
    assert not any(isinstance(node, Deferred) for node in plain.graph.nodes)
    assert_close(own.grad(), plain.grad())
    assert_close(own.value, plain.value)


@pytest.mark.parametrize("block", [10_000, 12_000, 1 << 14, 1 << 20])  # of few entries NumPy takes the sine
def test_results_do_not_depend_on_the_size_of_blocks(monkeypatch, block):
    x = np.random.default_rng(4).normal(size=LARGE + 1)
    program = gradcli.compile("sum(sin(x)*exp(-x**2/2) + log1p(x*x))")
    value, gradient = program.value_and_grad({"x": x})
    monkeypatch.setattr(routines, "BLOCK", block)
    other, same = program.value_and_grad({"x": x})
    assert other == pytest.approx(value, rel=1e-14)
    np.testing.assert_array_equal(same["x"], gradient["x"])


def test_results_are_arrays_of_ones_own():
    x = np.random.default_rng(5).normal(size=LARGE)
    before = x.copy()
    for text in ("x", "x + 0*x", "x[3:]", "detach(x)"):
        value = gradcli.compile(text).value({"x": x})
        value += 1.0
    for text in ("sum(x*x)/2", "sum(exp(x))", "sum(x*1.0)", "dot(x, x)/2"):
        (gradient,) = gradcli.compile(text).grad({"x": x}).values()
        gradient *= 2.0
    gradient = gradcli.compile("x*1.0").vjp({"x": x}, x)["x"]
    gradient *= 2.0
    np.testing.assert_array_equal(x, before)


def test_a_recording_keeps_its_inputs():
    x = np.ones(LARGE)
    recording = gradcli.compile("sum(x**2)").record({"x": x})
    x[:] = 5.0
    assert recording.grad()["x"][7] == 2.0
    assert recording.value == LARGE


def test_arrays_of_any_layout(tiny):
    A = np.arange(24.0).reshape(2, 3, 4)
    for x in (A.T, A[:, ::2], A[..., ::-1], np.broadcast_to(A[0, :, :1], (3, 4)), np.asfortranarray(A)):
        own, plain = recordings("sum(sin(x)*x + 1) + sum(sum(x*x, axis=0)**2)", {"x": x})
        assert_close(own.grad(), plain.grad())
        assert_close(own.value, plain.value)


@each_program
def test_a_long_row_of_operations_is_cut(tiny, monkeypatch, text):
    monkeypatch.setattr(expressions, "_MOST_STEPS", 2)
    monkeypatch.setattr(expressions, "_MOST_SCALAR_STEPS", 1)
    test_gradient_then_value(None, text)
    test_values_without_recording(None, text)


def test_several_outputs_are_evaluated_together(tiny):
    program = gradcli.compile("z = sin(x)*x; return z, sum(z), z[2]*sum(y)")
    own, plain = program.record(VALUES_OF_TWO), program.record(VALUES_OF_TWO, graph=PlainGraph())
    assert_close(own.outputs, plain.outputs)
    v = {"0": VECTOR, "1": 2.0, "2": -1.0}
    assert_close(own.vjp(v), plain.vjp(v))
    assert_close(program.evaluate(VALUES_OF_TWO), plain.outputs)


# What waits, and until when ---------------------------------------------------------------------------------


def test_operations_wait_until_a_value_is_asked_for():
    recording = gradcli.compile("y = x*2; z = sin(y); sum(z)").record({"x": np.ones(LARGE)})
    leaf, y, z, total = recording.graph.nodes
    assert [type(each) for each in (leaf, y, z, total)] == [Node, Deferred, Deferred, Deferred]
    assert z.shape == (LARGE,)
    np.testing.assert_allclose(z.value, np.sin(2.0))
    assert [type(each) for each in (y, z, total)] == [Deferred, Node, Deferred]
    assert total.value == pytest.approx(LARGE * np.sin(2.0))
    assert type(total) is Node


def test_small_arrays_do_not_wait():
    recording = gradcli.compile("sum(sin(x))").record({"x": np.ones(LARGE - 1)})
    assert not recording.graph.has_deferred


def test_what_lies_between_takes_no_memory():
    x = np.random.default_rng(6).normal(size=1 << 20)
    program = gradcli.compile("sum(sin(x)*exp(-x**2/2) + log1p(x*x))")
    program.value_and_grad({"x": x})
    tracemalloc.start()
    program.value_and_grad({"x": x})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * x.nbytes  # of which the gradient is 1


def test_nothing_is_computed_for_inputs_not_asked_for(monkeypatch):
    calls = []
    evaluate = matmul.evaluate
    monkeypatch.setattr(matmul, "evaluate", lambda *x, **static: calls.append(1) or evaluate(*x, **static))
    program = gradcli.compile("sum(tanh(X @ W)*exp(Y))")
    values = {"X": np.ones((512, 4)), "W": np.ones((4, 256)), "Y": np.ones((512, 256))}
    assert program.grad(values, ["W"])["W"].shape == (4, 256)
    assert len(calls) == 2  # X @ W, and the transpose of X times the cotangent
    calls.clear()
    program.grad(values, ["Y"])
    assert len(calls) == 1


def test_errors_are_raised_at_the_operation():
    program = gradcli.compile("y = sin(x)*2\nz = y + w\nsum(z)")
    with pytest.raises(EvaluationError) as caught:
        program.grad({"x": np.ones(LARGE), "w": np.ones(LARGE + 1)})
    assert program.source.text[caught.value.span.start : caught.value.span.end] == "y + w"


def test_the_limit_on_elements_holds():
    program = gradcli.compile("y = x + 1\nsum(y*reshape(x, (-1, 1)))")
    with pytest.raises(LimitError) as caught:
        program.grad({"x": np.ones(LARGE)}, max_elements=10**8)
    assert "y*reshape" in program.source.text[caught.value.span.start : caught.value.span.end]


# Special points ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("sum(sqrt(x)*0)", [0.0, 1.0, 4.0]),
        ("sum(where(x > 0, log(x), 0.0))", [0.0, -1.0, 2.0]),
        ("sum(where(x > 0, sqrt(x), x))", [0.0, 4.0, -1.0]),
        ("sum(relu(x)*log(abs(x)))", [0.0, 2.0, -2.0]),
        ("sum(x**0 + abs(x))", [0.0, -0.0, 3.0]),
        ("sum(1/x)", [0.0, -0.0, 2.0]),
        ("sum(sigmoid(x)*x)", [-1000.0, -720.0, 800.0, np.nan, np.inf, -np.inf]),
        ("sum(maximum(x, 0))", [0.0, np.nan, -1.0]),
        ("sum(exp(x))", [710.0, -750.0, np.inf]),
    ],
)
def test_special_points_are_kept_exactly(tiny, text, x):
    own, plain = recordings(text, {"x": np.array(x)})
    np.testing.assert_array_equal(own.grad()["x"], plain.grad()["x"])
    np.testing.assert_array_equal(own.value, plain.value)


def test_zeros_keep_their_signs(tiny):
    own, plain = recordings("x*(-0.0) + x*0.0", {"x": np.array([1.0, -1.0, 0.0, 2.0])})
    np.testing.assert_array_equal(np.signbit(own.value), np.signbit(plain.value))
    own, plain = recordings("x*(-0.0)", {"x": np.array([1.0, -1.0, 0.0, 2.0])})
    np.testing.assert_array_equal(np.signbit(own.value), np.signbit(plain.value))
