"""What a check costs, error bars included, beside torch's gradcheck of the same function.

A program that is checked again has its graph from the check before; the row of a program that is compiled
anew has nothing from before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradcli
from gradcli.checking.check import Options, check
from gradcli.memory import keep_freed_memory
from tests.benchmarks.harness import Result, medians, peer, slowdown

RNG = np.random.default_rng(0)
ROUNDS = 10


def measure() -> list[Result]:
    torch = peer("torch")
    if torch is None:
        return []
    torch.set_num_threads(1)
    keep_freed_memory()  # as the command does, of both
    x100, x1000 = RNG.normal(size=100), RNG.normal(size=1000)
    matrices = RNG.normal(size=(50, 50)), RNG.normal(size=(50, 50))

    def wave(x: Any) -> Any:
        return (torch.sin(x) * x).sum()

    def layer(a: Any, b: Any) -> Any:
        return torch.tanh(a @ b).sum()

    return [
        *compared("100 entries", "sum(sin(x)*x)", {"x": x100}, wave, 0.05),
        *compared("1,000 entries", "sum(sin(x)*x)", {"x": x1000}, wave, 0.25),
        *compared("5,000 entries", "sum(tanh(A @ B))", dict(zip("AB", matrices, strict=True)), layer, 0.4),
    ]


def compared(what: str, text: str, inputs: dict[str, Any], peers: Any, limit: float) -> list[Result]:
    """A full check beside the full gradcheck, and eight directions beside its fast mode."""
    import torch

    tensors = [torch.tensor(each, requires_grad=True) for each in inputs.values()]
    program = gradcli.compile(text)
    directional = Options(directional=8)

    def ours() -> None:
        assert check(program, inputs).verdict.value == "PASS"

    def ours_anew() -> None:
        assert check(gradcli.compile(text), inputs).verdict.value == "PASS"

    def ours_directional() -> None:
        assert check(program, inputs, None, directional).verdict.value == "PASS"

    def theirs() -> None:
        assert torch.autograd.gradcheck(peers, tensors)

    def theirs_fast() -> None:
        assert torch.autograd.gradcheck(peers, tensors, fast_mode=True)

    full = medians(repeated(ours), repeated(ours_anew), theirs, repeats=5)
    fast = medians(repeated(ours_directional), repeated(theirs_fast), repeats=9)
    return [
        slowdown(f"check {what}", full[0] / ROUNDS, "torch gradcheck", full[2], limit),
        slowdown(f"check {what}, compiled anew", full[1] / ROUNDS, "torch gradcheck", full[2]),
        slowdown(f"check {what}, --directional 8", fast[0] / ROUNDS, "fast_mode", fast[1] / ROUNDS, 1.0),
    ]


def repeated(function: Callable[[], None]) -> Callable[[], None]:
    """So short a check is repeated: torch's takes as long as many, and warms its own caches meanwhile."""

    def run() -> None:
        for _ in range(ROUNDS):
            function()

    return run
