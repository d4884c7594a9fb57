"""Indices, new axes and nested lists as text."""

from __future__ import annotations

from typing import Any

from gradcli.symbolic.numbers import decimal
from gradcli.symbolic.term import Shape, Term


def nested_list(values: Any) -> str:
    """Nested tuples of numbers as a list of the language."""
    if isinstance(values, tuple):
        return f"[{', '.join(map(nested_list, values))}]"
    return decimal(values)


def index_text(index: Any) -> str:
    """An index as the language writes it."""
    if isinstance(index, tuple) and index[:1] == ("slice",):
        start, stop, step = ("" if each is None else str(each) for each in index[1:])
        return f"{start}:{stop}" + (f":{step}" if step else "")
    if isinstance(index, tuple) and index[:1] == ("list",):
        return f"[{', '.join(map(index_text, index[1:]))}]"
    if isinstance(index, tuple):
        return ", ".join(map(index_text, index))
    return "..." if index is Ellipsis else str(index)


def keeps_axes(reduced: Term, shape: Shape) -> bool:
    """Whether a shape is that of the reduction with its axes kept."""
    return shape == tuple(1 if i in reduced.static else n for i, n in enumerate(reduced.args[0].shape))


def new_axes(before: Shape, after: Shape) -> list[str] | None:
    """The index that only inserts axes of length 1; None where a reshape does more."""
    index: list[str] = []
    remaining = list(before)
    for length in after:
        if remaining and length == remaining[0]:
            index.append(":")
            remaining.pop(0)
        elif length == 1:
            index.append("None")
        else:
            return None
    return index if before and not remaining and "None" in index else None
