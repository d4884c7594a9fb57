"""A run over files of cases: rows as they come, kept on Ctrl-C, and taken up again where they ended."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from importlib import import_module
from math import inf
from typing import TYPE_CHECKING, Any

from gradcli.commands.case_bar import CaseBar
from gradcli.commands.case_runner import CaseRunner
from gradcli.commands.options import Settings
from gradcli.commands.output import Sink, write_pieces
from gradcli.errors import UsageError, reason_of
from gradcli.records import NamedTuple
from gradcli.render import ROW_FORMATS, SUITE_FORMATS, Style
from gradcli.render.suites import Origin
from gradcli.status import Status, gravest
from gradcli.suites.cases import Entry, Item, Names, items_of, matches
from gradcli.suites.results import Outcome, Row, Tally
from gradcli.suites.run import ALONE, Crew, Stop, run_cases
from gradcli.threads import cores

if TYPE_CHECKING:
    from types import FrameType

_PRELOAD = ("gradcli.commands.case_runner", "gradcli.commands.grad", "gradcli.reports")


class Plan(NamedTuple):
    """What the options of `batch` and `check` say about how to run."""

    filter: tuple[str, ...]
    fail_fast: bool
    jobs: int | None
    timeout: float | None
    scheduler: str | None


class SuiteRun:
    """One run; `status` and `notes` are known when the pieces have been written."""

    def __init__(
        self,
        entries: Iterable[Entry],
        runner: Callable[[Style], CaseRunner],
        plan: Plan,
        settings: Settings,
        origin: Origin,
    ) -> None:
        self.entries = entries
        self.runner = runner
        self.plan = plan
        self.settings = settings
        self.origin = origin
        self.done = Done()
        self.total: Callable[[], int | None] = lambda: None
        self.tally = Tally()
        self.failed: list[Row] = []
        self.passed_over = 0  # by the filters
        self._stop = _Interrupts()

    def pieces(self, style: Style) -> Iterator[str]:
        """The text of the rows, in pieces to be written as they come."""
        module = import_module(SUITE_FORMATS[self.settings.format])
        bar = CaseBar(self.total, self._shows_progress())
        with self._stop:
            try:
                yield from module.pieces(self._rows(self.runner(style), bar), style, self.origin)
            finally:
                bar.close()
        if self.settings.format == "github" and (path := os.environ.get("GITHUB_STEP_SUMMARY")):
            from gradcli.render.suites.markdown import page

            write_pieces(page(self.failed, self.tally, self.origin), path, Sink.APPEND)

    def _shows_progress(self) -> bool:
        """Whether somebody would see a progress bar, and nothing else comes to the same terminal."""
        streams = self.settings.output is None and self.settings.format in ROW_FORMATS
        return sys.stderr.isatty() and not self.settings.quiet and not (streams and sys.stdout.isatty())

    def _rows(self, runner: CaseRunner, bar: CaseBar) -> Iterator[Row]:
        """The rows, counted, up to the first failure or interruption that ends the run."""
        rows = run_cases(self._chosen(runner), runner, self._crew(), self._stop)
        while (row := self._next(rows)) is not None:
            self.tally.add(row.outcome, row.cases)
            bar.advance(row.cases)
            if row.outcome.failed:
                self.failed.append(row)
            yield row
            if self._stop.requested or (row.outcome.failed and self.plan.fail_fast):
                break
        rows.close()  # type: ignore[attr-defined]

    def _next(self, rows: Iterator[Row]) -> Row | None:
        """The next row; Ctrl-C while it is computed ends the run, and what is written stays whole."""
        try:
            with self._stop.at_once:
                return next(rows, None)
        except KeyboardInterrupt:
            return None

    def _chosen(self, runner: CaseRunner) -> Iterable[Entry]:
        """What is to run; lines are read here only to choose among their cases."""
        chooses = self.plan.filter or self.done.rows
        return self._filtered(runner) if chooses else self.entries

    def _filtered(self, runner: CaseRunner) -> Iterator[Item]:
        """The cases that the filters let through and that have not been done."""
        for item in items_of(self.entries, Names()):
            if self.plan.filter and not any(matches(pattern, item) for pattern in self.plan.filter):
                self.passed_over += 1
                continue
            if self.done.rows and (outcome := self.done.rows.get(runner.identity(item))) is not None:
                self.tally.add(outcome)
                continue
            yield item

    def _crew(self) -> Crew:
        """How many processes share the work: as many as asked for, else as there are cores once it pays."""
        plan = self.plan
        jobs = plan.jobs or cores()
        if plan.scheduler is not None:
            return Crew(jobs, lambda: _cluster(plan.scheduler or ""), 0.0)
        asked = plan.jobs is not None and plan.jobs > 1
        if plan.timeout is not None:
            return Crew(jobs, self._pool(jobs), 0.0)
        return Crew(jobs, self._pool(jobs), inf if jobs == 1 else 0.0 if asked else ALONE)

    def _pool(self, jobs: int) -> Callable[[], Executor]:
        def start() -> Executor:
            from gradcli.suites.workers import WorkerPool

            return WorkerPool(jobs, self.plan.timeout, _PRELOAD)

        return start

    @property
    def sink(self) -> Sink:
        """How a file takes the pieces."""
        if self.done.path is not None:
            return Sink.APPEND
        return Sink.ROWS if self.settings.format in ROW_FORMATS else Sink.WHOLE

    @property
    def notes(self) -> list[str]:
        """What is said beside the results."""
        if not self.tally.total and self.passed_over:
            patterns = ", ".join(f"`{pattern}`" for pattern in self.plan.filter)
            return [f"no case is called or tagged {patterns}: {self.passed_over} passed over"]
        if not self.tally.total:
            return ["there were no cases to run"]
        return [str(self.tally)] if self.settings.format in ROW_FORMATS else []

    @property
    def status(self) -> Status:
        """The exit code."""
        if self._stop.signal is not None:
            return Status.TERMINATED if self._stop.signal == signal.SIGTERM else Status.INTERRUPTED
        return gravest([self.tally.status])


def _cluster(address: str) -> Executor:
    from gradcli.suites.cluster import ClusterExecutor

    return ClusterExecutor(address)


class _Interrupts(Stop):
    """Ctrl-C and SIGTERM while a run lasts.

    The row in hand is finished, except that Ctrl-C does not wait for one that is being computed.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        self.at_once = _AtOnce()  # while this lasts, Ctrl-C interrupts
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Interrupts:
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._before[number] = signal.signal(number, self._handle)
            except ValueError:  # another thread than the main one cannot, and has no signals either
                break
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        self.signal = number
        if number == signal.SIGINT and self.at_once.lasts:
            raise KeyboardInterrupt


class _AtOnce:
    """The time in which a row is computed."""

    lasts = False

    def __enter__(self) -> None:
        self.lasts = True

    def __exit__(self, *error: object) -> None:
        self.lasts = False


class Done:
    """The rows that a file of an earlier run holds: their outcomes by identity."""

    def __init__(self, path: str | None = None) -> None:
        self.path = path
        self.rows: dict[str, Outcome] = {}
        if path is not None and os.path.exists(path):
            self._check_file(path)
            self._read(path)

    def _check_file(self, path: str) -> None:
        if not os.path.isfile(path):
            raise UsageError(f"`--resume {path}` takes a file of rows, and this is no file")

    def _read(self, path: str) -> None:
        """Read the rows; one that was cut off as it was written is removed from the file."""
        whole = 0
        try:
            with open(path, "rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self._note(line, path)
                    whole += len(line)
            if whole < os.path.getsize(path):
                os.truncate(path, whole)
        except OSError as error:
            raise UsageError(f"`{path}` cannot be continued: {reason_of(error)}") from None

    def _note(self, line: bytes, path: str) -> None:
        try:
            row = json.loads(line)
            self.rows[row["case"]["id"]] = Outcome(row["status"])
        except (ValueError, KeyError, TypeError):
            raise UsageError(
                f"`{path}` holds a line that is no row of gradcli batch",
                help="--resume continues a file that --format jsonl has written",
            ) from None
