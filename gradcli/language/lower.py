"""Lowering: from the syntax tree to flat code; here the statements, in `lower_calls` and below the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradcli.errors import ProgramError
from gradcli.language import code, tree
from gradcli.language.code import FunctionCode, ProgramCode
from gradcli.language.lower_expressions import place_of
from gradcli.language.lower_loops import LoopStatements, names_of
from gradcli.language.names import Names, local_names
from gradcli.language.scope import Scope
from gradcli.language.source import Source


def lower(
    module: tree.Module, names: Names, given: frozenset[str], source: Source, leaves: frozenset[str]
) -> ProgramCode:
    """Lower a program to be run with the inputs in `given`.

    Constants that are assigned to variables in `leaves` become inputs of the derivative.
    Raises `ProgramError` for what only shows when names have a meaning: unknown functions, arguments that
    fit no parameter, a program without a value.
    """
    inputs = tuple(dict.fromkeys(use.name for use in names.uses if use.name in given))
    scope = Scope(dict.fromkeys((*inputs, *sorted(names.assigned))))
    scope.assign(inputs)
    lowering = Lowering(scope, source)
    lowering.statements = module.body
    lowering.leaves = leaves
    lowering.body(module.body)
    entry: int | None = None
    arguments: tuple[str, ...] = ()
    if names.entry is not None:
        entry = scope.variables[names.entry.name]
        arguments = tuple(p.name for p in names.entry.parameters if p.name in given)
    elif lowering.result is None and not lowering.returns:
        from gradcli.language.advice import for_no_value

        raise ProgramError(
            "the program has no value",
            span=module.body[-1].span,
            source=source,
            help=for_no_value(module),
        )
    return ProgramCode(
        scope.template,
        scope.block,
        scope.variables,
        inputs,
        lowering.result,
        lowering.result_names,
        entry,
        arguments,
    )


class Lowering(LoopStatements):
    """Writes the flat code of one function or of the program's top level."""

    def __init__(self, scope: Scope, source: Source) -> None:
        super().__init__(scope, source)
        self.result: int | None = None
        self.result_names: tuple[str, ...] | None = None
        self.leaves: frozenset[str] = frozenset()

    def body(self, statements: Iterable[Any]) -> None:
        for statement in statements:
            _STATEMENTS[type(statement)](self, statement)

    def block(self, statements: Iterable[Any]) -> code.Block:
        """Lower statements to a block of their own."""
        with self.scope.writing([]) as block:
            self.body(statements)
        return block

    # Assignments

    def assign(self, node: tree.Assign) -> None:
        first, *others = node.targets
        name = first if isinstance(first, tree.Name) else None
        slot = self.expression(node.value, target=self.scope.find(name.name) if name else None)
        if name:
            self._assigned(name, slot)
        else:
            self.store(first, slot)
        for target in others:
            self.store(target, slot)
        self.scope.release(slot)

    def store(self, target: Any, slot: int) -> None:
        """Assign what stands in a slot to a name, a tuple of targets or an entry."""
        scope = self.scope
        if isinstance(target, tree.Name):
            scope.emit(code.Copy(self.variable(target), slot))
            self._assigned(target, self.variable(target))
        elif isinstance(target, tree.TupleLiteral):
            parts = tuple(scope.temporary() for _ in target.items)
            scope.emit(code.Unpack(parts, slot, place_of(target)))
            for item, part in zip(target.items, parts, strict=True):
                self.store(item, part)
            scope.release(*parts)
        else:
            self.store_entry(target, slot)

    def _assigned(self, target: tree.Name, slot: int) -> None:
        """Note that a variable has a value: an input of the derivative, if it was asked for as one."""
        self.scope.assign((target.name,))
        if target.name in self.leaves and not self.inside:
            self.mark(slot, self.scope.constant(True, True), place_of(target))

    def store_entry(self, target: tree.Subscript, slot: int) -> None:
        """`x[i] = value`; `x[i][j] = value` writes to the entry `x[i]`, which is then written back."""
        scope = self.scope
        base = self.expression(target.base)
        parts = self.parts(target)
        place = place_of(target, target.base, *target.items[:1])
        if isinstance(target.base, tree.Name):
            written = self.variable(target.base)
            scope.emit(code.SetItem(written, base, parts, target.is_tuple, slot, place))
        elif isinstance(target.base, tree.Subscript):
            written = scope.temporary()
            scope.emit(code.SetItem(written, base, parts, target.is_tuple, slot, place))
            self.store_entry(target.base, written)
            scope.release(written)
        else:
            raise self.error("only entries of a variable can be assigned", target)
        self.release_parts(base, parts)

    def variable(self, target: tree.Name) -> int:
        """The slot of a name that is being assigned."""
        slot = self.scope.find(target.name)
        assert slot is not None, "every assigned name has a slot"
        return slot

    def augmented_assign(self, node: tree.AugmentedAssign) -> None:
        slot = self.scope.temporary()
        left = self.expression(node.target)
        right = self.expression(node.value)
        place = place_of(node, node.target, node.value)
        operation = self.operation(node.operator, node.target, node.value)
        self.emit_call_to(slot, operation, (left, right), place)
        self.scope.release(left, right)
        self.store(node.target, slot)
        self.scope.release(slot)

    def expression_statement(self, node: tree.ExpressionStatement) -> None:
        at_top = self.scope.parent is None and not self.inside
        if at_top and self.result is None:
            self.result = self.scope.temporary()
        slot = self.expression(node.value, target=self.result if at_top else None)
        marked = _marked(node.value)
        variable = self.scope.find(marked) if marked else None
        if variable is not None:
            self.scope.emit(code.Copy(variable, slot))
        last = self.scope.block[-1] if self.scope.block else None
        if isinstance(last, code.Invoke):
            self.scope.block[-1] = last._replace(used=False)
        if at_top:
            self.result_names = names_of(node.value)
        else:
            self.scope.release(slot)

    # Control flow

    def if_(self, node: tree.If) -> None:
        scope = self.scope
        certain: list[set[str]] = []
        arms = []
        for condition, body in node.branches:
            with scope.writing([]) as test:
                slot = self.expression(condition)
                scope.release(slot)
            arms.append(code.Arm(test, slot, self.nested(body, certain), place_of(condition)))
        otherwise = self.nested(node.otherwise, certain)
        scope.emit(code.If(tuple(arms), otherwise))
        scope.assign(set.intersection(*certain) if certain else scope.variables)

    def no_grad(self, node: tree.NoGrad) -> None:
        before = self.scope.block
        block: code.Block = []
        self.scope.block = block  # not by `writing`: what is assigned inside is assigned whatever happens
        self.inside += 1
        self.body(node.body)
        self.inside -= 1
        self.scope.block = before
        self.scope.emit(code.NoGrad(block))

    def assert_(self, node: tree.Assert) -> None:
        scope = self.scope
        slot = self.expression(node.condition)
        shown = self.shown(node.condition)
        with scope.writing([]) as explain:
            message = None if node.message is None else self.expression(node.message)
        scope.emit(code.Assert(slot, explain, message, shown, place_of(node.condition)))
        scope.release(slot)

    def shown(self, condition: Any) -> tuple[tuple[str, int], ...]:
        """The variables that a condition compares: a failed assertion shows their values."""
        sides = (
            (condition.first, *(side for _, side in condition.rest))
            if isinstance(condition, tree.Compare)
            else ()
        )
        found = {side.name: self.scope.find(side.name) for side in sides if isinstance(side, tree.Name)}
        return tuple((name, slot) for name, slot in found.items() if slot is not None)

    # Functions

    def define(self, node: tree.Define) -> None:
        slot = self.scope.find(node.name)
        assert slot is not None
        self.function(node.name, node.parameters, node.body, slot)
        self.scope.assign((node.name,))

    def function(self, name: str, parameters: tuple[tree.Parameter, ...], body: Any, target: int) -> None:
        """Make a function of the program; a `lambda` has an expression for its body."""
        defaults = tuple(self.expression(p.default) for p in parameters if p.default is not None)
        names = tuple(p.name for p in parameters)
        statements = body if type(body) is tuple else (tree.Return(body, body.span),)
        local = local_names(names, statements)
        scope = Scope(dict.fromkeys((*names, *sorted(local))), self.scope)
        scope.assign(names)
        inner = Lowering(scope, self.source)
        inner.statements = statements
        inner.body(statements)
        made = FunctionCode(name, names, len(defaults), scope.template, scope.block)
        self.scope.emit(code.MakeFunction(target, made, defaults))
        self.scope.release(*defaults)

    def nothing(self, node: Any) -> None:
        """`pass`, a docstring, an import."""


def _marked(node: Any) -> str | None:
    """The name x of `x.requires_grad_()`, which as a statement changes x; None for any other expression."""
    function = node.function if isinstance(node, tree.Call) else None
    if not isinstance(function, tree.Attribute) or function.name != "requires_grad_":
        return None
    return function.base.name if isinstance(function.base, tree.Name) else None


_STATEMENTS: dict[type, Any] = {
    tree.Assign: Lowering.assign,
    tree.AugmentedAssign: Lowering.augmented_assign,
    tree.ExpressionStatement: Lowering.expression_statement,
    tree.If: Lowering.if_,
    tree.While: Lowering.while_,
    tree.For: Lowering.for_,
    tree.NoGrad: Lowering.no_grad,
    tree.Assert: Lowering.assert_,
    tree.Return: Lowering.return_,
    tree.Define: Lowering.define,
    tree.Pass: Lowering.nothing,
    tree.Break: Lowering.break_,
    tree.Continue: Lowering.continue_,
}
