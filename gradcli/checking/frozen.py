"""Runs at other points, in which what a program holds constant keeps the value that it had."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from gradcli.autodiff.graph import Graph
from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.primitives.control import detach


class FrozenGraph(Graph):
    """A graph in which values that another run held constant (`detach`, `no_grad`) keep that run's values."""

    __slots__ = ("held",)
    defers = sweeps = False

    def __init__(self, base: Graph) -> None:
        super().__init__()
        self.held: dict[Any, deque[Any]] = {}
        for node in base.nodes:
            if node.primitive is detach or node.index in base.stopped:
                self.held.setdefault(_key(node.place, node.primitive), deque()).append(node.value)

    def record(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Operand:
        """Record a primitive, with the value of the base run where that was held."""
        node = super().record(primitive, operands, static)
        if primitive is detach or node.index in self.stopped:
            values = self.held.get(_key(node.place, primitive))
            if values and np.shape(values[0]) == np.shape(node.value):
                node.value = values.popleft()
        return node


def _key(place: Any, primitive: Any) -> tuple[Any, str]:
    return place, primitive.name
