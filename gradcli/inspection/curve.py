"""A program over a range of one input or of two: values, derivatives, and where they break off.

A kink is looked for where the run takes another decision (another branch, another side of a primitive's
kink) than at the point before; it is located by bisection and kept when the value or the derivative jumps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import choice_of
from gradcli.errors import EvaluationError
from gradcli.recording import Recording
from gradcli.records import NamedTuple

POINTS = 401  # of a curve, its ends and its middle included
SIDE = 41  # of the grid over two inputs
_BISECTIONS = 50
_MOST_MARKS = 30
_NOTICEABLE = 1e-6  # of the span: a jump that large is no rounding

Record = Callable[[Mapping[str, float]], Recording]


class Range(NamedTuple):
    """An input with the ends of its range."""

    name: str
    start: float
    stop: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where the value (`jump`) or only the derivative (`kink`) changes abruptly."""

    at: float
    kind: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch on which the value or the derivative is not finite."""

    start: float
    stop: float
    what: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A program of one input over its range."""

    name: str
    x: np.ndarray
    values: np.ndarray
    slopes: np.ndarray
    marks: tuple[Mark, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A program over the ranges of two inputs, the first across: `values[j, i]` is at `x[i], y[j]`."""

    names: tuple[str, str]
    x: np.ndarray
    y: np.ndarray
    values: np.ndarray
    slopes: tuple[np.ndarray, np.ndarray]


class _Point(NamedTuple):
    x: float
    value: float
    slope: float
    decisions: tuple[Any, ...]


def curve(record: Record, over: Range) -> Curve:
    """Follow a program along one input.

    Points at which the program cannot be evaluated count as nan; `EvaluationError` where none can.
    """
    points = [_point(record, over.name, float(x)) for x in np.linspace(over.start, over.stop, POINTS)]
    if all(math.isnan(point.value) for point in points):
        record({over.name: over.start})  # tells why
    values, slopes = (np.array([getattr(point, each) for point in points]) for each in ("value", "slope"))
    x = np.array([point.x for point in points])
    gaps = (
        *_gaps(x, values, "the value"),
        *_gaps(x, np.where(np.isfinite(values), slopes, 0.0), "the derivative"),
    )
    return Curve(over.name, x, values, slopes, tuple(_marks(record, over, points)), gaps)


def field(record: Record, across: Range, up: Range) -> Field:
    """Evaluate a program with its gradient on a grid."""
    x, y = (np.linspace(each.start, each.stop, SIDE) for each in (across, up))
    cells = np.array([[_cell(record, {across.name: float(a), up.name: float(b)}) for a in x] for b in y])
    return Field((across.name, up.name), x, y, cells[..., 0], (cells[..., 1], cells[..., 2]))


def _cell(record: Record, at: Mapping[str, float]) -> tuple[float, ...]:
    try:
        recording = record(at)
    except EvaluationError:
        return (math.nan,) * 3
    gradients = recording.grad()
    return (float(recording.value), *(float(gradients[name]) for name in at))


def _point(record: Record, name: str, x: float) -> _Point:
    try:
        recording = record({name: x})
    except EvaluationError:
        return _Point(x, math.nan, math.nan, ("failed",))
    slope = float(recording.grad()[name])
    return _Point(x, float(recording.value), slope, tuple(_decisions(recording)))


def _decisions(recording: Recording) -> Iterator[Any]:
    """Which way the run went: the outcomes of its guards, and the choices inside its primitives."""
    for guard in recording.graph.guards:
        yield repr(guard.outcome)
    for choice in map(choice_of, recording.graph.nodes):
        if choice is not None:
            yield np.asarray(choice).tobytes()


def _marks(record: Record, over: Range, points: list[_Point]) -> list[Mark]:
    finite = [point for point in points if math.isfinite(point.value) and math.isfinite(point.slope)]
    spans = [
        max(map(abs, each), default=0.0) for each in zip(*((p.value, p.slope) for p in finite), strict=True)
    ]
    found: list[Mark] = []
    for one, other in pairwise(points):
        if one.decisions != other.decisions and len(found) < _MOST_MARKS:
            left = _narrowed(record, over.name, one, other)
            right = _narrowed(record, over.name, other, left)  # a point of its own may lie between
            mark = _mark(left, right, spans)
            close = abs(over.stop - over.start) * _NOTICEABLE
            if mark is not None and not (found and abs(found[-1].at - mark.at) <= close):
                found.append(mark)
    return found


def _narrowed(record: Record, name: str, one: _Point, other: _Point) -> _Point:
    """The last point on the way to the other at which all decisions are still those of the first."""
    for _ in range(_BISECTIONS):
        middle = (one.x + other.x) / 2
        if middle in (one.x, other.x):
            break
        point = _point(record, name, middle)
        if point.decisions == one.decisions:
            one = point
        else:
            other = point
    return one


def _mark(one: _Point, other: _Point, spans: list[float]) -> Mark | None:
    if not (math.isfinite(one.value) and math.isfinite(other.value)):
        return None
    at = round((one.x + other.x) / 2, 12) + 0.0  # no -0
    if abs(one.value - other.value) > _NOTICEABLE * spans[0]:
        return Mark(at, "jump")
    if not abs(one.slope - other.slope) <= _NOTICEABLE * spans[1]:
        return Mark(at, "kink")
    return None


def _gaps(x: np.ndarray, numbers: np.ndarray, what: str) -> Iterator[Gap]:
    bad = [
        float(each) if not math.isfinite(number) else None for each, number in zip(x, numbers, strict=True)
    ]
    start = None
    for at, after in pairwise([*bad, None]):
        if at is not None and start is None:
            start = at
        if start is not None and at is not None and after is None:
            yield Gap(start, at, what)
            start = None
