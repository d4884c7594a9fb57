"""Formats for the rows of many cases, and what they share."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gradcli.records import NamedTuple
from gradcli.suites.cases import Item
from gradcli.suites.results import Outcome, Problem, Row

if TYPE_CHECKING:
    from gradcli.reports import Report
    from gradcli.reports.checks import CheckReport

COLORS = {
    Outcome.WRONG: "31",
    Outcome.ERROR: "31",
    Outcome.LIMIT: "31",
    Outcome.UNDECIDED: "33",
    Outcome.PASSED: "32",
    Outcome.SKIPPED: "2",
}


class Finished(NamedTuple):
    """A case with all that is known about it, for the format that writes its row."""

    item: Item
    command: str
    seconds: float
    identity: str
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    report: Report | None = None
    picture: str | None = None  # of the graph, as SVG

    @property
    def name(self) -> str:
        """The name of the case."""
        return self.item.name

    @property
    def check(self) -> CheckReport | None:
        """The report of a check."""
        report: Any = self.report
        return report if hasattr(report, "check") else None


class Origin(NamedTuple):
    """The command line that the rows come from, as far as it is needed to repeat one of them."""

    command: str
    options: tuple[str, ...] = ()

    def replay(self, row: Row) -> str:
        """The command line that runs one case again."""
        file = row.place.file if row.place.is_in_file else "-"
        words = ("gradcli", self.command, file, *self.options, "--filter", row.name)
        return shlex.join(words if row.name else words[:-2])


def problem_line(row: Row | Finished, problem: Problem) -> str:
    """`file:line: case: what is wrong`."""
    name = f"{row.name}: " if row.name else ""
    return f"{problem.place}: {name}{problem.message}"
