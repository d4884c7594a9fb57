"""The gradient of programs on long vectors, beside their value."""

from __future__ import annotations

import numpy as np

import gradcli
from gradcli.memory import keep_freed_memory
from tests.benchmarks.harness import Result, medians, slowdown

SIZE = 10**5
PROGRAMS = (
    "2*dot(x, x)",
    "sum(sin(x)*exp(-x**2))",
    "logsumexp(x) + norm(x)",
    "mean(log(1 + x**2)/(2 + cos(x)))",
    "y = x; for i in range(10) { y = tanh(y + x) }; sum(y)",
)


def ratio(text: str) -> Result:
    program = gradcli.compile(text)
    inputs = {"x": np.linspace(-2, 2, SIZE)}
    gradient, value = medians(lambda: program.value_and_grad(inputs), lambda: program.value(inputs))
    return slowdown(f"gradient of `{text}`", gradient, "its value", value, at_most=5)


def measure() -> list[Result]:
    keep_freed_memory()  # as the command line does
    return [ratio(text) for text in PROGRAMS]
