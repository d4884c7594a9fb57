"""Sparse linear maps: each entry of an array as a sum of terms, a coefficient times one seed.

This is the form in which a derivative by many inputs at once goes through a graph. A diagonal is one term for
each entry, a band a few, and nothing is stored for what is zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.nodes import Node
from gradcli.records import NamedTuple

Parts: TypeAlias = "tuple[Any, np.ndarray]"  # columns and values
_FEW = 64  # pairs of terms: up to here they are compared one by one, beyond they are sorted


class OverfullError(Exception):
    """A map has more entries than may be stored; what was asked for must be had in another way."""


class Terms(Node):
    """A linear map from the seeds u to an array: entry e is the sum of `values[t, e] * u[columns[t, e] - 1]`.

    The columns count from 1, and 0 stands for no term at all: a primitive that moves entries about, and
    fills up with zeros, does the right thing to columns too. They may have axes of length 1 where `values`
    has longer ones. `columns` is None for a dense map, whose term t belongs to seed t in every entry.
    """

    __slots__ = ("columns", "values")

    def __init__(self, owner: Callable[[], Any], columns: np.ndarray | None, values: np.ndarray) -> None:
        self.owner = owner
        self.columns = columns
        self.values = values

    @property
    def value(self) -> Any:
        """An array of the map's shape, as a node has one; its numbers mean nothing."""
        return self.values[0] if len(self.values) else np.zeros(self.shape)

    @property
    def parts(self) -> Parts:
        """The columns and the values."""
        return self.columns, self.values

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.values.shape[1:]


def full(x: Parts) -> np.ndarray:
    """The columns of a sparse map in the shape of its values."""
    columns: np.ndarray = x[0]
    return columns if columns.shape == x[1].shape else np.broadcast_to(columns, x[1].shape)


# Sums -------------------------------------------------------------------------------------------------------


def total(x: Parts, y: Parts) -> Parts:
    """The sum of two sparse maps of one shape; terms of the same columns become one."""
    if x[0] is y[0]:
        return x[0], x[1] + y[1]
    if len(x[1]) * len(y[1]) > _FEW:
        columns = np.concatenate([full(x), full(y)])
        return collected((columns, np.concatenate([x[1], y[1]])))
    x, y = (x, y) if len(x[1]) >= len(y[1]) else (y, x)
    columns, values, own = x[0], x[1], False
    left: list[int] = []
    for j, row in enumerate(_pairs(x[0], y[0], np.equal)):
        if True in row:
            values = values if own else values.copy()
            own = True
            values[row.index(True)] += y[1][j]
        else:
            left.append(j)
    if not left:
        return columns, values
    rest = (y[0], y[1]) if len(left) == len(y[1]) else (y[0][left], y[1][left])
    return _laid_over((columns, values), rest)


def _pairs(x: np.ndarray, y: np.ndarray, fit: Callable[..., Any]) -> list[list[bool]]:
    """Whether term i of x fits term j of y everywhere, by j and i."""
    fits = fit(x, y[:, None])
    found: list[list[bool]] = np.logical_and.reduce(fits, axis=tuple(range(2, fits.ndim))).tolist()
    return found


def _free(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    free: np.ndarray = (x == y) | (x == 0) | (y == 0)
    return free


def _laid_over(x: Parts, y: Parts) -> Parts:
    """The terms of x and y together; a term of y goes into the gaps of one of x where it can."""
    columns, values = full(x), x[1]
    if np.minimum.reduce(columns, axis=None) and np.minimum.reduce(y[0], axis=None):
        return np.concatenate([columns, full(y)]), np.concatenate([values, y[1]])
    columns, values = columns.copy(), values.copy()
    added = []
    for j, (own_columns, own_values) in enumerate(zip(full(y), y[1], strict=True)):
        row = _pairs(columns, own_columns[None], _free)[0]
        if True in row:
            i = row.index(True)
            values[i] += own_values
            np.maximum(columns[i], own_columns, out=columns[i, ...])
        else:
            added.append(j)
    if not added:
        return columns, values
    return np.concatenate([columns, full(y)[added]]), np.concatenate([values, y[1][added]])


def collected(x: Parts) -> Parts:
    """The same map with one term for each column of an entry, by sorting."""
    columns = full(x)
    order = np.argsort(columns, axis=0, kind="stable")
    columns = np.take_along_axis(columns, order, 0)
    values = np.take_along_axis(x[1], order, 0)
    starts = columns != 0
    starts[1:] &= columns[1:] != columns[:-1]
    place = np.maximum(np.cumsum(starts, axis=0) - 1, 0)
    shape = (int(place.max(initial=0)) + 1, *columns.shape[1:])
    size = math.prod(shape[1:])
    flat = (place.reshape(len(place), size) * size + np.arange(size)).ravel()
    into = np.zeros(shape)
    into.ravel()[flat] = columns.ravel()
    summed = np.bincount(flat, values.ravel(), math.prod(shape))
    return into, summed.reshape(shape)


def folded(x: Parts, axes: tuple[int, ...]) -> Parts:
    """The sum over axes of the entries: each has the terms of all that are summed."""
    columns, values = x
    wide = list(columns.shape)
    for i in axes:
        wide[i + 1] = values.shape[i + 1]
    columns = _merged_axes(np.broadcast_to(columns, wide), axes)
    merged = columns, _merged_axes(values, axes)
    return merged if len(values) == 1 else collected(merged)


def _merged_axes(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Axes of the entries made part of that of the terms."""
    rest = [i + 1 for i in range(x.ndim - 1) if i not in axes]
    moved = x.transpose(0, *(i + 1 for i in axes), *rest)
    return moved.reshape(math.prod(moved.shape[: 1 + len(axes)]), *moved.shape[1 + len(axes) :])


# The numbers ------------------------------------------------------------------------------------------------


class Entries(NamedTuple):
    """What a map holds, flat: each value with its seed and its entry, counted from 0, in no order."""

    seeds: np.ndarray
    entries: np.ndarray
    values: np.ndarray


def entries_of(x: Parts) -> Entries:
    """The terms of a sparse map; an entry may have several for one seed."""
    flat = len(x[1]), math.prod(x[1].shape[1:])
    columns: np.ndarray = full(x).astype(np.intp).reshape(flat).T
    values: np.ndarray = x[1].reshape(flat).T
    entries = np.arange(flat[1]).repeat(flat[0])
    seeds, values = columns.ravel() - 1, values.ravel()
    if np.minimum.reduce(seeds, initial=0) < 0:
        present = seeds >= 0
        return Entries(seeds[present], entries[present], values[present])
    return Entries(seeds, entries, values)


def dense(x: Parts, count: int) -> np.ndarray:
    """The numbers of a map from `count` seeds: for each seed, what it contributes to each entry."""
    columns, values = x
    shape = (count, *values.shape[1:])
    if columns.size == len(columns):
        found = _by_seed(columns.ravel().astype(np.intp), values, shape)
        if found is not None:
            return found
    seeds, entries, numbers = entries_of(x)
    flat = seeds * math.prod(shape[1:]) + entries
    return np.bincount(flat, numbers, math.prod(shape)).reshape(shape)


def _by_seed(columns: np.ndarray, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """The dense map where each term has one seed for all entries, and no seed has two terms."""
    if len(columns) == shape[0] and (columns == np.arange(1, shape[0] + 1)).all():
        return values
    present = columns > 0
    if (np.bincount(columns[present]) > 1).any():
        return None
    numbers = np.zeros(shape)
    numbers[columns[present] - 1] = values[present]
    return numbers
