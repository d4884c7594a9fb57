"""Jacobians by one walk with all seeds at once, as sparse linear maps: whole blocks, or entries alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any

import numpy as np

from gradcli.autodiff.forward import push
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, shape_of, zeros
from gradcli.autodiff.primitive import Operand
from gradcli.autodiff.reverse import pull
from gradcli.autodiff.sparsity import Aim, Seeds, starts_of
from gradcli.autodiff.terms import Entries, OverfullError, Terms, entries_of
from gradcli.limits import check_elements
from gradcli.records import NamedTuple

SMALL_ROOM = 1 << 20  # numbers: as many a map on the way may always have
LARGE_ROOM = 1 << 26  # where only entries are asked for: 512 MiB
NOTHING = Entries(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0))


class Direction(Enum):
    """Which way a walk goes: a forward one has a seed for each input, a reverse one for each output."""

    FORWARD = "forward"
    REVERSE = "reverse"


class SparseMatrix(NamedTuple):
    """A Jacobian or a Hessian by its entries: `values[i]` stands in row `rows[i]` and column `columns[i]`.

    Rows count the entries of the output (for a Hessian, of the first input) and columns those of the input,
    both flattened. Entries come row by row. What is not listed is zero, and not only at this point: it is
    zero wherever the program runs through the same operations.
    """

    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    shape: tuple[int, int]

    def toarray(self) -> np.ndarray:
        """The whole matrix."""
        check_elements(self.shape)
        whole = np.zeros(self.shape)
        whole[self.rows, self.columns] = self.values
        return whole


def blocks(graph: Graph, output: Operand, wrt: Sequence[Node], direction: Direction) -> list[Any] | None:
    """∂output/∂node for each of `wrt`, of shape output.shape + node.shape, by one walk.

    None where the maps on the way would need more room than the result.
    """
    shapes = [shape_of(output) + shape_of(node) for node in wrt]
    if not _has_path(output, wrt):
        return [zeros(shape) for shape in shapes]
    walk = _columns if direction is Direction.FORWARD else _rows
    try:
        return [shaped(each, shape) for each, shape in zip(walk(graph, output, wrt), shapes, strict=True)]
    except OverfullError:
        return None


def _has_path(output: Operand, wrt: Sequence[Node]) -> bool:
    """Whether there is something to derive, and something to derive by."""
    active = isinstance(output, Node) and output.active
    return active and _size(output) > 0 and any(map(_size, wrt))


def _size(operand: Operand) -> int:
    return math.prod(shape_of(operand))


def shaped(numbers: np.ndarray, shape: tuple[int, ...]) -> Any:
    """A block in its shape; a float for a scalar by a scalar."""
    return np.ascontiguousarray(numbers).reshape(shape) if shape else float(numbers.reshape(()))


def _columns(graph: Graph, output: Operand, wrt: Sequence[Node]) -> Iterator[np.ndarray]:
    """By a forward walk: matrices with a row for each entry of the output."""
    rows, starts = _size(output), starts_of(wrt)
    seeds = Seeds(starts[-1], _room(output, wrt))
    (pushed,) = push(graph, seeds.units_of(wrt), [output])
    if isinstance(pushed, Terms) and pushed.columns is not None:
        found = entries_of(pushed.parts)
        flat = found.entries * seeds.count + found.seeds
        whole: Any = np.bincount(flat, found.values, rows * seeds.count).reshape(rows, seeds.count)
    elif isinstance(pushed, Terms):
        whole = pushed.values.reshape(seeds.count, rows).T
    else:
        whole = np.zeros((rows, seeds.count))
    return (whole[:, start:stop] for start, stop in pairwise(starts))


def _rows(graph: Graph, output: Node, wrt: Sequence[Node]) -> Iterator[np.ndarray]:
    """By a reverse walk: the same."""
    seeds = Seeds(_size(output), _room(output, wrt))
    pulled = pull(graph, [(output, seeds.units(shape_of(output)))], wrt, space=seeds)
    return (
        seeds.dense(each) if isinstance(each, Terms) else np.zeros((seeds.count, _size(node)))
        for node, each in zip(wrt, pulled, strict=True)
    )


def _room(output: Operand, wrt: Sequence[Node]) -> int:
    """How many numbers a map may have on the way."""
    return max(SMALL_ROOM, 2 * _size(output) * sum(map(_size, wrt)))


# Entries alone ----------------------------------------------------------------------------------------------


def matrices(
    graph: Graph, output: Operand, wrt: Sequence[Node], direction: Direction
) -> list[SparseMatrix] | None:
    """∂output/∂node for each of `wrt` as a sparse matrix, by one walk.

    None where the maps on the way would need too much room.
    """
    rows = _size(output)
    if not _has_path(output, wrt):
        return [matrix_of(NOTHING, (rows, _size(node))) for node in wrt]
    walk = _forward_entries if direction is Direction.FORWARD else _reverse_entries
    try:
        found = walk(graph, output, wrt)
        return [matrix_of(each, (rows, _size(node))) for node, each in zip(wrt, found, strict=True)]
    except OverfullError:
        return None


def _forward_entries(graph: Graph, output: Operand, wrt: Sequence[Node]) -> Iterator[Entries]:
    """The entries by each of `wrt`, with the input's as seeds and the output's as entries."""
    starts = starts_of(wrt)
    space = Seeds(starts[-1], LARGE_ROOM, Aim.PATTERN)
    (pushed,) = push(graph, space.units_of(wrt), [output])
    seeds, entries, values = _entries(pushed, _size(output))
    for start, stop in pairwise(starts):
        own = slice(None) if len(wrt) == 1 else (seeds >= start) & (seeds < stop)
        yield Entries(entries[own], seeds[own] - start, values[own])


def _reverse_entries(graph: Graph, output: Node, wrt: Sequence[Node]) -> Iterator[Entries]:
    """The same by a reverse walk."""
    seeds = Seeds(_size(output), LARGE_ROOM, Aim.PATTERN)
    pulled = pull(graph, [(output, seeds.units(shape_of(output)))], wrt, space=seeds)
    return (_entries(each, _size(node)) for node, each in zip(wrt, pulled, strict=True))


def _entries(found: Operand | None, size: int) -> Entries:
    """The entries of a map: all where it is dense, none where there is no path."""
    if not isinstance(found, Terms):
        return NOTHING
    if found.columns is not None:
        return entries_of(found.parts)
    seeds, entries = np.divmod(np.arange(found.values.size), max(size, 1))
    return Entries(seeds, entries, found.values.ravel())


def matrix_of(found: Entries, shape: tuple[int, int]) -> SparseMatrix:
    """A sparse matrix of rows, columns and values in any order; those of one place are added up."""
    rows, columns, values = found
    place = rows * shape[1] + columns
    if (place[1:] > place[:-1]).all():
        return SparseMatrix(rows, columns, values, shape)
    order = np.argsort(place, kind="stable")
    place = place[order]
    first = np.flatnonzero(np.diff(place, prepend=-1))
    rows, columns = np.divmod(place[first], shape[1])
    return SparseMatrix(rows, columns, np.add.reduceat(values[order], first), shape)


def full_matrix(block: Any, rows: int) -> SparseMatrix:
    """A block of a Jacobian with all of its entries, of which none is known to be zero."""
    values = np.reshape(block, -1)
    shape = rows, values.size // max(rows, 1)
    return SparseMatrix(*np.divmod(np.arange(values.size), max(shape[1], 1)), values, shape)
