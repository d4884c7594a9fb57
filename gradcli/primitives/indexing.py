"""Indexing: reading `x[index]`, writing `x[index] = value` as a new version, and adding at an index."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, shape_of, value_of
from gradcli.autodiff.primitive import Linear
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import an_array, as_int, describe
from gradcli.primitives.rows import with_rank
from gradcli.primitives.selection import where
from gradcli.primitives.shape import reshape, sum_to
from gradcli.primitives.table import plain, primitive
from gradcli.records import NamedTuple

_ALL = slice(None)


class Scatter(NamedTuple):
    """A cotangent that is zero but for the entries at `index`, where `value` is to be added.

    The transpose of a read gives one, so that reading n entries in a loop costs O(n) and not O(n**2).
    """

    index: Any
    value: Any


def _parts(index: Any) -> tuple[Any, ...]:
    return index if type(index) is tuple else (index,)


def is_basic(index: Any) -> bool:
    """Whether an index holds integers, slices, None and `...` only, and so names no entry twice."""
    return not any(isinstance(part, (list, np.ndarray)) for part in _parts(index))


def _getitem(x: Any, *, index: Any) -> Any:
    if type(index) is int and x.ndim == 1:
        return x.item(index)
    entry = np.asarray(x)[index]
    return entry if type(entry) is np.ndarray and entry.ndim else entry.item()


def _setitem(x: Any, value: Any, *, index: Any) -> Any:
    kind = np.bool_ if np.asarray(x).dtype == np.asarray(value).dtype == np.bool_ else np.float64
    result: Any = np.array(x, dtype=kind)
    result[index] = value
    return plain(result[()])


def _scatter_add(value: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
    result: Any = np.zeros(shape)
    np.add.at(result, index, value)
    return plain(result[()])


def _positions(index: Any, shape: tuple[int, ...]) -> Any:
    """The entries that an index names, by their places in the flattened array."""
    return np.arange(np.prod(shape, dtype=np.intp)).reshape(shape)[index]


def _getitem_rows(mapped: tuple[bool, ...], x: Any, *, index: Any) -> Any:
    if is_basic(index):
        return x[(_ALL, *index) if type(index) is tuple else (_ALL, index)]
    return x.reshape(len(x), -1)[:, _positions(index, x.shape[1:])]


def _setitem_rows(mapped: tuple[bool, ...], x: Any, value: Any, *, index: Any) -> Any:
    count = len(x if mapped[0] else value)
    shape = x.shape[1:] if mapped[0] else x.shape
    rows = np.array(np.broadcast_to(x, (count, *shape)), dtype=np.float64)
    positions = _positions(index, shape)
    if mapped[1]:  # the entry's shape may be longer than the value's, which broadcasts
        value = with_rank(value, np.ndim(positions) + 1)
    rows.reshape(count, -1)[:, positions] = value
    return rows


def _scatter_add_rows(mapped: tuple[bool, ...], value: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
    result = np.zeros((len(value), *shape))
    places: Any = (_ALL, _positions(index, shape))
    np.add.at(result.reshape(len(value), -1), places, value)
    return result


getitem = primitive(
    "getitem", _getitem, Linear((lambda g, x, index: Scatter(index, g),)), batch=_getitem_rows
)  # fmt: skip
setitem = primitive(
    "setitem",
    _setitem,
    Linear(
        (
            lambda g, x, value, index: assign(g, index, 0.0),
            lambda g, x, value, index: entry_cotangent(g, index, shape_of(value)),
        )
    ),
    batch=_setitem_rows,
)
scatter_add = primitive(
    "scatter_add", _scatter_add, Linear((lambda g, value, index, shape: getitem(g, index=index),)),
    batch=_scatter_add_rows,
)  # fmt: skip


def assign(x: Any, index: Any, value: Any, graph: Graph | None = None) -> Any:
    """`x` with `x[index] = value`; recorded in the graph of the operands, or in the one given."""
    if graph is None:
        graph = next((each.graph for each in (x, value) if isinstance(each, Node)), None)
    if graph is None:
        return setitem(x, value, index=index)
    return graph.assign(setitem, x, value, index)


def entry_cotangent(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """What a write passes on to its value: the cotangent at the index, summed where broadcasting repeated.

    Of positions that are named twice the last one has been written, so only that passes.
    """
    entry = getitem(g, index=index)
    entry = np.copy(entry) if type(entry) is np.ndarray else entry
    if any(isinstance(part, np.ndarray) and part.dtype == np.int64 for part in _parts(index)):
        entry = where(_written_last(index, shape_of(g)), entry, 0.0)
    rank = len(shape_of(entry))
    spare = max(0, len(shape) - rank)  # a value may have more axes than the entry, of length 1
    summed = sum_to(entry, shape[spare:])
    return reshape(summed, shape=shape) if spare else summed


def _written_last(index: Any, shape: tuple[int, ...]) -> Any:
    """Where in an entry of repeated positions each position stands for the last time."""
    positions = _positions(index, shape)
    order = np.arange(positions.size).reshape(positions.shape)
    last = np.zeros(np.prod(shape, dtype=np.intp), dtype=np.int64)
    last[positions] = order
    return np.equal(last[positions], order)


def read(x: Any, index: Any) -> Any:
    """`x[index]` as the text has it: parts of the index may be nodes, floats without fraction, or lists.

    Raises `EvaluationError` for an index that is out of range, of the wrong kind, or has too many parts.
    """
    index = as_index(index)
    try:
        return getitem(x, index=index)
    except (IndexError, ValueError, AttributeError) as error:
        raise _bad_index(x, index, error) from None


def write(x: Any, index: Any, value: Any, graph: Graph | None = None) -> Any:
    """`x` with `x[index] = value`, for an index as `read` takes it.

    Raises `EvaluationError` for a bad index, and where the value does not fit into the entries.
    """
    index = as_index(index)
    try:
        return assign(x, index, value, graph)
    except (IndexError, ValueError) as error:
        entry = shape_of(read(value_of(x), index))  # raises if the index is to blame
        raise EvaluationError(
            f"a value of shape {shape_of(value)} does not fit into entries of shape {entry}"
        ) from error


def as_index(index: Any) -> Any:
    """An index of plain parts: ints, slices of ints, None, `...`, arrays of integers or of booleans."""
    if type(index) is int:
        return index
    if type(index) is tuple:
        return tuple(map(_index_part, index))
    return _index_part(index)


def _index_part(part: Any) -> Any:
    if part is None or part is Ellipsis or type(part) is int:
        return part
    if type(part) is slice:
        return slice(
            *(
                None if each is None else as_int(each, "a bound of a slice")
                for each in (part.start, part.stop, part.step)
            )
        )
    if isinstance(part, (list, tuple, range)):
        check_elements((len(part),))
        return _index_array(np.array([_index_part(each) for each in part], ndmin=1))
    value = part.value if isinstance(part, Node) else part
    if isinstance(value, np.ndarray) or type(value) is bool:
        outcome = _index_array(value)
        if isinstance(part, Node):
            part.graph.guard(part, "count", outcome)
        return outcome
    return as_int(part, "an index")


def _index_array(value: Any) -> Any:
    """Integers and booleans as they are; floats must be whole numbers."""
    if type(value) is bool or value.dtype == np.bool_ or value.dtype == np.int64:
        return value
    if value.dtype == np.float64 and np.all(np.equal(value, np.trunc(value))):
        return value.astype(np.int64)
    raise EvaluationError(
        f"an index must be made of whole numbers or booleans, not {describe(value)} of others"
    )


def _bad_index(x: Any, index: Any, error: Exception) -> EvaluationError:
    shape = shape_of(x)
    if not shape:
        return EvaluationError(
            "a scalar cannot be indexed", help="`[...]` needs an array, a list or a structure"
        )
    if "too many" in str(error):
        return EvaluationError(f"{len(index)} indices are too many for {an_array(shape)}")
    if "boolean" in str(error):
        masks = [
            each.shape for each in _parts(index) if isinstance(each, np.ndarray) and each.dtype == np.bool_
        ]
        return EvaluationError(f"a mask of shape {masks[0]} does not fit {an_array(shape)}")
    reason = str(error).split(" with size")[0].replace("out of bounds", "out of range")
    return EvaluationError(f"{reason} of {an_array(shape)}" if " axis " in reason else reason)
