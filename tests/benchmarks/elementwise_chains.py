"""Elementwise chains on arrays, value and gradient, beside NumPy written by hand, torch and jax."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gradcli.program import compile
from tests.benchmarks.harness import Result, medians, peer, shortest, slowdown

SIZES = {10**4: 100, 10**6: 9}  # entries, and how often each is timed
BY_HAND = {10**4: 1.1, 10**6: 0.65, 10**7: 0.2}
Evaluate = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Chain:
    """A program, the same in NumPy with its derivative worked out, and the same for torch and jax."""

    text: str
    by_hand: Callable[[Any], object]
    with_torch: Callable[[Any, Any], Any]
    with_jax: Callable[[Any, Any], Any]


def wave_by_hand(x: Any) -> object:
    s, e, square = np.sin(x), np.exp(-(x**2) / 2), x * x
    return np.sum(s * e + np.log1p(square)), np.cos(x) * e - s * e * x + 2 * x / (1 + square)


def gate_by_hand(x: Any) -> object:
    r, s = np.maximum(x, 0), 1 / (1 + np.exp(-x))
    return np.mean(r * s), ((x > 0) * s + r * s * (1 - s)) / x.size


CHAINS = (
    Chain(
        "sum(sin(x)*exp(-x**2/2) + log1p(x*x))",
        wave_by_hand,
        lambda torch, x: torch.sum(torch.sin(x) * torch.exp(-(x**2) / 2) + torch.log1p(x * x)),
        lambda jax, x: jax.numpy.sum(jax.numpy.sin(x) * jax.numpy.exp(-(x**2) / 2) + jax.numpy.log1p(x * x)),
    ),
    Chain(
        "mean(relu(x)*sigmoid(x))",
        gate_by_hand,
        lambda torch, x: torch.mean(torch.relu(x) * torch.sigmoid(x)),
        lambda jax, x: jax.numpy.mean(jax.nn.relu(x) * jax.nn.sigmoid(x)),
    ),
)


def torch_gradient(chain: Chain, torch: Any, x: Any) -> Evaluate:
    def gradient() -> object:
        leaf = torch.tensor(x, requires_grad=True)
        value = chain.with_torch(torch, leaf)
        value.backward()
        return value.item(), leaf.grad

    return gradient


def jax_gradient(chain: Chain, jax: Any, x: Any) -> Evaluate:
    compiled = jax.jit(jax.value_and_grad(lambda x: chain.with_jax(jax, x)))
    return lambda: jax.block_until_ready(compiled(x))


def rows(chain: Chain, size: int, timed: Callable[..., list[float]], threads: int = 1) -> list[Result]:
    """The chain beside its peers, each with so many threads; `timed` gives the times of functions."""
    x = np.random.default_rng(0).normal(size=size)
    program = compile(chain.text)
    evaluations: dict[str, Evaluate] = {
        "gradcli": lambda: program.value_and_grad({"x": x}),
        "NumPy by hand": lambda: chain.by_hand(x),
    }
    torch, jax = peer("torch"), peer("jax")
    first = 0.0
    if torch is not None:
        torch.set_num_threads(threads)
        evaluations["torch"] = torch_gradient(chain, torch, x)
    if jax is not None:
        evaluations["jax"] = jax_gradient(chain, jax, x)
        (first,) = shortest(evaluations["jax"], repeats=1)
    ours, *theirs = timed(*evaluations.values())
    what = f"`{chain.text}`, n = {size:.0e}".replace("e+0", "e")
    limits = {"NumPy by hand": BY_HAND[size], "jax": 1.0}
    found = [
        slowdown(what, ours, name, each, limits.get(name))
        for name, each in zip(list(evaluations)[1:], theirs, strict=True)
    ]
    return [*found, slowdown(what, ours, "jax, 1st call", first, 1.0)] if jax is not None else found


def measure() -> list[Result]:
    return [
        row
        for size, repeats in SIZES.items()
        for chain in CHAINS
        for row in rows(chain, size, partial(medians, repeats=repeats))
    ]
