"""Perturbed arithmetic: a program runs again with every rounding moved at random, to show what rounding does.

The spread of a few such runs measures the noise of the value and the round-off of the derivative (Vignes,
"A stochastic arithmetic for reliable scientific computation", 1993), where a bound such as eps*|f| would be
a guess: `(1 - cos(x))/x**2` at 1e-4 loses eight digits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, value_of
from gradcli.autodiff.primitive import General, Linear, Multilinear, Operand, Primitive, Static
from gradcli.autodiff.rounding import EPS, TINY, is_exact

_SCALED = frozenset(("multiply", "divide", "square", "reciprocal", "power"))  # may underflow to 0


class PerturbedGraph(Graph):
    """A graph that moves every rounded result by a random part of what rounding may have done to it."""

    __slots__ = ("generator",)
    defers = False  # every value is moved as soon as it is there

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.generator = np.random.default_rng(seed)

    def binary(self, primitive: Primitive, left: Operand, right: Operand) -> Operand:
        """Call a primitive; the short way of recording does not perturb, so it is not taken."""
        return primitive(left, right)

    def unary(self, primitive: Primitive, operand: Operand) -> Operand:
        """The same for one operand."""
        return primitive(operand)

    def record(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Operand:
        """Record a primitive, and move its result."""
        node = super().record(primitive, operands, static)
        if node.active and not is_exact(primitive):
            node.value = self._moved(node)
        return node

    def _moved(self, node: Node) -> Any:
        primitive: Any = node.primitive
        values = [value_of(each) for each in node.operands]
        if type(primitive.derivative) is General:
            return primitive.evaluate(*(self._jitter(each, each) for each in values), **node.static)
        if type(primitive.derivative) in (Linear, Multilinear):
            size = primitive.evaluate(*(_magnitude(each) for each in values), **node.static)
            return self._jitter(node.value, size)
        if primitive.name in _SCALED and type(node.value) in (float, np.ndarray):
            lost = np.equal(node.value, 0.0) & np.logical_and.reduce(np.broadcast_arrays(*values))
            return self._jitter(node.value, np.where(lost, TINY, node.value))
        return self._jitter(node.value, node.value)

    def _jitter(self, value: Any, size: Any) -> Any:
        """The value moved by up to eps times `size`, and more where underflow may; what is no float stays."""
        if type(value) is float:
            size = max(abs(size), TINY) if size else 0.0
            return value + float(self._steps(()) * size)
        if type(value) is not np.ndarray or value.dtype != np.float64:
            return value
        size = np.where(size, np.maximum(np.abs(size), TINY), 0.0)
        return value + self._steps(value.shape) * size

    def _steps(self, shape: tuple[int, ...]) -> Any:
        """Random numbers from eps/2 to eps and from -eps to -eps/2: less might be rounded away again."""
        drawn = self.generator.uniform(-EPS / 2.0, EPS / 2.0, shape)
        return drawn + np.copysign(EPS / 2.0, drawn)


def _magnitude(value: Any) -> Any:
    return np.abs(value) if type(value) is np.ndarray else abs(value)
