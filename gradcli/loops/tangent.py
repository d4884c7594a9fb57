"""Forward mode for hot loops: beside every value its tangent, by the rules of the forward walk down a tape.

It serves a loop's forward sweep, which gives Jacobian-vector products, and, after that, its reverse sweep
too, which gives products with the Hessian.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from gradcli.autodiff.forward import pushforward
from gradcli.autodiff.primitive import Operand
from gradcli.loops.operations import added_at
from gradcli.loops.recorder import Recorder
from gradcli.loops.segments import (
    AddAt,
    Block,
    Choice,
    Counter,
    PutAt,
    Repeat,
    Segment,
    Stack,
    Symbol,
    Variable,
    make_symbol,
)
from gradcli.primitives.arithmetic import positive
from gradcli.primitives.indexing import getitem, setitem


class Tangents:
    """The tangents of a loop whose `moving` given values and variables move, and of its cotangents."""

    def __init__(self, recorder: Recorder, moving: Collection[Any]) -> None:
        self.recorder = recorder
        self.moving = {id(each) for each in moving}
        self.places: dict[Any, Variable] = {}
        self.stacks: dict[str, Stack] = {}
        self._known: dict[int, Operand | None] = {}

    def place(self, origin: Any) -> Variable:
        """The variable for the tangents of a variable or a given value."""
        if origin not in self.places:
            variable = Variable(f"u{origin.name}", _one(np.shape(origin.sample)), False)
            variable.listed = origin.listed
            self.places[origin] = variable
        return self.places[origin]

    def moves(self, origin: Any) -> bool:
        """Whether a leaf has a tangent at all."""
        return id(origin) in self.moving

    def block(self, block: Block) -> Block:
        """A block with the tangents beside its values."""
        result: Block = []
        for each in block:
            if isinstance(each, Segment):
                result.append(self.segment(each))
            elif isinstance(each, Choice):
                ways = self.block(each.then), self.block(each.otherwise)
                result.append(Choice(each.condition, *ways, each.tags))
            elif isinstance(each, Repeat):
                result.append(self.repeat(each))
            else:
                result.append(each)
        return result

    def repeat(self, repeat: Repeat) -> Repeat:
        """A repetition with tangents."""
        result = Repeat([])
        for field in ("counter", "iterable", "condition", "breaks", "trips"):
            setattr(result, field, getattr(repeat, field))
        result.test = self.block(repeat.test)
        result.body = self.block(repeat.body)
        return result

    def segment(self, segment: Segment) -> Segment:
        """A segment with tangents."""
        result = Segment()
        result.cost = segment.cost
        recorder = self.recorder
        recorder.segment, recorder.known = result, {}
        recorder.no_grad += 1
        for symbol, stack in segment.restored.items():
            self._restore(symbol, stack, result)
        for statement in segment.body:
            result.body.append(statement)
            if isinstance(statement, Symbol):
                self._known[id(statement)] = self._push(statement)
            else:
                self._effect(statement, result)
        for variable, value in segment.sets:
            result.sets.append((variable, value))
            if self.moves(variable):
                tangent = self.of(value)
                result.sets.append((self.place(variable), _zero(variable) if tangent is None else tangent))
        for symbol, stack in segment.saved.items():
            result.saved[symbol] = stack
            tangent = self.of(symbol)
            if tangent is not None:
                moved = self._symbol(tangent)
                if moved in result.saved:  # two values may well have one tangent, but each has a stack
                    moved = self.recorder.symbol(positive, (moved,), {}, moved.value)
                result.saved[moved] = self._beside(stack)
        recorder.no_grad -= 1
        return result

    def _restore(self, symbol: Symbol, stack: Stack, result: Segment) -> None:
        result.restored[symbol] = stack
        self._known[id(symbol)] = None
        if stack.name in self.stacks:
            tangent = make_symbol(self.recorder.owner, None, (), {}, _one(np.shape(symbol.value)))
            result.restored[tangent] = self.stacks[stack.name]
            self._known[id(symbol)] = tangent

    def _beside(self, stack: Stack) -> Stack:
        """The stack for the tangents of what is saved on another."""
        return self.stacks.setdefault(stack.name, Stack(f"u{stack.name}", stack.kind))

    def _symbol(self, operand: Operand) -> Symbol:
        if isinstance(operand, Symbol):
            return operand
        return self.recorder.symbol(positive, (operand,), {}, operand)

    def of(self, operand: Operand) -> Operand | None:
        """The tangent of an operand; None if it does not move."""
        if not isinstance(operand, Symbol):
            return None
        if id(operand) in self._known:
            return self._known[id(operand)]
        origin = operand.origin
        if origin is None or isinstance(origin, Counter) or not self.moves(origin):
            return None
        return self.recorder.read_of(self.place(origin))

    def _push(self, symbol: Symbol) -> Operand | None:
        given = [self.of(each) for each in symbol.operands]
        if id(symbol) in self.recorder.stopped or all(each is None for each in given):
            return None
        primitive: Any = symbol.primitive
        if primitive is getitem:
            return self.recorder.item(self._symbol(given[0]), symbol.static["index"])
        if primitive in (setitem, added_at):
            value = symbol.operands[1]
            moved = self._symbol(np.zeros(np.shape(symbol.value)) if given[0] is None else given[0])
            step: Any = given[1]
            if step is None:
                step = (
                    np.zeros(np.shape(value.value))
                    if isinstance(value, Symbol) and np.shape(value.value)
                    else 0.0
                )
            if primitive is setitem:
                return self.recorder.entry(moved, symbol.static["index"], step)
            return self.recorder.symbol(added_at, (moved, step), symbol.static, moved.value)
        if primitive.derivative is None:
            return None
        return pushforward(symbol, given, record=True)

    def _effect(self, statement: AddAt | PutAt, result: Segment) -> None:
        tangent = self.of(statement.value)
        if isinstance(statement, PutAt):
            result.body.append(
                PutAt(self.place(statement.place), statement.index, 0.0 if tangent is None else tangent)
            )
        elif tangent is not None:
            result.body.append(AddAt(self.place(statement.place), statement.index, tangent))


def _one(shape: tuple[int, ...]) -> Any:
    return np.ones(shape) if shape else 1.0


def _zero(variable: Variable) -> Any:
    return np.zeros(variable.shape) if variable.shape else 0.0
