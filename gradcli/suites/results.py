"""What became of a case: the outcome, what is wrong, and the pieces of text that a format makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import Enum
from itertools import groupby

from gradcli.records import NamedTuple
from gradcli.status import Status, gravest
from gradcli.suites.cases import Place


class Outcome(Enum):
    """How a case ended, the gravest first."""

    WRONG = "wrong"
    ERROR = "error"
    LIMIT = "limit"
    UNDECIDED = "undecided"
    PASSED = "passed"
    SKIPPED = "skipped"

    @property
    def status(self) -> Status:
        """The exit code that the outcome asks for."""
        return _STATUS.get(self, Status.OK)

    @property
    def failed(self) -> bool:
        """Whether anything is to be done about it."""
        return self in _STATUS


_STATUS = {
    Outcome.WRONG: Status.WRONG,
    Outcome.ERROR: Status.ERROR,
    Outcome.LIMIT: Status.LIMIT,
    Outcome.UNDECIDED: Status.UNDECIDED,
}
GRAVITY = {outcome: position for position, outcome in enumerate(Outcome)}


class Problem(NamedTuple):
    """One thing that is wrong with a case, with the place that it is about.

    `rule` is its kind, for machines: `expectation`, a verdict of the checker, `error`, `limit`, `timeout` or
    `worker`. `subject` is what it is about (`value`, `d/dx[1,0]`, nothing for an error), and `distance` how
    far off that is, relative to its size.
    """

    outcome: Outcome
    rule: str
    text: str
    place: Place
    column: int | None = None
    width: int = 1  # characters of the line, from the column on
    subject: str = ""
    help: str | None = None
    distance: float = float("inf")

    @property
    def message(self) -> str:
        """Subject and text."""
        return f"{self.subject}: {self.text}" if self.subject else self.text


class Row(NamedTuple):
    """A finished case, or several that ended alike. `body` is what the format at hand made of them."""

    name: str
    place: Place
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0
    body: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cases: int = 1  # that the row stands for


class Tally:
    """How many cases ended how."""

    def __init__(self) -> None:
        self.counts: Counter[Outcome] = Counter()

    def add(self, outcome: Outcome, count: int = 1) -> None:
        """Count a case, or several."""
        self.counts[outcome] += count

    @property
    def total(self) -> int:
        """The number of cases."""
        return self.counts.total()

    @property
    def status(self) -> Status:
        """The exit code of them all."""
        return gravest(outcome.status for outcome in self.counts) if self.total else Status.NOTHING

    def __str__(self) -> str:
        parts = [f"{self.counts[outcome]} {outcome.value}" for outcome in Outcome if self.counts[outcome]]
        cases = "1 case" if self.total == 1 else f"{self.total} cases"
        return f"{cases}: {', '.join(parts)}" if parts else "no cases"


def tallied(rows: Iterable[Row]) -> tuple[Tally, list[Row]]:
    """The counts of rows that come one by one, and those that failed; the others are not kept."""
    tally, failed = Tally(), []
    for row in rows:
        tally.add(row.outcome)
        if row.outcome.failed:
            failed.append(row)
    return tally, failed


def joined(rows: Iterable[Row]) -> list[Row]:
    """Neighbours that did not fail and ended alike as one row, for formats whose bodies follow each other."""
    found: list[Row] = []
    for outcome, group in groupby(rows, lambda row: row.outcome):
        if outcome.failed:
            found += group
            continue
        alike = list(group)
        found.append(alike[0]._replace(body=("".join(row.body[0] for row in alike),), cases=len(alike)))
    return found


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """The failed rows, by gravity and then by distance."""
    failed = (row for row in rows if row.outcome.failed)
    return sorted(
        failed, key=lambda row: (GRAVITY[row.outcome], -max(each.distance for each in row.problems))
    )
