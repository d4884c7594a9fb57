"""Lowering of what loops run over: of `zip` and `enumerate` no list is made, rounds read their elements."""

from __future__ import annotations

from typing import Any, TypeAlias

from gradcli.autodiff.nodes import Place
from gradcli.language import code, tree
from gradcli.language.builtins import turns
from gradcli.language.lower_expressions import Expressions, place_of
from gradcli.primitives.arithmetic import add
from gradcli.primitives.table import Function
from gradcli.records import NamedTuple


class Count(NamedTuple):
    """The number of the round, counted from where `enumerate` starts."""

    start: int
    place: Place


class Entry(NamedTuple):
    """The element of a sequence at the number of the round."""

    sequence: int
    place: Place


Element: TypeAlias = Count | Entry | list[Any]  # a list for a tuple of them


class Head(NamedTuple):
    """What a loop runs over: the slot of values that are the elements, or else the numbers of its rounds."""

    iterable: int
    element: Element | None = None


class Heads(Expressions):
    """Writes what loops run over; `callee` is added by the lowering of calls."""

    def callee(self, node: Any) -> Function | None:
        """The table function that a call names, unless the program means something else by the name."""
        raise NotImplementedError

    def head(self, node: Any) -> Head:
        """Lower what stands behind `in`."""
        if not self._is_joined(node):
            return Head(self.expression(node))
        entries: list[Entry] = []
        shown: list[Any] = []
        element = self._element(node, entries, shown)
        slots = tuple(each.sequence for each in entries)
        return Head(self.emit_call(turns, slots, place_of(node, *shown)), element)

    def _is_joined(self, node: Any) -> bool:
        """Whether this is a `zip`, or an `enumerate` that starts from a number that is known."""
        if not isinstance(node, tree.Call) or any(each.keyword is not None for each in node.arguments):
            return False
        function, values = self.callee(node.function), [each.value for each in node.arguments]
        if function is None or not values:
            return False
        start = values[1] if len(values) == 2 else tree.Number(0, node.span)
        is_known = len(values) <= 2 and isinstance(start, tree.Number) and type(start.value) is int
        return function.name == "zip" or (function.name == "enumerate" and is_known)

    def _element(self, node: Any, entries: list[Entry], shown: list[Any]) -> Element:
        """How the elements of a node are made, whose sequences are lowered; `entries` takes their reads."""
        if not self._is_joined(node):
            sequence = (
                self.scope.reserved()
            )  # not a variable's own slot: that may get other values in the loop
            slot = self.expression(node)
            self.scope.emit(code.Copy(sequence, slot))
            self.scope.release(slot)
            entries.append(Entry(sequence, place_of(node, node)))
            shown.append(node)
            return entries[-1]
        values = [each.value for each in node.arguments]
        if self.callee(node.function).name == "zip":  # type: ignore[union-attr]
            return [self._element(each, entries, shown) for each in values]
        start = values[1].value if len(values) == 2 else 0
        return [Count(start, place_of(node)), self._element(values[0], entries, shown)]

    def round_of(self, head: Head, value: int) -> int:
        """The slot of a round's element, at the head of the loop's body, which has one of the values."""
        return value if head.element is None else self._made(head.element, value)

    def _made(self, element: Element, number: int) -> int:
        if isinstance(element, Count) and not element.start:
            return number
        slot = self.scope.reserved()
        if isinstance(element, Count):
            start = self.scope.constant(element.start, element.start)
            self.scope.emit(code.Binary(slot, add, number, start, element.place))
        elif isinstance(element, Entry):
            self.scope.emit(code.GetItem(slot, element.sequence, (number,), False, element.place))
        else:
            parts = tuple(self._made(each, number) for each in element)
            self.scope.emit(code.MakeList(slot, parts, True))
        return slot
