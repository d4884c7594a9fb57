"""Tree builders for expressions: one function for each kind of rule in the grammar.

A builder gets the values of the rule's symbols (a token's value is its text) and the place of the whole.
Lists grow in place: the parser uses each value once. The commonest records are made by `new`, which is
`tuple.__new__`: it takes half the time of a named tuple's own constructor.
"""

from __future__ import annotations

from typing import Any

from gradcli.errors import ProgramError
from gradcli.language import literals, tree
from gradcli.language.precedence import group
from gradcli.language.signatures import check_arguments, check_parameters
from gradcli.language.source import Span, normal_name
from gradcli.language.targets import check_target
from gradcli.language.tree import Argument, Call, Name, Number

new = tuple.__new__

_CONSTANTS = {"True": True, "False": False, "None": None, "...": ...}

# Lists ------------------------------------------------------------------------------------------------------


def same(children: list[Any], start: int, end: int) -> Any:
    """The first child; the others are punctuation."""
    return children[0]


def first(children: list[Any], start: int, end: int) -> list[Any]:
    """A list begins."""
    return children


def pair(children: list[Any], start: int, end: int) -> list[Any]:
    """A list begins with two items."""
    return children[::2]


def append(children: list[Any], start: int, end: int) -> list[Any]:
    """A list goes on, after a separator or without one."""
    items: list[Any] = children[0]
    items.append(children[-1])
    return items


def extend(children: list[Any], start: int, end: int) -> list[Any]:
    """A list goes on with the items of another."""
    items: list[Any] = children[0]
    items += children[1]
    return items


# Atoms ------------------------------------------------------------------------------------------------------


def name(children: list[Any], start: int, end: int) -> Name:
    """An identifier."""
    text = children[0]
    return new(Name, (text if text.isascii() else normal_name(text), new(Span, (start, end))))


def number(children: list[Any], start: int, end: int) -> Number:
    """A number literal."""
    span = new(Span, (start, end))
    return new(Number, (literals.number(children[0], span), span))


def constant(children: list[Any], start: int, end: int) -> tree.Constant:
    """`True`, `False`, `None` or `...`."""
    return tree.Constant(_CONSTANTS[children[0]], Span(start, end))


def string(children: list[Any], start: int, end: int) -> tree.String:
    """A string; adjacent literals are one."""
    span = Span(start, end)
    return tree.String("".join(literals.string(text, span) for text in children[0]), span)


def parentheses(children: list[Any], start: int, end: int) -> tree.Expression:
    """An expression in parentheses, which belong to its place from now on."""
    inner = children[1]
    widened: tree.Expression = inner._replace(span=Span(start, end))
    return widened


def tuple_literal(children: list[Any], start: int, end: int) -> tree.TupleLiteral:
    """`a,` or `a, b` or `()`."""
    items = children[0]
    if type(items) is not list:
        items = children[:1] if items != "(" else []
    return tree.TupleLiteral(tuple(items), Span(start, end))


def list_literal(children: list[Any], start: int, end: int) -> tree.ListLiteral:
    """`[a, b]`."""
    items = children[1] if len(children) > 2 else ()
    return tree.ListLiteral(tuple(items), Span(start, end))


# What follows an atom ---------------------------------------------------------------------------------------


def attribute(children: list[Any], start: int, end: int) -> tree.Attribute:
    """`base.name`."""
    base, _, text = children
    return tree.Attribute(base, normal_name(text), Span(end - len(text), end), Span(start, end))


def call(children: list[Any], start: int, end: int) -> Call:
    """`f(x, axis=0)`."""
    function = children[0]
    arguments = tuple(children[2]) if len(children) > 3 else ()
    if type(function) is Number:
        message = "a number cannot be called"
        powers = "sin(x)**2 is the power of a function, asin(x) the inverse"
        help = f"did you mean `{function.value}*(…)`? {powers}"
        raise ProgramError(message, span=function.span, help=help)
    if len(arguments) > 1:
        check_arguments(arguments)
    return new(Call, (function, arguments, new(Span, (start, end))))


def argument(children: list[Any], start: int, end: int) -> Argument:
    """A positional argument."""
    return new(Argument, (None, children[0], new(Span, (start, end))))


def keyword_argument(children: list[Any], start: int, end: int) -> Argument:
    """`name=value`."""
    return Argument(children[0].name, children[2], Span(start, end))


def generator_call(children: list[Any], start: int, end: int) -> Call:
    """`f(element for …)`."""
    function, _, element, clauses, _ = children
    span = Span(element.span.start, end - 1)
    value = tree.Comprehension(element, _clauses(clauses), True, span)
    return call([function, "(", [Argument(None, value, span)], ")"], start, end)


def subscript(children: list[Any], start: int, end: int) -> tree.Subscript:
    """`base[i]`, `base[i, j]`, `base[i,]`."""
    items = tuple(children[2])
    return tree.Subscript(children[0], items, len(items) > 1 or children[3] == ",", Span(start, end))


def slice_index(children: list[Any], start: int, end: int) -> tree.Slice:
    """`start:stop:step`, each of which may be missing."""
    parts: list[Any] = [None]
    for child in children:
        if child == ":":
            parts.append(None)
        else:
            parts[-1] = child
    first, last, step = (*parts, None)[:3]
    return tree.Slice(first, last, step, Span(start, end))


# Operators --------------------------------------------------------------------------------------------------


def signed(children: list[Any], start: int, end: int) -> list[Any]:
    """A chain begins with prefix operators."""
    return children


def chain(children: list[Any], start: int, end: int) -> list[Any]:
    """A chain of operators goes on; one that is no list yet is a lone operand."""
    before = children[0]
    if type(before) is not list:
        return children
    before += children[1:]
    return before


def first_prefix(children: list[Any], start: int, end: int) -> list[tuple[str, int]]:
    """A prefix operator and where it stands."""
    return [(children[0], start)]


def next_prefix(children: list[Any], start: int, end: int) -> list[tuple[str, int]]:
    """One more prefix operator."""
    prefixes: list[tuple[str, int]] = children[0]
    prefixes.append((children[1], end - len(children[1])))
    return prefixes


def operation(children: list[Any], start: int, end: int) -> tree.Expression:
    """A finished chain."""
    whole: tree.Expression = _grouped(children[0])
    return whole


def _grouped(chain: Any) -> Any:
    return group(chain) if type(chain) is list else chain


def first_condition(children: list[Any], start: int, end: int) -> list[tuple[Any, Any]]:
    """`value if condition else`."""
    return [(_grouped(children[0]), _grouped(children[2]))]


def next_condition(children: list[Any], start: int, end: int) -> list[tuple[Any, Any]]:
    """One more `value if condition else`."""
    branches: list[tuple[Any, Any]] = children[0]
    branches.append((_grouped(children[1]), _grouped(children[3])))
    return branches


def conditional(children: list[Any], start: int, end: int) -> tree.Conditional:
    """`a if b else c if d else e`."""
    return tree.Conditional(tuple(children[0]), _grouped(children[1]), Span(start, end))


# Functions and comprehensions -------------------------------------------------------------------------------


def parameter(children: list[Any], start: int, end: int) -> tree.Parameter:
    """`name: annotation = default`."""
    default = children[-1] if "=" in children else None
    return tree.Parameter(normal_name(children[0]), default, Span(start, end))


def function(children: list[Any], start: int, end: int) -> tree.Lambda:
    """`lambda x, y=1: body`."""
    parameters = tuple(children[1]) if children[1] != ":" else ()
    check_parameters(parameters)
    return tree.Lambda(parameters, children[-1], Span(start, end))


def comprehension(children: list[Any], start: int, end: int) -> tree.Comprehension:
    """`[element for …]`."""
    return tree.Comprehension(children[1], _clauses(children[2]), False, Span(start, end))


def generator(children: list[Any], start: int, end: int) -> tree.Comprehension:
    """`(element for …)`."""
    return tree.Comprehension(children[1], _clauses(children[2]), True, Span(start, end))


def clause(children: list[Any], start: int, end: int) -> list[Any]:
    """`for target in iterable`; its conditions follow."""
    return [children[1], _grouped(children[3])]


def clause_condition(children: list[Any], start: int, end: int) -> list[Any]:
    """`if condition` of a comprehension."""
    parts: list[Any] = children[0]
    parts.append(_grouped(children[2]))
    return parts


def _clauses(clauses: list[list[Any]]) -> tuple[tree.Clause, ...]:
    return tuple(tree.Clause(target, iterable, tuple(rest)) for target, iterable, *rest in clauses)


def target(children: list[Any], start: int, end: int) -> tree.Target:
    """What a loop assigns to."""
    return check_target(children[0])


def tuple_target(children: list[Any], start: int, end: int) -> tree.Target:
    """The tuple that a loop assigns to."""
    return check_target(tuple_literal(children, start, end))
