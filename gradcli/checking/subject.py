"""What is checked, as a function of one flat vector: the arrays it is made of, and what is asked of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from gradcli.language.source import Span
from gradcli.records import NamedTuple

Vector = np.ndarray
Matrix = np.ndarray


class Part(NamedTuple):
    """One array among those that a flat vector is made of: its name, its shape, where it begins and ends."""

    name: str
    shape: tuple[int, ...]
    start: int
    stop: int

    def label(self, position: int) -> str:
        """The name of an entry, such as `x[1,0]`, by its place in the flat vector."""
        if not self.shape:
            return self.name
        index = np.unravel_index(position - self.start, self.shape)
        return f"{self.name}[{','.join(map(str, index))}]"


def parts_of(named: Iterable[tuple[str, tuple[int, ...]]]) -> tuple[Part, ...]:
    """Arrays of these names and shapes, one after the other."""
    parts: list[Part] = []
    stop = 0
    for name, shape in named:
        start, stop = stop, stop + math.prod(shape)
        parts.append(Part(name, shape, start, stop))
    return tuple(parts)


def flat(values: Sequence[Any]) -> Vector:
    """Numbers and arrays as one new vector."""
    vectors = [np.array(each, np.float64).reshape(-1) for each in values]
    return vectors[0] if len(vectors) == 1 else np.concatenate(vectors)


def least(entries: np.ndarray) -> Any:
    """The least entry of an array that is not empty; of truth values, whether all are true.

    NumPy's own `min` and `all` take five times as long on the short arrays that most checks are made of.
    """
    return entries.item(entries.argmin())


def largest(entries: np.ndarray) -> Any:
    """The largest entry of an array that is not empty, likewise."""
    return entries.item(entries.argmax())


class Samples(NamedTuple):
    """Values at several points, one row each; the rows that decided something otherwise than the base point.

    `flips` holds -1 where every decision is as at the base point, else what `Subject.decision` takes.
    Points with one `signature` lie on one smooth piece.
    """

    values: Matrix
    flips: np.ndarray
    signature: np.ndarray


class Boundary(NamedTuple):
    """The decision that changes nearest to the point: what decides, and where it stands in the text."""

    what: str
    span: Span | None


class Subject(Protocol):
    """A function of a flat vector, with the point at which its derivative is checked."""

    inputs: tuple[Part, ...]
    outputs: tuple[Part, ...]
    point: Vector
    value: Vector

    def evaluate(self, points: Matrix) -> Samples:
        """The values at other points, stopped gradients held at what they are at the base point."""

    def decision(self, flip: int) -> Boundary | None:
        """The decision behind a flip."""
