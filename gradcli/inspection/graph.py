"""A recorded graph as plain data: what each node computes, from what, and what it keeps for the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.graph import Guard
from gradcli.autodiff.nodes import Node, shape_of, value_of, zeros
from gradcli.autodiff.reverse import pull
from gradcli.autodiff.walks import ancestors
from gradcli.errors import UsageError
from gradcli.inspection.folding import Fold, folds
from gradcli.inspection.saved import Saved, SavedValues, held_by
from gradcli.primitives.indexing import setitem
from gradcli.recording import Recording
from gradcli.structures import leaves

# What torch calls the operations that have other names here; the others are spelt alike.
TORCH_NAMES = {"multiply": "Mul", "subtract": "Sub", "divide": "Div", "power": "Pow", "negative": "Neg"}


@dataclass(frozen=True, slots=True)
class Vertex:
    """A node to be shown.

    `operands` are the indices of nodes, or constants as text. `state` says why no derivative passes
    (`frozen`, `no_grad`, `detached`, `constant`, `no derivative`) or that the node has no part in the
    result (`unused`, `decides`); it is empty for all others. `names` are the program's variables that have
    this value at the end.
    """

    index: int
    text: str
    line: int | None
    primitive: str  # empty for a leaf
    operands: tuple[int | str, ...]
    shape: tuple[int, ...]
    value: Any
    active: bool
    state: str = ""
    names: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    saved: tuple[Saved, ...] = ()
    gradient: Any = None

    @property
    def is_leaf(self) -> bool:
        """Whether no operation made the node."""
        return not self.primitive

    @property
    def grad_fn(self) -> str:
        """The operation of the reverse pass as torch names it, `MulBackward`; empty where there is none."""
        if self.is_leaf or not self.active:
            return ""
        words = self.primitive.split("_")
        return TORCH_NAMES.get(self.primitive, "".join(map(str.capitalize, words))) + "Backward"


@dataclass(frozen=True, slots=True)
class Group:
    """A fold as a vertex of the picture: its index is that of its first node."""

    index: int
    fold: Fold
    operands: tuple[int | str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of all values of a run, of those the reverse pass needs, of the most that forward mode holds."""

    values: int
    saved: int
    forward: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A graph to be shown: vertices in the order of execution, some of them groups; `size` counts nodes."""

    items: tuple[Vertex | Group, ...]
    size: int
    memory: Memory

    @property
    def vertices(self) -> tuple[Vertex, ...]:
        """The nodes that are shown one by one."""
        return tuple(each for each in self.items if isinstance(each, Vertex))

    @property
    def groups(self) -> tuple[Group, ...]:
        """The nodes that are shown together."""
        return tuple(each for each in self.items if isinstance(each, Group))


def summarise(recording: Recording, *, gradients: bool, limit: int | None) -> Summary:
    """Summarise a recorded graph, folded when it has more than `limit` nodes.

    Raises `UsageError` when gradients are asked for and the value is not one number.
    """
    recording = recording.unrolled()
    with walking():
        return _Summariser(recording, _gradients(recording) if gradients else {}).summary(limit)


def _gradients(recording: Recording) -> dict[int, Any]:
    """The adjoint of every active node."""
    output = recording.nodes.get("")
    if "" not in recording.nodes or shape_of(output):
        raise UsageError(
            "gradients in a graph are those of one number",
            source=recording.source,
            help="take the sum of the program's value, or leave `--grad` out",
        )
    active = [node for node in recording.graph.nodes if node.active]
    seeds = [(output, 1.0)] if isinstance(output, Node) else []
    pulled = pull(recording.graph, seeds, active)
    return {
        node.index: zeros(shape_of(node)) if gradient is None else gradient
        for node, gradient in zip(active, pulled, strict=True)
        if not isinstance(gradient, tuple)
    }


class _Summariser:
    """What is known about a graph as a whole, and from it about each node."""

    def __init__(self, recording: Recording, gradients: Mapping[int, Any]) -> None:
        graph = recording.graph
        self.source = recording.source
        self.nodes = graph.nodes
        self.stopped = graph.stopped
        self.gradients = gradients
        self.saved = SavedValues()
        self.inputs = {
            leaf.index
            for each in recording.inputs.values()
            for _, leaf in leaves(each)
            if isinstance(leaf, Node)
        }
        self.outputs = _by_node(recording.nodes)
        self.names = _by_node(recording.variables)
        self.guards: dict[int, list[str]] = {}
        for guard in graph.guards:
            self.guards.setdefault(guard.node.index, []).append(_decision(guard))
        self.needed = ancestors(recording.nodes.values())
        self.deciding = ancestors(guard.node for guard in graph.guards)

    def summary(self, limit: int | None) -> Summary:
        nodes = [node for node in self.nodes if not self._is_literal(node)]
        found = folds(nodes, len(nodes) if limit is None else limit)
        hidden = {
            node.index: fold for fold in found for node in nodes if fold.first <= node.index <= fold.last
        }
        shown = {index: fold.first for index, fold in hidden.items()}
        items: list[Vertex | Group] = []
        for node in nodes:
            fold = hidden.get(node.index)
            if fold is None:
                items.append(self._vertex(node, shown))
            elif fold.first == node.index:
                items.append(self._group(fold, shown))
        return Summary(tuple(items), len(nodes), self._memory(nodes))

    def _is_literal(self, node: Node) -> bool:
        """Whether a node is a constant number, which is shown where it is used."""
        return node.primitive is None and node.index not in self.inputs and not shape_of(node)

    def _vertex(self, node: Node, shown: Mapping[int, int]) -> Vertex:
        text, line = self._text(node)
        value = node.value
        return Vertex(
            index=node.index,
            text=text,
            line=line,
            primitive=node.primitive.name if node.primitive is not None else "",
            operands=tuple(self._operand(each, shown) for each in node.operands),
            shape=shape_of(node),
            value=value,
            active=node.active,
            state=self._state(node),
            names=() if node.primitive is setitem else self._names(node, text),
            outputs=self.outputs.get(node.index, ()),
            guards=tuple(self.guards.get(node.index, ())),
            saved=self.saved.of(node),
            gradient=self.gradients.get(node.index),
        )

    def _names(self, node: Node, text: str) -> tuple[str, ...]:
        return tuple(name for name in self.names.get(node.index, ()) if name != text)

    def _group(self, fold: Fold, shown: Mapping[int, int]) -> Group:
        inside = self.nodes[fold.first : fold.last + 1]
        operands = (self._operand(each, shown) for node in inside for each in node.operands)
        outside = dict.fromkeys(each for each in operands if isinstance(each, int) and each != fold.first)
        texts = dict.fromkeys(self._text(node)[0] for node in inside)
        return Group(fold.first, fold, tuple(outside), "; ".join(list(texts)[:3]))

    def _operand(self, operand: Any, shown: Mapping[int, int]) -> int | str:
        if isinstance(operand, Node) and not self._is_literal(operand):
            return shown.get(operand.index, operand.index)
        value = value_of(operand)
        if np.shape(value):
            return f"constant {np.shape(value)}"
        return f"{value:.6g}" if type(value) in (int, float) else str(value)

    def _text(self, node: Node) -> tuple[str, int | None]:
        """What a node is called in the program, on one line, and the line where that stands."""
        if node.index in self.inputs:
            return node.static["name"], None
        if node.place is None:
            return "constant" if node.primitive is None else node.primitive.name, None
        text = " ".join(self.source.text[node.place.start : node.place.end].split())
        if node.primitive is setitem:
            text += " = …"  # the text is the target's
        return text, self.source.position(node.place.start).line

    def _state(self, node: Node) -> str:
        if node.index not in self.needed:
            return "decides" if node.index in self.deciding else "unused"
        if node.active:
            return ""
        if node.index in self.stopped:
            return "no_grad"
        if node.index in self.inputs:
            return "frozen"
        if node.primitive is not None and any(
            isinstance(each, Node) and each.active for each in node.operands
        ):
            return "detached" if node.primitive.name == "detach" else "no derivative"
        return "constant"

    def _memory(self, nodes: Sequence[Node]) -> Memory:
        sizes = {node.index: held_by(node) for node in nodes}
        kept = [each for node in nodes for each in self.saved.of(node)]
        by_node = {each.node: each.bytes for each in kept if each.node is not None}
        indices = sum(each.bytes for each in kept if each.node is None)
        return Memory(sum(sizes.values()), sum(by_node.values()) + indices, 2 * _peak(nodes, sizes))


def _peak(nodes: Sequence[Node], sizes: Mapping[int, int]) -> int:
    """The most bytes that are alive at once when each value goes after its last use."""
    last = {each.index: node.index for node in nodes for each in node.operands if isinstance(each, Node)}
    leaving: dict[int, int] = {}
    alive = most = 0
    for node in nodes:
        end = last.get(node.index, nodes[-1].index)
        leaving[end] = leaving.get(end, 0) + sizes[node.index]
        alive += sizes[node.index]
        most = max(most, alive)
        alive -= leaving.pop(node.index, 0)
    return most


def _by_node(named: Mapping[str, Any]) -> dict[int, tuple[str, ...]]:
    """The names of nodes; `result` for an output without one."""
    found: dict[int, tuple[str, ...]] = {}
    for name, structure in named.items():
        for path, node in leaves(structure, name):
            if isinstance(node, Node):
                found[node.index] = (*found.get(node.index, ()), path or "result")
    return found


def _decision(guard: Guard) -> str:
    if guard.kind == "condition":
        return str(guard.outcome)
    return f"used as {guard.outcome}"
