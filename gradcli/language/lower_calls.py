"""Lowering of calls: of functions of the table, of methods, of whatever else stands in a slot."""

from __future__ import annotations

from typing import Any

from gradcli.autodiff.nodes import Place
from gradcli.autodiff.primitive import Primitive
from gradcli.errors import ProgramError
from gradcli.language import code, tree
from gradcli.language.calls import REQUIRES_GRAD, bind
from gradcli.language.library import constant, method, table_function
from gradcli.language.lower_expressions import place_of
from gradcli.language.lower_parts import Parts
from gradcli.language.names import library_name
from gradcli.primitives.table import FUNCTIONS, Function


class Calls(Parts):
    """Writes the instructions of calls; `function` is added by the lowering of statements."""

    def call(self, node: tree.Call, target: int | None) -> int:
        function = self.callee(node.function)
        if function is not None:
            exponent = self._exponent(node, function)
            if exponent is not None:
                return self._softplus(node, exponent, target)
            summed = self._summed(node, function)
            if summed is not None:
                return self.total(summed, place_of(node, summed))
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

    def _summed(self, node: tree.Call, function: Function) -> tree.Comprehension | None:
        """The generator of `sum(... for ...)`; None for every other call."""
        only = node.arguments[0] if len(node.arguments) == 1 else None
        if function.name != "sum" or only is None or only.keyword is not None:
            return None
        value = only.value
        return value if isinstance(value, tree.Comprehension) and value.is_generator else None

    def _exponent(self, node: tree.Call, function: Function) -> Any:
        """The x of `log1p(exp(x))`; None for every other call."""
        inner = node.arguments[0].value if len(node.arguments) == 1 else None
        if function.name != "log1p" or not isinstance(inner, tree.Call) or len(inner.arguments) != 1:
            return None
        callee = self.callee(inner.function)
        return inner.arguments[0].value if callee is not None and callee.name == "exp" else None

    def _softplus(self, node: tree.Call, exponent: Any, target: int | None) -> int:
        """`log1p(exp(x))` as `logaddexp(0, x)`, the same function without its overflow."""
        operands = (self.scope.constant(0.0, 0.0), self.expression(exponent))
        place = place_of(node, node.function, exponent)
        return self.emit_call(FUNCTIONS["logaddexp"].call, operands, place, target)

    def callee(self, node: Any) -> Function | None:
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
        place = place_of(node, *shown)
        if function.context or keywords:
            kind = code.ContextCall if function.context else code.Call
            named = tuple(keywords.items())
            self.scope.emit(kind(result, function.call, tuple(operands), named, place))
        else:
            self.emit_call_to(result, function.call, tuple(operands), place)
        self._mark(node, function, result, place)
        return result

    def _mark(self, node: tree.Call, function: Function, slot: int, place: Place) -> None:
        """`ones(3, requires_grad=True)`: the keyword is no parameter, but asks for a derivative."""
        asked = [a.value for a in node.arguments if a.keyword == REQUIRES_GRAD]
        if asked and all(parameter.name != REQUIRES_GRAD for parameter in function.parameters):
            self.mark(slot, self.expression(asked[0]), place)

    def mark(self, slot: int, flag: int, place: Place) -> None:
        """Make what stands in a slot an input of the derivative where the flag holds."""
        self.scope.release(flag)
        self.scope.emit(code.ContextCall(slot, FUNCTIONS["requires_grad_"].call, (slot, flag), (), place))

    def _bound(
        self, node: tree.Call, function: Function, given: int
    ) -> list[tuple[str | None, tree.Argument]]:
        try:
            return list(bind(function, node, given))
        except ProgramError as error:
            self.check_prefix(node.function)
            raise error.at(error.span, self.source) from None

    def lambda_(self, node: tree.Lambda, target: int | None) -> int:
        result = self.fresh(target)
        self.function("lambda", node.parameters, node.body, result)
        return result

    def function(self, name: str, parameters: Any, body: Any, target: int) -> None:
        """Make a function of the program; statements are lowered by the subclass."""
        raise NotImplementedError


def _parameter_name(function: Function, position: int) -> str:
    return function.parameters[position].name if position < len(function.parameters) else ""
