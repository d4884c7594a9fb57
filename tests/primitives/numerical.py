"""Numerical helpers of the table tests: derivatives along a line by differences, and by the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.forward import push
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, shape_of, value_of
from gradcli.autodiff.primitive import Elementwise, General, Primitive
from gradcli.autodiff.reverse import pull
from gradcli.primitives.outputs import output

Flat = np.ndarray
FIRST_STEP = 2e-2
RUNGS = 9


class Sample(NamedTuple):
    """One call of a primitive: its operands (plain values) and its static parameters."""

    operands: tuple[Any, ...]
    static: dict[str, Any]


def ridders(f: Callable[[float], Flat]) -> tuple[Flat, Flat]:
    """The derivative of f at 0 by central differences extrapolated to step 0, and its error in each entry.

    Ridders, "Accurate computation of F'(x) and F'(x)F''(x)" (1982): of the tableau's entries
    the one is taken that differs least from its neighbours.
    """
    row: list[Flat] = []
    best = error = np.array(np.inf)
    step = FIRST_STEP
    for _ in range(RUNGS):
        before, row = row, [(f(step) - f(-step)) / (2 * step)]
        for k, coarser in enumerate(before, start=1):
            factor = 4.0**k
            row.append((factor * row[-1] - coarser) / (factor - 1))
            distance = np.maximum(abs(row[k] - row[k - 1]), abs(row[k] - coarser))
            best, error = np.where(distance < error, row[k], best), np.minimum(distance, error)
        step /= 2
    return best, error


def moving(primitive: Primitive, operands: Sequence[Any]) -> list[int]:
    """The positions of the operands by which a primitive can be differentiated: real ones with a rule."""
    derivative = primitive.derivative
    if derivative is None:
        return []
    if isinstance(derivative, Elementwise):
        rules: Any = derivative.partials
    else:
        rules = derivative.vjps if isinstance(derivative, General) else derivative.transposes
    count = range(len(operands))
    return [i for i in count if is_real(operands[i]) and (callable(rules) or rules[i] is not None)]


def is_real(value: Any) -> bool:
    return type(value) is float or (isinstance(value, np.ndarray) and value.dtype == np.float64)


def flat(values: Any) -> Flat:
    """Numbers, arrays, nodes or sequences of them (None is zero-length) as one vector."""
    if isinstance(values, list | tuple):
        return np.concatenate([flat(each) for each in values]) if values else np.zeros(0)
    return np.ravel(np.asarray(value_of(values), dtype=np.float64))


def random_like(rng: np.random.Generator, value: Any) -> Any:
    """A normally distributed value of the same shape: a float or an array."""
    shape = shape_of(value)
    return rng.standard_normal(shape) if shape else float(rng.standard_normal())


class Trial:
    """A primitive recorded at operands moved by `t` along `direction` (one tangent per moving operand)."""

    def __init__(
        self, primitive: Primitive, sample: Sample, direction: Sequence[Any], t: float = 0.0
    ) -> None:
        positions = moving(primitive, sample.operands)
        self.graph = Graph()
        operands = list(sample.operands)
        self.inputs: list[Node] = []
        for position, tangent in zip(positions, direction, strict=True):
            moved = operands[position] + t * tangent
            operands[position] = self.graph.leaf(moved, active=True)
            self.inputs.append(operands[position])
        self.direction = dict(zip(self.inputs, direction, strict=True))
        result = primitive(*operands, **sample.static)
        several = isinstance(result.value, tuple)
        self.outputs = [output(result, index=i) for i in range(len(result.value))] if several else [result]

    def line_derivative(self, order: int) -> list[Any]:
        """The derivative of this order along the line, by forward mode over itself."""
        current: list[Any] = list(self.outputs)
        for _ in range(order):
            current = self.push(current)
        return current

    def push(self, nodes: Sequence[Any]) -> list[Any]:
        """The recorded tangents of the nodes; zeros where nothing moves."""
        real = [node for node in nodes if isinstance(node, Node)]
        pushed = iter(push(self.graph, self.direction, real, record=True))
        tangents = [next(pushed) if isinstance(node, Node) else None for node in nodes]
        return [np.zeros(shape_of(n)) if t is None else t for n, t in zip(nodes, tangents, strict=True)]

    def pull(self, nodes: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
        """The recorded cotangents of the inputs; zeros where no path leads."""
        seeds = [(n, v) for n, v in zip(nodes, cotangents, strict=True) if isinstance(n, Node)]
        pulled = pull(self.graph, seeds, self.inputs, record=True)
        return [np.zeros(shape_of(x)) if g is None else g for x, g in zip(self.inputs, pulled, strict=True)]
