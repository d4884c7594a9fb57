"""The reverse sweep of a hot loop, made of the same rules as the reverse walk up a tape.

A segment's reverse pulls the cotangents of the variables that it sets through its symbols; what its rules
need of the forward sweep is computed again from what the forward sweep has saved. Choices and repetitions are
reversed by the tags and counts that the forward sweep leaves behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.graph import shape_of
from gradcli.autodiff.primitive import Linear, Operand
from gradcli.autodiff.reverse import pullback
from gradcli.loops.listing import base_of
from gradcli.loops.operations import added_at
from gradcli.loops.reader import Reading
from gradcli.loops.recorder import Recorder
from gradcli.loops.segments import (
    AddAt,
    Block,
    Choice,
    Given,
    PutAt,
    RefusedError,
    Repeat,
    Segment,
    Stack,
    Symbol,
    Variable,
    segments_of,
    symbols_of,
)
from gradcli.primitives.arithmetic import add
from gradcli.primitives.indexing import Scatter, entry_cotangent, getitem, setitem
from gradcli.primitives.shape import sum_to
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
        pulled = _Pulled(self, segment)
        alive = pulled.seed(alive)
        for symbol in reversed(segment.body):
            pulled.pull(symbol)
        alive = pulled.finish(alive)
        recorder.no_grad -= 1
        if result.body or result.sets:
            _Restoring(self, segment, result).restore()
        return result, alive


class _Pulled:
    """The cotangents inside one segment, on their way up."""

    def __init__(self, adjoint: _Adjoint, segment: Segment) -> None:
        self.adjoint = adjoint
        self.recorder = adjoint.recorder
        self.segment = segment
        self.cotangents: dict[Any, Operand] = {}  # by symbol, or by the origin of a leaf

    def seed(self, alive: set[Variable]) -> set[Variable]:
        """Start from the variables that the segment sets; returns those that it passes over."""
        over = set(alive)
        for variable, value in self.segment.sets:
            if variable in alive and not variable.listed:
                over.discard(variable)
                if self.adjoint.passes(value):
                    self.add(value, self.recorder.read_of(self.adjoint.of(variable)))
        return over

    def finish(self, alive: set[Variable]) -> set[Variable]:
        """End at the variables and given values that the segment reads."""
        sets = self.recorder.segment.sets
        alive = set(alive)
        for origin, total in self.cotangents.items():
            if isinstance(origin, (Variable, Given)):
                place = self.adjoint.of(origin)
                if isinstance(origin, Given) and origin.kind == "array":
                    self.recorder.segment.body.append(AddAt(place, ..., total))
                    continue
                if isinstance(origin, Given) or origin in alive:
                    total = add(self.recorder.read_of(place), total)
                sets.append((place, total))
                if isinstance(origin, Variable):
                    alive.add(origin)
        return alive

    def add(self, operand: Symbol, cotangent: Any) -> None:
        """Add to what an operand has received so far."""
        key = operand if operand.origin is None else operand.origin
        if isinstance(cotangent, Scatter):
            self._scatter(operand, key, cotangent)
            return
        before = self.cotangents.get(key)
        self.cotangents[key] = cotangent if before is None else add(before, cotangent)

    def _scatter(self, operand: Symbol, key: Any, cotangent: Scatter) -> None:
        """The cotangent of an entry."""
        base = base_of(operand)
        if base is not None and (base.listed or (isinstance(base, Given) and operand.origin is base)):
            place = self.adjoint.of(base)
            self.recorder.segment.body.append(AddAt(place, cotangent.index, cotangent.value))
            return
        before = self.cotangents.get(key)
        if before is None:
            before = np.zeros(shape_of(operand))
        operands = (before, cotangent.value)
        static = {"index": cotangent.index}
        total = self.recorder.symbol(added_at, operands, static, np.zeros(shape_of(operand)))
        self.cotangents[key] = total

    def pull(self, symbol: Symbol) -> None:
        """Pass a symbol's cotangent on to its operands."""
        if not symbol.active:
            return
        if symbol.primitive is setitem:
            self._pull_write(symbol)
            return
        g = self.cotangents.pop(symbol, None)
        if g is None:
            return
        derivative: Any = symbol.primitive.derivative  # type: ignore[union-attr]
        operands = symbol.operands
        if type(derivative) is Linear and callable(derivative.transposes):
            for operand, cotangent in zip(
                operands, derivative.transposes(g, *operands, **symbol.static), strict=True
            ):
                if self.adjoint.passes(operand):
                    self.add(operand, cotangent)
            return
        for position, operand in enumerate(operands):
            if self.adjoint.passes(operand):
                cotangent = pullback(derivative, position, g, symbol, operands, symbol.static)
                if cotangent is not None:
                    self.add(operand, cotangent)

    def _pull_write(self, symbol: Symbol) -> None:
        """`base[index] = value`: the entry's cotangent goes to the value, the others to the base."""
        base, value = symbol.operands
        index = symbol.static["index"]
        origin = base_of(symbol)
        if origin is not None and origin.listed:
            place = self.recorder.read_of(self.adjoint.of(origin))
            if self.adjoint.passes(value):
                entry = self.recorder.symbol(getitem, (place,), {"index": index}, 1.0)
                self.add(value, entry)
            self.recorder.segment.body.append(PutAt(self.adjoint.of(origin), index, 0.0))
            return
        g = self.cotangents.pop(symbol, None)
        if g is None:
            return
        if self.adjoint.passes(value):
            self.add(value, self._entry_cotangent(g, index, shape_of(value)))
        if self.adjoint.passes(base):
            self.add(base, self.recorder.entry(g, index, 0.0))

    def _entry_cotangent(self, g: Any, index: Any, shape: tuple[int, ...]) -> Any:
        if not isinstance(g, Symbol):
            raise RefusedError("a constant cotangent of an array")
        parts = index if type(index) is tuple else (index,)
        if any(isinstance(part, Symbol) for part in parts):
            return sum_to(self.recorder.item(g, index), shape)
        return entry_cotangent(g, index, shape)


class _Restoring:
    """Brings back what a reverse segment needs of the forward sweep: computed again, or saved there."""

    def __init__(self, adjoint: _Adjoint, forward: Segment, backward: Segment) -> None:
        self.adjoint = adjoint
        self.forward = forward
        self.backward = backward
        self.needed: set[int] = set()

    def restore(self) -> None:
        """Fill `restored`, and put what is computed again in front of the segment."""
        prune(self.backward)
        mine = {id(each) for each in self.backward.body}
        for symbol in self._roots():
            self._need(symbol, mine)
        again = [each for each in self.forward.body if id(each) in self.needed]
        self.backward.body[:0] = again

    def _roots(self) -> Iterator[Symbol]:
        for statement in self.backward.body:
            yield from symbols_of(statement)
        for _, value in self.backward.sets:
            if isinstance(value, Symbol):
                yield value

    def _need(self, symbol: Symbol, mine: set[int]) -> None:
        stack = [symbol]
        while stack:
            each = stack.pop()
            if id(each) in mine or id(each) in self.needed or each in self.backward.restored:
                continue
            if each.primitive is None:
                if isinstance(each.origin, Variable) and each.origin not in self.adjoint.cotangents.values():
                    self._save(each)
            elif self._is_saved(each):
                self._save(each)
            else:
                self.needed.add(id(each))
                stack += symbols_of(each)

    def _is_saved(self, symbol: Symbol) -> bool:
        """Arrays cost more to compute than to keep; entries of what is written to cannot be read again."""
        if symbol in self.forward.saved:
            return True
        if symbol.primitive is getitem:
            return symbol.kind == "array" or isinstance(base_of(symbol.operands[0]), Variable)
        operands = (each.kind for each in symbol.operands if isinstance(each, Symbol))
        return symbol.kind == "array" or "array" in operands

    def _save(self, symbol: Symbol) -> None:
        for known, stack in self.forward.saved.items():
            if known is symbol or (symbol.origin is not None and known.origin is symbol.origin):
                self.backward.restored[symbol] = stack
                return
        assert not self.adjoint.stacks.complete, "a later reverse sweep needs no more than the first"
        stack = self.adjoint.stacks.new(symbol.kind)
        self.forward.saved[symbol] = stack
        self.backward.restored[symbol] = stack


def prune(segment: Segment) -> None:
    """Drop the symbols that neither a variable nor an effect needs."""
    needed = {id(value) for _, value in segment.sets}
    kept = []
    for statement in reversed(segment.body):
        if not isinstance(statement, Symbol) or id(statement) in needed:
            needed.update(map(id, symbols_of(statement)))
            kept.append(statement)
    segment.body = kept[::-1]
