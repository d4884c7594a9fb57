"""Shapes, indexing, reductions, order, norms, creation: values as in NumPy, gradients as by differences."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import gradcli
from gradcli.errors import EvaluationError, LimitError, ProgramError
from gradcli.primitives.table import FUNCTIONS
from tests.primitives.numerical import ridders

RNG = np.random.default_rng(3)
INPUTS = {
    "x": RNG.normal(size=5),
    "y": RNG.normal(size=5) + 2,
    "A": RNG.normal(size=(3, 4)),
    "C": RNG.normal(size=(3, 4, 2)),
    "w": RNG.normal(size=4),
    "s": 1.3,
}
NAMES = (
    {**vars(np), **vars(np.linalg), "np": np, "diagonal": np.diagonal, "trace": np.trace}
    | {
        "block_diag": scipy.linalg.block_diag,
    }
    | {name: getattr(scipy.special, name) for name in ("logsumexp", "softmax", "log_softmax")}
)

SUMS = """
sum(x, axis=0); sum(A, axis=1, keepdims=True); sum(A); sum(A, 0); A.sum(axis=-1); A.sum(); mean(A)
mean(A, axis=(0, 1)); A.mean(0); prod(A); prod(A, axis=1); A.prod(); max(A, axis=0); np.max(A, 0); A.max()
A.max(axis=1); min(A, axis=0); A.min(0); amax(A); amin(A, 1, keepdims=True); ptp(A, axis=0); ptp(A); var(A)
var(A, axis=0); var(A, ddof=1); std(A); std(A, axis=1, keepdims=True); A.std(); std(x, ddof=1)
average(x, weights=y); average(A, axis=1, weights=w); average(A, axis=0); average(A, weights=A**2)
any(A > 0, axis=0); all(A > -5); count_nonzero(A > 0, axis=1); count_nonzero(A > 0); logsumexp(x)
logsumexp(A, axis=0); logsumexp(A); softmax(x); softmax(A, axis=0); log_softmax(A, axis=1); log_softmax(x)
sum(x > 0); sum(A > 0, axis=0); mean(x > 0)
"""
ORDER = """
median(x); median(A); median(A, axis=0); median(A, axis=1, keepdims=True); quantile(x, 0.3)
quantile(A, 0.77, axis=0); quantile(x, [0.1, 0.5, 1.0]); percentile(x, 30); sort(x); sort(A)
sort(A, axis=0); sort(A, axis=None); argsort(x); argsort(A, axis=0); argmax(A); argmax(A, axis=0)
argmin(A, axis=1, keepdims=True); cumsum(x); cumsum(A); cumsum(A, axis=0); cumprod(x); cumprod(A, axis=1)
cumprod(A); diff(x); diff(A); diff(A, axis=0); diff(x, n=2); diff(A, n=1, axis=1); trapezoid(x)
trapezoid(x, y); trapezoid(A, dx=0.5); trapezoid(A, axis=0); trapezoid(A, w)
"""
NORMS = """
norm(x); norm(A); norm(x, 1); norm(x, inf); norm(x, -inf); norm(x, 3); norm(x, 0); norm(A, 1); norm(A, 2)
norm(A, -2); norm(A, inf); norm(A, -inf); norm(A, -1); norm(A, "fro"); norm(A, "nuc"); norm(A, axis=0)
norm(A, 1, axis=1); norm(A, inf, 0); norm(A, axis=1, keepdims=True); norm(C, axis=(0, 2))
norm(C, "fro", axis=(1, 2)); norm(C, 2, axis=(1, 2)); norm(C); norm(A, 0.5, axis=0); norm(C, 1, axis=(2, 0))
norm(C, "nuc", (0, 1), True)
"""
SHAPES = """
reshape(A, (4, 3)); reshape(A, -1); reshape(A, (2, -1)); A.reshape(6, 2); A.reshape((6, 2)); A.reshape(-1)
A.reshape([2, 6]); ravel(A); A.flatten(); A.T; transpose(C); transpose(C, (2, 0, 1)); C.transpose(1, 0, 2)
swapaxes(C, 0, 2); moveaxis(C, 0, -1); moveaxis(C, [0, 1], [2, 0]); squeeze(A[None]); squeeze(A[:, None], 1)
expand_dims(x, 1); expand_dims(x, (0, 2)); atleast_1d(s); atleast_2d(x); broadcast_to(x, (2, 5))
repeat(x, 2); repeat(A, 2, axis=0); repeat(A, [1, 0, 2], axis=0); repeat(A, 3); tile(x, 2); tile(A, (2, 1))
tile(x, (2, 2)); flip(x); flip(A); flip(A, axis=1); flipud(A); fliplr(A); roll(x, 2); roll(A, 1)
roll(A, -1, axis=1); roll(A, (1, 2), axis=(0, 1)); pad(x, 2); pad(A, 1); pad(A, ((1, 0), (0, 2)))
pad(x, (1, 2), constant_values=s); pad(x, 2, mode="edge"); pad(A, 1, mode="reflect"); pad(x, 3, mode="wrap")
pad(A, ((0, 1), (2, 0)), mode="symmetric"); pad(A, [[1, 0], [0, 2]]); concatenate([x, y])
concatenate([A, A], axis=1); concatenate((x, y)); concatenate([A, A], axis=None); stack([x, y])
stack([x, y], axis=1); stack([x, y], axis=-1); hstack([x, y]); hstack([A, A]); vstack([x, y])
column_stack([x, y]); split(A, 3)[1]; split(x, [2])[1]; split(A, 2, axis=1)[0]; array_split(x, 2)[1]
meshgrid(x, w)[0]; meshgrid(x, w)[1]; meshgrid(x, w, indexing="ij")[1]; hstack([s, 2*s]); diag(x)
diag(x, 1); diag(x, -2); diag(A); diag(A, 1); diagonal(A); diagonal(C, 0, 1, 2); diagonal(A, offset=-1)
triu(A); triu(A, 1); tril(A); tril(A, -1); tril(C); vander(w); vander(w, 3); vander(w, increasing=True)
size(A); A.size; A.ndim; A.shape[1]; len(A); A.T[1]; diagonal(C, 1, -1, 0); swapaxes(C, -1, 0)
"""
INDEXING = """
take(x, [3, 1, 1]); take(A, [0, 2], axis=0); take(A, 5); take_along_axis(A, argsort(A, axis=1), axis=1)
x[[1, 1, 3]]; x[-1]; A[1]; A[1, -2]; A[:, 1]; A[::2, ::-1]; A[..., 0]; A[None]; x[x > 0]; A[A > 0]
A[[0, 1], [2, 3]]; C[:, [0, 1]]; C[0, :, [1, 1]]; A[1:1]; x[1:4][::-1]; C[..., None, 1]
A[[True, False, True]]; A[:, [True, False, True, True]]; C[[0, 1], :, [1, 0]]; C[None, [[0], [1]], [1, 2]]
x[-2::-1]; A[-1, ::-2]; C[1, ..., 0]; A[A[:, 0] > 0, 1]; x[[-1, -1, 0]]; x.item(2); C.item(1, 2, 0); A.item(5)
"""
LAYERS = """
torch.nn.functional.linear(w, A); torch.nn.functional.linear(A, w); torch.nn.functional.linear(A, A, y[:3])
torch.nn.functional.layer_norm(A, (4,)); torch.nn.functional.layer_norm(C, (4, 2), eps=0.1)
torch.nn.functional.layer_norm(A, (4,), w, 2*w); torch.nn.functional.normalize(C)
torch.nn.functional.normalize(A, 1.0, 0); torch.nn.functional.normalize(A, p=3, dim=-1)
torch.nn.functional.cosine_similarity(x, y, dim=0); torch.nn.functional.cosine_similarity(C, C**2)
"""
CURVES = """
polyval(w, A); polyval(x, s); polyval([5], x); convolve(x, w); convolve(w, x, "same")
convolve(x, w, mode="same"); convolve(x, w, "valid"); convolve(w, x, "valid"); convolve(w, [2])
interp(A, [-1.0, 0.1, 0.7], w[:3])
interp(A, sort(x), y); interp(s, sort(x), y, left=-7, right=s**2); interp(A, [-1.0, 0.1], w[:2], right=s)
dstack([x, y]); dstack([A, A**2]); dstack([C, C]); block_diag(A, x, s); block_diag(A)
"""
NANS = """
nansum(where(A > 0, nan, A)); nansum(A, axis=0); nanmean(where(A > 0, nan, A))
nanmean(A, axis=1, keepdims=True); nanvar(A, axis=1, ddof=1)
nanmean(where(x > 0, nan, x), axis=0); nanmax(where(A > 0, nan, A)); nanmin(where(A > 0, A, nan), axis=1)
nanmax(A, axis=0); nanvar(where(A > 0, nan, A)); nanstd(where(A > 0, A, nan), axis=1)
cov(A); cov(A, rowvar=False); cov(x); cov(x, y); cov(A, A**2); cov(A, ddof=0); cov(A, bias=True); corrcoef(A)
corrcoef(x, y); corrcoef(A, rowvar=False)
"""
CREATION = """
zeros((2, 3)); ones(3); full((2, 2), s); full(3, s); eye(3); eye(2, 3); eye(3, k=1); arange(5); arange(1, 5)
arange(0.5, 3, 0.3); arange(5, 1, -1.5); arange(0, 0.7, 0.1); arange(0, 0.35, 0.05); arange(3, 3)
linspace(0, 1, 5); linspace(s, 2*s, 7); linspace(x, y, 3); linspace(0, s, 4, endpoint=False)
linspace(0, 1, 1); linspace(0, 1, 0); logspace(0, s, 4); zeros_like(A); ones_like(x); full_like(A, s)
identity(2); full((2, 3), 1.5); array([s, 2*s]); zeros(0)
"""


def programs(*tables: str) -> list[str]:
    return [each for table in tables for line in table.strip().splitlines() for each in line.split("; ")]


PROGRAMS = programs(SUMS, ORDER, NORMS, SHAPES, INDEXING, CURVES, NANS, CREATION)
EDGES = """
sum([]); mean([]); prod([]); norm([]); std([]); var([]); median([]); cumsum([]); sort([]); any([]); all([])
diff([]); count_nonzero([]); concatenate([[], [1]]); reshape([], (0, 3)); sum(zeros((0, 3)), axis=0)
max(zeros((0, 3)), axis=1); trapezoid([]); diag([]); flip([]); roll([], 1); tile([], 2); repeat([], 2)
argsort([]); cumprod([]); linspace(0, 1, 0); arange(0); meshgrid([], [1])[0]; norm(zeros((0, 2)), axis=0)
norm([], 1); average([]); sum(5); mean(5); max(5); norm(-5); std(5); median(5); cumsum(5); argmax(5); any(5)
reshape(5, (1, 1)); ravel(5); squeeze(5); expand_dims(5, 0); flip(5); roll(5, 1); tile(5, 3); repeat(5, 2)
sum(5, axis=0); prod(5); var(5); transpose(5); take(5, 0); atleast_2d(5); broadcast_to(5, (2,)); x[5:]
A[:0, 1]; x[[]]; x[x > 9]; sum(A[:0], axis=1); max([7]); ptp([7]); quantile([7], 0.4)
"""
TORCH = """
torch.max(A, dim=0)[0]; torch.max(A, 1)[1]; torch.min(A, dim=0)[0]; torch.max(A); torch.median(x)
torch.median(A, 1)[0]; torch.median(A, 0)[1]; torch.sort(A, 0)[0]; torch.sort(x, descending=True)[1]
torch.std(x); torch.var(A, 1); torch.std(A, dim=0, unbiased=False); torch.var(A, dim=(0, 1), correction=0)
torch.norm(A); torch.norm(A, 2); torch.norm(A, 1, dim=0); torch.linalg.norm(A, 2)
torch.linalg.vector_norm(A, 3); torch.linalg.matrix_norm(A, ord=1); torch.cummax(A, 1)[0]
torch.cummax(x, 0)[1]; torch.cummin(x, 0)[0]; torch.split(x, 2)[2]; torch.split(A, (1, 2))[1]
torch.chunk(x, 2)[1]; torch.transpose(A, 0, 1); torch.meshgrid(x, w, indexing="ij")[0]
torch.linspace(0, 1, steps=4); torch.logspace(0, 1, steps=3); torch.gather(A, 1, [[0, 0], [1, 3], [2, 2]])
torch.index_select(A, 1, [3, 0]); torch.unbind(A)[1]; torch.flatten(C, 1); torch.permute(C, (2, 0, 1))
torch.movedim(C, 0, 2); torch.unsqueeze(x, -1); torch.nn.functional.pad(A, (1, 2))
torch.nn.functional.pad(A, (1, 0, 0, 2), value=s); torch.cat([x, y]); x.size(0); torch.amax(A, (0, 1))
torch.logsumexp(A, 1); torch.softmax(A, 0); torch.log_softmax(A, 1); torch.cumsum(A, 0); x.view(5, 1)
torch.tile(x, (2, 2)); torch.repeat_interleave(x, 2); torch.roll(A, 1, 0); torch.diff(x)
torch.triu(A, diagonal=1); torch.maximum(x, y); torch.max(x, y); torch.quantile(x, 0.3)
torch.stack([x, y], dim=1); x.t(); A.t(); A.dim(); A.numel(); torch.max(A, 1).values; torch.max(A, 1).indices
torch.topk(x, 2)[0]; torch.topk(A, 2, dim=0, largest=False).values; torch.topk(A, 3).indices
torch.logcumsumexp(x, 0); torch.logcumsumexp(A, dim=1); torch.block_diag(A, x); torch.cov(A)
torch.cov(A, correction=0); torch.corrcoef(A)
torch.nn.functional.one_hot(torch.tensor([2, 0])); torch.nansum(A); torch.nanmean(A, dim=1)
torch.nn.functional.one_hot(torch.tensor([[2, 0]]), num_classes=4)
torch.linalg.solve_triangular(A[:, :3], A[:, 2:], upper=True); torch.linalg.cholesky(A @ A.T) @ A
torch.linalg.solve_triangular(A[:, :3], A[:, :1], upper=False, unitriangular=True)
torch.sort(x).values; torch.median(A, 0).indices; torch.roll(A, shifts=1, dims=0); A[:1, :1].item()
torch.tensordot(A, A, dims=2); torch.tensordot(A, C, dims=([0, 1], [0, 1])); torch.equal(x, y)
"""
MISTAKES = {
    "x[5]": "index 5 is out of range for axis 0 of an array of shape (5,)",
    "A[0, -5]": "index -5 is out of range for axis 1 of an array of shape (3, 4)",
    "A[0, 0, 0]": "3 indices are too many for an array of shape (3, 4)",
    "x[1.5]": "an index must be a whole number, not 1.5",
    "x[[0, 9]]": "index 9 is out of range for axis 0 of an array of shape (5,)",
    "x[[0.5]]": "an index must be a whole number, not 0.5",
    "x[y]": "an index must be made of whole numbers or booleans",
    "A[[True, False]]": "a mask of shape (2,) does not fit an array of shape (3, 4)",
    "x[1:2:0]": "slice step cannot be zero",
    "b = zeros(3); b[7] = 1; b": "index 7 is out of range for axis 0 of an array of shape (3,)",
    "b = zeros(3); b[0:2] = [1, 2, 3]; b": "a value of shape (3,) does not fit into entries of shape (2,)",
    "sum(A, axis=2)": "`sum`: axis 2 does not exist in an array of shape (3, 4)",
    "sum(x, axis=1.5)": "an axis must be a whole number, not 1.5",
    "max([])": "`max` of nothing has no value: an array of shape (0,) over axes (0,)",
    "mean(A, axis=(0, 0))": "`mean`: an axis is named twice in (0, 0)",
    "max(A, 3)": "`max` of several arguments compares scalars, not shapes [(3, 4), ()]",
    "reshape(A, (5, 2))": "`reshape` cannot put an array of shape (3, 4) into shape (5, 2)",
    "reshape(A, (-1, -1))": "`reshape` cannot put an array of shape (3, 4) into shape (-1, -1)",
    "concatenate([x, A])": "the other axes must agree, the shapes are [(5,), (3, 4)]",
    "stack([x, w])": "the parts of an array must have one shape: part 0 has shape (5,), part 1 has (4,)",
    "broadcast_to(x, (2, 2))": "`broadcast_to` cannot stretch an array of shape (5,) to shape (2, 2)",
    "squeeze(A, 0)": "`squeeze`: axis 0 of an array of shape (3, 4) is not of length 1",
    "norm(A, 3)": "`norm` does not know 3 as an order for this array",
    "norm(C, 2)": "`norm` with an order needs a vector or matrix, not an array of shape (3, 4, 2)",
    "split(x, 2)": "`split` cannot cut length 5 into 2 equal parts",
    "transpose(A, (0, 0))": "`transpose` needs each axis of an array of shape (3, 4) once, not (0, 0)",
    "moveaxis(A, 0, 3)": "`moveaxis`: axis 3 does not exist in an array of shape (3, 4)",
    "diag(C)": "`diag` needs a vector or a matrix, not an array of shape (3, 4, 2)",
    "triu(x)": "`triu` needs a matrix, not an array of shape (5,)",
    "vander(A)": "`vander` needs a vector, not an array of shape (3, 4)",
    "zeros(-1)": "a shape must not be negative: (-1,)",
    "linspace(0, 1, -1)": "`linspace` cannot make -1 numbers",
    "arange(0, 1, 0)": "the step of `arange` must not be zero",
    "arange(0, inf)": "`arange` needs finite scalars, not 0, inf, 1",
    "quantile(x, 2)": "`quantile` needs an order from 0 to 1, not 2",
    "take(x, [7])": "index 7 is out of range for axis 0 of an array of shape (5,)",
    "polyval([], s)": "`polyval` needs a vector that is not empty, not an array of shape (0,)",
    "convolve(A, x)": "`convolve` needs a vector that is not empty, not an array of shape (3, 4)",
    'convolve(x, y, "whole")': '`convolve`: `mode` must be "full", "same" or "valid", not "whole"',
    "interp(s, x, w)": "`interp` needs as many values as points, not 4 for 5",
    "cov(C)": "`cov` needs a vector or a matrix, not an array of shape (3, 4, 2)",
    "block_diag(A, C)": "`block_diag` joins matrices, not shapes [(3, 4), (3, 4, 2)]",
    "topk(x, 6)": "`topk` cannot take 6 of 5 entries",
    "one_hot([0, 3], 3)": "`one_hot`: the class 3 lies outside of 0 to 2",
    "one_hot([0.5])": "an index must be made of whole numbers or booleans",
    "len(s)": "a scalar has no `len`",
    "average(x, weights=w)": "`average`: weights of shape (4,) do not fit an array of shape (5,)",
    "repeat(x, [1, 2])": "`repeat` needs one count or 5, not 2",
    'pad(x, 1, mode="mirror")': '`pad` cannot pad by ((1, 1),) in mode "mirror"',
    "take_along_axis(x, [[0]], 0)": "needs positions of as many axes, not (1, 1)",
}


def record(text: str) -> gradcli.Recording:
    program = gradcli.compile(text)
    return program.record({name: INPUTS[name] for name in program.inputs})


@pytest.mark.filterwarnings("ignore")  # NumPy warns of means of nothing
@pytest.mark.parametrize("text", PROGRAMS + programs(EDGES))
def test_numpy_agrees(text):
    got, expected = record(text).value, eval(text, {**NAMES, **INPUTS})
    assert np.shape(got) == np.shape(expected)
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("text", PROGRAMS)
def test_differences_agree(text):
    recording = record(text)
    value, names = np.asarray(recording.value), recording.wrt
    if value.dtype != np.float64 or not names:
        pytest.skip("nothing to differentiate")
    v = RNG.normal(size=value.shape)
    u = {name: RNG.normal(size=np.shape(INPUTS[name])) for name in names}
    pulled = recording.vjp(v if value.shape else float(v))

    def along(t: float) -> np.ndarray:
        moved = {**INPUTS, **{name: INPUTS[name] + t * u[name] for name in names}}
        return np.atleast_1d(np.sum(v * eval(text, {**NAMES, **moved})))

    slope, error = ridders(lambda t: along(0.01 * t))
    got = 0.01 * sum(np.sum(pulled[name] * u[name]) for name in names)
    assert abs(got - slope[0]) <= 1e-9 * max(1.0, abs(got)) + 4 * error[0]


@pytest.mark.parametrize("text", programs(TORCH, LAYERS))
def test_torch_agrees(text):
    torch = pytest.importorskip("torch")
    inputs = {name: torch.tensor(value, dtype=torch.float64) for name, value in INPUTS.items()}
    spelled = text.replace("[[0, 0], [1, 3], [2, 2]]", "torch.tensor([[0, 0], [1, 3], [2, 2]])")
    expected = eval(spelled.replace("1, [3, 0]", "1, torch.tensor([3, 0])"), {"torch": torch, **inputs})
    np.testing.assert_allclose(
        record(text).value, np.asarray(expected), rtol=1e-6 if "steps" in text else 1e-12
    )


@pytest.mark.parametrize(("text", "message"), MISTAKES.items())
def test_mistakes_are_named(text, message):
    with pytest.raises(EvaluationError) as raised:
        record(text)
    assert message in raised.value.message


@pytest.mark.parametrize(
    "text",
    [
        "zeros(10**6, 10**6)",
        "tile(x, 10**9)",
        "eye(10**5)",
        "linspace(0, 1, 10**9)",
        "repeat(x, 10**9)",
        "pad(x, 10**9)",
        "arange(10**10)",
        "broadcast_to(s, (10**9,))",
    ],
)
def test_sizes_are_limited(text):
    with pytest.raises(LimitError):
        record(text)


HESSIANS = """
prod(x); sum(prod(A, axis=1)**2); sum(cumprod(x)**2); norm(x); norm(x, 3); norm(x, 2.5); norm(A, "nuc")
norm(A, 2); logsumexp(x); sum(softmax(x)**3); sum(log_softmax(A, axis=1)[:, 1]**2); std(x); var(A)
sum(sort(x)**3); max(x)**3; median(x)**2; quantile(x, 0.3)**2; sum(cumsum(x)**3); trapezoid(x**2, x)
sum(roll(x, 1)*x**2); sum(x[::-1]*x**2); sum(take(x, array([0, 0, 1]))**3); average(x, weights=x**2)
sum(diff(x)**4); sum(tril(A)**3); sum(vander(x)**2); sum(diag(w) @ A.T)**2; sum(tile(x, 2)**3)
sum(stack([x, x**2])**2); sum(concatenate([x, x**2])**3); sum(linspace(x[0], x[1], 5)**3)
sum(reshape(A, (4, 3)).T**3); ptp(x)**2; sum(moveaxis(A, 0, 1)**3); prod(concatenate([x, zeros(1)]))
sum(convolve(x, y**2)**2); sum(polyval(x, w)**2); sum(interp(A**2, sort(y), x)**2); sum(cov(A)**2)
sum(corrcoef(A)[0, 1]**2); sum(topk(x, 2)[0]**3); nanvar(where(x > 0, nan, x))**2; sum(block_diag(A, y)**3)
prod(where(x > 0, x, 0.0)); sum(cumprod(where(x > 0, x, 0.0))**2)
"""


@pytest.mark.parametrize("text", programs(HESSIANS))
def test_jax_has_the_same_hessian(text):
    jax = pytest.importorskip("jax")
    logsumexp = jax.nn.logsumexp
    recording = record(text)
    names = {**vars(jax.numpy), **vars(jax.numpy.linalg), "logsumexp": logsumexp}
    names |= {"block_diag": jax.scipy.linalg.block_diag, "topk": jax.lax.top_k}
    names |= {"softmax": jax.nn.softmax, "log_softmax": jax.nn.log_softmax}
    inputs = {name: jax.numpy.asarray(INPUTS[name]) for name in recording.wrt}
    expected = jax.jit(jax.hessian(lambda given: eval(text, {**names, **given})))(inputs)
    got = recording.hessian()
    for row in inputs:
        for column in inputs:
            np.testing.assert_allclose(got[row][column], expected[row][column], rtol=1e-9, atol=1e-10)


def test_of_repeated_positions_the_last_is_written():
    recording = gradcli.compile("b = zeros(3); b[[0, 0, 1]] = [x, 2*x, 5*x]; sum(b)").record({"x": 1.5})
    assert recording.value == 10.5
    assert recording.grad() == {"x": 7.0}


def test_a_value_may_have_more_axes_than_the_entry():
    recording = gradcli.compile("b = zeros((2, 2)); b[0] = [[x, 2]]; sum(b)*x").record({"x": 1.5})
    assert recording.grad() == {"x": 5.0}


def test_python_sum_starts_where_it_is_told():
    assert record("sum((x[i] for i in range(3)), 10)").value == pytest.approx(10 + INPUTS["x"][:3].sum())
    assert record("sum(i for i in range(5))").value == 10


def test_max_of_constants_is_python_s():
    assert type(record("max(2, 3)").value) is int
    assert record("zeros(max(2, 3)).size").value == 3


def test_a_list_is_pulled_back_in_linear_time():
    recording = gradcli.compile("sum([2*v for v in x])").record({"x": np.arange(20_000.0)})
    assert recording.grad()["x"].tolist() == [2.0] * 20_000


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("norm", "norm(x, ord=None, axis=None, keepdims=False)"),
        ("max", "max(*values, axis=None, keepdims=False)"),
        ("randn", "randn(*sizes, size=None)"),
        ("method.size", "x.size(axis=None)"),
    ],
)
def test_signatures(name, signature):
    assert FUNCTIONS[name].signature == signature


def test_a_message_shows_the_signature():
    with pytest.raises(ProgramError) as caught:
        gradcli.compile("max(1, 2, colour=3)").value({})
    assert caught.value.help == "its signature is `max(*values, axis=None, keepdims=False)`"
