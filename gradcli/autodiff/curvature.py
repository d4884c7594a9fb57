"""Hessians as sums over curved operations: what each of them bends, seen from the inputs.

For a scalar f, H = Σ Jᵢᵀ diag(g · ∂²φ/∂uᵢ∂uⱼ) Jⱼ over the elementwise operations φ(u₁, u₂, …) of a run and
the pairs of their operands, g being the cotangent of φ's value and Jᵢ the Jacobian of uᵢ by the inputs: the
chain rule of order two. One forward walk gives all J, one reverse walk all g, and the partials of φ are
differentiated where they stand. Linear operations have no part in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from gradcli.autodiff.duals import Dual, LateDual
from gradcli.autodiff.forward import push
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, shape_of, value_of
from gradcli.autodiff.primitive import Elementwise, Linear, Multilinear
from gradcli.autodiff.reverse import pull
from gradcli.autodiff.sparsity import Aim, Seeds, starts_of
from gradcli.autodiff.structured import LARGE_ROOM, NOTHING, SMALL_ROOM, SparseMatrix, matrix_of, shaped
from gradcli.autodiff.terms import Entries, OverfullError, Terms, full
from gradcli.autodiff.walks import ancestors
from gradcli.primitives.arithmetic import chain
from gradcli.primitives.rows import with_rank
from gradcli.records import NamedTuple

_FEW_ENTRIES = 16  # of operations with dense Jacobians: for more, the gradient's own graph is the shorter way


class Bend(NamedTuple):
    """The second derivative of f through one operation by a pair of its operands, entry by entry."""

    first: Node
    second: Node
    weights: Any
    shape: tuple[int, ...]


class Curvature(NamedTuple):
    """A Hessian as it is put together: numbers at flat places, of which some coincide, and whole matrices."""

    places: list[np.ndarray]
    numbers: list[np.ndarray]
    matrices: list[np.ndarray]


class Side(NamedTuple):
    """A sparse Jacobian with its seeds counted from 0; -1 stands for none, if there is such a one."""

    seeds: np.ndarray
    values: np.ndarray
    has_gaps: bool


def _curvature(graph: Graph, output: Node, wrt: Sequence[Node], seeds: Seeds) -> Curvature | None:
    """The Hessian by all entries of `wrt`, which have the seeds in this order.

    None where an operation is not curved entry by entry, or infinitely, or where Jacobians fill large arrays.
    """
    try:
        return _summed(graph, output, wrt, seeds)
    except OverfullError:
        return None


def _summed(graph: Graph, output: Node, wrt: Sequence[Node], seeds: Seeds) -> Curvature | None:
    curved = curved_nodes(graph, output)
    if curved is None:
        return None
    cotangents = pull(graph, [(output, 1.0)], curved)
    bends = [
        bend for node, g in zip(curved, cotangents, strict=True) if g is not None for bend in _bends(node, g)
    ]
    jacobians = jacobians_of(graph, wrt, bends, seeds)
    dense = sum([math.prod(each.shape) for each in jacobians.values() if each.columns is None])
    if dense > _FEW_ENTRIES and not seeds.are_few and seeds.aim is Aim.NUMBERS:
        return None
    found = Curvature([], [], [])
    sides = {index: _side(each) for index, each in jacobians.items() if _is_sparse(each, seeds)}
    for bend in bends:
        if not np.isfinite(np.add.reduce(bend.weights, axis=None)):
            return None  # products with it would be NaN where rules make zeros
        pair = bend.first.index, bend.second.index
        if sides.keys() >= {*pair}:
            _add(found, bend, [sides[each] for each in pair], seeds)
        elif jacobians.keys() >= {*pair}:
            left, right = (_flat(seeds.dense(jacobians[each]), bend.shape) for each in pair)
            found.matrices.append((left * np.ravel(bend.weights)) @ right.T)
    return found


def jacobians_of(graph: Graph, wrt: Sequence[Node], bends: Sequence[Bend], seeds: Seeds) -> dict[int, Terms]:
    """The Jacobians of the operands that bends speak of, by the operand's index; of those that move."""
    operands = list({each.index: each for bend in bends for each in (bend.first, bend.second)}.values())
    pushed = push(graph, seeds.units_of(wrt), operands, needed=ancestors(operands))
    return {node.index: each for node, each in zip(operands, pushed, strict=True) if isinstance(each, Terms)}


def _moving(node: Node) -> list[Node]:
    return [each for each in node.operands if isinstance(each, Node) and each.active]


def curved_nodes(graph: Graph, output: Node) -> list[Node] | None:
    """The operations up to the output that are not linear; None where one is not elementwise."""
    curved = []
    for node in graph.nodes[: output.index + 1]:
        if node.primitive is None or not node.active:
            continue
        derivative = node.primitive.derivative
        if type(derivative) is Elementwise:
            if any(map(callable, derivative.partials)):
                curved.append(node)
        elif type(derivative) is not Linear and not (
            type(derivative) is Multilinear and len(_moving(node)) == 1
        ):
            return None
    return curved


def _bends(node: Node, g: Any) -> Iterator[Bend]:
    """The partials of an operation, differentiated by each of its operands in turn."""
    operands = node.operands
    partials: Any = node.primitive.partials  # type: ignore[union-attr]
    values = [value_of(each) for each in operands]
    moving = [isinstance(each, Node) and each.active for each in operands]

    def slope(j: int) -> Any:
        rule = partials[j]
        return chain(1.0, rule(node.value, *values, **node.static) if callable(rule) else rule)

    for j, moves in enumerate(moving):
        if not moves or partials[j] is None:
            continue
        out = LateDual(node.value, partial(slope, j))
        moved = [*values[:j], Dual(values[j], 1.0), *values[j + 1 :]]
        for i, rule in enumerate(partials):
            second = rule(out, *moved, **node.static) if moving[i] and callable(rule) else None
            if isinstance(second, Dual):
                yield Bend(operands[i], operands[j], chain(g, second.moved()), shape_of(node))


def _is_sparse(jacobian: Terms, seeds: Seeds) -> bool:
    return jacobian.columns is not None or seeds.aim is Aim.PATTERN


def _side(jacobian: Terms) -> Side:
    columns, values = jacobian.parts
    if columns is None:
        columns = np.arange(1, len(values) + 1).reshape(-1, *(1,) * (values.ndim - 1))
    seeds = full((columns, values)).astype(np.intp) - 1
    return Side(seeds, values, bool(np.minimum.reduce(seeds, axis=None, initial=0) < 0))


def _add(found: Curvature, bend: Bend, sides: Sequence[Side], space: Seeds) -> None:
    """Jᵢᵀ diag(weights) Jⱼ: a number for each pair of terms of each entry."""
    first, second = sides
    if len(first.values) * len(second.values) * math.prod(bend.shape) > space.limit:
        raise OverfullError
    rank = 1 + len(bend.shape)
    x, y = with_rank(first.values, rank)[:, None], with_rank(second.values, rank)
    rows, columns = with_rank(first.seeds, rank)[:, None], with_rank(second.seeds, rank)
    places, numbers = rows * space.count + columns, bend.weights * (x * y)  # symmetric to the last digit
    if places.shape != numbers.shape:
        places = np.broadcast_to(places, numbers.shape)
    if first.has_gaps or second.has_gaps:
        present = np.broadcast_to((rows >= 0) & (columns >= 0), numbers.shape)
        places, numbers = places[present], numbers[present]
    found.places.append(places.ravel())
    found.numbers.append(numbers.ravel())


def _flat(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A dense Jacobian as a matrix, stretched to the shape of the operation."""
    stretched = np.broadcast_to(with_rank(x, 1 + len(shape)), (len(x), *shape))
    return stretched.reshape(len(x), math.prod(shape))


# The Hessian ------------------------------------------------------------------------------------------------


def hessian_blocks(graph: Graph, output: Node, wrt: Sequence[Node]) -> list[list[Any]] | None:
    """∂²output/∂a∂b for a, b in `wrt`, of shape a.shape + b.shape; None where this is not the way to it."""
    starts = starts_of(wrt)
    count = starts[-1]
    found = _curvature(graph, output, wrt, Seeds(count, max(SMALL_ROOM, 2 * count * count)))
    if found is None:
        return None
    whole = np.bincount(*_joined(found), count * count).reshape(count, count)
    for each in found.matrices:
        whole = whole + each
    ranges = list(zip(wrt, starts, starts[1:], strict=False))
    return [
        [shaped(whole[i:j, k:m], shape_of(first) + shape_of(second)) for second, k, m in ranges]
        for first, i, j in ranges
    ]


def hessian_matrices(graph: Graph, output: Node, wrt: Sequence[Node]) -> list[list[SparseMatrix]] | None:
    """The same as sparse matrices."""
    starts = starts_of(wrt)
    count = starts[-1]
    found = _curvature(graph, output, wrt, Seeds(count, LARGE_ROOM, Aim.PATTERN))
    if found is None:
        return None
    places, numbers = _joined(found)
    rows, columns = np.divmod(places, max(count, 1))
    ranges = list(pairwise(starts))
    matrices: list[list[SparseMatrix]] = []
    for i, j in ranges:
        matrices.append([])
        for k, m in ranges:
            own = slice(None) if len(wrt) == 1 else (rows >= i) & (rows < j) & (columns >= k) & (columns < m)
            entries = Entries(rows[own] - i, columns[own] - k, numbers[own])
            matrices[-1].append(matrix_of(entries, (j - i, m - k)))
    return matrices


def _joined(found: Curvature) -> tuple[np.ndarray, np.ndarray]:
    """All places and their numbers."""
    return np.concatenate([NOTHING.seeds, *found.places]), np.concatenate([NOTHING.values, *found.numbers])
