"""Diagnosis: what is wrong with a gradient, or with the point, in one line of plain words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradcli.checking.patterns import Pair, explain
from gradcli.checking.proof import Proof
from gradcli.checking.records import ORDER, Diagnosis, Verdict
from gradcli.checking.smoothness import Finding, Kind
from gradcli.checking.subject import Boundary, Matrix, ProgramSubject, Subject
from gradcli.checking.terms import Terms, has_terms

_AT = {
    Kind.KINK: "a kink",
    Kind.JUMP: "a jump",
    Kind.VERTICAL: "a vertical tangent",
    Kind.EDGE: "the edge of the domain",
    Kind.CORNER: "a corner: slopes in other directions are not what the partial derivatives add up to",
    Kind.UNDEFINED: "outside of the domain: the value is not finite",
}

UNKNOWN = Diagnosis("unknown", "no common mistake explains the difference; the worst entries are shown")


def diagnose(
    subject: ProgramSubject,
    claimed: Matrix,
    own: Matrix,
    verdicts: np.ndarray,
    error: Matrix,
    proof: Proof,
    agreement: str,
) -> Diagnosis:
    """The one line that a report needs, for the verdict that beats the others."""
    verdict = ORDER[int(verdicts.min(initial=len(ORDER) - 1))]
    if verdict is Verdict.WRONG:
        return _wrong(subject, claimed, own, verdicts, error)
    if verdict is Verdict.NONDIFFERENTIABLE:
        return _broken(subject, claimed, proof)
    if verdict is Verdict.INCONCLUSIVE:
        return _unsure(subject, own, error, proof)
    return Diagnosis("agrees", agreement)


def diagnose_black_box(
    subject: Subject, claimed: Matrix, reference: Matrix, verdicts: np.ndarray, error: Matrix, proof: Proof
) -> Diagnosis:
    """The same for functions of which only values are known."""
    verdict = ORDER[int(verdicts.min(initial=len(ORDER) - 1))]
    if verdict is Verdict.WRONG:
        pairs = list(_pairs(subject, claimed, reference, error, verdicts == ORDER.index(Verdict.WRONG)))
        return explain(pairs) or UNKNOWN
    if verdict is Verdict.NONDIFFERENTIABLE:
        return _broken(subject, claimed, proof)
    if verdict is Verdict.INCONCLUSIVE:
        return _imprecise(claimed, np.zeros(claimed.shape), [*proof.findings.values(), *proof.loose.values()])
    return Diagnosis("agrees", f"the gradient agrees with differences to {int(proof.digits)} digits")


# Wrong ------------------------------------------------------------------------------------------------------


def _wrong(
    subject: ProgramSubject, claimed: Matrix, own: Matrix, verdicts: np.ndarray, error: Matrix
) -> Diagnosis:
    wrong = verdicts == ORDER.index(Verdict.WRONG)
    if not (np.abs(claimed - own)[wrong] > error[wrong]).any():
        return Diagnosis("own derivative", "gradcli's own derivative disagrees with differences")
    pairs = list(_pairs(subject, claimed, own, error, wrong))
    terms = Terms(subject, (claimed - own)[0], error[0]) if has_terms(subject) else None
    found = (terms and terms.through_stop()) or explain(pairs) or (terms and terms.at_fault())
    return found or UNKNOWN


def _pairs(
    subject: Subject, claimed: Matrix, own: Matrix, error: Matrix, wrong: np.ndarray
) -> Iterator[Pair]:
    """Claim and reference by input, in the shape of the derivative."""
    lead = subject.outputs[0].shape if len(subject.outputs) == 1 else (len(own),)
    for part in subject.inputs:
        cut = slice(part.start, part.stop)
        shape = (*lead, *part.shape)
        said, right, bars, off = (each[:, cut].reshape(shape) for each in (claimed, own, error, wrong))
        yield Pair(part.name, said, right, bars, off, part.shape)


# The point, or the arithmetic -------------------------------------------------------------------------------


def _broken(subject: Subject, claimed: Matrix, proof: Proof) -> Diagnosis:
    at, finding = next(
        ((at, each) for at, each in proof.findings.items() if not each.is_smooth),
        next((((output, -1), each) for output, each in proof.loose.items()), ((0, -1), None)),
    )
    if finding is None:
        return Diagnosis("undefined", f"the point lies {_AT[Kind.UNDEFINED]}")
    boundary = subject.decision(finding.flip)
    output, column = at
    where = f" in `{_name(subject, column)}`" if column >= 0 else ""
    decided = f": {boundary.what} changes there" if boundary else ""
    sides = _sides(finding, claimed[output, column] if column >= 0 else None)
    text = f"the point is {_AT[finding.kind]}{where}{decided}{sides}"
    return Diagnosis(finding.kind.value, text, boundary.span if boundary else None)


def _name(subject: Subject, column: int) -> str:
    part = next(part for part in subject.inputs if part.start <= column < part.stop)
    return part.label(column)


def _sides(finding: Finding, claimed: float | None) -> str:
    """The one-sided slopes, and whether the derivative stated lies between them."""
    if finding.kind in (Kind.UNDEFINED, Kind.CORNER):
        return ""
    shown = [
        f"{slope:.6g} {side}"
        for slope, side in ((finding.left, "on the left"), (finding.right, "on the right"))
        if not np.isnan(slope)
    ]
    text = f"; slope {' and '.join(shown)}" if shown else ""
    if claimed is None or finding.kind is not Kind.KINK:
        return text
    low, high = sorted((finding.left, finding.right))
    margin = 1e-6 * (high - low)
    inside = "lies" if low - margin <= claimed <= high + margin else "does not lie"
    return f"{text}; {claimed:.6g} {inside} between"


def _unsure(subject: ProgramSubject, own: Matrix, error: Matrix, proof: Proof) -> Diagnosis:
    findings = [*proof.findings.values(), *proof.loose.values()]
    near = next((each.flip for each in findings if each.flip >= 0), -1)
    boundary: Boundary | None = subject.decision(near)
    if boundary is not None:
        text = f"{boundary.what} changes too near to the point for differences to see one side of it"
        return Diagnosis("near a boundary", text, boundary.span)
    return _imprecise(own, error, findings)


def _imprecise(own: Matrix, error: Matrix, findings: list[Finding]) -> Diagnosis:
    with np.errstate(all="ignore"):
        relative = np.nanmax(np.where(own != 0, error / np.abs(own), 0.0), initial=0.0)
    if relative > 1e-6:
        text = f"cancellation: rounding leaves the derivative good to {_digits(relative)} digits only"
        return Diagnosis("cancellation", text)
    worst = max((each.error / max(abs(each.slope), 1e-300) for each in findings), default=np.inf)
    text = f"noise: differences are good to {_digits(worst)} digits only, which proves too little"
    return Diagnosis("noise", text)


def _digits(relative: float) -> int:
    return max(0, int(-np.log10(relative))) if 0 < relative < np.inf else 0
