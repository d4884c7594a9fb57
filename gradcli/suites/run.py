"""Cases to rows, in the order of the cases: in this process, in a pool of processes, or on a cluster.

Cases go out in chunks, as unread lines where they are such: workers read them, and this process only when
something is out of the ordinary. A worker that has spent its share of time on a chunk hands back what it has,
so that rows keep coming however long the cases take; what is left of the chunk goes out again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from itertools import islice
from time import perf_counter
from typing import Protocol

from gradcli.records import NamedTuple
from gradcli.suites.cases import Entry, Item, Names, items_of
from gradcli.suites.results import Row
from gradcli.suites.workers import Lost, reached

ALONE = 0.25  # seconds of work in this process before others are started for the rest
SHARE = 0.2  # seconds that a worker spends on a chunk
MAX_CHUNK = 128  # cases; lines that are not read yet count as one each
_AHEAD = 3  # chunks in flight for each worker
_LOOK = 0.1  # seconds between two looks at whether to stop


class Work(Protocol):
    """What turns a case into its row; picklable."""

    def __call__(self, item: Item) -> Row:
        """The row of a case; raises nothing."""

    def lost(self, item: Item, rule: str, text: str) -> Row:
        """The row of a case whose process ended before it."""

    def joined(self, rows: list[Row]) -> list[Row]:
        """The rows, neighbours in one where nobody needs them by themselves."""


class Crew(NamedTuple):
    """Who does the work: how many at once, and the executor, made when it is needed."""

    jobs: int
    executor: Callable[[], Executor]
    alone: float = ALONE  # how long this process works by itself first


class Stop:
    """Whether to stop at the next row."""

    requested = False


def run_cases(entries: Iterable[Entry], work: Work, crew: Crew, stop: Stop) -> Iterator[Row]:
    """The rows of the cases, in order."""
    rest = iter(entries)
    names = Names()
    started = perf_counter()
    while perf_counter() - started < crew.alone:
        entry = next(rest, None)
        if entry is None:
            return
        for item in items_of([entry], names):
            if stop.requested:
                return
            yield work(item)
    if not stop.requested:
        executor = crew.executor()
        yield from _shared_out(rest, names, work, executor, crew.jobs, stop)


class Answer(NamedTuple):
    """What a worker made of a chunk: the rows of its first cases, and the names that unread lines gave."""

    rows: list[Row]
    cases: int  # that the rows are of
    is_whole: bool  # whether the chunk has no more
    names: Names


def run_chunk(work: Work, entries: Sequence[Entry]) -> Answer:
    """The rows of the first cases: as many as fit into a worker's share of time, at least one."""
    started = perf_counter()
    rows: list[Row] = []
    names = Names()
    for position, item in enumerate(items_of(entries, names)):
        if rows and perf_counter() - started > SHARE:
            return Answer(work.joined(rows), position, False, names)
        reached(position)
        rows.append(work(item))
    return Answer(work.joined(rows), len(rows), True, names)


class _Sent(NamedTuple):
    """A chunk on its way; one that waits to be run alone has no future yet."""

    entries: Sequence[Entry]
    future: Future[Answer] | None


class _Part(NamedTuple):
    """A part of a chunk that came back: to be sent again, unless its row is known.

    One that is `suspected` was lost with its worker. It is run again while nothing else runs, because another
    chunk may have taken that worker with it.
    """

    entries: Sequence[Entry]
    row: Row | None = None
    suspected: bool = False

    def send(self, work: Work, executor: Executor) -> _Sent:
        if self.suspected:
            return _Sent(self.entries, None)
        if self.row is None:
            return _Sent(self.entries, executor.submit(run_chunk, work, self.entries))
        future: Future[Answer] = Future()
        future.set_result(Answer([self.row], 1, True, Names()))
        return _Sent(self.entries, future)


def _shared_out(
    entries: Iterator[Entry], names: Names, work: Work, executor: Executor, jobs: int, stop: Stop
) -> Iterator[Row]:
    """The rows of the cases, made by an executor; memory is bounded by the number of chunks in flight."""
    sent: deque[_Sent] = deque()
    size = 1
    finished = False
    try:
        while not stop.requested:
            while len(sent) < _AHEAD * jobs and (chunk := list(islice(entries, size))):
                sent.append(_Part(chunk).send(work, executor))
            if not sent:
                finished = True
                return
            first = sent.popleft()
            future = first.future
            if future is None:
                _settle([each.future for each in sent if each.future is not None], stop)
                future = executor.submit(run_chunk, work, first.entries)
            _settle([future], stop)
            if stop.requested:
                return
            rows, again = _outcome(first, future, work, names)
            sent.extendleft(part.send(work, executor) for part in reversed(again))
            size = max(sum(row.cases for row in rows), 1) if again else min(2 * size, MAX_CHUNK)
            yield from rows
    finally:
        executor.shutdown(wait=finished, cancel_futures=not finished)


def _settle(futures: Sequence[Future[Answer]], stop: Stop) -> None:
    """Wait until all are done, or the run is to stop."""
    while not stop.requested and wait(futures, _LOOK).not_done:
        continue


def _outcome(sent: _Sent, future: Future[Answer], work: Work, names: Names) -> tuple[list[Row], list[_Part]]:
    """The rows that a chunk has given, and the parts that are still to come, with their lines read.

    Chunks come here in order, so that `names` are those of all lines before: which of two cases with one name
    is wrong does not depend on who was faster.
    """
    error = future.exception()
    if error is not None:
        return _loss(error, sent, work, names)
    answer = future.result()
    are_new = names.add(answer.names)
    if are_new and answer.is_whole:
        return answer.rows, []
    items = list(items_of(sent.entries, names))
    return (answer.rows, [_Part(items[answer.cases :])]) if are_new else ([], [_Part(items)])


def _loss(error: BaseException, sent: _Sent, work: Work, names: Names) -> tuple[list[Row], list[_Part]]:
    """The same for a chunk whose worker was lost, or the row of a case that nothing else can have harmed."""
    items = list(items_of(sent.entries, names))
    if sent.future is None:
        text = f"the process that ran this case was lost: {error}"
        return [work.lost(items[0], "worker", text)], []
    if isinstance(error, Lost) and items:
        at = min(error.position, len(items) - 1)
        row = work.lost(items[at], error.rule, error.text)
        parts = (_Part(items[:at]), _Part([items[at]], row), _Part(items[at + 1 :]))
        return [], [part for part in parts if part.entries]
    return [], [_Part([item], suspected=True) for item in items]
