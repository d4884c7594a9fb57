"""A sweep: the operations on large arrays of one shape, block by block, so that blocks stay in the cache.

The first block, a small one, is evaluated as any values are. It shows what kind of value each operation
gives, and from then on those that can write into an array at hand do so, into one that nobody needs any more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.autodiff.regions import Expression
from gradcli.records import NamedTuple

Block: TypeAlias = "list[Any]"  # the values of a block in their slots; the first two say from where to where
Action: TypeAlias = "Callable[[Block], object]"

BLOCK = 1 << 14  # entries, of 8 bytes: a few such blocks fit into a second-level cache
FIRST_BLOCK = 1 << 9
_FROM, _TO = 0, 1
_MEMORY: list[Any] = []  # of buffers, between sweeps
_MOST_MEMORY = 16
_ADD_UP: Any = np.add.reduce


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


class Sweep:
    """The evaluation of expressions of one shape, sums of them included.

    Arrays are taken as flat where all have the sweep's shape, else by rows of the first axis. A slot holds
    the same value throughout (`fixed`), the block of an array (`sliced`), or what a step has computed.
    """

    def __init__(self, shape: tuple[int, ...], members: Sequence[Expression], stored: set[int]) -> None:
        self.own = {id(each) for each in members}
        self.is_flat = all(self._is_flat(each, shape) for each in members)
        self.shape = (math.prod(shape),) if self.is_flat else shape
        self.per_row = math.prod(shape) // self.shape[0]
        self.block: Block = [0, 0]
        self.slots: dict[int, int] = {}
        self.fixed: set[int] = set()
        self.sliced: list[tuple[int, Any]] = []
        self.steps: list[Step] = []
        self.totals: list[Total] = []
        self.stores: list[Store] = []
        for each in members:
            self._enter(each)
            if id(each) in stored and id(each) in self.slots:
                self.stores.append(Store(each, self.slots[id(each)], self.shape))

    def _is_flat(self, expression: Expression, shape: tuple[int, ...]) -> bool:
        if expression.primitive.form == "total" and len(expression.static["axis"]) < len(shape):  # type: ignore[union-attr]
            return False
        return all(_fits(plain(x), shape) for x in expression.operands if id(x) not in self.own)

    def _enter(self, expression: Expression) -> None:
        """Make a step of an expression; what is the same for all blocks is evaluated here and now."""
        primitive: Any = expression.primitive
        sources = tuple(map(self._slot, expression.operands))
        if primitive.form == "total":
            self.totals.append(Total(expression, sources[0], self.shape))
            return
        if primitive.form == "spread":
            self.slots[id(expression)] = sources[0]
            return
        step = Step(primitive, sources, expression.static, self.new_slot(None))
        self.slots[id(expression)] = step.target
        if self.fixed.issuperset(sources):
            step.evaluate(self.block)
            self.fixed.add(step.target)
        else:
            self.steps.append(step)

    def new_slot(self, value: Any) -> int:
        """A slot for a value."""
        self.block.append(value)
        return len(self.block) - 1

    def _slot(self, operand: Operand) -> int:
        """The slot of an operand."""
        value = held(operand)
        if id(value) in self.slots:
            return self.slots[id(value)]
        key = id(value)
        if type(value) is np.ndarray and is_uniform(value):
            value = value[(0,) * value.ndim].item()
        slot = self.new_slot(value)
        if type(value) is not np.ndarray:
            self.fixed.add(slot)
            return slot
        self.slots[key] = slot
        if self.is_flat:
            self.sliced.append((slot, value.reshape(-1)))
        elif value.ndim == len(self.shape) and value.shape[0] == self.shape[0]:
            self.sliced.append((slot, value))
        else:
            self.fixed.add(slot)
        return slot

    def run(self) -> None:
        """Give the members that are stored, and the sums, their values."""
        actions: list[Action] = [step.evaluate for step in self.steps]
        varying: list[Total | Store] = []
        takers: list[Total | Store] = [*self.totals, *self.stores]
        for each in takers:
            if each.slot in self.fixed:
                each.take_fixed(self.block[each.slot])
            else:
                varying.append(each)
        if varying:
            first = self._rows(FIRST_BLOCK)
            self._run_block(0, first, [*actions, *(each.take for each in varying)])
            if first < self.shape[0]:
                self._run_further(first, varying)
        for each in takers:
            each.finish()

    def _rows(self, entries: int) -> int:
        """The rows of a block of so many entries."""
        return min(self.shape[0], max(1, entries // self.per_row))

    def _run_further(self, start: int, varying: Sequence[Total | Store]) -> None:
        length, count = self._rows(BLOCK), self.shape[0]
        actions = Actions(self, varying, (length, *self.shape[1:]))
        while start < count:
            if start + length > count:
                length = count - start
                actions.shorten(length)
            self._run_block(start, start + length, actions.actions)
            start += length
        actions.release()

    def _run_block(self, start: int, stop: int, actions: Sequence[Action]) -> None:
        block = self.block
        block[_FROM], block[_TO] = start, stop
        for slot, array in self.sliced:
            block[slot] = array[start:stop]
        for action in actions:
            action(block)


class Actions:
    """What is done for every block after the first: steps write into arrays at hand where they can."""

    def __init__(self, sweep: Sweep, varying: Sequence[Total | Store], shape: tuple[int, ...]) -> None:
        self.sweep = sweep
        self.block = sweep.block
        self.first_shape = (self.block[_TO], *shape[1:])
        self.shape = shape
        self.actions: list[Action] = []
        self.alias: dict[int, int] = {}
        self.buffers: dict[int, Any] = {}
        self.free: list[Any] = []
        self.memory: list[Any] = []
        self.takers: dict[int, list[Total | Store]] = {}
        for each in varying:
            self.takers.setdefault(each.slot, []).append(each)
        last_use = self._last_uses()
        for position, step in enumerate(sweep.steps):
            self._add(step)
            for slot in {self.alias.get(each, each) for each in (*step.sources, step.target)}:
                if last_use.get(slot, -1) <= position and slot in self.buffers:
                    self.free.append(self.buffers[slot])

    def _last_uses(self) -> dict[int, int]:
        """The last step that reads each slot; a step that passes on its operand is no step any more."""
        last: dict[int, int] = {}
        for position, step in enumerate(self.sweep.steps):
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
        value = self.block[slot]
        return self.sweep.new_slot(float(value)) if type(value) is int else slot

    def _writing(self, step: Step, sources: Sequence[int], takers: Sequence[Total | Store]) -> Action:
        """The step as one that writes into a buffer, or into the array where its value is to be stored."""
        into: Any = step.primitive.into
        target = step.target
        store = next((each for each in takers if type(each) is Store), None)
        if store is not None:
            store.is_direct = True
            self.sweep.sliced.append((target, store.array))
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
        memory = _MEMORY.pop() if _MEMORY and size <= BLOCK else np.empty(max(size, BLOCK))
        self.memory.append(memory)
        return memory[:size].reshape(self.shape)

    def release(self) -> None:
        """Leave the memory of the buffers to later sweeps: fresh memory costs more than its use."""
        kept = [each for each in self.memory if each.size == BLOCK]
        _MEMORY.extend(kept[: _MOST_MEMORY - len(_MEMORY)])

    def shorten(self, length: int) -> None:
        """Make do with the beginning of each buffer, for a last block that is not whole."""
        for slot, buffer in self.buffers.items():
            self.block[slot] = buffer[:length]


class Store:
    """A member whose value is kept, in an array of its own."""

    def __init__(self, expression: Expression, slot: int, shape: tuple[int, ...]) -> None:
        self.expression = expression
        self.slot = slot
        self.shape = shape
        self.array: Any = None
        self.is_direct = False  # whether the step that computes it writes here

    def take_fixed(self, value: Any) -> None:
        """Take a value that is the same for every block."""
        self.array = np.empty(self.shape, np.result_type(value, 0.0 if type(value) is int else value))
        self.array[...] = value

    def take(self, block: Block) -> None:
        """Take the value of a block."""
        value = block[self.slot]
        if self.array is None:
            self.array = np.empty(self.shape, np.asarray(value).dtype)
        self.array[block[_FROM] : block[_TO]] = value

    def finish(self) -> None:
        """Hand the value over."""
        self.expression.value = self.array.reshape(self.expression.shape)


class Total:
    """A sum over axes, put together from the sums of the blocks, always in the same order."""

    def __init__(self, expression: Expression, slot: int, shape: tuple[int, ...]) -> None:
        self.expression = expression
        self.slot = slot
        self.shape = shape
        self.axis = tuple(range(len(shape))) if len(shape) == 1 else expression.static["axis"]
        self.parts: dict[int, Any] = {}

    def take_fixed(self, value: Any) -> None:
        """Take a value that is the same for every block."""
        whole = np.broadcast_to(value, self.shape)
        self.parts[0] = _ADD_UP(whole, axis=self.axis)
        if type(value) is not np.ndarray and len(self.axis) == len(self.shape):
            self.parts[0] = value * whole.size

    def take(self, block: Block) -> None:
        """Take the value of a block."""
        value = block[self.slot]
        shape = (block[_TO] - block[_FROM], *self.shape[1:])
        if np.shape(value) != shape:
            value = np.broadcast_to(value, shape)
        self.parts[block[_FROM]] = _ADD_UP(value, axis=self.axis)

    def finish(self) -> None:
        """Hand the sum over, as the primitive gives it: a number, or an array in float64."""
        parts = [self.parts[start] for start in sorted(self.parts)]
        total = _ADD_UP(np.array(parts), axis=0) if 0 in self.axis else np.concatenate(parts)
        if np.ndim(total) or self.expression.shape:
            total = np.asarray(total, dtype=np.float64).reshape(self.expression.shape)
        self.expression.value = total.item() if isinstance(total, np.generic) else total


def plain(operand: Operand) -> Any:
    """The value of an operand that is known."""
    return operand.value if type(operand) is Expression else operand


def held(operand: Operand) -> Any:
    """The value of an operand that is known, the operand itself while it is not."""
    return operand if type(operand) is Expression and not operand.is_known else plain(operand)


def is_uniform(array: Any) -> bool:
    """Whether an array shows one number throughout, as a broadcast number does."""
    return array.size == 1 or not any(array.strides)


def _fits(value: Any, shape: tuple[int, ...]) -> bool:
    """Whether a value serves for arrays of a shape that are taken as flat."""
    if type(value) is not np.ndarray or is_uniform(value):
        return True
    return value.shape == shape and bool(value.flags.c_contiguous)


def _is_same_memory(value: Any, other: Any) -> bool:
    """Whether an operation has given its operand, or a view of the whole of it."""
    if value is other:
        return True
    is_view = type(value) is np.ndarray is type(other) and value.base is not None
    return is_view and value.__array_interface__ == other.__array_interface__


def _is_number(value: Any) -> bool:
    return type(value) in (float, int) or (type(value) is np.ndarray and value.dtype == np.float64)
