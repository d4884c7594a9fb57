"""Lowering of expressions: literals, names and operators, each one instruction over slots.

`lower_parts` adds subscripts and lists, `lower_calls` calls, and `lower` statements.
"""

from __future__ import annotations

from typing import Any

from gradcli.autodiff.nodes import Place
from gradcli.autodiff.primitive import Primitive
from gradcli.errors import ProgramError
from gradcli.language import code, tree
from gradcli.language.library import IS_NONE, NEW_AXIS, OPERATORS, UNARY, constant, table_function
from gradcli.language.lists import holds_list, is_list, is_single, plus, times
from gradcli.language.scope import Scope
from gradcli.language.signals import Builtin
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
        self.statements: tuple[Any, ...] = ()  # those of the function, or of the top level

    def error(self, message: str, node: Any, help: str | None = None) -> ProgramError:
        """An error at a node."""
        return ProgramError(message, span=Span(*node.span), source=self.source, help=help)

    def expression(self, node: Any, target: int | None = None) -> int:
        """Lower an expression."""
        slot: int = getattr(self, _METHODS[type(node)])(node, target)
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
        self.emit_call_to(slot, function, operands, place)
        return slot

    def emit_call_to(self, target: int, function: Any, operands: tuple[int, ...], place: Place) -> None:
        """Emit the instruction of a call without keywords."""
        if len(operands) == 2 and isinstance(function, Primitive):
            self.scope.emit(code.Binary(target, function, *operands, place))
        elif len(operands) == 1 and isinstance(function, Primitive):
            self.scope.emit(code.Unary(target, function, *operands, place))
        else:
            self.scope.emit(code.Call(target, function, operands, (), place))

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
        value = constant(name, root)
        if value is not None or name == NEW_AXIS:
            return self.scope.constant(value, name)
        return self.scope.constant(Builtin(self.known(table_function(name, root), "name", name, node)))

    def known(self, function: Function | None, kind: str, name: str, node: Any) -> Function:
        """The function, or the error that there is none of that name."""
        if function is None:
            from gradcli.language.advice import for_unknown

            self.check_prefix(node)
            help = for_unknown(name, is_alone=isinstance(node, tree.Name))
            raise self.error(f"unknown {kind} `{name}`", node, help=help)
        return function

    def check_prefix(self, node: Any) -> None:
        """Raise `ProgramError` if what an unknown function belongs to is a module of other languages."""
        from gradcli.language.advice import MODULES, PREFIXES

        while isinstance(node, tree.Attribute):
            node = node.base
        if isinstance(node, tree.Name) and node.name in MODULES:
            raise self.error(f"`{node.name}.` is no prefix of functions here", node, help=PREFIXES)

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
        start, left_end = node.first.span
        slot = self.expression(node.first)
        last = len(node.rest) - 1
        for position, (operator, operand) in enumerate(node.rest):
            right = self.expression(operand)
            begin, end = operand.span
            whole = node.span if position == last else (start, end)  # the node's has its parentheses
            place = Place(*whole, ((start, left_end), (begin, end)))
            left_end = end
            into = target if position == last else None
            left = node.rest[position - 1][1] if position else node.first
            slot = self.emit_call(self.operation(operator, left, operand), (slot, right), place, into)
        return slot

    def operation(self, operator: str, left: Any, right: Any) -> Any:
        """What an operator does; between lists in brackets it must not do what Python does not do."""
        if operator == "+" and (is_list(left) or is_list(right)):
            if holds_list(left, self.statements) and holds_list(right, self.statements):
                return plus
        elif operator == "*" and (is_single(left) or is_single(right)):
            return times
        return OPERATORS[operator]

    def power(self, node: tree.Power, target: int | None) -> int:
        slots = [self.expression(operand) for operand in node.operands]
        slot = slots.pop()
        right, end = node.operands[-1].span
        for position, operand in reversed(list(enumerate(node.operands[:-1]))):
            start, left_end = operand.span
            whole = (start, end) if position else node.span  # the node's has its parentheses
            place = Place(*whole, ((start, left_end), (right, end)))
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
        sides = [each for each in (node.first, operand) if not is_none(each)]
        if len(sides) < 2 and operator in IS_NONE:
            slot = self.expression(sides[0] if sides else operand)
            return self.emit_call(IS_NONE[operator], (slot,), place_of(node, *sides), target)
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
                self.emit_call_to(result, OPERATORS[operator], (left, right), place)
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


def is_none(node: Any) -> bool:
    """Whether an expression is `None`."""
    return isinstance(node, tree.Constant) and node.value is None


def negative_number(node: tree.Unary) -> int | float | None:
    """The number that a minus and a literal make."""
    if node.operators == ("-",) and isinstance(node.operand, tree.Number):
        return -node.operand.value
    return None


# The method that lowers each kind of expression; some are those of subclasses.
_METHODS: dict[type, str] = {
    tree.Number: "number",
    tree.Constant: "constant",
    tree.String: "constant",
    tree.Name: "name",
    tree.Binary: "binary",
    tree.Power: "power",
    tree.Unary: "unary",
    tree.Compare: "compare",
    tree.Logical: "logical",
    tree.Conditional: "conditional",
    tree.Call: "call",
    tree.Attribute: "attribute",
    tree.Subscript: "subscript",
    tree.ListLiteral: "list_literal",
    tree.TupleLiteral: "tuple_literal",
    tree.Comprehension: "comprehension",
    tree.Lambda: "lambda_",
}
