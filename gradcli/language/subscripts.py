"""Subscripts while a program runs: indices made of values, members of structures, elements of lists."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.graph import Node, shape_of
from gradcli.errors import EvaluationError, nearest
from gradcli.language import code
from gradcli.primitives.arguments import as_int


def member(base: dict[str, Any], name: str) -> Any:
    """A member of a structured input."""
    if name not in base:
        guess = nearest(name, base)
        hint = f"did you mean `{guess}`?" if guess else f"it has {', '.join(f'`{key}`' for key in base)}"
        raise EvaluationError(f"there is no `{name}` in this structure", help=hint)
    return base[name]


def element(base: Any, index: Any) -> Any:
    """An element, or a slice, of a list, tuple or range of values."""
    if isinstance(index, (int, slice)):
        try:
            return base[index]
        except IndexError:
            raise EvaluationError(f"index {index} is out of range for {len(base)} elements") from None
    raise EvaluationError("a list or tuple of values takes one whole number or slice as its index")


def index_of(parts: tuple[int | code.Range, ...], is_tuple: bool, frame: list[Any]) -> Any:
    """The index that a subscript's parts make: integers, slices, None, `...`, integer and boolean arrays."""
    made = [_index_part(part, frame) for part in parts]
    return tuple(made) if is_tuple else made[0]


def _index_part(part: int | code.Range, frame: list[Any]) -> Any:
    if isinstance(part, code.Range):
        return slice(*(None if slot is None else _bound(frame[slot]) for slot in part))
    value = frame[part]
    if type(value) is int or value is None or value is Ellipsis:
        return value
    if isinstance(value, (list, tuple, range)):
        return _index_array(np.array([_bound(each) for each in value]))
    if shape_of(value):
        plain = value.value if isinstance(value, Node) else value
        if isinstance(value, Node):
            value.graph.guard(value, "count", plain)
        return _index_array(plain)
    return as_int(value)


def _bound(value: Any) -> Any:
    if value is None or type(value) is bool:
        return value
    return as_int(value)


def _index_array(values: Any) -> Any:
    if values.dtype == np.bool_ or values.dtype == np.int64:
        return values
    if values.size and not np.array_equal(values, np.trunc(values)):
        raise EvaluationError("an array that serves as an index must hold whole numbers")
    return values.astype(np.int64)
