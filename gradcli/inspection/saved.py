"""What the reverse pass needs of a run: the values that each operation's rule really uses.

The rule is run on a scratch graph whose leaves are the operands and the result. What the cotangents were
computed from is what the operation keeps: `x**2` its operand, `exp(x)` its result, a sum nothing (torch calls
these the saved tensors). A rule that is linear uses shapes only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, Overwritten, shape_of, value_of, written
from gradcli.autodiff.primitive import Linear
from gradcli.autodiff.reverse import pullback
from gradcli.autodiff.walks import ancestors
from gradcli.primitives.indexing import Scatter, setitem
from gradcli.primitives.outputs import Component

_RESULT = -1
_FLOAT_BYTES = 8


@dataclass(frozen=True, slots=True)
class Saved:
    """A value kept for the reverse pass: the node that it is the value of (None: indices), and its bytes."""

    node: int | None
    bytes: int


def size_of(operand: Any) -> int:
    """The bytes of a value; those of an overwritten array are counted without bringing it back."""
    if not isinstance(operand, Node) or shape_of(operand):
        return _FLOAT_BYTES * int(np.prod(shape_of(operand)))
    value = operand.value
    return sum(map(np.size, value)) * _FLOAT_BYTES if isinstance(value, tuple) else _FLOAT_BYTES


def held_by(node: Node) -> int:
    """The bytes that a node adds to a run: versions of an array that was written to share one buffer."""
    return size_of(written(node).previous) if isinstance(node, Overwritten) else size_of(node)


class SavedValues:
    """Finds what operations keep; operations alike (one primitive, equal shapes) are looked at once."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[int, ...]] = {}

    def of(self, node: Node) -> tuple[Saved, ...]:
        """What a node keeps, each value once."""
        if not node.active or node.primitive is None:
            return ()
        found = {each.index: each for each in self._nodes(node)}
        kept = [Saved(index, size_of(each)) for index, each in sorted(found.items())]
        indices = sum(_index_bytes(each) for each in node.static.values())
        return (*kept, Saved(None, indices)) if indices else tuple(kept)

    def _nodes(self, node: Node) -> Iterator[Node]:
        for position in self._positions(node):
            operand = node if position == _RESULT else node.operands[position]
            if isinstance(operand, Node):
                yield operand

    def _positions(self, node: Node) -> tuple[int, ...]:
        """Which operands the rules of a node use, and whether they use the result."""
        primitive: Any = node.primitive
        if type(primitive.derivative) is Linear or primitive is setitem:
            return ()
        activity = tuple(isinstance(each, Node) and each.active for each in node.operands)
        shapes = tuple(map(shape_of, node.operands))
        key = (primitive.name, activity, shapes, repr(node.static))
        if key not in self._known:
            self._known[key] = _used(node, activity)
        return self._known[key]


def _used(node: Node, activity: tuple[bool, ...]) -> tuple[int, ...]:
    scratch = Graph()
    values = (value_of(each) for each in node.operands)
    operands = tuple(
        scratch.leaf(value) if isinstance(each, Node) else value
        for each, value in zip(node.operands, values, strict=True)
    )
    out = scratch.leaf(node.value)
    primitive: Any = node.primitive
    rules = (
        pullback(primitive.derivative, position, _ones(node.value), out, operands, node.static)
        for position, active in enumerate(activity)
        if active
    )
    used = ancestors(each.value if isinstance(each, Scatter | Component) else each for each in rules)
    positions = [at for at, each in enumerate(operands) if isinstance(each, Node) and each.index in used]
    return (*positions, _RESULT) if out.index in used else tuple(positions)


def _ones(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_ones, value))
    return np.ones(np.shape(value)) if np.shape(value) else 1.0


def _index_bytes(static: Any) -> int:
    parts = static if isinstance(static, tuple) else (static,)
    return sum(part.nbytes for part in parts if isinstance(part, np.ndarray))
