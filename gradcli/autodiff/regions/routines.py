"""What a sweep does for every block: steps write into arrays at hand where they can."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from gradcli import threads
from gradcli.autodiff.regions.outcomes import FROM, TO, Action, Block, Store, Total
from gradcli.autodiff.regions.registers import Step
from gradcli.memory import BUFFER, buffers

BLOCK = 1 << 15  # entries, of 8 bytes: a few such blocks fit into a second-level cache
SHARED_BLOCK = BUFFER  # where threads share the work: smaller ones would make them wait for each other
FIRST_BLOCK = 1 << 9
Arrays = Sequence[tuple[int, Any]]


class Routine:
    """The actions for a block, one after the other.

    A first block, a small one, is evaluated as any values are. It shows what kind of value each step gives,
    and which give their operand: a routine serves as long as that cannot have changed.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        outcomes: Sequence[Total | Store],
        shape: tuple[int, ...],
        fixed: Iterable[int],
        block: Block,
        arrays: Arrays,
    ) -> None:
        self.steps = steps
        self.outcomes = outcomes
        self.shape = shape
        self.fixed = [(slot, type(block[slot])) for slot in fixed]
        self.sample = block.copy()
        first = self._rows(FIRST_BLOCK)
        _run(self.sample, 0, first, arrays, [step.evaluate for step in steps])
        self.first_shape = (first, *shape[1:])
        self.actions: list[Action] = []
        # With the type of the array, and the slot that stands for its blocks.
        self.stores: list[tuple[Store, Any, int | None]] = []
        self.floats: list[int] = []  # slots of whole numbers that are appended in float64
        self.decisive: list[tuple[int, Any]] = []
        self.alias: dict[int, int] = {}
        self.buffers: dict[int, int] = {}  # the number of the buffer for a slot
        self.truths: set[int] = set()  # slots whose buffers hold truth values
        self.free: list[int] = []
        self.count = 0  # of buffers
        self.takers: dict[int, list[Total | Store]] = {}
        for each in outcomes:
            self.takers.setdefault(each.slot, []).append(each)
        last_use = self._last_uses()
        for position, step in enumerate(steps):
            self._add(step)
            for slot in {self.alias.get(each, each) for each in (*step.sources, step.target)}:
                if last_use.get(slot, -1) <= position and slot in self.buffers:
                    self.free.append(self.buffers[slot])
        del self.sample

    def serves(self, block: Block) -> bool:
        """Whether it is right for other fixed values: those types, and the numbers where they decide."""
        return all(type(block[slot]) is kind for slot, kind in self.fixed) and all(
            block[slot] == value for slot, value in self.decisive
        )

    def _rows(self, entries: int) -> int:
        """The rows of a block of so many entries."""
        return min(self.shape[0], max(1, entries // math.prod(self.shape[1:])))

    def _last_uses(self) -> dict[int, int]:
        """The last step that reads each slot; a step that passes on its operand is no step any more."""
        last: dict[int, int] = {}
        for position, step in enumerate(self.steps):
            value = self.sample[step.target]
            for source in step.sources:
                source = self.alias.get(source, source)
                last[source] = position
                if _is_same_memory(value, self.sample[source]):
                    self.alias[step.target] = source
            if step.target in self.alias:
                numbers = [(each, self.sample[each]) for each in step.sources]
                self.decisive += [(each, value) for each, value in numbers if type(value) is float]
        return last

    def _add(self, step: Step) -> None:
        takers = self.takers.get(step.target, ())
        slot = self.alias.get(step.target, step.target)
        direct = None
        if slot == step.target:
            sources = [self.alias.get(each, each) for each in step.sources]
            if self._can_write(step, sources):
                direct = next((each for each in takers if type(each) is Store), None)
                if direct is None:
                    self.buffers[slot] = self.free.pop() if self.free else self._new_buffer()
                    if self.sample[slot].dtype == np.bool_:
                        self.truths.add(slot)
                self.actions.append(_writing(step, [self._as_float(each) for each in sources]))
            else:
                self.actions.append(step._replace(sources=tuple(sources)).evaluate)
        for each in takers:
            if type(each) is Store:
                dtype = np.asarray(self.sample[slot]).dtype
                self.stores.append((each, dtype, slot if each is direct else None))
            if each is not direct:
                self.actions.append(each.taking(slot))

    def _can_write(self, step: Step, sources: Sequence[int]) -> bool:
        value = self.sample[step.target]
        operands = [self.sample[each] for each in sources]
        return (
            step.primitive.into is not None
            and not step.static
            and type(value) is np.ndarray
            and value.dtype in (np.float64, np.bool_)
            and value.shape == self.first_shape
            and any(map(_is_float_array, operands))  # which makes NumPy compute in float64
            and all(type(each) in (float, int, np.ndarray) for each in operands)
        )

    def _as_float(self, slot: int) -> int:
        """The slot, or for a whole number a new one that holds it in float64."""
        if type(self.sample[slot]) is not int:
            return slot
        self.floats.append(slot)
        return len(self.sample) + len(self.floats) - 1

    def _new_buffer(self) -> int:
        self.count += 1
        return self.count - 1

    def run(self, block: Block, arrays: Arrays, values: list[Any]) -> None:
        """Take all blocks through the actions, and put the outcomes into their registers.

        `block` has the fixed values, `arrays` are those that blocks are taken of.
        """
        block += [float(block[slot]) for slot in self.floats]
        arrays = list(arrays)
        for store, dtype, slot in self.stores:
            array = np.empty(self.shape, dtype)
            values[store.register] = array.reshape(store.shape)
            block[store.own] = array
            if slot is not None:
                arrays.append((slot, array))
        sums = [each for each in self.outcomes if type(each) is Total]
        for total in sums:
            block[total.own] = {}
        self._run_blocks(block, arrays)
        for total in sums:
            values[total.register] = total.of_parts(block[total.own])

    def _run_blocks(self, block: Block, arrays: Arrays) -> None:
        count = self.shape[0]
        is_shared = math.prod(self.shape) >= threads.WORTH
        blocks = -(-count // self._rows(SHARED_BLOCK if is_shared else BLOCK))
        length = -(-count // blocks)  # as even as can be
        crew = threads.available() if is_shared else 1
        threads.share(
            lambda starts: self._work(block.copy(), arrays, starts, length), range(0, count, length), crew
        )

    def _work(self, block: Block, arrays: Arrays, starts: Iterator[int], length: int) -> None:
        """Take blocks of so many rows through the actions for as long as there are any."""
        count = self.shape[0]
        size = length * math.prod(self.shape[1:])
        with buffers(self.count if size <= BUFFER else 0) as memory:
            memory += [np.empty(size) for _ in range(self.count - len(memory))]
            self._place_buffers(block, memory, length)
            for start in starts:
                stop = min(start + length, count)
                if stop - start < length:
                    self._place_buffers(block, memory, stop - start)
                _run(block, start, stop, arrays, self.actions)

    def _place_buffers(self, block: Block, memory: Sequence[Any], length: int) -> None:
        shape = (length, *self.shape[1:])
        size = math.prod(shape)
        floats = [each[:size] for each in memory]
        if len(shape) > 1:
            floats = [each.reshape(shape) for each in floats]
        for slot, number in self.buffers.items():
            block[slot] = floats[number]
        for slot in self.truths:
            block[slot] = memory[self.buffers[slot]].view(np.bool_)[:size].reshape(shape)


def _run(block: Block, start: int, stop: int, arrays: Arrays, actions: Iterable[Action]) -> None:
    block[FROM], block[TO] = start, stop
    for slot, array in arrays:
        block[slot] = array[start:stop]
    for action in actions:
        action(block)


def _writing(step: Step, sources: Sequence[int]) -> Action:
    """A step as one that writes into the array that stands in its slot."""
    into: Any = step.primitive.into
    target = step.target
    if len(sources) == 1:
        (x,) = sources
        return lambda block: into(block[x], out=block[target])
    if len(sources) == 2:
        x, y = sources
        return lambda block: into(block[x], block[y], out=block[target])
    return lambda block: into(*[block[each] for each in sources], out=block[target])


def _is_same_memory(value: Any, other: Any) -> bool:
    """Whether an operation has given its operand, or a view of the whole of it."""
    if value is other:
        return True
    is_view = type(value) is np.ndarray is type(other) and value.base is not None
    return is_view and value.__array_interface__ == other.__array_interface__


def _is_float_array(value: Any) -> bool:
    return type(value) is np.ndarray and value.dtype == np.float64
