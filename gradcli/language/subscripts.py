"""Subscripts while a program runs: indices made of values, members of structures, elements of lists."""

from __future__ import annotations

from typing import Any

from gradcli.errors import EvaluationError, nearest
from gradcli.language import code
from gradcli.primitives.indexing import as_index


def member(base: dict[str, Any], name: Any) -> Any:
    """A member of a structured input; `EvaluationError` for what is no name, or the name of no member."""
    if isinstance(name, str) and name in base:
        return base[name]
    known = f"it has {', '.join(f'`{key}`' for key in base)}"
    if not isinstance(name, str):
        raise EvaluationError("a member of a structure is read by its name", help=known)
    guess = nearest(name, base)
    hint = f"did you mean `{guess}`?" if guess else known
    raise EvaluationError(f"there is no `{name}` in this structure", help=hint)


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
