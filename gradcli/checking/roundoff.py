"""What rounding does to a program's value and derivative, measured by a few runs in perturbed arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, choice_of
from gradcli.autodiff.rounding import EPS
from gradcli.checking.program_subject import ProgramSubject
from gradcli.checking.subject import Matrix, Vector

SEEDS = range(4)
NOISE = 4.0  # four runs show the size of an error, not its bound
SAFETY = 8.0


class RoundOff:
    """The noise of the value and the round-off of the Jacobian, measured when first asked for."""

    def __init__(self, subject: ProgramSubject, jacobian: Matrix) -> None:
        self.subject = subject
        self.jacobian = jacobian

    @cached_property
    def _runs(self) -> list[ProgramSubject]:
        """Runs that decide like the program itself; where none does, rounding decides, and all count."""
        found = (self.subject.perturbed(seed) for seed in SEEDS)
        runs = [run for run in found if run is not None and run.value.shape == self.subject.value.shape]
        return [run for run in runs if _runs_alike(run, self.subject)] or runs

    @cached_property
    def noise(self) -> Vector:
        """The noise of each output."""
        value = self.subject.value
        moved = (np.abs(run.value - value) for run in self._runs)
        return np.asarray(NOISE * _largest(moved, value) + EPS / 2.0 * np.abs(value))

    @cached_property
    def bars(self) -> Matrix:
        """The round-off of each entry of the Jacobian.

        One that is not finite has none if it is the same in every run; else it comes of overflow or underflow
        on the way, and says nothing.
        """
        own = self.jacobian
        found = [run.recorded_jacobian() for run in self._runs]
        bars = SAFETY * _largest((np.abs(each - own) for each in found), own) + 4.0 * EPS * np.abs(own)
        stays = np.all([(each == own) | (np.isnan(each) & np.isnan(own)) for each in found], axis=0)
        return np.where(np.isfinite(own), bars, np.where(stays, 0.0, np.inf))

    def of_push(self, u: Vector, own: Vector) -> Vector:
        """The round-off of J u by forward mode, which adds up in another order."""
        moved = (np.abs(run.recorded_push(u) - own) for run in self._runs)
        return np.asarray(SAFETY * _largest(moved, own) + 4.0 * EPS * np.abs(own))


def _runs_alike(run: ProgramSubject, subject: ProgramSubject) -> bool:
    """Whether a run took the same way through the program: that of another is no noise, but a jump."""
    taken, before = _decided(run.graph), _decided(subject.graph)
    if len(taken) != len(before):
        return False
    same = all(map(np.array_equal, taken, before))
    return same and (not subject.graph.loops or _loops_alike(run, subject))


def _decided(graph: Graph) -> list[Any]:
    """What came of the guards and of the choices that functions make: `floor`, `max`, `sort`."""
    choices = [choice_of(node) for node in graph.nodes if not _is_of_loop(node)]
    return [*(guard.outcome for guard in graph.guards), *(each for each in choices if each is not None)]


def _is_of_loop(node: Node) -> bool:
    """Whether a node tells what a loop decides, which is there to be replayed."""
    return node.primitive is not None and node.primitive.name == "decisions"


def _loops_alike(run: ProgramSubject, subject: ProgramSubject) -> bool:
    from gradcli.loops.replays import alike

    return alike(run.graph, subject.graph)


def _largest(moved: Iterable[np.ndarray], like: np.ndarray) -> np.ndarray:
    """The largest of the movements, entry by entry; what is not finite does not count."""
    result = np.zeros(like.shape)
    for each in moved:
        result = np.fmax(result, np.where(np.isfinite(each), each, 0.0))
    return result
