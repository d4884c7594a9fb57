"""Derivatives by many seeds at once: primitives applied to sparse linear maps instead of to numbers.

A walk over a graph whose tangents (or cotangents) are `Terms` calls the rules as ever, and the rules call
primitives; each of these is linear in the maps that it is given. What it does to their terms is said here, by
the kind of primitive: this module knows no derivative. A primitive of no kind is applied to the dense map.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any
from weakref import ref

import numpy as np

from gradcli.autodiff.batch import evaluate_rows
from gradcli.autodiff.nodes import Node, shape_of
from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.autodiff.terms import (
    OverfullError,
    Parts,
    Terms,
    collected,
    dense,
    folded,
    full,
    total,
    with_rank,
)
from gradcli.primitives.arithmetic import chain
from gradcli.primitives.indexing import is_basic

_FEW_SEEDS = 16  # up to here a dense map is no larger, and takes fewer steps
_ALL = slice(None)


class Aim(Enum):
    """What maps are kept for: their numbers, so that they may become dense, or their pattern too."""

    NUMBERS = "numbers"
    PATTERN = "pattern"


class Seeds:
    """The space of seeds, `count` numbers, and the arithmetic of maps from it.

    It stands where a graph would: a primitive called on `Terms` is carried out here. `limit` is how many
    numbers a map may have; beyond it, `OverfullError` is raised.
    """

    __slots__ = ("__weakref__", "aim", "count", "limit", "reference")

    def __init__(self, count: int, limit: int, aim: Aim = Aim.NUMBERS) -> None:
        self.count = count
        self.limit = limit
        self.aim = aim
        self.reference = ref(self)

    def units(self, shape: tuple[int, ...], start: int = 0) -> Terms:
        """The map that puts the seeds from `start` on into an array of this shape, one into each entry."""
        size = math.prod(shape)
        if self.are_few:
            units = np.eye(self.count, size, -start).reshape(self.count, *shape)
            return Terms(self.reference, None, units)
        columns = np.arange(start + 1.0, start + 1 + size).reshape(1, *shape)
        return Terms(self.reference, columns, np.ones((1, *shape)))

    def units_of(self, nodes: Sequence[Node]) -> dict[Node, Terms]:
        """The seeds shared out among nodes, one for each entry, in this order."""
        starts = starts_of(nodes)
        return {node: self.units(shape_of(node), start) for node, start in zip(nodes, starts, strict=False)}

    @property
    def are_few(self) -> bool:
        """Whether maps are dense from the first."""
        return self.count <= _FEW_SEEDS and self.aim is Aim.NUMBERS

    def record(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Any:
        """The map that a primitive makes of maps (and plain values)."""
        kind = _KINDS.get(primitive.name)
        parts = None if kind is None else kind(primitive, operands, static)
        if parts is None:
            return self._densely(primitive, operands, static)
        if parts[0] is not None and 2 * len(parts[1]) > self.count:  # a dense map takes no more room
            if self.aim is Aim.NUMBERS:
                return Terms(self.reference, None, self.dense(Terms(self.reference, *parts)))
            parts = collected(parts) if len(parts[1]) > self.count else parts
        return self._within_limit(Terms(self.reference, *parts))

    def assign(self, primitive: Primitive, base: Operand, value: Operand, index: Any) -> Any:
        """`base[index] = value`, as a new map."""
        return self.record(primitive, (base, value), {"index": index})

    def dense(self, terms: Terms) -> np.ndarray:
        """The numbers of a map: for each seed, what it contributes to each entry.

        Raises `OverfullError` where they would be too many.
        """
        if terms.columns is None:
            return terms.values
        if self.count * math.prod(terms.shape) > self.limit:
            raise OverfullError
        return dense(terms.parts, self.count)

    def _densely(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Any:
        mapped = tuple([type(each) is Terms for each in operands])
        values = [self.dense(each) if type(each) is Terms else each for each in operands]
        result = evaluate_rows(primitive, mapped, values, static, self.count)
        if isinstance(result, tuple):
            return tuple(self._within_limit(Terms(self.reference, None, each)) for each in result)
        return self._within_limit(Terms(self.reference, None, result))

    def _within_limit(self, terms: Terms) -> Terms:
        if terms.values.size > self.limit:
            raise OverfullError
        return terms


def starts_of(nodes: Sequence[Node]) -> list[int]:
    """Where the entries of each node begin when they are counted together, and where all end."""
    starts = [0]
    for node in nodes:
        starts.append(starts[-1] + math.prod(shape_of(node)))
    return starts


# What primitives do to terms --------------------------------------------------------------------------------
#
# Each takes the operands, at least one of them `Terms`; None stands for what had better be done densely.


def _scaled(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts:
    """An elementwise product of one map and plain values: its coefficients are multiplied.

    A coefficient of 0 stays 0, whatever it is multiplied by.
    """
    mapped = tuple([type(each) is Terms for each in operands])
    terms = operands[mapped.index(True)]
    columns, before = terms.columns, terms.values
    given = [before if each is terms else each for each in operands]
    if all(np.ndim(each) < before.ndim for each in given if each is not before):
        values = primitive.evaluate(*given, **static)  # whose ranks are aligned as they are
    else:
        values = evaluate_rows(primitive, mapped, given, static, len(before))
        before = with_rank(before, values.ndim)
        columns = columns if columns is None else with_rank(columns, values.ndim)
    if primitive is not chain and np.isnan(np.add.reduce(values, axis=None)):
        values = np.where(before == 0.0, 0.0, values)
    return columns, values


def _added(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """An elementwise primitive that is linear in its maps together: the sum over each of them alone."""
    if _is_dense(operands):
        return None
    shape = np.broadcast_shapes(*map(shape_of, operands))
    rank = 1 + len(shape)
    parts = []
    for each in operands:
        if type(each) is Terms:
            alone = tuple([own if own is each or type(own) is not Terms else 0.0 for own in operands])
            columns, values = _scaled(primitive, alone, static)
            values = np.broadcast_to(with_rank(values, rank), (len(values), *shape))
            parts.append((with_rank(columns, rank), values))
    return parts[0] if len(parts) == 1 else total(*parts)


def _is_dense(operands: tuple[Operand, ...]) -> bool:
    return any(type(each) is Terms and each.columns is None for each in operands)


def _plus(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """The sum of two maps, for which nothing need be evaluated where the shapes are the same."""
    x, y = operands
    if type(x) is Terms is type(y) and x is not y and x.values.shape[1:] == y.values.shape[1:]:
        if (x.columns is None) is (y.columns is None):
            return total(x.parts, y.parts)
        return None
    return _added(primitive, operands, static)


def _moved(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """A primitive that moves entries about, or fills up with zeros: columns go where their entries go."""
    if _is_dense(operands):
        return None
    batch: Any = primitive.batch
    if len(operands) == 1:
        (terms,) = operands
        return batch((True,), full(terms.parts), **static), batch((True,), terms.values, **static)
    mapped = tuple([type(each) is Terms for each in operands])
    count = max([len(each.values) for each in operands if type(each) is Terms])
    columns = [
        _lengthened(full(each.parts), count) if type(each) is Terms else np.zeros(shape_of(each))
        for each in operands
    ]
    values = [_lengthened(each.values, count) if type(each) is Terms else each for each in operands]
    return batch(mapped, *columns, **static), batch(mapped, *values, **static)


def _lengthened(x: np.ndarray, count: int) -> np.ndarray:
    return x if len(x) == count else np.concatenate([x, np.zeros((count - len(x), *x.shape[1:]))])


def _picked(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """Entries picked by an array of positions."""
    if _is_dense(operands):
        return None
    terms, indices = operands
    batch: Any = primitive.batch
    mapped = (True, False)
    return batch(mapped, full(terms.parts), indices, **static), batch(mapped, terms.values, indices, **static)


def _written(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """`base[index] = value`, of which either may be plain zeros."""
    if _is_dense(operands):
        return None
    base, value = operands
    index = static["index"]
    if not is_basic(index) or len(shape_of(value)) > len(shape_of(base)):
        return _moved(primitive, operands, static)
    places = _places(index)
    count = max([len(each.values) for each in operands if type(each) is Terms])
    written = []
    for part in (0, 1):
        into = np.zeros((count, *shape_of(base)))
        if type(base) is Terms:
            into[: len(base.values)] = base.parts[part]
            into[places] = 0.0
        if type(value) is Terms:
            entry = into[: len(value.values)]
            entry[places] = with_rank(value.parts[part], entry[places].ndim)
        written.append(into)
    return written[0], written[1]


def _places(index: Any) -> Any:
    """An index into an array as one into the entries of all terms."""
    return (_ALL, *index) if type(index) is tuple else (_ALL, index)


def _scattered(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """Entries added into zeros; those that fall on one place become terms of it, layer by layer."""
    if _is_dense(operands):
        return None
    (terms,), index, shape = operands, static["index"], static["shape"]
    if not is_basic(index):
        return _layered(terms, np.arange(math.prod(shape)).reshape(shape)[index], shape)
    places = _places(index)
    columns, values = (np.zeros((len(terms.values), *shape)) for _ in range(2))
    columns[places] = full(terms.parts)
    values[places] = terms.values
    return columns, values


def _layered(terms: Terms, places: np.ndarray, shape: tuple[int, ...]) -> Parts:
    flat = places.ravel()
    order = np.argsort(flat, kind="stable")
    starts = np.flatnonzero(np.diff(flat[order], prepend=-1))
    layer = np.empty_like(flat)
    layer[order] = np.arange(len(flat)) - np.repeat(starts, np.diff(starts, append=len(flat)))
    layers = int(layer.max(initial=0)) + 1
    spread = []
    for part in (full(terms.parts), terms.values):
        into = np.zeros((layers, len(part), math.prod(shape)))
        into[layer, :, flat] = part.reshape(len(part), len(flat)).T
        spread.append(into.reshape(-1, *shape))
    return spread[0], spread[1]


def _spread(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """`broadcast_to`, under which columns may stay as they are."""
    if _is_dense(operands):
        return None
    (terms,), rank = operands, 1 + len(static["shape"])
    values = with_rank(terms.values, rank)
    return with_rank(terms.columns, rank), np.broadcast_to(values, (len(values), *static["shape"]))


def _summed(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """A sum over axes: the terms of all entries that are summed."""
    if _is_dense(operands):
        return None
    (terms,) = operands
    columns, values = folded(terms.parts, static["axis"])
    if static["keepdims"]:
        kept = [1 if i in static["axis"] else n for i, n in enumerate(terms.shape)]
        columns = np.broadcast_to(columns, values.shape).reshape(len(values), *kept)
        values = values.reshape(len(values), *kept)
    return columns, values


def _multiplied(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """`x @ y` as elementwise products summed over the inner axis, unless that makes more terms than seeds."""
    if _is_dense(operands):
        return None
    x, y = operands
    if primitive.name == "matmul" and len(shape_of(y)) > 1:
        y = _at(y, (..., None, _ALL, _ALL)) if len(shape_of(x)) > 1 else y
        x = _at(x, (..., None))
        return _summed_product(x, y, -2)
    return _summed_product(x, y, -1)


def _outer(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    if _is_dense(operands):
        return None
    x, y = _at(operands[0], (..., None)), _at(operands[1], (..., None, _ALL))
    return _scaled(chain, (x, y) if type(x) is Terms else (y, x), {})


def _at(x: Operand, index: Any) -> Operand:
    if type(x) is not Terms:
        return x[index]
    columns: Any = x.columns
    return Terms(x.owner, columns[index], x.values[index])


def _summed_product(x: Operand, y: Operand, axis: int) -> Parts | None:
    terms, plain = (x, y) if type(x) is Terms else (y, x)
    if len(terms.values) * shape_of(plain)[axis] > terms.graph.count:
        return None
    columns, values = _scaled(chain, (terms, plain), {})
    return folded((columns, values), (values.ndim - 1 + axis,))


_KINDS: dict[str, Callable[..., Parts | None]] = {
    **dict.fromkeys(("chain", "multiply", "divide", "negative", "positive", "zero_product"), _scaled),
    **dict.fromkeys(("subtract", "where"), _added),
    **dict.fromkeys(("getitem", "reshape", "transpose", "stack", "concatenate", "pad"), _moved),
    **dict.fromkeys(("matmul", "dot"), _multiplied),
    "add": _plus,
    "broadcast_to": _spread,
    "outer": _outer,
    "scatter_add": _scattered,
    "setitem": _written,
    "sum": _summed,
    "take_along_axis": _picked,
}
