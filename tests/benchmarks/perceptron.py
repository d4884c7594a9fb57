"""The loss of a two-layer perceptron on 1024 samples of 256 numbers, value and gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.program import compile
from tests.benchmarks.harness import Result, medians, peer, slowdown

SAMPLES, FEATURES, HIDDEN = 1024, 256, 128
TEXT = "mean((tanh(X @ W + b) @ w + c - y)**2)"
PARAMETERS = ("W", "b", "w", "c")


def inputs() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "X": rng.normal(size=(SAMPLES, FEATURES)),
        "y": rng.normal(size=SAMPLES),
        "W": rng.normal(size=(FEATURES, HIDDEN)) / 16,
        "b": rng.normal(size=HIDDEN),
        "w": rng.normal(size=HIDDEN) / 11,
        "c": 0.5,
    }


def by_hand(X: Any, y: Any, W: Any, b: Any, w: Any, c: Any) -> object:
    h = np.tanh(X @ W + b)
    error = h @ w + c - y
    g = 2 / len(y) * error
    before = np.outer(g, w) * (1 - h * h)
    return np.mean(error**2), X.T @ before, before.sum(axis=0), h.T @ g, g.sum()


def with_torch(torch: Any, values: dict[str, Any]) -> object:
    leaves = {
        name: torch.tensor(each, requires_grad=name in PARAMETERS, dtype=torch.float64)
        for name, each in values.items()
    }
    X, y, W, b, w, c = (leaves[name] for name in ("X", "y", "W", "b", "w", "c"))
    loss = torch.mean((torch.tanh(X @ W + b) @ w + c - y) ** 2)
    loss.backward()
    return loss.item(), [leaves[name].grad for name in PARAMETERS]


def with_jax(jax: Any, values: dict[str, Any]) -> Any:
    def loss(parameters: dict[str, Any], X: Any, y: Any) -> Any:
        h = jax.numpy.tanh(X @ parameters["W"] + parameters["b"])
        return jax.numpy.mean((h @ parameters["w"] + parameters["c"] - y) ** 2)

    compiled = jax.jit(jax.value_and_grad(loss))
    parameters = {name: values[name] for name in PARAMETERS}
    return lambda: jax.block_until_ready(compiled(parameters, values["X"], values["y"]))


def measure() -> list[Result]:
    values = inputs()
    program = compile(TEXT)
    evaluations: dict[str, Any] = {
        "gradcli": lambda: program.value_and_grad(values, PARAMETERS),
        "NumPy by hand": lambda: by_hand(**values),
        "all inputs": lambda: program.value_and_grad(values),
    }
    torch, jax = peer("torch"), peer("jax")
    if torch is not None:
        torch.set_num_threads(1)
        evaluations["torch"] = lambda: with_torch(torch, values)
    if jax is not None:
        evaluations["jax"] = with_jax(jax, values)
    ours, *theirs = medians(*evaluations.values(), repeats=40)
    limits = {"NumPy by hand": 1.1, "all inputs": 0.95}
    what = f"perceptron, {SAMPLES}×{FEATURES}, by its parameters"
    return [
        slowdown(what, ours, name, each, limits.get(name))
        for name, each in zip(list(evaluations)[1:], theirs, strict=True)
    ]
