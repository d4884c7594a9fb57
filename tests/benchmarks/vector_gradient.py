"""The gradient of programs beside their value, on vectors and on numbers."""

from __future__ import annotations

import numpy as np

import gradcli
from gradcli.memory import keep_freed_memory
from tests.benchmarks.harness import Result, medians, slowdown

SIZES = {10**3: 4.0, 10**5: 4.0, 10**6: 2.5}  # entries, and the limit
PROGRAMS = (
    "2*dot(x, x)",
    "sum(sin(x)*exp(-x**2))",
    "logsumexp(x) + norm(x)",
    "mean(log(1 + x**2)/(2 + cos(x)))",
    "y = x; for i in range(10) { y = tanh(y + x) }; sum(y)",
    "mean(relu(x)*sigmoid(x))",
    "sum(sqrt(1 + x*x))",
)
OF_NUMBERS = "y = x; for i in range(1000) { y = 0.5*y + sin(x*y) - y*y/3 }; y"


def ratio(text: str, x: object, of: str, limit: float) -> Result:
    program = gradcli.compile(text)
    inputs = {"x": x}
    gradient, value = medians(lambda: program.value_and_grad(inputs), lambda: program.value(inputs))
    return slowdown(f"`{text}`, {of}", gradient, "its value", value, limit)


def measure() -> list[Result]:
    keep_freed_memory()  # as the command line does
    vectors = [
        ratio(text, np.random.default_rng(0).normal(size=size), f"n = {size:,}", limit)
        for size, limit in SIZES.items()
        for text in PROGRAMS
    ]
    return [*vectors, ratio(OF_NUMBERS, 0.3, "a number", 4.0)]
