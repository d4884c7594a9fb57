"""What may stand on the left of `=`."""

from __future__ import annotations

from gradcli.errors import ProgramError
from gradcli.language import tree

_KINDS: dict[type, str] = {
    tree.Number: "a number",
    tree.Constant: "a constant",
    tree.String: "a string",
    tree.Binary: "an operation",
    tree.Power: "an operation",
    tree.Unary: "an operation",
    tree.Compare: "a comparison",
    tree.Logical: "an operation",
    tree.Conditional: "a conditional expression",
    tree.Call: "the result of a call",
    tree.Attribute: "an attribute",
    tree.ListLiteral: "a list",
    tree.TupleLiteral: "an empty tuple",
    tree.Comprehension: "a comprehension",
    tree.Lambda: "a lambda",
}
_HELP: dict[type, str] = {
    tree.Call: "names and entries can be assigned; a function is defined by def f(x) { return … }",
    tree.Attribute: "give it a name of its own: a = b.name",
    tree.ListLiteral: "write the names without brackets: a, b = …",
}


def check_target(node: tree.Expression) -> tree.Target:
    """The node, if it can be assigned to."""
    nodes: list[tree.Expression] = [node]
    while nodes:
        part = nodes.pop()
        if isinstance(part, tree.TupleLiteral) and part.items:
            nodes.extend(reversed(part.items))
        elif not isinstance(part, tree.Name | tree.Subscript):
            kind = type(part)
            help = _HELP.get(kind)
            if isinstance(part, tree.Attribute) and part.name == "requires_grad":
                help = "leave it out: every input is differentiated, or those that --wrt names"
            raise ProgramError(f"cannot assign to {_KINDS[kind]}", span=part.span, help=help)
    return node


def check_single_target(node: tree.Expression, operator: str) -> tree.Name | tree.Subscript:
    """The node, if it can stand on the left of `+=` and its like."""
    if isinstance(node, tree.TupleLiteral):
        raise ProgramError(f"`{operator}` has one name or entry on its left, not a tuple", span=node.span)
    return check_target(node)  # type: ignore[return-value]
