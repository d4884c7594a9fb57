"""Losses against torch, value and gradient, and against figures written down where torch is not installed."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli

RNG = np.random.default_rng(5)
X = RNG.normal(size=(4, 3))
Y = RNG.normal(size=(4, 3))
PROBABILITIES = RNG.dirichlet(np.ones(3), size=4)
SCORES = RNG.normal(size=(2, 3, 2))
CLASSES = {"c", "d"}
WEIGHT = np.array([0.5, 2.0, 1.0])
INPUTS = {
    "x": X,
    "y": Y,
    "p": PROBABILITIES,
    "q": RNG.uniform(0.05, 0.95, size=(4, 3)),
    "c": np.array([2.0, 0.0, 1.0, 2.0]),
    "S": SCORES,
    "d": np.array([[0.0, 2.0], [1.0, 1.0]]),
    "w": WEIGHT,
    "signs": np.array([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0], [1.0, 1.0, 1.0], [-1.0, 1.0, -1.0]]),
}

PROGRAMS = [
    f"{name}({operands}{more}{reduction})"
    for name, operands, options in (
        ("mse_loss", "x, y", [""]),
        ("l1_loss", "x, y", [""]),
        ("huber_loss", "x, y", ["", ", delta=0.3"]),
        ("smooth_l1_loss", "x, y", ["", ", beta=0.3", ", beta=0.0"]),
        ("nll_loss", "log_softmax(x, 1), c", ["", ", w", ", ignore_index=2", ", weight=w, ignore_index=0"]),
        ("cross_entropy", "x, c", ["", ", w", ", label_smoothing=0.1", ", weight=w, label_smoothing=0.2"]),
        ("cross_entropy", "x, c", [", weight=w, ignore_index=2, label_smoothing=0.3"]),
        ("cross_entropy", "x, p", ["", ", w", ", label_smoothing=0.1", ", weight=w, label_smoothing=0.2"]),
        ("cross_entropy", "S, d", ["", ", weight=w", ", label_smoothing=0.1"]),
        ("cross_entropy", "x[0], c[0]", [""]),
        ("binary_cross_entropy", "q, p", ["", ", weight=w"]),
        ("binary_cross_entropy_with_logits", "x, p", ["", ", weight=w", ", pos_weight=w"]),
        ("kl_div", "log_softmax(x, 1), p", [""]),
        ("hinge_embedding_loss", "x, signs", ["", ", margin=0.3"]),
        ("margin_ranking_loss", "x, y, signs", ["", ", margin=0.3"]),
        ("soft_margin_loss", "50*x, signs", [""]),
        ("cosine_embedding_loss", "x, y, signs[:, 0]", ["", ", margin=-0.4"]),
        ("cosine_embedding_loss", "x[0], y[0], signs[0, 0]", [""]),
        ("triplet_margin_loss", "x, y, p", ["", ", margin=3.0, p=1", ", swap=True"]),
        ("gaussian_nll_loss", "x, y, q", ["", ", full=True"]),
        ("gaussian_nll_loss", "x, y, q[:, 0]", [""]),
        ("poisson_nll_loss", "x, 5*q", ["", ", full=True"]),
        ("poisson_nll_loss", "q, 5*p, log_input=False", ["", ", full=True"]),
        ("kl_div", "log_softmax(x, 1), y, log_target=True", [""]),
    )
    for more in options
    for reduction in ("", ', reduction="sum"', ', reduction="none"')
] + ['kl_div(log_softmax(x, 1), p, reduction="batchmean")']
BY_PROGRAM = {
    "mse_loss([1, 2], [1, 4])": 2.0,
    "huber_loss([0, 3], [0.5, 0])": (0.125 + 2.5) / 2,
    "smooth_l1_loss([0, 3], [0.5, 0], beta=2.0)": (0.0625 + 2.0) / 2,
    "cross_entropy([[0, 0], [0, 0]], [0, 1])": np.log(2),
    "cross_entropy([[0, 0], [5, 0]], [0, -100])": np.log(2),
    "binary_cross_entropy([1.0, 0.0], [1, 0])": 0.0,
    "binary_cross_entropy([0.0], [1])": 100.0,
    "binary_cross_entropy_with_logits([1000.0, -1000.0], [0, 0])": 500.0,
    "kl_div(log([0.5, 0.5]), [1, 0], reduction='sum')": np.log(2),
}


def torch_answer(program: str, recording: gradcli.Recording) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    import torch

    inputs = {
        name: torch.tensor(value, dtype=torch.int64 if name in CLASSES else torch.float64)
        for name, value in INPUTS.items()
    }
    names = [
        name for name in recording.wrt if name not in CLASSES | {"w", "signs"}
    ]  # torch keeps weights constant
    moving = [inputs[name].requires_grad_() for name in names]
    value = eval(program, {**vars(torch), **vars(torch.nn.functional), **inputs})
    gradients = torch.autograd.grad(value.sum(), moving, allow_unused=True, materialize_grads=True)
    return value.detach().numpy(), dict(zip(names, (each.numpy() for each in gradients), strict=True))


@pytest.mark.filterwarnings("ignore:reduction")
@pytest.mark.parametrize("text", PROGRAMS)
def test_torch_agrees(text):
    pytest.importorskip("torch")
    program = gradcli.compile(text)
    recording = program.record({name: INPUTS[name] for name in program.inputs})
    value, gradients = torch_answer(text, recording)
    np.testing.assert_allclose(recording.value, value, rtol=1e-12, atol=1e-12)
    own = recording.vjp("ones")
    for name, expected in gradients.items():
        np.testing.assert_allclose(own[name], expected, rtol=1e-11, atol=1e-12, err_msg=name)


@pytest.mark.parametrize(("text", "expected"), BY_PROGRAM.items())
def test_value(text, expected):
    np.testing.assert_allclose(gradcli.compile(text).value({}), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('mse_loss([1, 2], [1, 2], reduction="avg")', "unknown reduction"),
        ("mse_loss([1, 2], [1, 2, 3])", "(3,)"),
        ("cross_entropy([[1, 2], [3, 4]], [0])", "(2,)"),
        ("cross_entropy([[1, 2], [3, 4]], [0, 2])", "out of range"),
        ("cross_entropy(1, 0)", "score for each class"),
    ],
)
def test_mistakes_are_named(text, words):
    with pytest.raises(gradcli.errors.EvaluationError) as raised:
        gradcli.compile(text).value({})
    assert words in raised.value.message
