"""Subscripts while a program runs: indices made of values, members of structures, elements of lists."""

from __future__ import annotations

from typing import Any

from gradcli.errors import EvaluationError, nearest
from gradcli.language import code
from gradcli.primitives.indexing import as_index


def member(base: dict[str, Any], name: str) -> Any:
    """A member of a structured input."""
    if name not in base:
        guess = nearest(name, base)
        hint = f"did you mean `{guess}`?" if guess else f"it has {', '.join(f'`{key}`' for key in base)}"
        raise EvaluationError(f"there is no `{name}` in this structure", help=hint)
    return base[name]


def element(base: Any, index: Any) -> Any:
    """An element, or a slice, of a list, tuple or range of values."""
    index = as_index(index)
    if isinstance(index, (int, slice)):
        try:
            return base[index]
        except IndexError:
            raise EvaluationError(f"index {index} is out of range for {len(base)} elements") from None
    raise EvaluationError("a list or tuple of values takes one whole number or slice as its index")


def index_of(parts: tuple[int | code.Range, ...], is_tuple: bool, frame: Any) -> Any:
    """The index that a subscript's parts make, of values as they stand in the frame."""
    made = [_range(part, frame) if isinstance(part, code.Range) else frame[part] for part in parts]
    return tuple(made) if is_tuple else made[0]


def _range(part: code.Range, frame: Any) -> slice:
    return slice(*(None if slot is None else frame[slot] for slot in part))
