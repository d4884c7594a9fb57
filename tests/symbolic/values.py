"""Values of terms, through their text: what is printed is what is tested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import gradcli
from gradcli.symbolic.expression import ExpressionPrinter
from gradcli.symbolic.term import Shape, Term

SHAPES: dict[str, Shape] = {
    "a": (), "b": (), "u": (3,), "v": (3,), "w": (4,), "A": (3, 3), "B": (3, 3), "C": (3, 4), "D": (4, 3),
}  # fmt: skip


def random_inputs(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    inputs: dict[str, Any] = {}
    for name, shape in SHAPES.items():
        value = rng.uniform(0.3, 1.7, shape)
        if shape == (3, 3):
            value += 2 * np.eye(3)  # well conditioned
        inputs[name] = value if shape else float(value)
    return inputs


def value_of(term: Term, inputs: Mapping[str, Any]) -> Any:
    program = gradcli.compile(ExpressionPrinter(SHAPES)(term))
    return program.value({name: inputs[name] for name in program.inputs})
