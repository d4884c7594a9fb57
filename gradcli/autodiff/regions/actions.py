"""The steps of a sweep for all blocks after the first: they write into arrays at hand where they can."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Primitive, Static
from gradcli.autodiff.regions.outcomes import TO, Action, Block, Store, Total
from gradcli.records import NamedTuple

BUFFER = 1 << 14  # entries
_MOST_BUFFERS = 16
_buffers: list[Any] = []  # between sweeps: fresh memory costs more than its use


class Step(NamedTuple):
    """A call of a primitive on the values in some slots; its value goes to the target's slot."""

    primitive: Primitive
    sources: tuple[int, ...]
    static: Static
    target: int

    def evaluate(self, block: Block) -> None:
        """Evaluate it on a block."""
        values = [block[i] for i in self.sources]
        block[self.target] = self.primitive.evaluate(*values, **self.static)


class Actions:
    """What is done for every block after the first: steps write into arrays at hand where they can."""

    def __init__(
        self, steps: Sequence[Step], block: Block, outcomes: Sequence[Total | Store], shape: tuple[int, ...]
    ) -> None:
        self.steps = steps
        self.block = block  # the first one, with its values
        self.first_shape = (block[TO], *shape[1:])
        self.shape = shape
        self.actions: list[Action] = []
        self.stores: list[tuple[int, Any]] = []  # slots that stand for blocks of an array to be stored
        self.alias: dict[int, int] = {}
        self.buffers: dict[int, Any] = {}
        self.free: list[Any] = []
        self.memory: list[Any] = []
        self.takers: dict[int, list[Total | Store]] = {}
        for each in outcomes:
            self.takers.setdefault(each.slot, []).append(each)
        last_use = self._last_uses()
        for position, step in enumerate(steps):
            self._add(step)
            for slot in {self.alias.get(each, each) for each in (*step.sources, step.target)}:
                if last_use.get(slot, -1) <= position and slot in self.buffers:
                    self.free.append(self.buffers[slot])

    def _last_uses(self) -> dict[int, int]:
        """The last step that reads each slot; a step that passes on its operand is no step any more."""
        last: dict[int, int] = {}
        for position, step in enumerate(self.steps):
            value = self.block[step.target]
            for source in step.sources:
                source = self.alias.get(source, source)
                last[source] = position
                if _is_same_memory(value, self.block[source]):
                    self.alias[step.target] = source
        return last

    def _add(self, step: Step) -> None:
        takers = self.takers.get(step.target, ())
        slot = self.alias.get(step.target, step.target)
        if slot == step.target:
            sources = [self.alias.get(each, each) for each in step.sources]
            if self._can_write(step, sources):
                sources = [self._as_float(each) for each in sources]
                self.actions.append(self._writing(step, sources, takers))
            else:
                self.actions.append(step._replace(sources=tuple(sources)).evaluate)
        for each in takers:
            each.slot = slot
            if not (type(each) is Store and each.is_direct):
                self.actions.append(each.take)

    def _can_write(self, step: Step, sources: Sequence[int]) -> bool:
        value = self.block[step.target]
        return (
            step.primitive.into is not None
            and not step.static
            and type(value) is np.ndarray
            and value.dtype == np.float64
            and value.shape == self.first_shape
            and all(map(_is_number, (self.block[each] for each in sources)))
        )

    def _as_float(self, slot: int) -> int:
        """The slot, or for a whole number a new one that holds it in float64."""
        if type(self.block[slot]) is not int:
            return slot
        self.block.append(float(self.block[slot]))
        return len(self.block) - 1

    def _writing(self, step: Step, sources: Sequence[int], takers: Sequence[Total | Store]) -> Action:
        """The step as one that writes into a buffer, or into the array where its value is to be stored."""
        into: Any = step.primitive.into
        target = step.target
        store = next((each for each in takers if type(each) is Store), None)
        if store is not None:
            store.is_direct = True
            self.stores.append((target, store.array))
        else:
            self.buffers[target] = self.block[target] = self.free.pop() if self.free else self._new_buffer()
        if len(sources) == 1:
            (x,) = sources
            return lambda block: into(block[x], out=block[target])
        if len(sources) == 2:
            x, y = sources
            return lambda block: into(block[x], block[y], out=block[target])
        return lambda block: into(*[block[each] for each in sources], out=block[target])

    def _new_buffer(self) -> Any:
        size = math.prod(self.shape)
        memory = _buffers.pop() if _buffers and size <= BUFFER else np.empty(max(size, BUFFER))
        self.memory.append(memory)
        return memory[:size].reshape(self.shape)

    def release(self) -> None:
        """Leave the memory of the buffers to later sweeps."""
        kept = [each for each in self.memory if each.size == BUFFER]
        _buffers.extend(kept[: _MOST_BUFFERS - len(_buffers)])

    def shorten(self, length: int) -> None:
        """Make do with the beginning of each buffer, for a last block that is not whole."""
        for slot, buffer in self.buffers.items():
            self.block[slot] = buffer[:length]


def _is_same_memory(value: Any, other: Any) -> bool:
    """Whether an operation has given its operand, or a view of the whole of it."""
    if value is other:
        return True
    is_view = type(value) is np.ndarray is type(other) and value.base is not None
    return is_view and value.__array_interface__ == other.__array_interface__


def _is_number(value: Any) -> bool:
    return type(value) in (float, int) or (type(value) is np.ndarray and value.dtype == np.float64)
