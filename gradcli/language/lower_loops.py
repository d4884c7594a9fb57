"""Lowering of loops, and of the ways out of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from gradcli.autodiff.nodes import Place
from gradcli.language import code, tree
from gradcli.language.lower_calls import Calls
from gradcli.language.lower_expressions import place_of
from gradcli.language.scope import Scope
from gradcli.language.source import Source
from gradcli.records import NamedTuple


class LoopReturn(NamedTuple):
    """A `return` inside of a loop: the slots of whether it has been met, and of its value; its names."""

    is_met: int
    value: int | None
    names: tuple[str, ...] | None


class LoopStatements(Calls):
    """Writes loops; `loops` has the `return`s in those that are being lowered, from the outermost in."""

    def __init__(self, scope: Scope, source: Source) -> None:
        super().__init__(scope, source)
        self.returns = False
        self.loops: list[list[LoopReturn]] = []

    def body(self, statements: Iterable[Any]) -> None:
        """Lower statements one after another."""
        raise NotImplementedError

    def store(self, target: Any, slot: int) -> None:
        """Assign a slot's value to a target."""
        raise NotImplementedError

    def nested(self, statements: Iterable[Any], certain: list[set[str]]) -> code.Block:
        """A block of a statement; what it surely assigns is added to `certain`, unless it ends early."""
        statements = tuple(statements)
        self.inside += 1
        with self.scope.writing([]) as block:
            self.body(statements)
            leaves = statements and isinstance(statements[-1], (tree.Return, tree.Break, tree.Continue))
            if not leaves:
                certain.append(set(self.scope.assigned))
        self.inside -= 1
        return block

    def while_(self, node: tree.While) -> None:
        with self.scope.writing([]) as test:
            slot = self.expression(node.condition)
        self.scope.release(slot)
        with self.leaving() as returns:
            body = self.nested(node.body, [])
        place = place_of(node.condition)
        kept = self.not_yet(returns)
        self.scope.emit(code.While(test, slot, body, place, self.scope.layout, kept))
        self.return_behind(returns, place)

    def for_(self, node: tree.For) -> None:
        scope = self.scope
        head = self.head(node.iterable)
        value = scope.temporary()
        self.inside += 1
        with scope.writing([]) as body, self.leaving() as returns:
            self.store(node.target, self.round_of(head, value))
            self.body(node.body)
        self.inside -= 1
        place = place_of(node.iterable)
        kept = self.not_yet(returns)
        scope.emit(code.For(value, head.iterable, body, place, scope.layout, kept))
        scope.release(value, head.iterable)
        self.return_behind(returns, place)

    # A `return` inside of a loop breaks it and is done behind it, so that loops have one way out.

    @contextmanager
    def leaving(self) -> Iterator[list[LoopReturn]]:
        """Lower a loop's body; the list takes the `return`s in it."""
        self.loops.append([])
        try:
            yield self.loops[-1]
        finally:
            self.loops.pop()

    def not_yet(self, returns: list[LoopReturn]) -> tuple[int, ...]:
        """Note in front of a loop that none of its `return`s has been met; gives the slots that tell."""
        for each in returns:
            self.scope.emit(code.Copy(each.is_met, self.scope.constant(False, False)))
        return tuple(slot for each in returns for slot in (each.is_met, each.value) if slot is not None)

    def return_behind(self, returns: list[LoopReturn], place: Place) -> None:
        """Return behind a loop what was to be returned inside; a loop around is left first."""
        for each in returns:
            way: code.Instruction = code.Break() if self.loops else code.Return(each.value, each.names)
            self.scope.emit(code.If((code.Arm([], each.is_met, [way], place),), []))
        if self.loops:
            self.loops[-1] += returns

    def return_(self, node: tree.Return) -> None:
        self.returns = True
        slot = None if node.value is None else self.expression(node.value)
        names = None if node.value is None else names_of(node.value)
        if self.loops:
            self._return_later(slot, names)
        else:
            self.scope.emit(code.Return(slot, names))
        if slot is not None:
            self.scope.release(slot)

    def _return_later(self, slot: int | None, names: tuple[str, ...] | None) -> None:
        scope = self.scope
        later = LoopReturn(scope.reserved(), None if slot is None else scope.reserved(), names)
        if slot is not None and later.value is not None:
            scope.emit(code.Copy(later.value, slot))
        scope.emit(code.Copy(later.is_met, scope.constant(True, True)))
        scope.emit(code.Break())
        self.loops[-1].append(later)

    def break_(self, node: tree.Break) -> None:
        self.scope.emit(code.Break())

    def continue_(self, node: tree.Continue) -> None:
        self.scope.emit(code.Continue())


def names_of(value: Any) -> tuple[str, ...] | None:
    """The names of several values returned together, if all are names and all differ."""
    if not isinstance(value, tree.TupleLiteral):
        return None
    names = tuple(item.name for item in value.items if isinstance(item, tree.Name))
    return names if len(set(names)) == len(value.items) else None
