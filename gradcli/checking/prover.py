"""Proving a derivative by finite differences: along a few directions if that will do, else entry by entry.

Where a quick stencil of four steps settles it, that is the end. Whatever it leaves in doubt is sampled on the
full ladder of steps, and what is found in a random direction is traced to the entries that cause it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from gradcli.autodiff.rounding import EPS, TINY
from gradcli.checking.differences import (
    Stencil,
    ladder,
    measured_noise,
    random_directions,
    sample,
    scales,
    within_range,
)
from gradcli.checking.proof import NOT_LOOKED_AT, Aim, Proof, State
from gradcli.checking.quick import (
    LADDER,
    WANTED,
    Quick,
    allowance,
    quick_ladder,
    quick_pair,
    steepest,
    variation,
)
from gradcli.checking.smoothness import Finding, Kind, examine
from gradcli.checking.subject import Matrix, Subject, Vector, largest, least

FEW = 12  # with no more inputs than this, each is moved on its own
DIRECTIONS = 2  # otherwise these many directions move all
PAIRED = 2  # directions that are sampled closely; further ones only have to agree
MOST_SUSPECTS = 64  # entries that are sampled on the full ladder
CANCELLED = 1e-2  # a slope this much smaller than its terms is compared with them
NEGLIGIBLE = 1e-6  # an entry this much smaller than the largest is compared with that
QUIET = 1e3  # round-off of a slope so much larger than the noise of f is amplified by what f does
HUGE = 2.0**1023  # steps around larger points may overflow
ENORMOUS = 2.0**900  # derivatives beyond this are looked at before they are multiplied by sizes
BLOCK = 1 << 18  # numbers in a block of stencil points


class Prover:
    """A proof in the making, for a subject and the Jacobian to be proven (rows: outputs).

    `noise` gives the noise of each output where it can be measured without differences, `round_off` that of
    the Jacobian, and `confirm` an answer better than differences along a direction; a black box has none.
    """

    def __init__(
        self,
        subject: Subject,
        jacobian: Matrix,
        noise: Callable[[], Vector] | None = None,
        round_off: Callable[[], Matrix] | None = None,
        confirm: Callable[[Vector], tuple[Vector, Vector] | None] | None = None,
    ) -> None:
        self.subject = subject
        self.jacobian = jacobian
        self.noise = noise
        self.round_off = round_off
        self.confirm = confirm
        self.progress: Callable[[float], None] | None = None
        self._magnitudes = np.abs(jacobian)
        self.sizes = scales(subject)
        if not largest(self._magnitudes) < ENORMOUS:
            self.sizes = within_range(self.sizes, self._magnitudes)
        self.defined = np.isfinite(subject.value)  # where it is not, there is nothing to prove
        self.has_gaps = not least(self.defined)
        self.proof = Proof()

    @cached_property
    def _negligible(self) -> Vector:
        """By output, a slope beside which errors are compared with that of the steepest entry.

        A black box has none: its claims are compared with nothing but differences.
        """
        if self.round_off is None or not self.jacobian.size:
            return np.zeros(len(self.jacobian))
        steepness = self._magnitudes * self.sizes
        largest = steepness.max(axis=1)
        if not np.isfinite(largest).all():
            largest = np.nan_to_num(steepness, posinf=0.0).max(axis=1)
        return np.asarray(NEGLIGIBLE * largest)

    def aim(self, count: int, seed: int) -> Aim:
        """Random directions, and what the Jacobian says of them."""
        return self._along(random_directions(count, self.sizes, seed))

    def _along(self, directions: Matrix) -> Aim:
        expected = directions.dot(self.jacobian.T)
        return Aim(directions, expected, np.abs(directions).dot(self._magnitudes.T))

    def by_directions(self, aim: Aim) -> Proof:
        """Move all entries at once; trace trouble to single entries."""
        sizes = np.maximum(np.abs(aim.expected), CANCELLED * aim.terms)
        found = self._quick(aim, sizes, PAIRED)
        if not self.has_gaps and least(found.settled):
            self.proof.note(found.error, sizes)
            return self.proof
        counted = found.settled & self.defined
        self.proof.note(found.error[counted], sizes[counted])
        self._trace(aim, found)
        if not self.defined.any():
            self.proof.least = 0.0
        return self.proof

    def _trace(self, aim: Aim, found: Quick) -> None:
        """Climb the full ladder along directions in doubt, and find the entries that are to blame."""
        suspects: set[int] = set()
        contradicted: set[int] = set()
        for d in np.flatnonzero(~found.settled.all(axis=1)):
            states = self._climb_all(aim.directions[d], np.flatnonzero(~found.settled[d]), aim.expected[d])
            suspects.update(states)
            contradicted.update(output for output, each in states.items() if each is State.CONTRADICTED)
        if suspects and self.proof.slopes is None:
            self._all_entries(sorted(suspects))
        self._blame(contradicted)

    def by_entries(self) -> Proof:
        """Move each entry on its own."""
        shape = self.jacobian.shape
        self.proof.slopes, self.proof.errors = np.full(shape, np.nan), np.full(shape, np.inf)
        self._all_entries(range(len(self.jacobian)))
        return self.proof

    def _all_entries(self, outputs: Sequence[int]) -> None:
        """Move each entry, so many in a block that the block fits the cache."""
        count = len(self.sizes)
        size = max(1, BLOCK // (2 * len(LADDER) * max(count, len(self.jacobian))))
        for start in range(0, count, size):
            self._entries(np.arange(start, min(start + size, count)), outputs)
            if self.progress is not None:
                self.progress(min(start + size, count) / count)

    def _blame(self, contradicted: set[int]) -> None:
        """What entries explain is theirs; where all are right, other directions do not add up."""
        for (output, _), state in self.proof.states.items():
            loose = self.proof.loose.get(output)
            if loose is not None and (loose.is_smooth or state is State.BROKEN):
                del self.proof.loose[output]
        for output, loose in self.proof.loose.items():
            if output in contradicted:
                self.proof.loose[output] = replace(loose, kind=Kind.CORNER)

    # One direction

    def _quick(self, aim: Aim, sizes: Matrix, paired: int) -> Quick:
        """Estimates by the quick stencil; outputs that have no value are settled."""
        if self.noise is None:
            found = quick_ladder(self.subject, aim.directions, aim.expected, sizes)
        else:
            paired = min(paired, len(aim.directions))
            found = quick_pair(self.subject, aim.directions, aim.expected, sizes, paired)
        if self.has_gaps:
            found.settled[:, ~self.defined] = True
        return found

    def _climb_all(self, direction: Vector, outputs: np.ndarray, expected: Vector) -> dict[int, State]:
        """The full ladder along one direction; the outputs that are still in doubt."""
        if not len(outputs):
            return {}
        stencil, noise = self._climb(direction)
        doubtful: dict[int, State] = {}
        for output in map(int, outputs[:MOST_SUSPECTS]):
            finding = self._examined(stencil, noise, direction, output)
            state = self._judge(finding, expected[output], direction, output, stencil, noise)
            if state is not State.PROVEN:
                self.proof.loose[output] = finding
                doubtful[output] = state
        for output in map(int, outputs[MOST_SUSPECTS:]):  # enough has been found; the rest stays open
            self.proof.loose[output] = NOT_LOOKED_AT
            doubtful[output] = State.UNPROVEN
        return doubtful

    def _note(self, error: float, size: float) -> None:
        self.proof.note(np.array([error]), np.array([size]))

    def _climb(self, direction: Vector) -> tuple[Stencil, Vector]:
        stencil = sample(self.subject, direction[None], ladder(self.subject, direction))
        if self.noise is None:
            return stencil, measured_noise(stencil, self.subject.value)
        return stencil, self.noise()

    def _sizes(self, aim: Aim) -> Matrix:
        """What errors are compared with, by direction and output: the slope, unless its terms cancel."""
        return np.asarray(np.maximum(np.abs(aim.expected), CANCELLED * aim.terms + self._negligible))

    def _size(self, direction: Vector, output: int, expected: float) -> float:
        """The same for one."""
        terms = float(self._magnitudes[output] @ np.abs(direction))
        return max(abs(expected), CANCELLED * terms + float(self._negligible[output]))

    def _round_off(self, direction: Vector, output: int) -> float:
        """What rounding may do to the Jacobian's slope along a direction."""
        if self.round_off is None:
            return 0.0
        moves = direction != 0.0  # the others' may be infinite
        return float(self.round_off()[output, moves] @ np.abs(direction[moves]))

    def _judge(
        self,
        finding: Finding,
        expected: float,
        direction: Vector,
        output: int,
        stencil: Stencil,
        noise: Vector,
    ) -> State:
        if not finding.is_smooth:
            return State.BROKEN
        own = self._round_off(direction, output)
        quiet = noise[output] if own <= QUIET * noise[output] else 0.0  # else f itself has no digits
        if stencil.is_restless(output, quiet) or finding.error == np.inf:
            return self._confirmed(direction, output, expected, stencil)
        if not np.isfinite(expected):
            is_clear = own < np.inf and finding.error < max(abs(finding.slope), EPS)
            return State.CONTRADICTED if is_clear else State.UNPROVEN
        if abs(finding.slope - expected) > 3.0 * finding.error + own:
            if self.noise is not None and stencil.is_drowned(output, noise[output]):
                return self._confirmed(direction, output, expected, stencil)
            return State.CONTRADICTED
        stencil = _of(stencil, output)
        size = self._size(direction, output, expected)
        still = 0.0
        if abs(expected) <= own:  # none of its digits can be right: it is 0, as far as f changes at all
            still = max(abs(self.subject.value[output]), float(variation(stencil)[0, 0]), TINY)
            if own == 0.0 and self.noise is not None:  # 0 however it is rounded; f may cancel to noise
                still = max(still, noise[output] / EPS)
        allowed = allowance(size, float(steepest(stencil)[0, 0]), still)
        if abs(finding.slope - expected) + finding.error > allowed:
            return self._confirmed(direction, output, expected, stencil)
        self._note(finding.error, max(size, still))
        return State.PROVEN

    def _examined(self, stencil: Stencil, noise: Vector, direction: Vector, output: int) -> Finding:
        """What the full ladder shows; nothing where there are no floats to step to."""
        finding = examine(stencil, noise, 0, output)
        return finding if self._has_room(direction) else NOT_LOOKED_AT

    def _has_room(self, direction: Vector) -> bool:
        """Whether there are floats around the point: not next to 0, where they end, nor next to overflow."""
        size = np.abs(self.subject.point[direction != 0])
        return bool(((size == 0) | ((size >= TINY) & (size < HUGE))).all())

    def _confirmed(self, direction: Vector, output: int, expected: float, stencil: Stencil) -> State:
        """The last resort where differences are too rough: the complex step.

        It decides by real parts, so where all points of a side decide otherwise than the point itself, it
        knows no more of that side than the derivative does.
        """
        on_boundary = (stencil.flips[0] >= 0).all(axis=0).any()
        found = self.confirm(direction) if self.confirm is not None and not on_boundary else None
        if found is None:
            return State.UNPROVEN
        slope, error = found[0][output], found[1][output]
        good = abs(slope - expected) + error <= WANTED * self._size(direction, output, expected)
        return State.PROVEN if good else State.UNPROVEN

    # Single entries

    def _entries(self, columns: np.ndarray, outputs: Sequence[int]) -> None:
        directions = np.zeros((len(columns), len(self.sizes)))
        directions[np.arange(len(columns)), columns] = self.sizes[columns]
        aim = self._along(directions)
        found = self._quick(aim, self._sizes(aim), len(columns))
        for row, column in enumerate(columns):
            size = self.sizes[column]
            if self.proof.slopes is not None and self.proof.errors is not None:
                self.proof.slopes[:, column] = found.slope[row] / size
                self.proof.errors[:, column] = found.error[row] / size
            doubtful = [output for output in outputs if not found.settled[row, output]]
            if len(self.proof.states) < MOST_SUSPECTS * len(self.jacobian):
                self._entry(directions[row], int(column), doubtful)
            else:
                self.proof.states.update({(output, int(column)): State.UNPROVEN for output in doubtful})
                self.proof.findings.update({(output, int(column)): NOT_LOOKED_AT for output in doubtful})
        counted = found.settled & self.defined
        self.proof.note(found.error[counted], np.abs(aim.expected)[counted])

    def _entry(self, direction: Vector, column: int, outputs: list[int]) -> None:
        """The full ladder in one entry."""
        if not outputs:
            return
        stencil, noise = self._climb(direction)
        size = direction[column]
        for output in outputs:
            finding = self._examined(stencil, noise, direction, output)
            expected = float(self.jacobian[output, column] * size)
            state = self._judge(finding, expected, direction, output, stencil, noise)
            if state is not State.PROVEN:
                self.proof.states[output, column] = state
            self.proof.findings[output, column] = _per_unit(finding, size)
            if self.proof.slopes is not None and self.proof.errors is not None and finding.is_smooth:
                self.proof.slopes[output, column] = finding.slope / size
                self.proof.errors[output, column] = finding.error / size


def _of(stencil: Stencil, output: int) -> Stencil:
    """The stencil of one output."""
    cut = slice(output, output + 1)
    return Stencil(
        stencil.steps, stencil.ahead[..., cut], stencil.behind[..., cut], stencil.flips, stencil.signatures
    )


def _per_unit(finding: Finding, size: float) -> Finding:
    """Slopes along a direction as derivatives by the entry."""
    numbers = (finding.slope / size, finding.error / size, finding.left / size, finding.right / size)
    return Finding(finding.kind, *numbers, finding.flip)
