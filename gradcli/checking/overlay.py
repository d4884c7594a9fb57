"""What differences found out about single entries and whole rows, laid over a comparison of formulas."""

from __future__ import annotations

import numpy as np

from gradcli.checking.differences import random_directions, scales
from gradcli.checking.program_subject import ProgramSubject
from gradcli.checking.proof import Proof, State
from gradcli.checking.records import BROKEN, PASS, UNSURE, WRONG
from gradcli.checking.subject import Matrix

NEARBY = 2.0**-20  # of the size of each entry
CLOSE = 1e-3


def overlay(verdicts: np.ndarray, proof: Proof, claimed: Matrix) -> None:
    """Change the verdicts of entries and rows that differences do not prove."""
    for at, state in proof.states.items():
        finding = proof.findings[at]
        refuted = abs(claimed[at] - finding.slope) > 3.0 * finding.error
        if state is State.BROKEN:
            verdicts[at] = BROKEN
        elif state is State.CONTRADICTED:
            verdicts[at] = WRONG if refuted else UNSURE
        else:
            verdicts[at] = WRONG if verdicts[at] == WRONG and refuted else UNSURE
    for output, finding in proof.loose.items():
        row = verdicts[output]
        if not finding.is_smooth:
            row[row != WRONG] = BROKEN
        else:
            row[row == PASS] = UNSURE


def is_conventional(subject: ProgramSubject, own: Matrix, proof: Proof) -> bool:
    """Whether the derivative is right next to the point and only at it contradicted by differences.

    `norm(x)**2` has the second derivative 2 at 0, but `norm` has none there: what the chain rule gives is
    then a matter of conventions (Kakade & Lee, "Provably correct automatic subdifferentiation", 2018).
    """
    contradicted = _contradicted(proof)
    if not contradicted:
        return False
    direction = random_directions(1, scales(subject), seed=0)[0]
    near = subject.moved_to(subject.point + NEARBY * direction)
    if near is None or near.value.shape != subject.value.shape:
        return False
    beside = near.jacobian()
    slopes = [proof.findings[at].slope for at in contradicted]
    apart = [abs(beside[at] - slope) for at, slope in zip(contradicted, slopes, strict=True)]
    return all(
        each <= CLOSE * abs(slope) and not abs(own[at] - slope) < 10.0 * each
        for at, slope, each in zip(contradicted, slopes, apart, strict=True)
    )


def corrected(own: Matrix, error: Matrix, proof: Proof) -> tuple[Matrix, Matrix]:
    """The reference and its error bars: our derivative, but for entries that differences contradict."""
    contradicted = _contradicted(proof)
    if not contradicted:
        return own, error
    own, error = own.copy(), error.copy()
    for at in contradicted:
        own[at], error[at] = proof.findings[at].slope, proof.findings[at].error
    return own, error


def _contradicted(proof: Proof) -> list[tuple[int, int]]:
    return [at for at, state in proof.states.items() if state is State.CONTRADICTED]
