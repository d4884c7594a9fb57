"""Lowering of subscripts, attributes, lists and comprehensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.nodes import Place
from gradcli.language import code, tree
from gradcli.language.builtins import make_array
from gradcli.language.lower_expressions import negative_number, place_of
from gradcli.language.lower_heads import Heads
from gradcli.language.names import library_name
from gradcli.primitives.arithmetic import add

_Use: TypeAlias = Callable[[int], code.Instruction]


class Parts(Heads):
    """Writes the instructions that take values apart and put them together."""

    def subscript(self, node: tree.Subscript, target: int | None) -> int:
        base = self.expression(node.base)
        parts = self.parts(node)
        self.release_parts(base, parts)
        slot = self.fresh(target)
        self.scope.emit(
            code.GetItem(slot, base, parts, node.is_tuple, place_of(node, node.base, *node.items))
        )
        return slot

    def parts(self, node: tree.Subscript) -> tuple[int | code.Range, ...]:
        """The slots of the parts of a subscript; lists stay lists, because they index."""
        return tuple(
            self._range(item) if isinstance(item, tree.Slice) else self.raw(item) for item in node.items
        )

    def _range(self, item: tree.Slice) -> code.Range:
        bounds = (item.start, item.stop, item.step)
        return code.Range(*(None if bound is None else self.expression(bound) for bound in bounds))

    def release_parts(self, base: int, parts: tuple[int | code.Range, ...]) -> None:
        """Give back the slots of a subscript once its instruction is emitted."""
        self.scope.release(base)
        for part in parts:
            slots = part if isinstance(part, code.Range) else (part,)
            self.scope.release(*(slot for slot in slots if slot is not None))

    def attribute(self, node: tree.Attribute, target: int | None) -> int:
        found = library_name(node, self.is_defined)
        if found is not None:
            return self._library(node, *found)
        base = self.expression(node.base)
        self.scope.release(base)
        slot = self.fresh(target)
        self.scope.emit(code.GetAttribute(slot, base, node.name, place_of(node, node.base)))
        return slot

    # Lists

    def raw(self, node: Any) -> int:
        """Lower an expression; a list literal becomes a list of values and not an array."""
        if not isinstance(node, (tree.ListLiteral, tree.TupleLiteral)):
            return self.expression(node)
        slots = tuple(self.raw(item) for item in node.items)
        return self._list(slots, isinstance(node, tree.TupleLiteral))

    def _list(self, slots: tuple[int, ...], is_tuple: bool) -> int:
        self.scope.release(*slots)
        result = self.scope.temporary()
        self.scope.emit(code.MakeList(result, slots, is_tuple))
        return result

    def list_literal(self, node: tree.ListLiteral, target: int | None) -> int:
        numbers = _numbers(node)
        if numbers is not None:
            return self.scope.constant(numbers)
        slots = tuple(self.expression(item) for item in node.items)
        return self.emit_call(make_array, slots, place_of(node, *node.items), target)

    def tuple_literal(self, node: tree.TupleLiteral, target: int | None) -> int:
        return self._list(tuple(self.expression(item) for item in node.items), is_tuple=True)

    def comprehension(self, node: tree.Comprehension, target: int | None) -> int:
        values = self._list((), is_tuple=False)
        self._clauses(node, 0, lambda element: code.Append(values, element), ())
        if node.is_generator:
            return values
        self.scope.release(values)
        slot = self.fresh(target)
        self.scope.emit(code.Call(slot, make_array, (), (("values", values),), place_of(node)))
        return slot

    def total(self, node: tree.Comprehension, place: Place) -> int:
        """The sum of a generator's values, which are added up as they come."""
        total = self.scope.temporary()
        self.scope.emit(code.Copy(total, self.scope.constant(0, 0)))
        self._clauses(node, 0, lambda element: code.Binary(total, add, total, element, place), (total,))
        return total

    def _clauses(self, node: tree.Comprehension, position: int, use: _Use, kept: tuple[int, ...]) -> None:
        """The clauses of a comprehension from one on, and what is done with each of its values."""
        scope = self.scope
        if position == len(node.clauses):
            element = self.expression(node.element)
            scope.emit(use(element))
            scope.release(element)
            return
        clause = node.clauses[position]
        head = self.head(clause.iterable)
        value = scope.reserved()
        names: dict[str, int] = {}
        scope.inner.append(names)
        with scope.writing([]) as body:
            self._bind(clause.target, self.round_of(head, value), names)
            self._conditions(node, position, lambda: self._clauses(node, position + 1, use, kept), 0)
        scope.inner.pop()
        scope.emit(code.For(value, head.iterable, body, place_of(clause.iterable), scope.layout, kept))
        scope.release(head.iterable)

    def _bind(self, target: Any, slot: int, names: dict[str, int]) -> None:
        """Give the names of a comprehension's target their slots, which nothing else will use."""
        if isinstance(target, tree.Name):
            names[target.name] = slot
        elif isinstance(target, tree.TupleLiteral):
            parts = tuple(self.scope.reserved() for _ in target.items)
            self.scope.emit(code.Unpack(parts, slot, place_of(target)))
            for item, part in zip(target.items, parts, strict=True):
                self._bind(item, part, names)
        else:
            raise self.error("a comprehension can only assign names", target)

    def _conditions(
        self, node: tree.Comprehension, position: int, then: Callable[[], None], index: int
    ) -> None:
        conditions = node.clauses[position].conditions
        if index == len(conditions):
            then()
            return
        slot = self.expression(conditions[index])
        with self.scope.writing([]) as body:
            self._conditions(node, position, then, index + 1)
        arm = code.Arm([], slot, body, place_of(conditions[index]))
        self.scope.emit(code.If((arm,), []))
        self.scope.release(slot)


def _numbers(node: tree.ListLiteral) -> Any:
    """The array of a list literal that holds nothing but numbers, to be a constant; None for any other."""
    values = []
    for item in node.items:
        value = item.value if isinstance(item, tree.Number) else None
        if isinstance(item, tree.Unary):
            value = negative_number(item)
        if value is None:
            return None
        values.append(float(value))
    return np.array(values)
