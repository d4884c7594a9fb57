"""Joining: arrays put together from scalars and arrays. A list in the text is a `stack`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, shape_of
from gradcli.autodiff.primitive import Linear, Operand, is_number
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import describe
from gradcli.primitives.arithmetic import is_bool
from gradcli.primitives.indexing import getitem
from gradcli.primitives.rows import with_rows
from gradcli.primitives.table import primitive


def _stack(*values: Any, axis: int = 0) -> Any:
    kind = _common_type(values)
    try:
        if axis == 0:
            return np.array(values, dtype=kind)
        return np.stack(values, axis=axis).astype(kind, copy=False)
    except ValueError:
        raise _ragged(values) from None


def _common_type(values: tuple[Any, ...]) -> Any:
    """Booleans stay booleans where all are; everything else is float64."""
    if not values or not is_bool(values[0]):
        return np.float64
    return np.bool_ if all(map(is_bool, values)) else np.float64


def _ragged(values: tuple[Any, ...]) -> EvaluationError:
    first = shape_of(values[0])
    for position, value in enumerate(values):
        if shape_of(value) != first:
            return EvaluationError(
                f"the parts of an array must have one shape: part 0 has shape {first},"
                f" part {position} has {shape_of(value)}"
            )
    return EvaluationError(f"the parts of an array must be numbers, not {describe(values[0])}")


def _unstack(g: Operand, *operands: Operand, axis: int = 0) -> list[Operand]:
    if type(g) is np.ndarray and g.ndim == 1:
        return g.tolist()  # type: ignore[no-any-return]  # the numbers that getitem would give one by one
    before = (slice(None),) * axis
    return [getitem(g, index=(*before, i) if before else i) for i in range(len(operands))]


def _stack_rows(mapped: tuple[bool, ...], *values: Any, axis: int = 0) -> Any:
    return np.stack(with_rows(mapped, values), axis=axis + 1)


def _concatenate(*values: Any, axis: int) -> Any:
    shapes = [shape_of(each) for each in values]
    check_elements((sum(shape[axis] for shape in shapes), *shapes[0][:axis], *shapes[0][axis + 1 :]))
    return np.concatenate(values, axis=axis, dtype=_common_type(values))


def _separate(g: Operand, *operands: Operand, axis: int) -> list[Operand]:
    before = (slice(None),) * axis
    parts, start = [], 0
    for operand in operands:
        stop = start + shape_of(operand)[axis]
        parts.append(getitem(g, index=(*before, slice(start, stop))))
        start = stop
    return parts


def _concatenate_rows(mapped: tuple[bool, ...], *values: Any, axis: int) -> Any:
    return np.concatenate(with_rows(mapped, values), axis=axis + 1)


stack = primitive("stack", _stack, Linear(_unstack), batch=_stack_rows)
concatenate = primitive("concatenate", _concatenate, Linear(_separate), batch=_concatenate_rows)


def gathered(x: Operand) -> Operand:
    """A list, tuple or range of operands, as a generator or a tuple in the text gives it, as one array."""
    if isinstance(x, range):
        check_elements((len(x),))
        return np.array(x, dtype=np.float64)
    if isinstance(x, (list, tuple)):
        return stack(*map(gathered, x))
    if not isinstance(x, Node) and not is_number(x):
        raise EvaluationError(f"expected a number or an array, not {describe(x)}")
    return x
