"""A sweep: the operations on large arrays of one shape, block by block, so that blocks stay in the cache.

The first block, a small one, is evaluated as any values are. It shows what kind of value each operation
gives, and from then on those that can write into an array at hand do so, into one that nobody needs any more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Operand
from gradcli.autodiff.regions import Expression
from gradcli.autodiff.regions.actions import BUFFER, Actions, Step
from gradcli.autodiff.regions.outcomes import FROM, TO, Action, Block, Store, Total

BLOCK = BUFFER  # of 8 bytes each: a few such blocks fit into a second-level cache
FIRST_BLOCK = 1 << 9


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
        step = Step(primitive, sources, expression.static, self._new_slot(None))
        self.slots[id(expression)] = step.target
        if self.fixed.issuperset(sources):
            step.evaluate(self.block)
            self.fixed.add(step.target)
        else:
            self.steps.append(step)

    def _new_slot(self, value: Any) -> int:
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
        slot = self._new_slot(value)
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
        actions = Actions(self.steps, self.block, varying, (length, *self.shape[1:]))
        self.sliced += actions.stores
        while start < count:
            if start + length > count:
                length = count - start
                actions.shorten(length)
            self._run_block(start, start + length, actions.actions)
            start += length
        actions.release()

    def _run_block(self, start: int, stop: int, actions: Sequence[Action]) -> None:
        block = self.block
        block[FROM], block[TO] = start, stop
        for slot, array in self.sliced:
            block[slot] = array[start:stop]
        for action in actions:
            action(block)


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
