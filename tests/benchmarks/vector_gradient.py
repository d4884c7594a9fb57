"""The gradient of programs on long vectors, beside their value."""

from __future__ import annotations

import numpy as np

import gradcli
from gradcli.memory import keep_freed_memory
from tests.benchmarks.harness import Result, medians, slowdown

LONG, LARGE = 10**5, 10**6
PROGRAMS = (
    "2*dot(x, x)",
    "sum(sin(x)*exp(-x**2))",
    "logsumexp(x) + norm(x)",
    "mean(log(1 + x**2)/(2 + cos(x)))",
    "y = x; for i in range(10) { y = tanh(y + x) }; sum(y)",
)
ELEMENTWISE = (*PROGRAMS[1::2], PROGRAMS[4], "mean(relu(x)*sigmoid(x))", "sum(sqrt(1 + x*x))")


def ratio(text: str, size: int, at_most: float) -> Result:
    program = gradcli.compile(text)
    inputs = {"x": np.random.default_rng(0).normal(size=size)}
    gradient, value = medians(lambda: program.value_and_grad(inputs), lambda: program.value(inputs))
    return slowdown(f"gradient of `{text}`, n = {size:,}", gradient, "its value", value, at_most)


def measure() -> list[Result]:
    keep_freed_memory()  # as the command line does
    long = [ratio(text, LONG, 4.0) for text in PROGRAMS]
    return [*long, *(ratio(text, LARGE, 2.5) for text in ELEMENTWISE)]
