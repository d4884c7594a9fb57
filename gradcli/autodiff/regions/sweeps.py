"""A sweep: the operations on large arrays of one shape, block by block, so that blocks stay in the cache."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Operand
from gradcli.autodiff.regions.expressions import Expression
from gradcli.autodiff.regions.outcomes import Block, Store, Total
from gradcli.autodiff.regions.registers import Registers, Step
from gradcli.autodiff.regions.routines import Routine


class Sweep:
    """The evaluation of expressions of one shape, sums of them included.

    Arrays are taken as flat where all have the sweep's shape, else by rows of the first axis. A slot of a
    block holds the same value throughout (`fixed`), the block of an array (`sliced`), or what a step has
    computed.
    """

    def __init__(
        self, shape: tuple[int, ...], members: Sequence[Expression], stored: set[int], registers: Registers
    ) -> None:
        self.registers = registers
        self.own = {id(each) for each in members}
        self.is_flat = all(self._is_flat(each, shape) for each in members)
        self.shape = (math.prod(shape),) if self.is_flat else shape
        self.size = 2  # of a block
        self.slots: dict[int, int] = {}  # of members
        self.inputs: dict[int, int] = {}  # the slot of each register that comes from outside
        self.numbers: list[tuple[int, int]] = []  # slots and registers: arrays that show one number
        self.others: list[tuple[int, int]] = []  # what is as it is for all blocks
        self.sliced: list[tuple[int, int]] = []
        self.fixed: set[int] = set()
        self.prelude: list[Step] = []
        self.steps: list[Step] = []
        self.outcomes: list[Total | Store] = []
        self.routine: Routine | None = None
        for each in members:
            self._enter(each)
            if id(each) in stored and id(each) in self.slots:
                slot = self.slots[id(each)]
                self.outcomes.append(Store(each, slot, self._new_slot(), registers.enter(each)))

    def _is_flat(self, expression: Expression, shape: tuple[int, ...]) -> bool:
        if expression.primitive.form == "total" and len(expression.static["axis"]) < len(shape):  # type: ignore[union-attr]
            return False
        return all(self._fits(x, shape) for x in expression.operands if id(x) not in self.own)

    def _fits(self, operand: Operand, shape: tuple[int, ...]) -> bool:
        """Whether an operand serves for arrays of a shape that are taken as flat."""
        register = self.registers.of(operand)
        value, own = self.registers.values[register], self.registers.shapes[register]
        if math.prod(own) == 1 or is_uniform(value):
            return True
        return own == shape and (value is None or bool(value.flags.c_contiguous))

    def _enter(self, expression: Expression) -> None:
        """Make a step of an expression."""
        primitive: Any = expression.primitive
        sources = tuple(map(self._slot, expression.operands))
        if primitive.form == "total":
            register = self.registers.enter(expression)
            self.outcomes.append(Total(expression, sources[0], self._new_slot(), register, self.shape))
            return
        if primitive.form == "spread":
            self.slots[id(expression)] = sources[0]
            return
        step = Step(primitive, sources, expression.static, self._new_slot())
        self.slots[id(expression)] = step.target
        if self.fixed.issuperset(sources):
            self.prelude.append(step)
            self.fixed.add(step.target)
        else:
            self.steps.append(step)

    def _new_slot(self) -> int:
        self.size += 1
        return self.size - 1

    def _slot(self, operand: Operand) -> int:
        """The slot of an operand."""
        if id(operand) in self.slots:
            return self.slots[id(operand)]
        register = self.registers.of(operand)
        if register not in self.inputs:
            self.inputs[register] = slot = self._new_slot()
            place = self._place(register)
            place.append((slot, register))
            if place is not self.sliced:
                self.fixed.add(slot)
        return self.inputs[register]

    def _place(self, register: int) -> list[tuple[int, int]]:
        """How the value of a register gets into blocks."""
        value, shape = self.registers.values[register], self.registers.shapes[register]
        if shape and (math.prod(shape) == 1 or is_uniform(value)):
            return self.numbers
        if shape and (self.is_flat or (len(shape) == len(self.shape) and shape[0] == self.shape[0])):
            return self.sliced
        return self.others

    def evaluate(self, values: list[Any]) -> None:
        """Give the registers of the sums, and of the members that are stored, their values."""
        block: Block = [None] * self.size
        for slot, register in self.others:
            block[slot] = values[register]
        for slot, register in self.numbers:
            value = values[register]
            block[slot] = value[(0,) * value.ndim].item() if type(value) is np.ndarray else value
        for step in self.prelude:
            step.evaluate(block)
        varying = []
        for each in self.outcomes:
            if each.slot in self.fixed:
                values[each.register] = each.of_fixed(block[each.slot])
            else:
                varying.append(each)
        if not varying:
            return
        arrays = [(slot, values[register]) for slot, register in self.sliced]
        if self.is_flat:
            arrays = [(slot, array.reshape(-1)) for slot, array in arrays]
        routine = self.routine
        if routine is None or not routine.serves(block):
            self.routine = routine = Routine(self.steps, varying, self.shape, self.fixed, block, arrays)
        routine.run(block, arrays, values)


def is_uniform(value: Any) -> bool:
    """Whether a value is an array that shows one number throughout, as a broadcast number does."""
    return type(value) is np.ndarray and (value.size == 1 or not any(value.strides))
