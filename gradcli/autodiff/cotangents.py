"""The cotangents of a reverse walk on their way up: sums of what several operations have passed on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.graph import LARGE, Graph
from gradcli.autodiff.nodes import Node, shape_of, value_of
from gradcli.autodiff.primitive import Joint, Operand
from gradcli.primitives.arithmetic import add
from gradcli.primitives.indexing import Scatter, assign, getitem, is_basic, scatter_add
from gradcli.primitives.outputs import Component


class Entries:
    """A cotangent that is being put together, in an array of its own: by entries, or as a sum of several."""

    __slots__ = ("array", "graph")

    def __init__(self, array: Operand, graph: Graph | None) -> None:
        self.array = array
        self.graph = graph  # to record in; None when the array is a plain one

    def scatter(self, index: Any, value: Operand) -> None:
        """Add the value to the entries at the index."""
        if self.graph is None:
            if type(index) is int or is_basic(index):
                self.array[index] += value
            else:
                np.add.at(self.array, index, value)
        elif is_basic(index):
            total = add(getitem(self.array, index=index), value)
            self.array = assign(self.array, index, total, self.graph)
        else:
            self.array = add(self.array, scatter_add(value, index=index, shape=shape_of(self.array)))

    def clear(self, index: Any) -> None:
        """Set the entries at the index to zero."""
        if self.graph is None:
            self.array[index] = 0.0
        else:
            self.array = assign(self.array, index, 0.0, self.graph)


class Cotangents:
    """The cotangents on their way up, one slot for each node."""

    __slots__ = ("graph", "is_lazy", "record", "slots", "small")

    def __init__(self, graph: Graph, count: int, record: bool, space: Any) -> None:
        self.slots: list[Any] = [None] * count
        self.graph = graph if record else space  # where cotangents are that are no plain values
        self.record = record
        self.is_lazy = graph.has_deferred and graph.defers and self.graph is None
        self.small: list[Any] = []  # of cotangents that wait, those that take no room when they are known

    def lazily(self, node: Node, g: Operand) -> tuple[Operand, Callable[[Operand], Operand]]:
        """The cotangent as the node's rule takes it, and how the rule reads operands: to wait, or to work."""
        from gradcli.autodiff.regions.expressions import Expression, evaluate, lazy

        if node.primitive.form:  # type: ignore[union-attr]
            return lazy(g), lazy
        if type(g) is Expression and g.is_large:
            evaluate([g, *self.small])
            self.small.clear()
        return value_of(g) if shape_of(g) else g, lazy

    def evaluated(self, cotangents: Sequence[Operand], outputs: Sequence[Node]) -> list[Operand]:
        """The plain values of cotangents; those that wait are worked out together, and with the outputs."""
        from gradcli.autodiff.regions.expressions import Expression, evaluate

        evaluate([*cotangents, *outputs])
        return [each.value if type(each) is Expression else each for each in cotangents]

    def _join(self, index: int, cotangent: Operand) -> None:
        """Add to what a node has received, where one of the two waits."""
        before = self.slots[index]
        total = cotangent if before is None else add(_dense(before), _dense(cotangent))
        self.slots[index] = total
        if math.prod(shape_of(total)) < LARGE:
            self.small.append(total)

    def add(self, node: Node, cotangent: Operand) -> None:
        """Add to what a node has received so far."""
        index = node.index
        before = self.slots[index]
        kind = type(cotangent)
        if self.is_lazy and (kind is Scatter or kind is Component):
            *which, value = cotangent
            cotangent = kind(*which, value_of(value))
        if kind is Scatter:
            self._entries_at(node).scatter(*cotangent)
        elif kind is Component:
            parts = before or _no_cotangents(node)
            part = parts[cotangent.position]
            total = cotangent.value if part is None else add(part, cotangent.value)
            self.slots[index] = (*parts[: cotangent.position], total, *parts[cotangent.position + 1 :])
        elif self.is_lazy and (isinstance(cotangent, Node) or isinstance(before, Node)):
            self._join(index, cotangent)
        elif before is None:
            self.slots[index] = cotangent
        elif self.graph is not None:
            total = add(_dense(before), _dense(cotangent))
            has_entries = type(before) is Entries or kind is Entries
            self.slots[index] = Entries(total, self.graph) if has_entries else total
        elif type(before) is Entries:
            before.array += _dense(cotangent)
        elif kind is Entries:
            cotangent.array += before
            self.slots[index] = cotangent
        elif kind is np.ndarray:
            self.slots[index] = Entries(add(before, cotangent), None)  # an array of its own from here on
        else:
            self.slots[index] = add(before, cotangent)

    def entries(self, g: Operand) -> Entries:
        """A cotangent as an array that may be changed in place."""
        if self.graph is not None:
            return Entries(g, self.graph)
        return Entries(np.array(value_of(g), dtype=np.float64), None)

    def _entries_at(self, node: Node) -> Entries:
        before = self.slots[node.index]
        if type(before) is not Entries:
            before = self.entries(np.zeros(shape_of(node)) if before is None else before)
            self.slots[node.index] = before
        return before


def _no_cotangents(node: Node) -> tuple[Any, ...]:
    """What a node with several outputs has received when it has received nothing."""
    if type(node.primitive.derivative) is Joint:  # type: ignore[union-attr]
        return (None,) * len(node.value)
    return tuple(np.zeros_like(each) for each in node.value)


def _dense(cotangent: Operand) -> Operand:
    return cotangent.array if type(cotangent) is Entries else cotangent
