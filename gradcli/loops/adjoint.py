"""The reverse sweep of a hot loop, made of the same rules as the reverse walk up a tape.

A segment's reverse pulls the cotangents of the variables that it sets through its symbols; what its rules
need of the forward sweep is computed again from what the forward sweep has saved. Choices and repetitions are
reversed by the tags and counts that the forward sweep leaves behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.loops.listing import base_of
from gradcli.loops.pulled import Pulled
from gradcli.loops.reader import Reading
from gradcli.loops.recorder import Recorder
from gradcli.loops.restoring import Restoring
from gradcli.loops.segments import (
    Block,
    Choice,
    Given,
    RefusedError,
    Repeat,
    Segment,
    Stack,
    Symbol,
    Variable,
    segments_of,
)
from gradcli.primitives.indexing import getitem, setitem
from gradcli.records import NamedTuple


class Reverse(NamedTuple):
    """A reverse sweep from the variables `seeded` to all that is `wanted`.

    `cotangents` are those of variables and given values; `alive` are the variables in front of the loop whose
    cotangents may not be zero.
    """

    seeded: Sequence[Variable]
    wanted: Sequence[Any]
    block: Block
    cotangents: dict[Any, Variable]
    alive: set[Variable]


class Stacks:
    """The stacks between a forward sweep and all its reverse sweeps; the first reverse sweep makes them."""

    def __init__(self) -> None:
        self.all: list[Stack] = []
        self.complete = False

    def new(self, kind: str) -> Stack:
        """One more stack."""
        stack = Stack(f"s{len(self.all)}", kind)
        self.all.append(stack)
        return stack


def reverse(
    reading: Reading, recorder: Recorder, stacks: Stacks, seeded: Sequence[Variable], wanted: Sequence[Any]
) -> Reverse:
    """The reverse sweep for cotangents of the variables `seeded`, as far as `wanted` depend on them."""
    adjoint = _Adjoint(recorder, stacks, set(map(id, wanted)), depth=0 if reading.is_loop else 1)
    alive = {variable for variable in seeded if variable.active}
    alive |= adjoint.listed(reading.block)
    block, alive = adjoint.block(reading.block, alive)
    stacks.complete = True
    return Reverse(seeded, wanted, block, adjoint.cotangents, alive)


class _Adjoint:
    """A reverse sweep in the making; `depth` counts the repetitions around, `wanted` holds ids."""

    def __init__(self, recorder: Recorder, stacks: Stacks, wanted: set[int], depth: int) -> None:
        self.recorder = recorder
        self.stacks = stacks
        self.wanted = wanted
        self.depth = depth
        self.cotangents: dict[Any, Variable] = {}

    def listed(self, block: Block) -> set[Variable]:
        """The variables in lists: their cotangents are there from the start."""
        reads = (
            base_of(symbol)
            for segment in segments_of(block)
            for symbol in segment.body
            if symbol.primitive in (getitem, setitem) and symbol.operands[0].kind == "array"
        )
        return {each for each in reads if isinstance(each, Variable) and each.listed and each.active}

    def of(self, origin: Any) -> Variable:
        """The cotangent's variable of a variable or a given value."""
        if origin not in self.cotangents:
            shape = np.shape(origin.sample)
            variable = Variable(f"d{origin.name}", np.ones(shape) if shape else 1.0, False)
            variable.listed = origin.listed
            self.cotangents[origin] = variable
        return self.cotangents[origin]

    def passes(self, operand: Any) -> bool:
        """Whether a cotangent of an operand is wanted."""
        if not isinstance(operand, Symbol) or not operand.active:
            return False
        return not isinstance(operand.origin, Given) or id(operand.origin) in self.wanted

    # Blocks -------------------------------------------------------------------------------------------------

    def block(self, block: Block, alive: set[Variable]) -> tuple[Block, set[Variable]]:
        """The reverse of a block, and whose cotangents may not be zero before it; those behind are given."""
        result: Block = []
        for each in reversed(block):
            if isinstance(each, Segment):
                segment, alive = self.segment(each, alive)
                if segment.body or segment.sets:
                    result.append(segment)
            elif isinstance(each, Choice):
                alive = self.choice(each, alive, result)
            elif isinstance(each, Repeat):
                alive = self.repeat(each, alive, result)
        return result, alive

    def choice(self, choice: Choice, alive: set[Variable], result: Block) -> set[Variable]:
        """The reverse of a choice, by its tag; nothing where neither way does anything."""
        then, after_then = self.block(choice.then, alive)
        otherwise, after_otherwise = self.block(choice.otherwise, alive)
        both = after_then | after_otherwise
        self._zero(then, both - after_then)
        self._zero(otherwise, both - after_otherwise)
        if then or otherwise:
            if choice.tags is None:
                choice.tags = self._stack("tag")
            result.append(Choice(None, then, otherwise, choice.tags))
        return both

    def repeat(self, repeat: Repeat, alive: set[Variable], result: Block) -> set[Variable]:
        """The reverse of a repetition."""
        head = set(alive)
        self.depth += 1
        while True:
            body, before = self.block(repeat.body, head)
            if before <= head:
                break
            head |= before
        self.depth -= 1
        test, _ = self.block(repeat.test, head)
        if test:
            raise RefusedError("the condition of a `while` sets what is differentiated")
        self._zero(body, head - before)
        if not body:
            return alive
        self._zero(result, head - alive)
        backward = Repeat(body)
        backward.counter, backward.iterable, backward.breaks = repeat.counter, repeat.iterable, repeat.breaks
        is_known = not self.depth or repeat.is_steady  # how often a loop ran as a whole, its caller knows
        if not is_known and repeat.trips is None:
            repeat.trips = self._stack("trips")
        backward.trips = repeat.trips
        result.append(backward)
        return head

    def _stack(self, kind: str) -> Stack:
        assert not self.stacks.complete, "a later reverse sweep needs no more than the first"
        return self.stacks.new(kind)

    def _zero(self, block: Block, variables: set[Variable]) -> None:
        if variables:
            segment = Segment()
            for variable in sorted(variables, key=lambda each: each.name):
                zero: Any = np.zeros(variable.shape) if variable.shape else 0.0
                segment.sets.append((self.of(variable), zero))
            block.append(segment)

    # Segments -----------------------------------------------------------------------------------------------

    def segment(self, segment: Segment, alive: set[Variable]) -> tuple[Segment, set[Variable]]:
        """The reverse of a segment."""
        result = Segment()
        recorder = self.recorder
        recorder.segment, recorder.known = result, {}
        recorder.no_grad += 1
        pulled = Pulled(self, segment)
        alive = pulled.seed(alive)
        for symbol in reversed(segment.body):
            pulled.pull(symbol)
        alive = pulled.finish(alive)
        recorder.no_grad -= 1
        if result.body or result.sets:
            Restoring(self, segment, result).restore()
        return result, alive
