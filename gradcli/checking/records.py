"""What a check finds: frozen records, from the verdict on one entry to the report on all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from gradcli.checking.smoothness import Finding
from gradcli.checking.subject import Matrix, Part, Vector, least
from gradcli.language.source import Span
from gradcli.records import NamedTuple
from gradcli.status import Status


class Verdict(Enum):
    """What is known about a gradient, or one entry; the first that occurs in a report is its verdict."""

    WRONG = "WRONG"
    NONDIFFERENTIABLE = "NONDIFFERENTIABLE"
    INCONCLUSIVE = "INCONCLUSIVE"
    PASS = "PASS"

    @property
    def status(self) -> Status:
        """The exit code of a check that ends so."""
        if self is Verdict.PASS:
            return Status.OK
        return Status.WRONG if self is Verdict.WRONG else Status.UNDECIDED


ORDER = tuple(Verdict)
MOST_DIGITS = 17  # significant ones, which tell any two numbers apart
WRONG, BROKEN, UNSURE, PASS = range(4)  # the places in `ORDER`


def beating(verdicts: np.ndarray) -> Verdict:
    """The verdict that beats all others, of places in `ORDER`; PASS where there are none."""
    return ORDER[least(verdicts)] if verdicts.size else Verdict.PASS


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What a user allows: |a - b| <= atol + rtol*max(|a|, |b|)."""

    rtol: float = 0.0
    atol: float = 0.0

    def around(self, a: Matrix, b: Matrix) -> Matrix:
        """The difference allowed at each entry."""
        return np.asarray(self.atol + self.rtol * np.fmax(np.abs(a), np.abs(b)))


class Evidence(NamedTuple):
    """One of the answers that are compared: what it is, and to how many digits it agrees or is good."""

    source: str
    digits: float
    text: str


class Diagnosis(NamedTuple):
    """What is wrong, in one line of plain words, with a name for machines and a place in the program."""

    kind: str
    text: str
    span: Span | None = None


class Entry(NamedTuple):
    """One entry of the derivative, as a report shows it."""

    name: str
    value: float
    claimed: float
    reference: float
    error: float
    verdict: Verdict
    is_claimed: bool
    finding: Finding | None = None

    def digits(self, least: int) -> int:
        """How many significant digits to show: as many as tell a wrong claim from the reference."""
        if self.verdict is not Verdict.WRONG:
            return least
        counts = range(least, MOST_DIGITS)
        return next((n for n in counts if f"{self.claimed:.{n}g}" != f"{self.reference:.{n}g}"), MOST_DIGITS)


class Check(NamedTuple):
    """The report of one check.

    The matrices have a row for each entry of the outputs and a column for each entry of the inputs;
    `verdicts` holds places in `ORDER`. `claimed_inputs` names those that something was claimed about;
    `claimed` holds gradcli's own derivative by the others.
    """

    inputs: tuple[Part, ...]
    outputs: tuple[Part, ...]
    point: Vector
    value: Vector
    claimed: Matrix
    reference: Matrix
    error: Matrix
    verdicts: np.ndarray
    findings: dict[tuple[int, int], Finding]
    evidence: tuple[Evidence, ...]
    diagnosis: Diagnosis
    claimed_inputs: frozenset[str]
    order: int = 1
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict that beats all others."""
        return beating(self.verdicts)

    @property
    def has_claim(self) -> bool:
        """Whether it is about a claim, and not about gradcli's own derivative."""
        return bool(self.claimed_inputs)

    @property
    def digits(self) -> float:
        """To how many digits the reference is good: those of the best evidence that is independent of it."""
        return max((each.digits for each in self.evidence), default=0.0)

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many entries got each verdict."""
        numbers = np.bincount(self.verdicts.ravel(), minlength=len(ORDER))
        return {verdict: int(n) for verdict, n in zip(ORDER, numbers, strict=True) if n}

    @property
    def agreement(self) -> str:
        """To how many digits each of the independent answers agrees."""
        return ", ".join(f"{each.source} {int(each.digits)}" for each in self.evidence)

    def worst_entries(self, count: int) -> tuple[Entry, ...]:
        """The worst entries first: by verdict, then by how far claim and reference are apart."""
        with np.errstate(all="ignore"):
            apart = np.abs(self.claimed - self.reference)
            size = np.fmax(np.abs(self.claimed), np.abs(self.reference))
            relative = np.nan_to_num(np.where(apart == 0, 0.0, apart / size), nan=np.inf)
        keys = (-relative.ravel(), self.verdicts.ravel())
        return tuple(self.entry(*divmod(int(at), len(self.point))) for at in np.lexsort(keys)[:count])

    def entry(self, output: int, column: int) -> Entry:
        """One entry."""
        at = output, column
        return Entry(
            name=self.label(output, column),
            value=float(self.point[column]),
            claimed=float(self.claimed[at]),
            reference=float(self.reference[at]),
            error=float(self.error[at]),
            verdict=ORDER[self.verdicts[at]],
            is_claimed=_part_at(self.inputs, column).name in self.claimed_inputs,
            finding=self.findings.get(at),
        )

    def label(self, output: int, column: int) -> str:
        """The name of an entry: `d/dx[1,0]`, `dy[2]/dx[1]`; in second order `d²/dx[0]dy`."""
        by = _label(self.inputs, column)
        if self.order == 2:
            return f"d²/d{_label(self.outputs, output)}d{by}"
        of = "" if len(self.value) == 1 else _label(self.outputs, output) or f"[{output}]"
        return f"d{of}/d{by}"


def _part_at(parts: tuple[Part, ...], position: int) -> Part:
    return next(part for part in parts if part.start <= position < part.stop)


def _label(parts: tuple[Part, ...], position: int) -> str:
    return _part_at(parts, position).label(position)
