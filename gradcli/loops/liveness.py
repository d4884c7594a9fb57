"""Which slots of a frame are read later: only those need a place when control flow joins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from gradcli.language import code

Slots: TypeAlias = frozenset[int]
_NONE: Slots = frozenset()


class Liveness:
    """The live slots of one frame's code, by the ids of its blocks and loops.

    `before` each block, `after` each instruction of it, and `at_head` of each loop.

    `named` are the slots of the function's variables, any of which a call of a nested function may read.
    """

    def __init__(self, named: Slots) -> None:
        self.named = named
        self.before: dict[int, Slots] = {}
        self.after: dict[int, list[Slots]] = {}
        self.at_head: dict[int, Slots] = {}

    def block(
        self, block: code.Block, out: Slots, leaving: Slots = _NONE, next_round: Slots = _NONE
    ) -> Slots:
        """The live slots before a block.

        Those behind it are given, and those behind and at the head of the loop around.
        """
        behind: list[Slots] = []
        live = out
        for instruction in reversed(block):
            behind.append(live)
            live = self.instruction(instruction, live, leaving, next_round)
        self.after[id(block)] = behind[::-1]
        self.before[id(block)] = live
        return live

    def instruction(self, op: Any, out: Slots, leaving: Slots, next_round: Slots) -> Slots:
        """The live slots before an instruction."""
        rule = _RULES.get(type(op))
        if rule is not None:
            live: Slots = rule(self, op, out, leaving, next_round)
            return live
        reads, writes = reads_of(op), writes_of(op)
        if isinstance(op, code.Invoke):
            reads |= self.named
        return (out - writes) | reads

    def _if(self, op: code.If, out: Slots, leaving: Slots, next_round: Slots) -> Slots:
        live = self.block(op.otherwise, out, leaving, next_round)
        for arm in reversed(op.arms):
            body = self.block(arm.body, out, leaving, next_round)
            live = self.block(arm.test, body | live | {arm.condition}, leaving, next_round)
        return live

    def _short_circuit(self, op: code.ShortCircuit, out: Slots, leaving: Slots, next_round: Slots) -> Slots:
        rest = live = out - {op.target}
        for block, slot, _ in reversed(op.parts):
            rest = self.block(block, live | rest | {slot}, leaving, next_round)
        return rest

    def _while(self, op: code.While, out: Slots, leaving: Slots, next_round: Slots) -> Slots:
        def head(live: Slots) -> Slots:
            body = self.block(op.body, live, out, live)
            return self.block(op.test, body | out | {op.condition})

        return self._settled(op, head, out)

    def _for(self, op: code.For, out: Slots, leaving: Slots, next_round: Slots) -> Slots:
        def head(live: Slots) -> Slots:
            return out | (self.block(op.body, live, out, live) - {op.target})

        return self._settled(op, head, out) | {op.iterable}

    def _settled(self, op: Any, head: Callable[[Slots], Slots], start: Slots) -> Slots:
        live = start
        while (found := head(live) | live) != live:
            live = found
        self.at_head[id(op)] = live
        return live

    def _no_grad(self, op: code.NoGrad, out: Slots, leaving: Slots, next_round: Slots) -> Slots:
        return self.block(op.body, out, leaving, next_round)

    def _assert(self, op: code.Assert, out: Slots, leaving: Slots, next_round: Slots) -> Slots:
        return out | {op.condition}


_RULES: dict[type, Any] = {
    code.If: Liveness._if,
    code.ShortCircuit: Liveness._short_circuit,
    code.While: Liveness._while,
    code.For: Liveness._for,
    code.NoGrad: Liveness._no_grad,
    code.Assert: Liveness._assert,
    code.Break: lambda liveness, op, out, leaving, next_round: leaving,
    code.Continue: lambda liveness, op, out, leaving, next_round: next_round,
    code.Return: lambda liveness, op, out, leaving, next_round: _slots(op.source),
}


def _slots(*slots: int | None) -> Slots:
    return frozenset(slot for slot in slots if slot is not None)


def reads_of(op: Any) -> Slots:
    """The slots that an instruction without blocks reads."""
    if isinstance(op, (code.Binary, code.Unary, code.MakeList)):
        return frozenset(op.operands)
    if isinstance(op, (code.Call, code.ContextCall, code.Invoke)):
        called = (op.function,) if isinstance(op, code.Invoke) else ()
        return frozenset((*op.operands, *(slot for _, slot in op.keywords), *called))
    if isinstance(op, (code.GetItem, code.SetItem)):
        value = (op.value,) if isinstance(op, code.SetItem) else ()
        parts = (slot for part in op.parts for slot in (part if isinstance(part, code.Range) else (part,)))
        return _slots(op.base, *parts, *value)
    if isinstance(op, code.GetAttribute):
        return frozenset((op.base,))
    if isinstance(op, (code.Copy, code.Bound, code.Unpack)):
        return frozenset((op.source,))
    if isinstance(op, code.Append):
        return frozenset((op.target, op.source))
    return frozenset(op.defaults) if isinstance(op, code.MakeFunction) else _NONE


def writes_of(op: Any) -> Slots:
    """The slots that an instruction without blocks writes."""
    if isinstance(op, code.Unpack):
        return frozenset(op.targets)
    return _slots(getattr(op, "target", None))


def written_in(block: code.Block) -> set[int]:
    """The slots that a block writes, the blocks inside included."""
    found: set[int] = set()
    for op in block:
        found |= writes_of(op)
        for inner in blocks_of(op):
            found |= written_in(inner)
    return found


def blocks_of(op: Any) -> list[code.Block]:
    """The blocks inside an instruction."""
    if isinstance(op, code.If):
        return [*(block for arm in op.arms for block in (arm.test, arm.body)), op.otherwise]
    if isinstance(op, code.ShortCircuit):
        return [block for block, _, _ in op.parts]
    if isinstance(op, code.While):
        return [op.test, op.body]
    if isinstance(op, (code.For, code.NoGrad)):
        return [op.body]
    return [op.explain] if isinstance(op, code.Assert) else []


def jumps(block: code.Block) -> bool:
    """Whether a block may end early: by `return`, or by a `break` or `continue` of the loop around."""
    return any(
        isinstance(op, (code.Break, code.Continue, code.Return))
        or (isinstance(op, (code.While, code.For)) and returns(op.body))
        or (not isinstance(op, (code.While, code.For)) and any(map(jumps, blocks_of(op))))
        for op in block
    )


def returns(block: code.Block) -> bool:
    """Whether a `return` stands in a block."""
    return any(isinstance(op, code.Return) or any(map(returns, blocks_of(op))) for op in block)
