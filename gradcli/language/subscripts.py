"""Subscripts and attributes while a program runs: indices, members of structures, elements of lists."""

from __future__ import annotations

from typing import Any

from gradcli.errors import EvaluationError, nearest
from gradcli.language import code
from gradcli.language.library import ATTRIBUTES
from gradcli.primitives.arguments import describe
from gradcli.primitives.indexing import as_index

# What NumPy and torch call the parts of results that are tuples, by position: `torch.max(A, dim=1).values`.
_PARTS = {
    "values": 0,
    "indices": 1,
    "sign": 0,
    "logabsdet": 1,
    "eigenvalues": 0,
    "eigenvectors": 1,
    "Q": 0,
    "R": 1,
    "U": 0,
    "S": 1,
    "Vh": 2,
    "V": 2,
}


def attribute(base: Any, name: str) -> Any:
    """`base.name` of a structure, an array or a result with several parts; `EvaluationError` for others."""
    if isinstance(base, dict):
        return member(base, name)
    if isinstance(base, tuple) and _PARTS.get(name, len(base)) < len(base):
        return base[_PARTS[name]]
    if name in ATTRIBUTES:
        return ATTRIBUTES[name](base)
    from gradcli.language.advice import for_attribute

    raise EvaluationError(f"{describe(base)} has no attribute `{name}`", help=for_attribute(name))


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
