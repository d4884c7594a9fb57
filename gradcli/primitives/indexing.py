"""Indexing: reading `x[index]`, writing `x[index] = value` as a new version, and adding at an index."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.graph import Graph, Node, shape_of
from gradcli.autodiff.primitive import Linear
from gradcli.primitives.shape import sum_to
from gradcli.primitives.table import plain, primitive

FAMILY = "indexing"


class Scatter(NamedTuple):
    """A cotangent that is zero but for the entries at `index`, where `value` is to be added.

    The transpose of a read gives one, so that reading n entries in a loop costs O(n) and not O(n**2).
    """

    index: Any
    value: Any


def is_basic(index: Any) -> bool:
    """Whether an index holds integers, slices, None and `...` only, and so names no entry twice."""
    parts = index if type(index) is tuple else (index,)
    return not any(isinstance(part, (list, np.ndarray)) for part in parts)


def _getitem(x: Any, *, index: Any) -> Any:
    if type(index) is int and x.ndim == 1:
        return x.item(index)
    return plain(x[index])


def _setitem(x: Any, value: Any, *, index: Any) -> Any:
    kind = np.bool_ if np.asarray(x).dtype == np.asarray(value).dtype == np.bool_ else np.float64
    result = np.array(x, dtype=kind)
    result[index] = value
    return result


def _scatter_add(value: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
    result = np.zeros(shape)
    np.add.at(result, index, value)
    return result


getitem = primitive("getitem", _getitem, Linear((lambda g, x, index: Scatter(index, g),)))
setitem = primitive(
    "setitem",
    _setitem,
    Linear(
        (
            lambda g, x, value, index: assign(g, index, 0.0),
            lambda g, x, value, index: entry_cotangent(g, index, shape_of(value)),
        )
    ),
)
scatter_add = primitive(
    "scatter_add", _scatter_add, Linear((lambda g, value, index, shape: getitem(g, index=index),))
)


def assign(x: Any, index: Any, value: Any, graph: Graph | None = None) -> Any:
    """`x` with `x[index] = value`; recorded in the graph of the operands, or in the one given."""
    if graph is None:
        graph = next((each.graph for each in (x, value) if isinstance(each, Node)), None)
    if graph is None:
        return setitem(x, value, index=index)
    return graph.assign(setitem, x, value, index)


def entry_cotangent(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """What a write passes on to its value: the cotangent at the index, summed over what broadcasting repeated."""
    entry = getitem(g, index=index)
    return sum_to(np.copy(entry) if type(entry) is np.ndarray else entry, shape)
