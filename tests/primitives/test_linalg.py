"""Linear algebra as programs write it: values as NumPy and SciPy have them, errors, repeated eigenvalues."""

from __future__ import annotations

import itertools

import mpmath
import numpy as np
import pytest
import scipy.linalg

import gradcli
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import value_of
from gradcli.autodiff.reverse import pull
from gradcli.errors import EvaluationError, LimitError
from gradcli.primitives.contractions import best_splits
from gradcli.primitives.einsum import einsum, einsum_primitive
from gradcli.primitives.products import dot_product

A = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 2.0]])
B = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75], [1.0, 2.0, -2.5]])
X = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.5
T = np.stack([A, B])
v, w = np.array([1.0, -2.0, 0.5]), np.array([0.25, 2.0, 3.0])
INPUTS = {"A": A, "B": B, "X": X, "T": T, "v": v, "w": w, "s": 1.5}


def run(text, **inputs):
    program = gradcli.compile(text)
    return program.value({name: {**INPUTS, **inputs}[name] for name in program.inputs})


def gradient(text, **inputs):
    return gradcli.compile(text).grad(inputs)


VALUES = {
    "A @ B": A @ B,
    "v @ A @ w": v @ A @ w,
    "T @ v": T @ v,
    "dot(v, w)": np.dot(v, w),
    "dot(s, A)": 1.5 * A,
    "dot(A, T)": np.dot(A, T),
    "dot(T, T)": np.dot(T, T),
    "A.dot(v)": A @ v,
    "vdot(A, B)": np.vdot(A, B),
    "inner(T, A)": np.inner(T, A),
    "inner(s, v)": 1.5 * v,
    "outer(A, v)": np.outer(A, v),
    "cross(v, w)": np.cross(v, w),
    "cross(A, B, axis=0)": np.cross(A, B, axis=0),
    "cross(v[:2], w[:2])": v[0] * w[1] - v[1] * w[0],
    "kron(A, B)": np.kron(A, B),
    "kron(v, A)": np.kron(v, A),
    "tensordot(A, B)": np.tensordot(A, B),
    "tensordot(A, B, 0)": np.tensordot(A, B, 0),
    "tensordot(X, T, axes=([1], [2]))": np.tensordot(X, T, axes=([1], [2])),
    "tensordot(X, T, axes=(1, 2))": np.tensordot(X, T, axes=(1, 2)),
    'einsum("ij,j", A, v)': A @ v,
    'einsum("ba", A)': A.T,
    'einsum("...ij, ...jk", T, B)': T @ B,
    "trace(A)": np.trace(A),
    "trace(((1, 2), (3, 4)))": 5.0,
    "cross((1, 0, 0), v)": np.cross([1, 0, 0], v),
    "dot((1, 2, 3), v)": np.dot([1, 2, 3], v),
    "trace(X)": np.trace(X),
    "trace(X, offset=1, axis1=1, axis2=2)": np.trace(X, 1, 1, 2),
    "A.trace()": np.trace(A),
    "det(T)": np.linalg.det(T),
    "slogdet(B)[0]": np.linalg.slogdet(B)[0],
    "slogdet(B)[1]": np.linalg.slogdet(B)[1],
    "logdet(A)": np.log(np.linalg.det(A)),
    "logdet(-A)": np.nan,
    "logdet(A - A)": -np.inf,
    "inv(T)": np.linalg.inv(T),
    "solve(T, v)": np.linalg.solve(T, v),
    "solve(A, T)": np.linalg.solve(A, T),
    "solve(A, B)": np.linalg.solve(A, B),
    "pinv(X)": np.linalg.pinv(X),
    "lstsq(X[0].T, [1, 2, 3, 5])[0]": np.linalg.lstsq(X[0].T, np.array([1.0, 2, 3, 5]))[0],
    "lstsq(A, B)[0]": np.linalg.lstsq(A, B)[0],
    "lstsq(A[:, :2], v)[1]": np.linalg.lstsq(A[:, :2], v)[1],
    "lstsq(A[:, :2], B)[1]": np.linalg.lstsq(A[:, :2], B)[1],
    "lstsq(outer(v, w), v)[0]": np.linalg.lstsq(np.outer(v, w), v)[0],
    "lstsq(outer(v, w), v)[1]": np.zeros(0),
    "lstsq(outer(v, w), v)[2]": 1,
    "lstsq(A, v)[3]": np.linalg.svd(A)[1],
    "cholesky(A)": np.linalg.cholesky(A),
    "cholesky(A, upper=True)": np.linalg.cholesky(A).T,
    "qr(T)[0]": np.linalg.qr(T)[0],
    "qr(X)[0]": np.linalg.qr(X)[0],
    "qr(X)[1]": np.linalg.qr(X)[1],
    'qr(A, mode="r")': np.linalg.qr(A)[1],
    'qr(X, mode="complete")[1]': np.linalg.qr(X, mode="complete")[1],
    "eigh(A)[1]": np.linalg.eigh(A)[1],
    "eigvalsh(T)": np.linalg.eigvalsh((T + T.transpose(0, 2, 1)) / 2),
    "svd(X)[2]": np.linalg.svd(X)[2],
    "svd(X[0].T)[0]": np.linalg.svd(X[0].T)[0],
    "svd(X, full_matrices=False)[2]": np.linalg.svd(X, full_matrices=False)[2],
    "svd(A, compute_uv=False)": np.linalg.svd(A)[1],
    "torch.svd(X)[2]": np.linalg.svd(X, full_matrices=False)[2].transpose(0, 2, 1),
    "svdvals(X)": np.linalg.svd(X)[1],
    "expm(T)": scipy.linalg.expm(T),
    "matrix_power(T, 5)": np.linalg.matrix_power(T, 5),
    "matrix_power(T, 0)": np.linalg.matrix_power(T, 0),
    "matrix_power(B, -3)": np.linalg.matrix_power(B, -3),
    "multi_dot([v, A, B, w])": v @ A @ B @ w,
    "multi_dot([X[0].T, A, X[1]])": X[0].T @ A @ X[1],
    'norm(A, "nuc")': np.linalg.norm(A, "nuc"),
    "norm(B, 2)": np.linalg.norm(B, 2),
    "norm(B, -2)": np.linalg.norm(B, -2),
}


@pytest.mark.parametrize("text", VALUES)
def test_value(text):
    np.testing.assert_allclose(run(text), VALUES[text], rtol=1e-12, atol=1e-13)


ERRORS = [
    ("X @ A", "`matmul` of shapes (2, 3, 4) and (3, 3): the inner sizes 4 and 3 differ"),
    ("A @ v[:2]", "`matmul` of shapes (3, 3) and (2,): the inner sizes 3 and 2 differ"),
    ("A @ s", "`matmul` of shapes (3, 3) and (): a number is no matrix"),
    ("X @ transpose(X, (0, 2, 1))[[0, 1, 1]]", "the stacks (2,) and (3,) do not broadcast"),
    ("dot(v, v[:2])", "`dot` of shapes (3,) and (2,): the sizes 3 and 2 differ"),
    ("inner(A, v[:2])", "`inner` of shapes (3, 3) and (2,)"),
    ("tensordot(A, X, axes=2)", "`tensordot` of shapes (3, 3) and (2, 3, 4)"),
    ("tensordot(A, B, axes=3)", "`axes` must not be 3"),
    ("cross(v, X)", "`cross` of shapes (3,) and (2, 3, 4): expected vectors of size 3"),
    ("trace(v)", "`trace` of shape (3,): expected a matrix"),
    ("trace(A, axis1=2)", "`trace`: axis 2 does not exist"),
    ("det(X)", "`det` of shape (2, 3, 4): expected a square matrix, or a stack of them"),
    ("inv(v)", "`inv` of shape (3,)"),
    ("inv(outer(v, w))", "`inv` of shape (3, 3): the matrix is singular"),
    ("inv(T*0)", "`inv` of shape (2, 3, 3): a matrix of the stack is singular"),
    ("matrix_power(A*0, -1)", "the matrix is singular"),
    ("matrix_power(A, 1.5)", "must be a whole number"),
    ("solve(A, v[:2])", "`solve` of shapes (3, 3) and (2,): expected a right side of 3 rows"),
    ("solve(A*0, v)", "`solve` of shapes (3, 3) and (3,): the matrix is singular"),
    ("lstsq(A, v[:2])", "`lstsq` of shapes (3, 3) and (2,)"),
    ("cholesky(-A)", "`cholesky` of shape (3, 3): the matrix is not positive definite"),
    ('qr(X[0].T, mode="complete")', 'mode "complete" is not available'),
    ("svd(v)", "`svd` of shape (3,)"),
    ("multi_dot([A])", "`multi_dot` of 1 arrays"),
    ("multi_dot([A, v, A])", "`multi_dot` of shapes (3, 3), (3,), (3, 3)"),
    ('einsum("ij,jk", A)', "subscripts for 2 operands, 1 given"),
    ('einsum("ij,jk", A, X[0].T)', "the sizes 3 and 4 of `j` differ"),
    ('einsum("ij->k", A)', "the output names `k` twice, or no operand has it"),
    ('einsum("ij->ii", A)', "the output names `i` twice, or no operand has it"),
    ('einsum("i", A)', "`i` does not fit an operand with 2 axes"),
    ('einsum("i+j", A)', "`+` is no subscript"),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_error_names_the_operation_and_the_shapes(text, message):
    with pytest.raises(EvaluationError) as caught:
        run(text)
    assert message in caught.value.message
    assert caught.value.span is not None


def test_products_check_the_size_of_their_result():
    for text in ("outer(v, v)", "v[:, None] @ v[None]", "kron(v, v)", 'einsum("i,j", v, v)'):
        with pytest.raises(LimitError):
            gradcli.compile(text).value({"v": np.ones(100)}, max_elements=9_999)


# Repeated eigenvalues and singular values -------------------------------------------------------------------

EYE = np.eye(3)
NEARLY = (
    np.ones((3, 3)) + EYE
)  # eigenvalues 1, 1, 4, of which LAPACK makes 1 and 1 differ by a rounding error


@pytest.mark.parametrize("point", [EYE, NEARLY, 0 * EYE])
@pytest.mark.parametrize(
    "text", ["eigh(A)[1][0, 0]", "eigh(A)[1][1, 0]", "svd(A)[0][0, 1]", "svd(A)[2][1, 1]"]
)
def test_vectors_of_repeated_values_have_no_derivative(text, point):
    recording = gradcli.compile(text).record({"A": point})
    assert np.isnan(recording.grad()["A"]).any()
    assert np.isnan(recording.jvp({"A": B}))


@pytest.mark.parametrize("point", [EYE, NEARLY])
@pytest.mark.parametrize("text", ["sum(eigvalsh(A)**2)", "sum(svdvals(A)**2)", "sum(eigh(A)[0]**2)"])
def test_repeated_values_have_first_derivatives_and_no_second(text, point):
    """Each of these is the sum of the squared entries. That, no rule for single eigenvalues can know."""
    recording = gradcli.compile(text).record({"A": point})
    np.testing.assert_allclose(recording.grad()["A"], 2 * point, atol=1e-12)
    assert np.isnan(recording.hessian_vector({"A": np.ones((3, 3))})["A"]).any()


@pytest.mark.parametrize("text", ["sum((eigvalsh(A) - 1)**2)", "sum((svdvals(A) - 1)**2)"])
def test_a_slope_of_zero_does_not_hide_that_there_is_no_second_derivative(text):
    recording = gradcli.compile(text).record({"A": EYE})
    np.testing.assert_allclose(recording.grad()["A"], 0 * EYE, atol=1e-15)
    assert np.isnan(recording.hessian_vector({"A": np.ones((3, 3))})["A"]).any()


def test_directions_that_turn_no_vector_have_second_derivatives():
    recording = gradcli.compile("sum(eigvalsh(A)**3)").record({"A": EYE})
    direction = np.diag([1.0, 2.0, 3.0])
    np.testing.assert_allclose(recording.hessian_vector({"A": direction})["A"], 6 * direction)


def test_vectors_that_complete_a_basis_have_no_derivative():
    tall = X[0].T
    assert np.isnan(gradient("sum(svd(A)[0])", A=tall)["A"]).all()
    assert np.isnan(gradcli.compile("svd(A)[0][0, 3]").record({"A": tall}).jvp({"A": tall}))
    reduced = gradient("sum(svd(A, full_matrices=False)[0])", A=tall)["A"]
    np.testing.assert_allclose(gradient("sum(svd(A)[0][:, :3])", A=tall)["A"], reduced, rtol=1e-9, atol=1e-9)


def test_nothing_stops_at_values_that_are_not_finite():
    for name in ("eigvalsh", "svdvals", "expm", "pinv", "det", "logdet", "inv", "cholesky"):
        assert np.isnan(run(f"{name}(A)", A=np.full((2, 2), np.nan))).any()


def test_one_bad_matrix_spoils_only_itself():
    stack = np.stack([A, np.full((3, 3), np.inf)])
    values = run("eigvalsh(A)", A=stack)
    np.testing.assert_allclose(values[0], np.linalg.eigvalsh(A))
    assert np.isnan(values[1]).all()


@pytest.mark.parametrize("size", [0.0, 1e-8, 0.5, 3.0, 20.0])
def test_the_exponential_of_a_matrix_is_accurate_to_rounding(size):
    """What SciPy has loses up to some thousand units in the last place at sizes of 3 and more."""
    stack = size * np.random.default_rng(1).standard_normal((4, 3, 3))
    with mpmath.workdps(50):
        exact = [mpmath.expm(mpmath.matrix(each), method="taylor").tolist() for each in stack]
    error = np.abs(run("expm(X)", X=stack) - np.array(exact, dtype=float)).max(axis=(1, 2))
    assert (
        error <= (8 + 4 * size) * np.finfo(float).eps * np.abs(exact).max(axis=(1, 2)).astype(float)
    ).all()


def test_the_exponential_of_matrices_far_from_normal():
    for matrix in ([[1.0, 1e6], [0.0, 1.0]], [[-1000.0, 0.0], [0.0, 1.0]], [[0.0, 1e200], [0.0, 0.0]]):
        (a, b), (_, c) = matrix
        slope = np.exp(a) if a == c else (np.exp(a) - np.exp(c)) / (a - c)
        np.testing.assert_allclose(
            run("expm(A)", A=np.array(matrix)), [[np.exp(a), b * slope], [0, np.exp(c)]], rtol=1e-14
        )


# Einstein summation -----------------------------------------------------------------------------------------


def random_subscripts(rng):
    """Up to three operands with up to three subscripts each, repeated or broadcast, and an output."""
    sizes = dict(zip("abcd", rng.integers(1, 4, 4).tolist(), strict=True))
    terms = ["".join(rng.choice(list("abcd"), rng.integers(0, 4))) for _ in range(rng.integers(1, 4))]
    known = sorted(set("".join(terms)))
    output = "".join(rng.permutation(known)[: rng.integers(0, len(known) + 1)]) if known else ""
    operands = [rng.standard_normal([sizes[label] for label in term]) for term in terms]
    return f"{','.join(terms)}->{output}", [x if x.ndim else float(x) for x in operands]


@pytest.mark.parametrize("seed", range(150))
def test_einsum_agrees_with_numpy_and_is_linear_in_each_operand(seed):
    rng = np.random.default_rng(seed)
    subscripts, operands = random_subscripts(rng)
    graph = Graph()
    nodes = [graph.leaf(x, active=True) for x in operands]
    out = einsum(subscripts, *nodes)
    np.testing.assert_allclose(out.value, np.einsum(subscripts, *operands), rtol=1e-12, atol=1e-12)
    weights = rng.standard_normal(np.shape(out.value)) if np.shape(out.value) else 1.0
    for position, g in enumerate(pull(graph, [(out, weights)], nodes)):
        other = rng.standard_normal(np.shape(operands[position]))
        moved = np.einsum(subscripts, *operands[:position], other, *operands[position + 1 :])
        assert np.shape(g) == np.shape(operands[position])
        np.testing.assert_allclose(np.sum(g * other), np.sum(weights * moved), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk", [(2, 3), (3, 2)]),
        ("Ab,bA", [(2, 3), (3, 2)]),
        ("ii", [(3, 3)]),
        ("...i->i...", [(2, 4, 3)]),
        ("i...,i...", [(3, 2), (3, 4, 2)]),
        ("...,...", [(2, 1), (3,)]),
        ("i...->...", [(3, 2)]),
        (" i j , j k -> i k ", [(2, 3), (3, 2)]),
    ],
)
def test_einsum_reads_subscripts_as_numpy_does(subscripts, shapes):
    operands = [np.random.default_rng(len(subscripts)).standard_normal(shape) for shape in shapes]
    np.testing.assert_allclose(einsum(subscripts, *operands), np.einsum(subscripts, *operands), rtol=1e-12)


def test_large_contractions_are_put_in_order():
    """A chain of matrices as one einsum costs its three products (unordered: minutes)."""
    matrices = [np.full((150, 150), 1 / 150)] * 4
    out = einsum_primitive(*matrices, subscripts="ab,bc,cd,de->ae")
    np.testing.assert_allclose(value_of(out), np.full((150, 150), 1 / 150))


# The order of a chain of products ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_multi_dot_finds_the_cheapest_order(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 30, 6).tolist()

    def cost(i, j, split):
        if i == j:
            return 0
        k = split(i, j)
        return cost(i, k, split) + cost(k + 1, j, split) + sizes[i] * sizes[k + 1] * sizes[j + 1]

    splits = best_splits(sizes)
    every = ((i, j) for i, j in itertools.combinations(range(5), 2))
    pairs = sorted(every, key=lambda pair: pair[1] - pair[0])
    orders = itertools.product(*(range(i, j) for i, j in pairs))
    cheapest = min(cost(0, 4, lambda i, j, order=order: order[pairs.index((i, j))]) for order in orders)
    assert cost(0, 4, lambda i, j: splits[i, j]) == cheapest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('einsum("ij,j->i", A, v)', [1.0, 1.0]),
        ('einsum("ij,j,k->i", A, v, [0.5, 0.5])', [1.0, 1.0]),
        ("A @ v", [1.0, 1.0]),
        ("inner(A, v)", [1.0, 1.0]),
        ("tensordot(A, v, 1)", [1.0, 1.0]),
    ],
)
@pytest.mark.parametrize("hole", [np.nan, np.inf])
def test_a_branch_not_taken_adds_nothing_through_products(text, expected, hole):
    """The row with the hole has no part in the value, and so none in the gradient."""
    points = {"A": np.array([[hole, 1.0], [1.0, 1.0]]), "v": np.array([1.0, 2.0])}
    recording = gradcli.compile(f"sum(where([False, True], {text}, 0))").record(points)
    np.testing.assert_allclose(recording.grad()["v"], expected)
    np.testing.assert_allclose(recording.grad()["A"], [[0.0, 0.0], [1.0, 2.0]])


@pytest.mark.parametrize("x", [[1.0, -2.0, 3.0], [0.0, float("inf"), 1.0]])
def test_a_vector_times_itself_is_pulled_back_once(x):
    graph = Graph()
    leaf = graph.leaf(np.array(x), active=True)
    product = dot_product(leaf, leaf)
    (once,), (recorded,) = (pull(graph, [(product, 0.5)], [leaf], record=each) for each in (False, True))
    np.testing.assert_array_equal(value_of(once), value_of(recorded))
    held = graph.leaf(leaf.value)  # the same array, which does not move
    (single,) = pull(graph, [(dot_product(leaf, held), 0.5)], [leaf])
    np.testing.assert_array_equal(value_of(single), 0.5 * leaf.value)
