"""What Python does with lists and arrays do not: an error, where arithmetic would surely surprise.

A list in brackets is an array here, so `+` adds its entries. In Python it joins lists, and programs grow them
so: `xs += [y]`. Two lists of one length may be meant as arrays; with one entry, or of two lengths, they are
meant to be joined. In the same way `[0]*n` is meant to have n entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gradcli.autodiff.nodes import shape_of
from gradcli.errors import EvaluationError
from gradcli.language import tree
from gradcli.language.names import statements_of, target_names
from gradcli.primitives.arithmetic import add, multiply


def is_list(node: Any) -> bool:
    """Whether an expression is a list in brackets."""
    return isinstance(node, tree.ListLiteral) or (
        isinstance(node, tree.Comprehension) and not node.is_generator
    )


def is_single(node: Any) -> bool:
    """Whether an expression is a list of one entry."""
    return isinstance(node, tree.ListLiteral) and len(node.items) == 1


def holds_list(node: Any, body: Iterable[Any]) -> bool:
    """Whether an expression is a list in brackets, or a variable that the statements give nothing else."""
    if not isinstance(node, tree.Name):
        return is_list(node)
    values = list(_assigned(node.name, body))
    return bool(values) and all(_is_grown(value, node.name) for value in values)


def _assigned(name: str, body: Iterable[Any]) -> Iterator[Any]:
    """What the statements assign to a name; None for what is taken from something else."""
    for node in body:
        if isinstance(node, tree.Assign):
            for target in node.targets:
                if name in target_names(target):
                    yield node.value if isinstance(target, tree.Name) else None
        elif isinstance(node, tree.For) and name in target_names(node.target):
            yield None
        if isinstance(node, (tree.If, tree.While, tree.For, tree.NoGrad)):
            yield from _assigned(name, statements_of(node))


def _is_grown(value: Any, name: str) -> bool:
    """Whether an assigned value is a list, or the list of that name and more."""
    if isinstance(value, tree.Binary) and isinstance(value.first, tree.Name):
        return value.first.name == name and all(sign == "+" and is_list(each) for sign, each in value.rest)
    return is_list(value)


def plus(x: Any, y: Any) -> Any:
    """The sum of two lists of one length, which is not 1; `EvaluationError` for others."""
    shapes = shape_of(x), shape_of(y)
    if all(shapes) and shapes[0][0] == shapes[1][0] != 1:
        return add(x, y)
    raise EvaluationError(
        "`+` joins lists in Python, but here a list is an array and `+` adds entries",
        help="concatenate([a, b]) joins them; an array is filled by b = zeros(n) and b[i] = …",
    )


def times(x: Any, y: Any) -> Any:
    """The product of a list of one entry and an array; `EvaluationError` for its product with a number."""
    if shape_of(x) and shape_of(y):
        return multiply(x, y)
    raise EvaluationError(
        "`*` repeats a list in Python, but here a list is an array and `*` multiplies entries",
        help="full(n, a) has n entries, tile([a, b], n) repeats; array([a])*n multiplies",
    )
