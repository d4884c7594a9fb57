"""The gradient of `x[i]` read in a loop: the cost of one read must not grow with the length of x."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import gradcli
from tests.benchmarks.harness import Result, medians, slowdown

SMALLEST, *LARGER = 10**3, 10**4, 10**5
PROGRAM = """
total = 0
for i in range(len(x)):
    total += x[i]**2
total
"""


def gradient(n: int) -> Callable[[], object]:
    program = gradcli.compile(PROGRAM)
    inputs = {"x": np.linspace(-1, 1, n)}
    return lambda: program.grad(inputs)


def measure() -> list[Result]:
    small, *large = medians(*(gradient(n) for n in (SMALLEST, *LARGER)), repeats=7)
    return [
        slowdown(f"one of {n} reads `x[i]`", time / n, f"one of {SMALLEST}", small / SMALLEST, at_most=1.5)
        for n, time in zip(LARGER, large, strict=True)
    ]
