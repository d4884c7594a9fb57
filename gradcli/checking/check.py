"""Checking one program at one point: its own derivative is proven, and claims are compared with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.rounding import EPS
from gradcli.checking.claims import claimed_round_off, read_claims
from gradcli.checking.complex_step import complex_step
from gradcli.checking.diagnosis import diagnose
from gradcli.checking.differences import LEAST
from gradcli.checking.overlay import corrected, is_conventional, overlay
from gradcli.checking.program_subject import ProgramSubject, Settings
from gradcli.checking.proof import ALL_DIGITS, Aim, Proof
from gradcli.checking.prover import DIRECTIONS, FEW, Prover
from gradcli.checking.quick import WANTED
from gradcli.checking.records import BROKEN, PASS, UNSURE, WRONG, Check, Evidence, Tolerance
from gradcli.checking.roundoff import SEEDS, RoundOff
from gradcli.checking.sightings import Sighting
from gradcli.checking.structured import symmetric
from gradcli.checking.subject import Matrix, Vector, largest
from gradcli.checking.visits import Visit
from gradcli.errors import UsageError
from gradcli.loops import FallbackError
from gradcli.program import Program
from gradcli.records import NamedTuple

VANISHES = (
    "the derivative is 0 here: a claim with a wrong factor, sign or order of entries would agree as well; "
    "check at another point"
)
ALIKE = 32.0 * EPS  # a claim this near is the same formula, rounded otherwise


@dataclass(frozen=True, slots=True)
class Options:
    """How to check: what is tolerated (None: only what rounding explains), and which directions."""

    settings: Settings = field(default_factory=Settings)
    tolerance: Tolerance | None = None
    directional: int | None = None
    seed: int = 0
    symmetric: tuple[str, ...] = ()
    positive_definite: tuple[str, ...] = ()
    progress: Callable[[float], None] | None = None  # told the part that is done, from 0 to 1


DEFAULT = Options()


def check(
    program: Program,
    inputs: Mapping[str, Any],
    claims: Mapping[str, Any] | None = None,
    options: Options | None = None,
) -> Check:
    """Check a program's derivative at the inputs, or claims about it; see docs/checker.md.

    Raises the errors that running the program raises, and `InputError` for a claim that does not fit.
    """
    options = options or DEFAULT
    with walking():
        visit = Visit(program, inputs, options.settings)
        subject = visit.subject
        if not len(subject.value) or not len(subject.point):
            empty = "the program's value has" if not len(subject.value) else "its inputs have"
            raise UsageError(f"there is nothing to check: {empty} no entries")
        if subject.graph.loops:
            found = _by_sweeps(subject, claims or {}, options)
            if found is not None:
                return found
            subject = ProgramSubject(program, inputs, options.settings)
        checking = _Checking(subject, claims or {}, options)
        found = checking.written(checking.judged())
        visit.leave()
        return found


def _by_sweeps(subject: ProgramSubject, claims: Mapping[str, Any], options: Options) -> Check | None:
    """The check of a program whose hot loops run as generated code, where that proves everything.

    What it leaves in doubt is looked at on the tape, which knows the place of every decision, takes complex
    numbers, and holds what a loop holds constant.
    """
    from gradcli.loops.replays import watch

    if not watch(subject.graph):
        return None
    try:
        checking = _Checking(subject, claims, options)
        judged = checking.judged()
    except FallbackError:
        return None
    return checking.written(judged) if (judged.verdicts == PASS).all() else None


def _structured(subject: ProgramSubject, options: Options) -> ProgramSubject:
    """The subject as a function of the entries that may be moved freely."""
    names = (*options.symmetric, *options.positive_definite)
    return symmetric(subject, names, options.positive_definite) if names else subject


class _Judged(NamedTuple):
    """What is claimed, how good the reference is, and the verdict, entry by entry; and what was proven."""

    claimed: Matrix
    error: Matrix
    verdicts: np.ndarray
    proof: Proof


class _Checking:
    """One check in the making."""

    def __init__(self, subject: ProgramSubject, claims: Mapping[str, Any], options: Options) -> None:
        self.options = options
        self.claims = read_claims(subject, claims)
        self.full = subject
        self.subject = _structured(subject, options)
        self.jacobian = self.subject.jacobian()
        self.round_off = RoundOff(self.subject, self.jacobian)
        self.is_finite = True
        self.evidence: list[Evidence] = []

    def judged(self) -> _Judged:
        """Prove and compare."""
        claimed = self._claimed()
        proof, agree = self._prove()
        error, verdicts = self._compare(claimed)
        if not agree:
            verdicts = np.minimum(verdicts, WRONG)
        overlay(verdicts, proof, claimed)
        if self.subject is self.full and is_conventional(self.full, self.jacobian, proof):
            proof.is_conventional = True
            verdicts[(verdicts == WRONG) & (claimed == self.jacobian)] = BROKEN
        if not self.is_finite:
            self._settle_undefined(verdicts, claimed)
        return _Judged(claimed, error, verdicts, proof)

    def _claimed(self) -> Matrix:
        """The Jacobian as claimed; where nothing is claimed, our own."""
        if not self.claims:
            return self.jacobian
        claimed = self.full.jacobian()
        for claim in self.claims:
            claimed[:, claim.columns] = claim.block
        return self.subject.folded(claimed)

    # The independent answers

    def _forward_agrees(self, aim: Aim) -> bool:
        """Whether forward mode gives J u: the dot-product identity, row by row."""
        u, terms = aim.directions[0], aim.terms[0]
        pushed = self.subject.push(u)
        difference = np.abs(pushed - aim.expected[0])
        apart, agree = max(largest(difference / terms), EPS), True
        if not apart < 1e-10:
            usable = np.isfinite(difference) & (terms > 0)
            apart = float(np.max(difference[usable] / terms[usable], initial=EPS))
            agree = apart < 1e-10 or bool((difference <= self._push_bars(u, pushed))[usable].all())
        text = "agrees with reverse mode" if agree else "disagrees with reverse mode"
        self.evidence.append(Evidence("forward mode", -math.log10(apart), text))
        return agree

    def _push_bars(self, u: Vector, pushed: Vector) -> Vector:
        """What rounding may put between the two modes."""
        bars = self.round_off.bars @ np.abs(u) + 4.0 * LEAST * len(u)
        return np.asarray(bars + self.round_off.of_push(u, pushed))

    def _complex(self, direction: Vector) -> tuple[Vector, Vector] | None:
        """J u by the complex step, with the round-off that it shares with the derivative."""
        found = complex_step(self.full, self.subject.spread(direction))
        if found is None or not np.isfinite(found).all():
            return None
        return found, self.round_off.bars @ np.abs(direction)

    def _note_complex(self, aim: Aim) -> None:
        found = complex_step(self.full, self.subject.spread(aim.directions[0]))
        terms = aim.terms[0]
        if found is None or not np.isfinite(found).all() or not (terms > 0).any():
            return
        apart = np.abs(found - aim.expected[0])[terms > 0] / terms[terms > 0]
        worst = float(np.max(apart, initial=EPS))
        if worst < 1e-6:
            self.evidence.append(Evidence("the complex step", -math.log10(worst), "agrees with reverse mode"))

    def _prove(self) -> tuple[Proof, bool]:
        """What differences prove, by entry or along directions; whether forward mode agrees."""
        measured = self.round_off
        prover = Prover(
            self.subject, self.jacobian, lambda: measured.noise, lambda: measured.bars, self._complex
        )
        prover.progress = self.options.progress
        self.is_finite = not prover.has_gaps
        count = len(self.subject.point)
        directions = self.options.directional
        if directions is None and count <= FEW:
            prover.by_entries()
            directions = 1  # partial derivatives may exist where there is no derivative
        aim = prover.aim(DIRECTIONS if directions is None else directions, self.options.seed)
        agree = self._forward_agrees(aim)
        proof = prover.by_directions(aim)
        if count <= FEW and not proof.states and not proof.loose:
            self._note_complex(aim)
        self.evidence.append(Evidence("differences", proof.digits, f"good to {int(proof.digits)} digits"))
        return proof, agree

    # Verdicts

    def _compare(self, claimed: Matrix) -> tuple[Matrix, np.ndarray]:
        """Claim against derivative, entry by entry: error bars of the reference, and verdicts."""
        own = self.jacobian
        verdicts = np.empty(own.shape, np.int64)
        verdicts.fill(PASS)
        error = np.abs(own) * 10.0 ** -min(self._best.digits, ALL_DIGITS)
        tolerance = self.options.tolerance
        if tolerance is None and claimed is own:
            return error, verdicts
        apart = np.abs(claimed - own)
        if tolerance is not None:
            allowed = tolerance.around(claimed, own)
            verdicts[apart > allowed] = WRONG
            verdicts[(apart <= allowed) & (error > allowed)] = UNSURE
            return error, verdicts
        differs = ~(apart <= ALIKE * np.abs(own))
        if not differs.any():
            return error, verdicts
        rounded = np.zeros((len(own), len(self.full.point)))
        for claim in self.claims:
            rounded[:, claim.columns] = 2.0 * claimed_round_off(claim, self.full, SEEDS)
        bars = self.round_off.bars + self.subject.folded(rounded)
        largest = np.max(np.where(np.isfinite(own), np.abs(own), 0.0), axis=1, keepdims=True, initial=0.0)
        verdicts[differs & (apart + bars > WANTED * np.abs(own) + 1e-13 * largest)] = UNSURE
        verdicts[(apart > bars) & np.isfinite(own)] = WRONG
        return bars, verdicts

    def _settle_undefined(self, verdicts: np.ndarray, claimed: Matrix) -> None:
        """Where the value is not finite there is no derivative, and a claim of NaN says so."""
        undefined = ~np.isfinite(self.subject.value)
        agreed = undefined[:, None] & (np.isnan(claimed) | (claimed == self.jacobian))
        verdicts[undefined] = BROKEN
        if not undefined.all():
            verdicts[agreed] = PASS

    def _known(self, entries: Matrix) -> Matrix:
        """The entries of finite values, NaN in place of the others: what has no value has no reference."""
        return np.where(np.isfinite(self.subject.value)[:, None], entries, np.nan)

    def written(self, judged: _Judged) -> Check:
        """Say what was found."""
        claimed, error, verdicts, proof = judged
        here = Sighting(self.subject, claimed, self.jacobian, error, verdicts)
        reference, bars = corrected(self.jacobian, error, proof)
        if not self.is_finite:
            reference, bars = self._known(reference), self._known(bars)
        return Check(
            inputs=self.subject.inputs,
            outputs=self.subject.outputs,
            point=self.subject.point,
            value=self.subject.value,
            claimed=claimed,
            reference=reference,
            error=bars,
            verdicts=verdicts,
            findings=proof.findings,
            evidence=tuple(self.evidence),
            diagnosis=diagnose(here, self.claims, proof, self._agreement()),
            claimed_inputs=frozenset(claim.part.name for claim in self.claims),
            order=self.options.settings.order,
            warnings=self._warnings(claimed),
            notes=self._notes(),
        )

    @property
    def _best(self) -> Evidence:
        """The best answer that does not come from the derivative rules."""
        return max(self.evidence[1:], key=lambda each: each.digits)

    def _agreement(self) -> str:
        """What a PASS rests on."""
        best = self._best
        what = "the claim agrees; the derivative" if self.claims else "the derivative"
        return f"{what} is proven to {int(best.digits)} digits by {best.source}"

    def _warnings(self, claimed: Matrix) -> tuple[str, ...]:
        """Whether the check could have failed at all."""
        if self.claims and not self.jacobian.any() and not claimed.any():
            return (VANISHES,)
        if self.options.tolerance is None:
            return ()
        allowed = self.options.tolerance.around(np.zeros(claimed.shape), self.jacobian)
        if (np.abs(self.jacobian) <= allowed).all() and self.jacobian.any():
            return ("the tolerance is so wide that a gradient of 0 would pass: the check proves nothing",)
        return ()

    def _all_counts(self) -> bool:
        """Whether every input has an effect, and every number is finite: there is nothing to note then."""
        effects = (self.jacobian[:, part.start : part.stop].any() for part in self.subject.inputs)
        return self.is_finite and all(effects)

    def _notes(self) -> tuple[str, ...]:
        stopped = self.subject.stopped
        if not stopped and self._all_counts():
            return ()
        if not stopped:
            return self.subject.recording.notes
        listed = ", ".join(each.what for each in stopped)
        return (*self.subject.recording.notes, f"derivatives stop on purpose at {listed}: held at its value")
