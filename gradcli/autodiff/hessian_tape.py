"""Hessians that are asked for again and again: by tapes, and with the places of all entries known beforehand.

H = Σ Jᵢᵀ diag(w) Jⱼ as in `curvature`. A tape gives the weights w. What entries the Jacobians have does
not depend on the inputs' numbers; seeds that meet in no entry are of one colour, and a forward walk for each
colour, which is a tape as well, gives all Jacobians.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, combinations, pairwise
from typing import Any

import numpy as np

from gradcli.autodiff.curvature import Bend, curved_nodes, jacobians_of
from gradcli.autodiff.forward import push
from gradcli.autodiff.nodes import Node, shape_of
from gradcli.autodiff.reverse import pull
from gradcli.autodiff.sparsity import Aim, Seeds, starts_of
from gradcli.autodiff.structured import LARGE_ROOM
from gradcli.autodiff.tape import Steps, Tape, tape_of
from gradcli.autodiff.terms import OverfullError, collected, full
from gradcli.primitives.arithmetic import chain, positive
from gradcli.primitives.rows import with_rank
from gradcli.records import NamedTuple

_MOST_COLOURS = 8  # each takes a forward walk


class Products(NamedTuple):
    """The terms of the sum over all operations: the positions of their factors, and the places they go to."""

    weights: np.ndarray
    first: np.ndarray
    second: np.ndarray
    places: np.ndarray


class HessianTape:
    """The Hessian of a run by all entries of some inputs, at other inputs of the same shapes."""

    __slots__ = ("colours", "count", "products", "shapes", "slopes", "weights")

    def __init__(
        self, weights: Tape, slopes: Tape, shapes: Sequence[Any], colours: Sequence[Any], products: Products
    ) -> None:
        self.weights = weights
        self.slopes = slopes
        self.shapes = shapes  # of the weights
        self.colours = colours  # for each, the direction to walk in
        self.products = products
        self.count = sum(map(np.size, colours[0]))

    def run(self, values: Sequence[Any]) -> np.ndarray | None:
        """The whole matrix; None where it is not finite, which is for `curvature` to judge."""
        found = self.weights.run(values)
        held = len(self.shapes)
        known = [np.broadcast_to(each, shape) for each, shape in zip(found[:held], self.shapes, strict=True)]
        weights = np.concatenate(known, axis=None)
        if not np.isfinite(np.add.reduce(weights)):
            return None
        walks = [self.slopes.run([*units, *found[held:]]) for units in self.colours]
        slopes = np.concatenate([each for walk in walks for each in walk], axis=None)
        of_weight, first, second, places = self.products
        numbers = weights[of_weight] * (slopes[first] * slopes[second])
        return np.bincount(places, numbers, self.count**2).reshape(self.count, self.count)


def hessian_tape(
    graph: Steps, output: Node, inputs: Sequence[Node], wrt: Sequence[Node]
) -> HessianTape | None:
    """The tape of a run's Hessian; None where there is none, or where other ways are as good."""
    curved = curved_nodes(graph, output)
    if not curved:
        return None
    cotangents = pull(graph, [(output, 1.0)], curved, record=True)
    bends = [
        bend
        for node, g in zip(curved, cotangents, strict=True)
        if g is not None
        for bend in _recorded_bends(graph, node, g)
    ]
    maps = _maps(graph, wrt, bends)
    operands = [graph.nodes[index] for index in maps]
    apart = _apart(list(maps.values()))
    if not bends or not apart:
        return None
    units = [graph.leaf(np.ones(shape_of(node))[()], active=True) for node in wrt]
    slopes = push(graph, dict(zip(wrt, units, strict=True)), operands, record=True)
    between = _between(graph, units)
    weights = tape_of(graph, inputs, [*[each.weights for each in bends], *between])
    walk = tape_of(graph, [*units, *between], slopes)
    if weights is None or walk is None:
        return None
    products = _products(bends, maps, apart, starts_of(wrt)[-1])
    return HessianTape(weights, walk, [each.shape for each in bends], _colours(wrt, apart), products)


def _recorded_bends(graph: Steps, node: Node, g: Any) -> Iterator[Bend]:
    """What an operation bends, as nodes: its partials are taken at copies, along which nothing else moves."""
    operands = node.operands
    partials: Any = node.primitive.partials  # type: ignore[union-attr]
    moving = [isinstance(each, Node) and each.active for each in operands]
    for j, slope in enumerate(partials):
        if not moving[j] or slope is None:
            continue
        out, moved = positive(node), list(operands)
        moved[j] = positive(operands[j])
        known = slope(node, *operands, **node.static) if callable(slope) else slope
        tangents = {moved[j]: 1.0, out: chain(1.0, known)}
        for i, rule in enumerate(partials):
            second = rule(out, *moved, **node.static) if moving[i] and callable(rule) else None
            if isinstance(second, Node):
                (bent,) = push(graph, tangents, [second], record=True)
                if bent is not None:
                    yield Bend(operands[i], operands[j], chain(g, bent), shape_of(node))


def _maps(graph: Steps, wrt: Sequence[Node], bends: Sequence[Bend]) -> dict[int, np.ndarray]:
    """For each operand that bends speak of, the seeds of its entries, from 1; 0 is none. Empty if unknown."""
    seeds = Seeds(starts_of(wrt)[-1], LARGE_ROOM, Aim.PATTERN)
    was_asked = graph.was_asked
    try:
        jacobians = jacobians_of(graph, wrt, bends, seeds)
    except OverfullError:
        return {}
    finally:
        graph.was_asked = was_asked  # what numbers came out is not looked at
    if any(each.columns is None for each in jacobians.values()):
        return {}
    return {index: full(collected(each.parts)).astype(np.intp) for index, each in jacobians.items()}


def _apart(maps: Sequence[np.ndarray]) -> int:
    """The least number such that seeds so many apart never meet in an entry; 0 if that is too many."""
    for apart in range(1, _MOST_COLOURS + 1):
        if not any(_meet(each, apart) for each in maps):
            return apart if maps else 0
    return 0


def _meet(seeds: np.ndarray, apart: int) -> bool:
    pairs = combinations(seeds, 2)
    return any(bool(((x > 0) & (y > 0) & ((x - y) % apart == 0)).any()) for x, y in pairs)


def _colours(wrt: Sequence[Node], apart: int) -> list[list[Any]]:
    """For each colour, ones at its seeds, in arrays of the shapes of the inputs."""
    starts = starts_of(wrt)
    every = np.arange(starts[-1]) % apart
    return [
        [
            (every[i:j] == colour).astype(np.float64).reshape(shape_of(node))[()]
            for node, (i, j) in zip(wrt, pairwise(starts), strict=True)
        ]
        for colour in range(apart)
    ]


def _between(graph: Steps, units: Sequence[Node]) -> list[Node]:
    """The nodes that rest while the units move, and that the others have for operands."""
    moving = {node.index for node in units}
    found: dict[int, Node] = {}
    for node in graph.nodes[units[0].index :]:
        operands = {each.index: each for each in node.operands if isinstance(each, Node)}
        if not moving.isdisjoint(operands):
            moving.add(node.index)
            found |= {index: each for index, each in operands.items() if index not in moving}
    return list(found.values())


def _products(bends: Sequence[Bend], maps: Mapping[int, np.ndarray], apart: int, count: int) -> Products:
    """The positions of the numbers that each bend multiplies: all weights, and all slopes walk by walk."""
    sizes = [math.prod(each.shape[1:]) for each in maps.values()]
    begins = dict(zip(maps, (0, *accumulate(sizes)), strict=False))
    parts: list[Products] = [Products(*[np.zeros(0, np.intp)] * 4)]
    start = 0
    for bend in bends:
        weights = np.arange(start, start + math.prod(bend.shape)).reshape(bend.shape)
        start += weights.size
        pair = bend.first.index, bend.second.index
        if not maps.keys() >= {*pair}:
            continue
        (rows, first), (columns, second) = (
            _aligned(maps[index], begins[index], bend.shape, apart, sum(sizes)) for index in pair
        )
        rows, first = rows[:, None], first[:, None]
        present = (rows > 0) & (columns > 0)
        all_of = (weights, first, second, (rows - 1) * count + columns - 1)
        parts.append(Products(*[np.broadcast_to(each, present.shape)[present] for each in all_of]))
    return Products(*map(np.concatenate, zip(*parts, strict=True)))


def _aligned(
    seeds: np.ndarray, begin: int, shape: tuple[int, ...], apart: int, length: int
) -> tuple[np.ndarray, np.ndarray]:
    """The seeds of an operand's terms, stretched as the operation does, and the positions of their slopes."""
    entries = np.arange(begin, begin + math.prod(seeds.shape[1:])).reshape(1, *seeds.shape[1:])
    positions = (seeds - 1) % apart * length + entries
    stretched = len(seeds), *shape
    rank = len(stretched)
    return (
        np.broadcast_to(with_rank(seeds, rank), stretched),
        np.broadcast_to(with_rank(positions, rank), stretched),
    )
