"""Arguments that decide the form of a result (axes, shapes, counts, flags), as plain integers and strings."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node
from gradcli.errors import EvaluationError, LimitError
from gradcli.limits import MAX_EXACT_INTEGER

Shape = tuple[int, ...]

_KINDS = {
    list: "a list",
    tuple: "a tuple",
    dict: "a structure",
    range: "a range",
    type(None): "None",
    type(...): "`...`",
}


def as_int(value: Any, name: str = "an index") -> int:
    """A whole number from an int, a float without fraction, or a node of either, whose outcome is guarded."""
    if type(value) is int:
        return value
    plain = value.value if isinstance(value, Node) else value
    if isinstance(plain, np.ndarray) and plain.size == 1:
        plain = plain.item()
    if not isinstance(plain, (bool, int, float)) or plain != plain // 1:
        raise EvaluationError(f"{name} must be a whole number, not {describe(plain)}")
    if abs(plain) > MAX_EXACT_INTEGER:
        raise LimitError(f"{name} must be a whole number of at most 2**53")
    if isinstance(value, Node):
        value.graph.guard(value, "count", int(plain))
    return int(plain)


def as_ints(value: Any, name: str) -> Shape:
    """Whole numbers from one of them, a sequence of them, or a vector; none from None."""
    if value is None:
        return ()
    if isinstance(value, (tuple, list)):
        return tuple(as_int(each, name) for each in value)
    plain = value.value if isinstance(value, Node) else value
    if not isinstance(plain, np.ndarray):
        return (as_int(value, name),)
    if isinstance(value, Node):
        value.graph.guard(value, "count", plain)
    return tuple(as_int(each, name) for each in plain.ravel().tolist())


def one_or_several(values: tuple[Any, ...], keyword: Any = None) -> Any:
    """What `f(x, 2, 3)`, `f(x, (2, 3))` and `f(x, shape=(2, 3))` mean alike; None when nothing is given."""
    if keyword is not None:
        return keyword
    return values[0] if len(values) == 1 else values or None


def as_shape(shape: Any, name: str = "a shape") -> Shape:
    """The lengths of the axes of an array to be made; None stands for those of a scalar."""
    result = as_ints(shape, name)
    if any(size < 0 for size in result):
        raise EvaluationError(f"{name} must not be negative: {result}")
    return result


def as_flag(value: Any) -> bool:
    """The truth of a flag; a node's is guarded."""
    if isinstance(value, Node):
        outcome = bool(value.value)
        value.graph.guard(value, "condition", outcome)
        return outcome
    return bool(value)


def as_axis(axis: Any, shape: Shape, operation: str) -> int:
    """One axis of an array of this shape, counted from the front."""
    index = as_int(axis, "an axis")
    rank = len(shape)
    if not -rank <= index < rank:
        raise EvaluationError(
            f"`{operation}`: axis {index} does not exist in {an_array(shape)}",
            help=f"its axes are 0 to {rank - 1}, or {-rank} to -1 from the end" if rank else None,
        )
    return index % rank


def as_axes(axis: Any, shape: Shape, operation: str) -> Shape:
    """Several axes (None: all of them), counted from the front, in ascending order."""
    axes = as_ordered_axes(axis, shape, operation)
    return axes if len(axes) < 2 else tuple(sorted(axes))


def as_ordered_axes(axis: Any, shape: Shape, operation: str) -> Shape:
    """Several axes (None: all of them), counted from the front, in the order given."""
    if axis is None:
        return tuple(range(len(shape)))
    if not shape and type(axis) is int and axis in (0, -1):
        return ()  # NumPy reduces a scalar over its one axis that is not there
    axes = tuple(as_axis(each, shape, operation) for each in as_ints(axis, "an axis"))
    if len(set(axes)) < len(axes):
        raise EvaluationError(f"`{operation}`: an axis is named twice in {axes}")
    return axes


def an_array(shape: Shape) -> str:
    """How messages speak of a value of this shape."""
    return f"an array of shape {shape}" if shape else "a scalar"


def describe(value: Any) -> str:
    """A value as messages name it: an array by its shape, a number by itself, anything else by its kind."""
    if isinstance(value, Node):
        value = value.value
    if isinstance(value, np.ndarray):
        return an_array(value.shape)
    if isinstance(value, (bool, int, float)):
        return repr(value)
    if isinstance(value, str):
        return f'the text "{value}"'
    return _KINDS.get(type(value), "a function")
