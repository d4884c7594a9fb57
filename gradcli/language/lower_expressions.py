"""Lowering of expressions: every operator and call becomes one instruction over slots."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.graph import Place
from gradcli.autodiff.primitive import Primitive
from gradcli.errors import ProgramError, nearest
from gradcli.language import code, tree
from gradcli.language.builtins import make_array
from gradcli.language.calls import bind
from gradcli.language.library import OPERATORS, UNARY, constant, known_names, method, table_function
from gradcli.language.names import library_name
from gradcli.language.scope import Scope
from gradcli.language.source import Source, Span
from gradcli.primitives.table import Function


def place_of(node: Any, *operands: Any) -> Place:
    """The place of a node and of its operands in the text."""
    start, end = node.span
    return Place(start, end, tuple((each.span[0], each.span[1]) for each in operands))


class Expressions:
    """Writes the instructions of expressions into a scope; each method returns the slot of the value.

    With a `target` the value may go to that slot at once; `expression` sees to it that it does.
    """

    def __init__(self, scope: Scope, source: Source) -> None:
        self.scope = scope
        self.source = source
        self.inside = 0  # blocks of statements around

    def error(self, message: str, node: Any, help: str | None = None) -> ProgramError:
        """An error at a node."""
        return ProgramError(message, span=Span(*node.span), source=self.source, help=help)

    def expression(self, node: Any, target: int | None = None) -> int:
        """Lower an expression."""
        slot: int = _EXPRESSIONS[type(node)](self, node, target)
        if target is not None and slot != target:
            self.scope.emit(code.Copy(target, slot))
            self.scope.release(slot)
            return target
        return slot

    def fresh(self, target: int | None) -> int:
        """The target, or a new temporary where there is none."""
        return self.scope.temporary() if target is None else target

    def emit_call(
        self, function: Any, operands: tuple[int, ...], place: Place, target: int | None = None
    ) -> int:
        """Emit a call of a table function and release its operands."""
        self.scope.release(*operands)
        slot = self.fresh(target)
        self.scope.emit(code.Call(slot, function, operands, (), place))
        return slot

    # Literals and names

    def number(self, node: tree.Number, target: int | None) -> int:
        return self.scope.constant(node.value, node.value)

    def constant(self, node: tree.Constant | tree.String, target: int | None) -> int:
        return self.scope.constant(node.value)

    def name(self, node: tree.Name, target: int | None) -> int:
        scope: Scope | None = self.scope
        depth = 0
        while scope is not None:
            slot = scope.find(node.name)
            if slot is not None:
                return self._outer(node, depth, slot, target) if depth else self._local(node, slot)
            scope, depth = scope.parent, depth + 1
        return self._library(node, "", node.name)

    def _local(self, node: tree.Name, slot: int) -> int:
        scope = self.scope
        if slot == scope.variables.get(node.name) and node.name not in scope.definite:
            scope.emit(code.Bound(slot, node.name, place_of(node)))
        return slot

    def _outer(self, node: tree.Name, depth: int, slot: int, target: int | None) -> int:
        result = self.fresh(target)
        self.scope.emit(code.Outer(result, depth, slot, node.name, place_of(node)))
        return result

    def _library(self, node: Any, root: str, name: str) -> int:
        value = constant(name)
        if value is not None:
            return self.scope.constant(value, name)
        return self.scope.constant(self.known(table_function(name, root), "name", name, node))

    def known(self, function: Function | None, kind: str, name: str, node: Any) -> Function:
        """The function, or the error that there is none of that name."""
        if function is None:
            guess = nearest(name, known_names())
            hint = (
                f"did you mean `{guess}`?" if guess else "`gradcli functions` lists the functions there are"
            )
            raise self.error(f"unknown {kind} `{name}`", node, help=hint)
        return function

    def is_defined(self, name: str) -> bool:
        """Whether the program gives a name a meaning of its own."""
        scope: Scope | None = self.scope
        while scope is not None:
            if scope.find(name) is not None:
                return True
            scope = scope.parent
        return False

    # Operators

    def binary(self, node: tree.Binary, target: int | None) -> int:
        start, left_end = node.span[0], node.first.span[1]
        slot = self.expression(node.first)
        last = len(node.rest) - 1
        for position, (operator, operand) in enumerate(node.rest):
            right = self.expression(operand)
            begin, end = operand.span
            place = Place(start, end, ((start, left_end), (begin, end)))
            left_end = end
            into = target if position == last else None
            slot = self.emit_call(OPERATORS[operator], (slot, right), place, into)
        return slot

    def power(self, node: tree.Power, target: int | None) -> int:
        slots = [self.expression(operand) for operand in node.operands]
        slot = slots.pop()
        right = node.operands[-1].span[0]
        end = node.span[1]
        for operand in reversed(node.operands[:-1]):
            start, left_end = operand.span
            place = Place(start, end, ((start, left_end), (right, end)))
            right = start
            slot = self.emit_call(OPERATORS["**"], (slots.pop(), slot), place)
        return slot

    def unary(self, node: tree.Unary, target: int | None) -> int:
        folded = negative_number(node)
        if folded is not None:
            return self.scope.constant(folded, repr(folded))
        slot = self.expression(node.operand)
        place = place_of(node, node.operand)
        for operator in reversed(node.operators):
            if operator == "not":
                slot = self._not(slot, place)
            else:
                slot = self.emit_call(UNARY[operator], (slot,), place)
        return slot

    def _not(self, slot: int, place: Place) -> int:
        """`not x` asks for the one truth of x: it is `False if x else True`."""
        self.scope.release(slot)
        result = self.scope.temporary()
        false, true = self.scope.constant(False, False), self.scope.constant(True, True)
        arm = code.Arm([], slot, [code.Copy(result, false)], place)
        self.scope.emit(code.If((arm,), [code.Copy(result, true)]))
        return result

    def compare(self, node: tree.Compare, target: int | None) -> int:
        if len(node.rest) > 1:
            return self._chained(node)
        operator, operand = node.rest[0]
        operands = (self.expression(node.first), self.expression(operand))
        return self.emit_call(OPERATORS[operator], operands, place_of(node, node.first, operand), target)

    def _chained(self, node: tree.Compare) -> int:
        """`a < b < c` is `a < b and b < c` with b evaluated once, and c not at all when a < b fails."""
        scope = self.scope
        result, left, before = scope.temporary(), self.expression(node.first), node.first
        parts = []
        for operator, operand in node.rest:
            with scope.writing([]) as block:
                right = self.expression(operand)
                place = place_of(node, before, operand)
                scope.emit(code.Call(result, OPERATORS[operator], (left, right), (), place))
            parts.append((block, result, place))
            left, before = right, operand
        scope.emit(code.ShortCircuit(result, False, tuple(parts)))
        return result

    def logical(self, node: tree.Logical, target: int | None) -> int:
        scope = self.scope
        result = scope.temporary()
        parts = []
        for operand in node.operands:
            with scope.writing([]) as block:
                slot = self.expression(operand)
            scope.release(slot)
            parts.append((block, slot, place_of(operand)))
        scope.emit(code.ShortCircuit(result, node.operator == "or", tuple(parts)))
        return result

    def conditional(self, node: tree.Conditional, target: int | None) -> int:
        scope = self.scope
        result = scope.temporary()
        arms = []
        for value, condition in node.branches:
            with scope.writing([]) as test:
                slot = self.expression(condition)
            scope.release(slot)
            with scope.writing([]) as body:
                self.expression(value, target=result)
            arms.append(code.Arm(test, slot, body, place_of(condition)))
        with scope.writing([]) as otherwise:
            self.expression(node.otherwise, target=result)
        scope.emit(code.If(tuple(arms), otherwise))
        return result

    # Subscripts and attributes

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
        self._clauses(node, 0, values)
        if node.is_generator:
            return values
        self.scope.release(values)
        slot = self.fresh(target)
        self.scope.emit(code.Call(slot, make_array, (), (("values", values),), place_of(node)))
        return slot

    def _clauses(self, node: tree.Comprehension, position: int, values: int) -> None:
        scope = self.scope
        if position == len(node.clauses):
            element = self.expression(node.element)
            scope.emit(code.Append(values, element))
            scope.release(element)
            return
        clause = node.clauses[position]
        iterable = self.expression(clause.iterable)
        element = scope.reserved()
        names: dict[str, int] = {}
        scope.inner.append(names)
        with scope.writing([]) as body:
            self._bind(clause.target, element, names)
            self._conditions(node, position, values, 0)
        scope.inner.pop()
        scope.emit(code.For(element, iterable, body, place_of(clause.iterable)))
        scope.release(iterable)

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

    def _conditions(self, node: tree.Comprehension, position: int, values: int, index: int) -> None:
        conditions = node.clauses[position].conditions
        if index == len(conditions):
            self._clauses(node, position + 1, values)
            return
        slot = self.expression(conditions[index])
        with self.scope.writing([]) as body:
            self._conditions(node, position, values, index + 1)
        arm = code.Arm([], slot, body, place_of(conditions[index]))
        self.scope.emit(code.If((arm,), []))
        self.scope.release(slot)

    # Calls

    def call(self, node: tree.Call, target: int | None) -> int:
        function = self._callee(node.function)
        if function is not None:
            return self._table_call(node, function, target)
        slot = self.expression(node.function)
        positional = tuple(self.expression(a.value) for a in node.arguments if a.keyword is None)
        keywords = tuple(
            (a.keyword, self.expression(a.value)) for a in node.arguments if a.keyword is not None
        )
        self.scope.release(slot, *positional, *(value for _, value in keywords))
        result = self.fresh(target)
        place = place_of(node, *(argument.value for argument in node.arguments))
        self.scope.emit(code.Invoke(result, slot, positional, keywords, place))
        return result

    def _callee(self, node: Any) -> Function | None:
        """The table function that a call names, unless the program means something else by the name."""
        if isinstance(node, tree.Attribute):
            found = library_name(node, self.is_defined)
            if found is None:
                return self.known(method(node.name), "method", node.name, node)
            return self.known(table_function(found[1], found[0]), "function", found[1], node)
        if not isinstance(node, tree.Name) or self.is_defined(node.name) or constant(node.name) is not None:
            return None
        return self.known(table_function(node.name, ""), "function", node.name, node)

    def _table_call(self, node: tree.Call, function: Function, target: int | None) -> int:
        """A call of a table function; the base of a method call is its first argument."""
        base = None
        if isinstance(node.function, tree.Attribute) and library_name(node.function, self.is_defined) is None:
            base = node.function.base
        operands = [] if base is None else [self.expression(base)]
        keywords: dict[str, int] = {}
        shown = [] if base is None else [base]
        for keyword, argument in self._bound(node, function, len(operands)):
            name = keyword or _parameter_name(function, len(operands))
            lower = self.raw if name in function.sequences else self.expression
            slot = lower(argument.value)
            shown.append(argument.value)
            if keyword is None:
                operands.append(slot)
            else:
                keywords[keyword] = slot
        if isinstance(function.call, Primitive):  # its operands have places, not names
            rest = [parameter.name for parameter in function.parameters[len(operands) :]]
            shown[len(operands) :] = [shown[len(operands) + list(keywords).index(name)] for name in rest]
            operands += [keywords.pop(name) for name in rest]
        self.scope.release(*operands, *keywords.values())
        result = self.fresh(target)
        kind = code.ContextCall if function.context else code.Call
        self.scope.emit(
            kind(result, function.call, tuple(operands), tuple(keywords.items()), place_of(node, *shown))
        )
        return result

    def _bound(
        self, node: tree.Call, function: Function, given: int
    ) -> list[tuple[str | None, tree.Argument]]:
        try:
            return list(bind(function, node, given))
        except ProgramError as error:
            raise error.at(error.span, self.source) from None

    def lambda_(self, node: tree.Lambda, target: int | None) -> int:
        result = self.fresh(target)
        self.function("lambda", node.parameters, node.body, result)
        return result

    def function(self, name: str, parameters: Any, body: Any, target: int) -> None:
        """Make a function of the program; statements are lowered by the subclass."""
        raise NotImplementedError


def negative_number(node: tree.Unary) -> int | float | None:
    """The number that a minus and a literal make."""
    if node.operators == ("-",) and isinstance(node.operand, tree.Number):
        return -node.operand.value
    return None


def _parameter_name(function: Function, position: int) -> str:
    return function.parameters[position].name if position < len(function.parameters) else ""


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


_EXPRESSIONS: dict[type, Any] = {
    tree.Number: Expressions.number,
    tree.Constant: Expressions.constant,
    tree.String: Expressions.constant,
    tree.Name: Expressions.name,
    tree.Binary: Expressions.binary,
    tree.Power: Expressions.power,
    tree.Unary: Expressions.unary,
    tree.Compare: Expressions.compare,
    tree.Logical: Expressions.logical,
    tree.Conditional: Expressions.conditional,
    tree.Call: Expressions.call,
    tree.Attribute: Expressions.attribute,
    tree.Subscript: Expressions.subscript,
    tree.ListLiteral: Expressions.list_literal,
    tree.TupleLiteral: Expressions.tuple_literal,
    tree.Comprehension: Expressions.comprehension,
    tree.Lambda: Expressions.lambda_,
}
