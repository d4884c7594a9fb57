"""What a reverse segment needs of the forward sweep: computed again, or saved there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradcli.loops.listing import base_of
from gradcli.loops.segments import Segment, Symbol, Variable, symbols_of
from gradcli.primitives.indexing import getitem


class Restoring:
    """Brings back what a reverse segment needs of the forward sweep: computed again, or saved there."""

    def __init__(self, adjoint: Any, forward: Segment, backward: Segment) -> None:
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
