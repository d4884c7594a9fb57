"""Replay of elementwise operations on numbers, a row for each point, in arrays that serve again.

A fresh array for each result takes as long as an addition: its memory must be found, and other values
leave the cache for it. Where a replay consists of nothing else, operations write into arrays at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from gradcli import threads
from gradcli.autodiff.nodes import Node, value_of
from gradcli.autodiff.primitive import Operand
from gradcli.memory import BUFFER, buffers
from gradcli.records import NamedTuple

_Arrays: TypeAlias = Sequence[tuple[int, np.ndarray]]  # whole ones, with the registers for their blocks


class Step(NamedTuple):
    """An operation that writes its value into an array, and the registers of its operands and its value."""

    into: Callable[..., Any]
    sources: tuple[int, ...]
    target: int


def are_writable(nodes: Sequence[Node]) -> bool:
    """Whether all nodes are elementwise operations on numbers that can write their values into arrays."""
    return all(
        node.primitive is not None
        and node.primitive.into is not None
        and not node.static
        and type(node.value) is float
        and all(type(value_of(each)) in (float, int) for each in node.operands)
        for node in nodes
    )


class Registers:
    """The operations of a replay on numbered registers: for leaves, constants and results.

    Results share a few arrays. One that holds a result which is wanted in the end (`last_use` after all
    nodes) is new in each replay; what it holds before that result is of no interest any more.
    """

    def __init__(self, nodes: Sequence[Node], leaves: Collection[int], last_use: Mapping[int, int]) -> None:
        self.start: list[Any] = []  # what stands in the registers at first: constants
        self.leaves = {leaf: self._new() for leaf in leaves}
        self.wanted: dict[int, int] = {}
        self.shared: list[int] = []
        self.free: list[int] = []
        self.steps: list[Step] = []
        places = dict(self.leaves)
        for node in nodes:
            into: Any = node.primitive.into  # type: ignore[union-attr]
            sources = tuple([self._source(each, places) for each in node.operands])
            before = {each.index for each in node.operands if isinstance(each, Node)}
            ended = {places[index] for index in before if last_use.get(index) == node.index}
            released = [each for each in self.shared if each in ended]
            if isinstance(into, np.ufunc):  # which may write where it reads
                self.free += released
            target = self.free.pop() if self.free else self._share()
            if last_use[node.index] > nodes[-1].index:
                self.wanted[node.index] = target
                self.shared.remove(target)
            if not isinstance(into, np.ufunc):
                self.free += released
            places[node.index] = target
            self.steps.append(Step(into, sources, target))

    def _new(self, value: Any = None) -> int:
        self.start.append(value)
        return len(self.start) - 1

    def _share(self) -> int:
        self.shared.append(self._new())
        return self.shared[-1]

    def _source(self, operand: Operand, places: Mapping[int, int]) -> int:
        if isinstance(operand, Node) and operand.index in places:
            return places[operand.index]
        return self._new(float(value_of(operand)))

    def __call__(self, rows: Mapping[int, np.ndarray], count: int) -> dict[int, np.ndarray]:
        """The values that are wanted, by the indices of their nodes; `rows` has those of the leaves."""
        wanted = {index: np.empty(count) for index in self.wanted}
        arrays = [(register, rows[leaf]) for leaf, register in self.leaves.items()]
        arrays += [(register, wanted[index]) for index, register in self.wanted.items()]
        length = -(-count // -(-count // BUFFER))  # of a block: as even as can be
        is_shared = count * len(self.steps) >= threads.WORTH
        crew = min(threads.available(), -(-count // length)) if is_shared else 1
        threads.share(lambda starts: self._work(arrays, starts, length, count), range(0, count, length), crew)
        return wanted

    def _work(self, arrays: _Arrays, starts: Iterator[int], length: int, count: int) -> None:
        """Take blocks of so many of all rows through the operations for as long as there are any."""
        registers = [*self.start]
        with buffers(len(self.shared)) as memory:
            for start in starts:
                stop = min(start + length, count)
                for register, array in arrays:
                    registers[register] = array[start:stop]
                for register, array in zip(self.shared, memory, strict=True):
                    registers[register] = array[: stop - start]
                for into, sources, target in self.steps:
                    into(*[registers[each] for each in sources], out=registers[target])
