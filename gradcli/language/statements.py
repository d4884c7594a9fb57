"""Tree builders for statements: one function for each kind of rule in the grammar."""

from __future__ import annotations

from functools import partial
from typing import Any

from gradcli.errors import ProgramError
from gradcli.language import tree
from gradcli.language.signatures import check_parameters
from gradcli.language.source import Span
from gradcli.language.targets import check_single_target, check_target


def program(children: list[Any], start: int, end: int) -> tree.Module:
    """A whole program."""
    return tree.Module(tuple(children[0]), Span(start, end))


# Simple statements ------------------------------------------------------------------------------------------


def expression_statement(children: list[Any], start: int, end: int) -> tree.Statement:
    """An expression on its own; a string on its own is a comment."""
    value = children[0]
    span = Span(start, end)
    return tree.Pass(span) if type(value) is tree.String else tree.ExpressionStatement(value, span)


def assign(children: list[Any], start: int, end: int) -> tree.Assign:
    """`a = b = value`."""
    *targets, value = children[0]
    return tree.Assign(tuple(map(check_target, targets)), value, Span(start, end))


def annotated_assign(children: list[Any], start: int, end: int) -> tree.Assign:
    """`a: float = value`."""
    target, _, _, _, value = children
    return tree.Assign((check_single_target(target, ":"),), value, Span(start, end))


def augmented_assign(children: list[Any], start: int, end: int) -> tree.AugmentedAssign:
    """`a += value`."""
    target, operator, value = children
    spelled = "**" if operator == "^=" else operator[:-1]
    return tree.AugmentedAssign(check_single_target(target, operator), spelled, value, Span(start, end))


def return_statement(children: list[Any], start: int, end: int) -> tree.Return:
    """`return value`."""
    return tree.Return(children[1] if len(children) > 1 else None, Span(start, end))


def assert_statement(children: list[Any], start: int, end: int) -> tree.Assert:
    """`assert condition, message`."""
    return tree.Assert(children[1], children[3] if len(children) > 3 else None, Span(start, end))


def break_statement(children: list[Any], start: int, end: int) -> tree.Break:
    """`break`."""
    return tree.Break(Span(start, end))


def continue_statement(children: list[Any], start: int, end: int) -> tree.Continue:
    """`continue`."""
    return tree.Continue(Span(start, end))


def no_statement(children: list[Any], start: int, end: int) -> tree.Pass:
    """`pass` or an import."""
    return tree.Pass(Span(start, end))


# Compound statements: a head, which waits for its body, and the body ----------------------------------------


def compound(children: list[Any], start: int, end: int) -> tree.Statement:
    """A head and its body."""
    head, body = children
    statement: tree.Statement = head(body=body, span=Span(start, end))
    return statement


def while_head(children: list[Any], start: int, end: int) -> partial[tree.While]:
    """`while condition`."""
    return partial(tree.While, condition=children[1])


def for_head(children: list[Any], start: int, end: int) -> partial[tree.For]:
    """`for target in iterable`."""
    return partial(tree.For, target=children[1], iterable=children[3])


def define_head(children: list[Any], start: int, end: int) -> partial[tree.Define]:
    """`def name(parameters) -> annotation`."""
    name = children[1]
    parameters = tuple(children[3]) if children[3] != ")" else ()
    check_parameters(parameters)
    return partial(tree.Define, name=name.name, name_span=name.span, parameters=parameters)


def with_head(children: list[Any], start: int, end: int) -> type[tree.NoGrad]:
    """`with no_grad()`."""
    manager = children[1]
    function = manager.function if type(manager) is tree.Call and not manager.arguments else None
    if getattr(function, "name", None) != "no_grad":
        message = "`with` is only for `no_grad()` here"
        raise ProgramError(message, span=manager.span, help="write `with no_grad():`")
    return tree.NoGrad


def first_branch(children: list[Any], start: int, end: int) -> list[Any]:
    """`if condition` and its body."""
    return [(children[1], children[2])]


def next_branch(children: list[Any], start: int, end: int) -> list[Any]:
    """`elif condition` and its body."""
    branches: list[Any] = children[0]
    branches.append((children[2], children[3]))
    return branches


def if_statement(children: list[Any], start: int, end: int) -> tree.If:
    """All branches, and the body of `else`."""
    otherwise = children[2] if len(children) > 1 else ()
    return tree.If(tuple(children[0]), otherwise, Span(start, end))


def braces(children: list[Any], start: int, end: int) -> tree.Body:
    """`{ statements }`."""
    return tuple(children[1]) if len(children) > 2 else ()


def line_suite(children: list[Any], start: int, end: int) -> tree.Body:
    """`: statements` on one line."""
    return tuple(children[1])


def block_suite(children: list[Any], start: int, end: int) -> tree.Body:
    """`:` and an indented block."""
    return tuple(children[3])
