"""The check of one program in the formats that continuous integration reads: a suite of one case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Any

from gradcli.commands.case_problems import verdict_problems
from gradcli.commands.output import Sink
from gradcli.render import SUITE_FORMATS, Style
from gradcli.render.suites import Finished, Origin
from gradcli.status import Status
from gradcli.suites.cases import Case, Place, Text
from gradcli.suites.results import Outcome, Row

if TYPE_CHECKING:
    from gradcli.commands.program_command import ReportRun

LONGEST_NAME = 60


class CheckAlone:
    """The run; `status` and `notes` are known when the pieces have been written."""

    sink = Sink.WHOLE

    def __init__(self, run: ReportRun) -> None:
        self.reports = run.reports
        self.settings = run.settings
        self.status = Status.OK
        self.notes: Sequence[str] = ()

    def pieces(self, style: Style) -> Iterator[str]:
        """The document of the one case."""
        started = perf_counter()
        report: Any
        (report,) = self.reports
        self.status, self.notes = report.run.status, report.run.notes
        place = Place(report.source.name, 1)
        case = Case(_name(report.run.program), place, Text(report.run.program, place))
        problems = () if self.status is Status.OK else tuple(verdict_problems(case, report, ()))
        outcome = problems[0].outcome if problems else Outcome.PASSED
        seconds = perf_counter() - started
        module = import_module(SUITE_FORMATS[self.settings.format])
        body = module.body(Finished(case, "check", seconds, "", outcome, problems, report), style)
        row = Row(case.name, place, outcome, problems, seconds, body)
        yield from module.pieces([row], style, Origin("check"))


def _name(program: str) -> str:
    """A name for a case that has none: its program, on one line."""
    line = " ".join(program.split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"
