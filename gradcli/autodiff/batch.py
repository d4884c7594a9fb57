"""Replay of a recorded graph on other inputs, many at once: every moved value gets a leading axis of rows.

Only what depends on the moved leaves is evaluated. A stopped gradient is intent: what stands behind a
`detach` or inside `no_grad` keeps the value that it had when the graph was recorded.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, Place, choice_of, shape_of, value_of
from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.autodiff.registers import Registers, are_writable
from gradcli.primitives.control import detach
from gradcli.primitives.indexing import is_basic, setitem
from gradcli.primitives.outputs import output
from gradcli.primitives.rows import aligned, with_rank
from gradcli.records import NamedTuple

Rows: TypeAlias = Any  # an array with a leading axis of rows, or a tuple of them
BLOCK_ELEMENTS = 1 << 16  # a block of rows of the largest value should stay in the cache
_CHOICE = "choice"
_WORTH_REGISTERS = 1 << 12  # rows: with fewer, fresh arrays cost less than to plan without them


class Decision(NamedTuple):
    """A discrete decision of the recorded run: a guard, or the `choice` inside the primitive of the node."""

    node: Node
    kind: str
    outcome: Any
    place: Place | None


class Replay(NamedTuple):
    """Values of the outputs, a row for each point, and what became of the decisions.

    `flips[row]` is the place in `decisions` of the first that came out otherwise than in the recorded run, -1
    where all hold. `broken` marks rows in which a *guard* came out otherwise: their values mean nothing. Rows
    with one `signature` decided everything alike.
    """

    outputs: tuple[Rows, ...]
    decisions: tuple[Decision, ...]
    flips: np.ndarray
    broken: np.ndarray
    signature: np.ndarray


def replay(graph: Graph, outputs: Sequence[Operand], moved: Mapping[Node, Rows]) -> Replay:
    """Evaluate the outputs, recorded nodes or constants, with each leaf in `moved` at its rows of values."""
    return Plan(graph, outputs, moved)(moved)


class Plan:
    """Which nodes a replay evaluates, which decisions it watches, and how long each value is needed.

    A plan can be followed any number of times, with other rows for the leaves that move. Who asks for
    values only does not have to know what primitives choose: they choose again in each row.
    """

    def __init__(
        self, graph: Graph, outputs: Sequence[Operand], moved: Collection[Node], *, choices: bool = True
    ) -> None:
        self.outputs = outputs
        self.registers: Registers | None = None
        self.writes = graph.writes
        moving = _dependents(graph, moved)
        ends = _nodes(outputs)
        guards = [Decision(*guard) for guard in graph.guards if moving[guard.node.index]]
        chosen = _choices(graph, moving, ends) if choices else ()
        decisions = sorted([*guards, *chosen], key=lambda each: each.node.index)
        self.decisions: tuple[Decision, ...] = tuple(decisions)
        for decision in self.decisions:
            ends += _nodes(decision.node.operands) if decision.kind == _CHOICE else [decision.node]
        self.last_use = {node.index: len(graph.nodes) for node in ends}
        self.steps = self._needed(graph, moving, {node.index for node in moved})
        self.largest = max([1, *[math.prod(shape_of(node)) for node in self.steps]])

    def _needed(self, graph: Graph, moving: bytearray, given: Collection[int]) -> list[Node]:
        """The moving nodes between those given and the ends, in order; notes who uses an operand last."""
        steps: list[Node] = []
        last_use = self.last_use
        for index in range(max(last_use, default=-1), -1, -1):
            if index in last_use and moving[index] and index not in given:
                node = graph.nodes[index]
                steps.append(node)
                for operand in node.operands:
                    if isinstance(operand, Node):
                        last_use.setdefault(operand.index, index)
        steps.reverse()
        return steps

    def __call__(self, moved: Mapping[Node, Rows]) -> Replay:
        """Evaluate all rows, in blocks."""
        count = len(next(iter(moved.values())))
        size = max(1, BLOCK_ELEMENTS // self.largest)
        if count <= size or self.is_writable:
            return self.run(moved, count)
        blocks = [
            self.run(
                {leaf: rows[start : start + size] for leaf, rows in moved.items()}, min(size, count - start)
            )
            for start in range(0, count, size)
        ]
        return Replay(
            tuple(np.concatenate(parts) for parts in zip(*(block.outputs for block in blocks), strict=True)),
            self.decisions,
            np.concatenate([block.flips for block in blocks]),
            np.concatenate([block.broken for block in blocks]),
            np.concatenate([block.signature for block in blocks]),
        )

    def run(self, moved: Mapping[Node, Rows], count: int) -> Replay:
        """Evaluate one block of rows."""
        rows: dict[int, Rows] = {leaf.index: values for leaf, values in moved.items()}
        if count >= _WORTH_REGISTERS and self.is_writable:
            rows |= self._registers(rows)(rows, count)
        else:
            self._step_by_step(rows, count)
        values = tuple(_as_rows(each, rows, count) for each in self.outputs)
        return Replay(values, self.decisions, *self._watch(rows, count))

    @cached_property
    def is_writable(self) -> bool:
        """Whether the operations can write into registers."""
        return are_writable(self.steps)

    def _registers(self, leaves: Collection[int]) -> Registers:
        """The same operations on registers, made when they are first worth it."""
        if self.registers is None:
            self.registers = Registers(self.steps, leaves, self.last_use)
        return self.registers

    def _step_by_step(self, rows: dict[int, Rows], count: int) -> None:
        """Evaluate node after node; values that nobody needs any more are let go."""
        owned: set[int] = set()  # arrays that nobody else sees, to be written in place
        for node in self.steps:
            rows[node.index] = self._evaluate(node, rows, owned, count)
            for operand in node.operands:
                if isinstance(operand, Node) and self.last_use[operand.index] == node.index:
                    rows.pop(operand.index, None)

    def _evaluate(self, node: Node, rows: Mapping[int, Rows], owned: set[int], count: int) -> Rows:
        operands = node.operands
        mapped, values = _operands(node, rows)
        if node.primitive is setitem:
            base = operands[0]
            reusable = mapped[0] and base.index in owned and self.last_use[base.index] == node.index
            owned.add(node.index)
            if reusable and is_basic(node.static["index"]):
                return _write(values[0], values[1], mapped[1], node.static["index"])
        result = evaluate_rows(node.primitive, mapped, values, node.static, count)  # type: ignore[arg-type]
        if self.writes and isinstance(result, np.ndarray) and result.base is not None:
            return result.copy()  # a view of an array that may yet be written in place
        return result

    def _watch(self, rows: Mapping[int, Rows], count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if not self.decisions:
            return _nothing_watched(count)
        signature = np.zeros(count, dtype=np.int64)
        flips = signature - 1
        broken = np.zeros(count, dtype=bool)
        for position, decision in enumerate(self.decisions):
            taken = _taken(decision, rows, count).reshape(count, -1)
            differs = (taken != _integers(decision.outcome).reshape(1, -1)).any(axis=1)
            flips[(flips < 0) & differs] = position
            if decision.kind != _CHOICE:
                broken |= differs
            weights = np.random.default_rng(position).integers(1, 2**62, taken.shape[1])
            signature = signature * 31 + (taken * weights).sum(axis=1)
        return flips, broken, signature


@lru_cache(8)
def _nothing_watched(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flips, broken and signature of rows that depend on no decision."""
    return np.broadcast_to(-1, count), np.broadcast_to(False, count), np.broadcast_to(0, count)


def evaluate_rows(
    primitive: Primitive, mapped: tuple[bool, ...], values: Sequence[Any], static: Static, count: int
) -> Rows:
    """A primitive on operands of which the `mapped` ones have a leading axis of `count` rows."""
    if primitive is output:
        return values[0][static["index"]]
    if primitive.batch is not None:
        return primitive.batch(mapped, *values, **static)
    if primitive.broadcasts:
        return primitive.evaluate(*aligned(mapped, values), **static)
    return _stacked([primitive.evaluate(*_row(mapped, values, i), **static) for i in range(count)])


def _row(mapped: tuple[bool, ...], values: Sequence[Any], i: int) -> Iterable[Any]:
    for x, each in zip(values, mapped, strict=True):
        if not each:
            yield x
        elif isinstance(x, tuple):
            yield tuple(part[i] for part in x)
        else:
            yield x[i].item() if x.ndim == 1 else x[i]


def _stacked(values: list[Any]) -> Rows:
    if isinstance(values[0], tuple):
        return tuple(np.array(parts) for parts in zip(*values, strict=True))
    return np.array(values)


def _write(base: Rows, value: Any, has_rows: bool, index: Any) -> Rows:
    """`base[row][index] = value[row]` for every row, in place."""
    places = (slice(None), *index) if type(index) is tuple else (slice(None), index)
    if has_rows:
        value = with_rank(value, base[places].ndim)
    base[places] = value
    return base


def _operands(node: Node, rows: Mapping[int, Rows]) -> tuple[tuple[bool, ...], list[Any]]:
    """Which operands have rows, and the operands' values or rows."""
    mapped, values = [], []
    for each in node.operands:
        is_node = isinstance(each, Node)
        has_rows = is_node and each.index in rows
        mapped.append(has_rows)
        values.append(rows[each.index] if has_rows else each.value if is_node else each)
    return tuple(mapped), values


def _as_rows(operand: Operand, rows: Mapping[int, Rows], count: int) -> Rows:
    """An output that does not move stands in every row alike."""
    if isinstance(operand, Node) and operand.index in rows:
        return rows[operand.index]
    value = np.asarray(value_of(operand))
    return np.broadcast_to(value, (count, *value.shape))


# What is evaluated ------------------------------------------------------------------------------------------


def _nodes(operands: Iterable[Operand]) -> list[Node]:
    return [each for each in operands if isinstance(each, Node)]


def _dependents(graph: Graph, moved: Iterable[Node]) -> bytearray:
    """Marks on the nodes whose value moves with the leaves."""
    moving = bytearray(len(graph.nodes))
    for leaf in moved:
        moving[leaf.index] = 1
    for node in graph.nodes:
        if node.primitive is None or node.primitive is detach or node.index in graph.stopped:
            continue
        for operand in node.operands:
            if isinstance(operand, Node) and moving[operand.index]:
                moving[node.index] = 1
                break
    return moving


# Decisions --------------------------------------------------------------------------------------------------


def _choices(graph: Graph, moving: bytearray, outputs: Collection[Node]) -> Iterator[Decision]:
    """The choices of primitives that can come out otherwise.

    What a primitive chooses on the way to a guard and nowhere else counts for nothing: the guard tells.
    """
    counted = _lead_on(graph, outputs) if graph.guards else moving
    for node in graph.nodes:
        if moving[node.index] and counted[node.index]:
            outcome = choice_of(node)
            if outcome is not None:
                yield Decision(node, _CHOICE, outcome, node.place)


def _lead_on(graph: Graph, outputs: Collection[Node]) -> bytearray:
    """Marks on the nodes of which more came than guards."""
    guards = {guard.node.index for guard in graph.guards} - {node.index for node in outputs}
    marks, used = bytearray(len(graph.nodes)), bytearray(len(graph.nodes))
    for node in reversed(graph.nodes):
        if not used[node.index] and node.index not in guards:
            marks[node.index] = 1
        for operand in _nodes(node.operands):
            used[operand.index] = 1
            marks[operand.index] |= marks[node.index]
    return marks


def _taken(decision: Decision, rows: Mapping[int, Rows], count: int) -> np.ndarray:
    """What a decision came to in each row, as integers."""
    if decision.kind != _CHOICE:
        value = _as_rows(decision.node, rows, count)
        return _integers(value.astype(bool) if decision.kind == "condition" else value)
    node = decision.node
    mapped, values = _operands(node, rows)
    choice: Any = node.primitive.choice  # type: ignore[union-attr]
    if node.primitive.broadcasts:  # type: ignore[union-attr]
        taken = _integers(choice(*aligned(mapped, values), **node.static))
        rests = taken.size != count * np.size(decision.outcome)  # on operands that do not move
        return np.broadcast_to(taken, (count, *taken.shape)) if rests else taken
    return _integers([choice(*_row(mapped, values, i), **node.static) for i in range(count)])


def _integers(outcome: Any) -> np.ndarray:
    """Outcomes as integers; floats that are none, or too large for one, count as their bits."""
    numbers = np.asarray(outcome)
    if numbers.dtype == np.float64:
        exact = np.abs(numbers) <= 2.0**53
        numbers = np.where(exact, np.where(exact, numbers, 0.0).astype(np.int64), numbers.view(np.int64))
    return np.asarray(numbers, dtype=np.int64)
