"""Diagnosis: what is wrong with a gradient, or with the point, in one line of plain words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gradcli.checking.claims import Claim
from gradcli.checking.factors import factor_at_fault
from gradcli.checking.misuses import rule_at_fault
from gradcli.checking.patterns import explain, suspect
from gradcli.checking.program_subject import ProgramSubject
from gradcli.checking.proof import Proof
from gradcli.checking.records import Diagnosis, Verdict, beating
from gradcli.checking.repairs import slip_at_fault, transpose_at_fault
from gradcli.checking.sightings import Sighting, elsewhere
from gradcli.checking.smoothness import Finding, Kind
from gradcli.checking.stops import through_all_stops
from gradcli.checking.subject import Boundary, Matrix, Subject
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


def diagnose(here: Sighting, claims: Sequence[Claim], proof: Proof, agreement: str) -> Diagnosis:
    """The one line that a report needs, for the verdict that beats the others."""
    verdict = beating(here.verdicts)
    if verdict is Verdict.PASS:
        return Diagnosis("agrees", agreement)
    if verdict is Verdict.WRONG:
        return _wrong(here, claims)
    if verdict is Verdict.NONDIFFERENTIABLE:
        if proof.is_conventional and all(each.is_smooth for each in proof.findings.values()):
            return _conventional(here.subject, proof)
        return _broken(here.subject, here.claimed, proof)
    return _unsure(here.subject, here.right, here.error, proof)


def diagnose_black_box(here: Sighting, proof: Proof) -> Diagnosis:
    """The same for functions of which only values are known."""
    verdict = beating(here.verdicts)
    if verdict is Verdict.PASS:
        return Diagnosis("agrees", f"the gradient agrees with differences to {int(proof.digits)} digits")
    if verdict is Verdict.WRONG:
        return explain(here.pairs()) or suspect(here.pairs()) or UNKNOWN
    if verdict is Verdict.NONDIFFERENTIABLE:
        return _broken(here.subject, here.claimed, proof)
    unknown = np.zeros(here.claimed.shape)
    return _imprecise(here.claimed, unknown, [*proof.findings.values(), *proof.loose.values()])


# Wrong ------------------------------------------------------------------------------------------------------


def _wrong(here: Sighting, claims: Sequence[Claim]) -> Diagnosis:
    """The first mistake that explains the claim here, and at other points as well where it has a value."""
    wrong = here.wrong
    if not (np.abs(here.claimed - here.right)[wrong] > here.error[wrong]).any():
        return Diagnosis("own derivative", "gradcli's own derivative disagrees with differences")
    sightings = [here, *elsewhere(here.subject, claims, wrong)]
    return (
        _everywhere(sightings, _stopped)
        or _everywhere(sightings, through_all_stops)
        or transpose_at_fault(sightings, claims)
        or _exactly(_everywhere(sightings, lambda each: explain(each.pairs())), sightings, claims)
        or _everywhere(sightings, _term)
        or _either(factor_at_fault(sightings), slip_at_fault(sightings, claims))
        or rule_at_fault(sightings)
        or _everywhere(sightings, lambda each: suspect(each.pairs()))
        or UNKNOWN
    )


def _exactly(
    found: Diagnosis | None, sightings: Sequence[Sighting], claims: Sequence[Claim]
) -> Diagnosis | None:
    """A pattern; where it tells which entries are wrong and not why, the slip of the pen behind it."""
    if found is None or found.kind not in ("one entry", "broadcast", "zero"):
        return found
    slip = slip_at_fault(sightings, claims)
    return Diagnosis(found.kind, f"{found.text}; {slip.text}") if slip else found


def _either(factor: Diagnosis | None, slip: Diagnosis | None) -> Diagnosis | None:
    """A factor and a slip of the pen may explain the same claim: which of them it was, the author knows."""
    if factor is None or slip is None:
        return factor or slip
    return Diagnosis(factor.kind, f"{factor.text}; or {slip.text}")


def _everywhere(
    sightings: Sequence[Sighting], find: Callable[[Sighting], Diagnosis | None]
) -> Diagnosis | None:
    """What is found at every point alike; of roundings, how many digits they leave may differ."""
    found = find(sightings[0])
    if found is None:
        return None
    for sighting in sightings[1:]:
        other = find(sighting)
        if other is None or (other != found and found.kind != "rounded") or other.kind != found.kind:
            return None
    return found


def _terms(here: Sighting) -> Terms | None:
    if not has_terms(here.subject):
        return None
    return Terms(here.subject, (here.claimed - here.right)[0], here.error[0])


def _stopped(here: Sighting) -> Diagnosis | None:
    terms = _terms(here)
    return terms.through_stop() if terms else None


def _term(here: Sighting) -> Diagnosis | None:
    terms = _terms(here)
    return terms.at_fault() if terms else None


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


def _conventional(subject: ProgramSubject, proof: Proof) -> Diagnosis:
    """An operation on the way has no derivative where the function has one."""
    boundary = next(
        (subject.decision(each.flip) for each in proof.findings.values() if each.flip >= 0), subject.singular
    )
    what = boundary.what if boundary else "an operation on the way"
    why = f"{what} has none" if boundary is None or what.startswith("`") else f"{what} changes"
    text = f"the function has a derivative here, but {why}: what the chain rule makes of it is a convention"
    return Diagnosis("convention", text, boundary.span if boundary else None)


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
    if not findings:
        text = "the tolerance is narrower than what rounding leaves of the derivative"
        return Diagnosis("tolerance", text)
    worst = max((each.error / max(abs(each.slope), 1e-300) for each in findings), default=np.inf)
    text = f"noise: differences are good to {_digits(worst)} digits only, which proves too little"
    return Diagnosis("noise", text)


def _digits(relative: float) -> int:
    return max(0, int(-np.log10(relative))) if 0 < relative < np.inf else 0
