"""Perturbation within a structure: symmetric matrices are moved so that they stay symmetric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.checking.program_subject import ProgramSubject
from gradcli.checking.subject import Matrix, Part, Samples, Vector
from gradcli.errors import InputError, UsageError


class SymmetricPart(Part):
    """The entries of a symmetric matrix on and above its diagonal, row by row."""

    __slots__ = ()

    def label(self, position: int) -> str:
        """The name of an entry; one beside the diagonal stands for both of its places."""
        i, j = (int(index[position - self.start]) for index in np.triu_indices(_side(self.shape[0])))
        return f"{self.name}[{i},{j}]"


def _side(entries: int) -> int:
    """The side of a symmetric matrix with so many entries on and above its diagonal."""
    return (int(np.sqrt(8 * entries + 1)) - 1) // 2


class SymmetricSubject(ProgramSubject):
    """A program as a function of the free entries of its symmetric inputs, and of all entries of the others.

    `basis` has a row for each of these: what it adds to the flat vector of all entries.
    """

    def __init__(self, full: ProgramSubject, names: Sequence[str]) -> None:
        self.__dict__.update(full.__dict__)
        self.full = full
        self.names = names
        parts: list[Part] = []
        blocks: list[Matrix] = []
        for part in full.inputs:
            start = parts[-1].stop if parts else 0
            block = _pairs(full, part) if part.name in names else _units(full, part)
            kind = SymmetricPart if part.name in names else Part
            shape = (len(block),) if part.name in names else part.shape
            parts.append(kind(part.name, shape, start, start + math.prod(shape)))
            blocks.append(block)
        self.inputs = tuple(parts)
        self.basis = np.concatenate(blocks)
        self.point = np.array([full.point[np.argmax(row)] for row in self.basis])

    def jacobian(self) -> Matrix:
        """The derivative by each free entry."""
        return self.folded(self.full.jacobian())

    def recorded_jacobian(self) -> Matrix:
        """The same by recorded walks."""
        return self.folded(self.full.recorded_jacobian())

    def push(self, u: Vector) -> Vector:
        """J u by forward mode."""
        return self.full.push(self.spread(u))

    def recorded_push(self, u: Vector) -> Vector:
        """The same by a recorded walk."""
        return self.full.recorded_push(self.spread(u))

    def spread(self, u: Vector) -> Vector:
        """A direction of the free entries as one of all."""
        return np.asarray(u @ self.basis)

    def evaluate(self, points: Matrix) -> Samples:
        """Values at other symmetric points."""
        return self.full.evaluate(points @ self.basis)

    def folded(self, derivative: Matrix) -> Matrix:
        """A derivative by all entries as one by the free entries."""
        return np.asarray(derivative @ self.basis.T)

    def perturbed(self, seed: int) -> Any:
        """The same run in perturbed arithmetic."""
        run = self.full.perturbed(seed)
        return None if run is None else SymmetricSubject(run, self.names)


def symmetric(
    subject: ProgramSubject, names: Sequence[str], positive: Sequence[str] = ()
) -> SymmetricSubject:
    """The subject with these inputs kept symmetric; those in `positive` must be positive definite."""
    known = {part.name for part in subject.inputs}
    for name in names:
        if name not in known:
            raise UsageError(
                f"`{name}` is to be kept symmetric, but the program is not differentiated by it",
                help=f"the derivatives are by {', '.join(f'`{each}`' for each in sorted(known))}",
            )
    for name in positive:
        part = next(part for part in subject.inputs if part.name == name)
        if np.linalg.eigvalsh(_matrix(subject, part)).min() <= 0:
            raise InputError(f"`{name}` is not positive definite")
    return SymmetricSubject(subject, names)


def _matrix(subject: ProgramSubject, part: Part) -> Matrix:
    value = subject.point[part.start : part.stop].reshape(part.shape)
    if value.ndim != 2 or value.shape[0] != value.shape[1] or (value != value.T).any():
        raise InputError(f"`{part.name}` is to be kept symmetric, but it is no symmetric matrix")
    return value


def _pairs(subject: ProgramSubject, part: Part) -> Matrix:
    """A row for each entry on and above the diagonal, which moves its mirror image too."""
    side = len(_matrix(subject, part))
    rows, columns = np.triu_indices(side)
    block = np.zeros((len(rows), len(subject.point)))
    at = np.arange(len(rows))
    block[at, part.start + rows * side + columns] = 1.0
    block[at, part.start + columns * side + rows] = 1.0
    return block


def _units(subject: ProgramSubject, part: Part) -> Matrix:
    return np.eye(len(subject.point))[part.start : part.stop]
