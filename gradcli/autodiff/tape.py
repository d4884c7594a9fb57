"""Tapes: what a run has recorded, as a list of calls that can be carried out again on other inputs.

The inputs have the shapes of the recorded ones. Nothing is taken for granted that may depend on their
numbers: a tape is made of a run that looked at none, and only of operations that choose nothing by a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import VALUE_SLOT, Node, is_float, shape_of
from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.autodiff.walks import ancestors
from gradcli.records import NamedTuple

# Beside those that are elementwise: they move entries about, or are linear in each operand.
_STEADY = frozenset(
    ("broadcast_to", "chain", "concatenate", "dot", "getitem", "matmul", "outer", "reshape", "scatter_add",
     "stack", "sum", "transpose", "where", "zero_product")
)  # fmt: skip


class Watched(Node):
    """A node whose graph is told when somebody looks at its value: to decide something, perhaps."""

    __slots__ = ()

    @property
    def value(self) -> Any:
        """The value."""
        self.graph.was_asked = True
        return VALUE_SLOT.__get__(self)

    @value.setter
    def value(self, value: Any) -> None:
        VALUE_SLOT.__set__(self, value)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, which may be known."""
        return shape_of(VALUE_SLOT.__get__(self))

    @property
    def is_float(self) -> bool:
        """Whether the value is a float or an array of floats: the kind may be known too."""
        return is_float(VALUE_SLOT.__get__(self))


class Steps(Graph):
    """A graph that shall become a tape: every operation is carried out where it stands.

    It `was_asked` when anything but an operation has looked at a value.
    """

    __slots__ = ("was_asked",)
    defers = sweeps = False

    def __init__(self) -> None:
        super().__init__()
        self.was_asked = False

    def leaf(self, value: Any, name: str | None = None, active: bool = False) -> Node:
        """Add an input or a constant."""
        return _watched(super().leaf(value, name, active))

    def record(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Operand:
        """Evaluate a primitive and add the result."""
        was_asked = self.was_asked
        node = super().record(primitive, operands, static)
        self.was_asked = was_asked
        return _watched(node)


def _watched(node: Any) -> Node:
    node.__class__ = Watched
    return node  # type: ignore[no-any-return]


def settled(graph: Steps) -> bool:
    """Whether the run that is over would go the same way on other inputs; its nodes are watched no more."""
    for node in graph.nodes:
        if type(node) is Watched:
            node.__class__ = Node  # type: ignore[assignment]
    return not (graph.was_asked or graph.writes)


class Call(NamedTuple):
    """A call on the values in some slots; its value goes to the target, and the slots `done` are freed."""

    evaluate: Callable[..., Any]
    sources: tuple[int, ...]
    static: Static
    target: int
    done: tuple[int, ...]


class Tape:
    """The calls that lead from inputs to outputs, without the values that they were recorded with."""

    __slots__ = ("calls", "constants", "inputs", "outputs", "slots")

    def __init__(self, nodes: Sequence[Node], inputs: Sequence[Node], outputs: Sequence[Operand]) -> None:
        places = {node.index: place for place, node in enumerate(nodes)}
        given = {node.index for node in inputs}
        called = [node for node in nodes if node.primitive is not None and node.index not in given]
        unknown = given.union(node.index for node in called)
        self.slots = [None if node.index in unknown else VALUE_SLOT.__get__(node) for node in nodes]
        self.inputs = [places.get(node.index) for node in inputs]
        self.outputs = [self._place(each, places) for each in outputs]
        sources = [tuple([self._place(each, places) for each in node.operands]) for node in called]
        self.constants = {id(each) for each in self.slots}
        last = {place: number for number, each in enumerate(sources) for place in each}
        last |= dict.fromkeys(self.outputs, len(called))
        self.calls = [
            Call(
                node.primitive.evaluate,  # type: ignore[union-attr]
                own,
                node.static,
                places[node.index],
                tuple([place for place in {*own} if last[place] == number]),
            )
            for number, (node, own) in enumerate(zip(called, sources, strict=True))
        ]

    def _place(self, operand: Operand, places: Mapping[int, int]) -> int:
        if isinstance(operand, Node):
            return places[operand.index]
        self.slots.append(operand)
        return len(self.slots) - 1

    def run(self, values: Sequence[Any]) -> list[Any]:
        """The outputs at other inputs, in arrays of their own."""
        slots = self.slots.copy()
        for place, value in zip(self.inputs, values, strict=True):
            if place is not None:
                slots[place] = value
        with walking():
            for evaluate, sources, static, target, done in self.calls:
                slots[target] = evaluate(*[slots[place] for place in sources], **static)
                for place in done:
                    slots[place] = None
        return [self._owned(place, slots[place]) for place in self.outputs]

    def _owned(self, place: int, value: Any) -> Any:
        """A value that nobody else has: a call may give one of its operands, or a view of it."""
        if type(value) is not np.ndarray:
            return value
        is_shared = value.base is not None or place in self.inputs or id(value) in self.constants
        return value.copy() if is_shared else value


def tape_of(graph: Steps, inputs: Sequence[Node], outputs: Sequence[Operand]) -> Tape | None:
    """The tape of a run from some of its nodes; None where a run on other inputs might go another way."""
    if graph.was_asked or graph.writes:
        return None
    given = {node.index for node in inputs}
    nodes = [graph.nodes[index] for index in sorted(ancestors(outputs, given))]
    if not all(node.index in given or node.primitive is None or _is_steady(node.primitive) for node in nodes):
        return None
    return Tape(nodes, inputs, outputs)


def _is_steady(primitive: Primitive) -> bool:
    """Whether neither the value nor the recorded derivative is chosen by numbers."""
    return primitive.partials is not None or primitive.derivative is None or primitive.name in _STEADY
