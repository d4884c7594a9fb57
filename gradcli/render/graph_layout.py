"""Places for the boxes of an acyclic graph, in layers from top to bottom, with edges routed between them.

The layered method of Sugiyama, Tagawa and Toda ("Methods for visual understanding of hierarchical system
structures", 1981): layers by longest path, order within layers by where the neighbours stand, then columns
by least squares: each box wants to be in the middle of its neighbours, and boxes keep their distance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from gradcli.records import NamedTuple

GAP_X, GAP_Y = 28.0, 44.0  # between boxes, between layers
_BEND_WIDTH = 8.0  # room for an edge that passes a layer
_SWEEPS = 13  # the last goes down
_STIFFNESS = 8.0  # of edges that pass layers, which should run straight
_PORT = 16.0  # at most, between edges that end at one box

Edge = tuple[int, int]


class Size(NamedTuple):
    """The width and the height of a box."""

    width: float
    height: float


class Point(NamedTuple):
    """A place in a picture; y grows downward."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The centres of the boxes, the courses of the edges, and the size of the whole.

    An edge starts at the first point, bends to the second, runs straight to the third, bends to the
    fourth, and so on.
    """

    centres: dict[int, Point]
    routes: dict[Edge, tuple[Point, ...]]
    size: Size


def layout(sizes: Mapping[int, Size], edges: Sequence[Edge]) -> Layout:
    """Place boxes of these sizes; their numbers are in an order in which every edge points forward."""
    layer = _layers(sizes, edges)
    paths = {edge: _path(edge, layer) for edge in edges}
    rows = _rows(layer, paths)
    links = [(start, end) for path in paths.values() for start, end in pairwise(path)]
    neighbours = _neighbours(links)
    _order(rows, neighbours)
    widths = {
        each: sizes[each].width if isinstance(each, int) else _BEND_WIDTH for row in rows for each in row
    }
    x = _columns(rows, neighbours, widths)
    heights = [
        max((sizes[each].height for each in row if isinstance(each, int)), default=0.0) for row in rows
    ]
    y = [sum(heights[:at]) + GAP_Y * at + height / 2 for at, height in enumerate(heights)]
    centres = {each: Point(x[each], y[layer[each]]) for each in sizes}
    router = _Router(sizes, layer, centres, heights, y, _ports(sizes, paths, x))
    routes = {edge: tuple(router.route(path, x)) for edge, path in paths.items()}
    right = max((x[each] + widths[each] / 2 for row in rows for each in row), default=0.0)
    return Layout(centres, routes, Size(right, sum(heights) + GAP_Y * max(len(rows) - 1, 0)))


_Spot = int | tuple[int, int, int]  # a box, or where an edge passes a layer


def _layers(sizes: Mapping[int, Size], edges: Sequence[Edge]) -> dict[int, int]:
    """The layer of each box; one that nothing leads to stands right above the first that it leads to."""
    before: dict[int, list[int]] = {each: [] for each in sizes}
    for start, end in edges:
        before[end].append(start)
    layer: dict[int, int] = {}
    for each in sorted(sizes):
        layer[each] = 1 + max((layer[other] for other in before[each]), default=-1)
    for each in sizes:
        after = [layer[end] for start, end in edges if start == each]
        if not before[each] and after:
            layer[each] = min(after) - 1
    return layer


def _path(edge: Edge, layer: Mapping[int, int]) -> tuple[_Spot, ...]:
    start, end = edge
    return (start, *((start, end, at) for at in range(layer[start] + 1, layer[end])), end)


def _rows(layer: Mapping[int, int], paths: Mapping[Edge, tuple[_Spot, ...]]) -> list[list[_Spot]]:
    rows: list[list[_Spot]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for each, at in sorted(layer.items()):
        rows[at].append(each)
    for path in paths.values():
        for spot in path[1:-1]:
            assert isinstance(spot, tuple)
            rows[spot[2]].append(spot)
    return rows


def _neighbours(links: Iterable[tuple[_Spot, _Spot]]) -> dict[_Spot, list[_Spot]]:
    found: dict[_Spot, list[_Spot]] = {}
    for start, end in links:
        found.setdefault(start, []).append(end)
        found.setdefault(end, []).append(start)
    return found


def _order(rows: list[list[_Spot]], neighbours: Mapping[_Spot, list[_Spot]]) -> None:
    """Sort each row by the middle of its neighbours' places in the row swept before, down and up in turn."""
    place = {each: at - (len(row) - 1) / 2 for row in rows for at, each in enumerate(row)}
    row_of = {each: number for number, row in enumerate(rows) for each in row}
    for sweep in range(_SWEEPS):
        step = 1 if sweep % 2 == 0 else -1
        for number in range(len(rows))[::step]:
            row = rows[number]
            middle = {}
            for each in row:
                before = [
                    place[other] for other in neighbours.get(each, ()) if row_of[other] == number - step
                ]
                middle[each] = fmean(before or [place[each]])
            row.sort(key=middle.__getitem__)
            place.update({each: at - (len(row) - 1) / 2 for at, each in enumerate(row)})


def _columns(
    rows: list[list[_Spot]], neighbours: Mapping[_Spot, list[_Spot]], widths: Mapping[_Spot, float]
) -> dict[_Spot, float]:
    """The middle of every spot, shifted so that the leftmost box begins at 0."""
    x: dict[_Spot, float] = {}
    for row in rows:
        x.update(zip(row, _apart([0.0] * len(row), row, widths), strict=True))
    for sweep in range(3 * _SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [_middle(each, neighbours.get(each, ()), x) for each in row]
            x.update(zip(row, _apart(wanted, row, widths), strict=True))
    left = min((middle - widths[each] / 2 for each, middle in x.items()), default=0.0)
    return {each: middle - left for each, middle in x.items()}


def _middle(spot: _Spot, others: Sequence[_Spot], x: Mapping[_Spot, float]) -> float:
    """The mean of the neighbours' places, in which the course of an edge through layers counts for more."""
    if not others:
        return x[spot]
    weights = [1.0 if isinstance(each, int) or isinstance(spot, int) else _STIFFNESS for each in others]
    return fmean([x[each] for each in others], weights)


def _apart(wanted: Sequence[float], row: Sequence[_Spot], widths: Mapping[_Spot, float]) -> list[float]:
    """The places nearest to those wanted at which the row's boxes, in their order, do not touch.

    Less its distance from the first box, each place must be at least the one before: a regression under an
    order, which pooling neighbours that violate it solves.
    """
    offsets = [0.0]
    for one, other in pairwise(row):
        offsets.append(offsets[-1] + (widths[one] + widths[other]) / 2 + GAP_X)
    pools: list[tuple[float, int]] = []  # mean and count
    for want, offset in zip(wanted, offsets, strict=False):  # no wants where a row is empty
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            before, number = pools.pop()
            mean, count = (mean * count + before * number) / (count + number), count + number
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=False)]


def _ports(
    sizes: Mapping[int, Size], paths: Mapping[Edge, tuple[_Spot, ...]], x: Mapping[_Spot, float]
) -> dict[Edge, float]:
    """Where on the upper side of its box each edge ends, side by side in the order they come in."""
    found: dict[Edge, float] = {}
    for box, size in sizes.items():
        coming = sorted((edge for edge in paths if edge[1] == box), key=lambda edge: x[paths[edge][-2]])
        distance = min(_PORT, size.width / (len(coming) + 1))
        for at, edge in enumerate(coming):
            found[edge] = x[box] + (at - (len(coming) - 1) / 2) * distance
    return found


@dataclass(frozen=True, slots=True)
class _Router:
    """Leads edges through the layers."""

    sizes: Mapping[int, Size]
    layer: Mapping[int, int]
    centres: Mapping[int, Point]
    heights: Sequence[float]
    middles: Sequence[float]
    ports: Mapping[Edge, float]

    def route(self, path: Sequence[_Spot], x: Mapping[_Spot, float]) -> list[Point]:
        start, end = path[0], path[-1]
        assert isinstance(start, int)
        assert isinstance(end, int)
        top = self.centres[start]
        points = [Point(top.x, top.y + self.sizes[start].height / 2)]
        if self._bottom(start) > points[0].y:  # a low box in a high row: go down straight first
            points += [points[0], Point(top.x, self._bottom(start))]
        for spot in path[1:-1]:
            assert isinstance(spot, tuple)
            half = self.heights[spot[2]] / 2
            points += [Point(x[spot], self.middles[spot[2]] + way * half) for way in (-1, 1)]
        upper = self.centres[end].y - self.sizes[end].height / 2
        return [*points, Point(self.ports[start, end], upper)]

    def _bottom(self, box: int) -> float:
        at = self.layer[box]
        return self.middles[at] + self.heights[at] / 2
