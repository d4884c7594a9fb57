"""Cases to rows, in the order of the cases: in this process, in a pool of processes, or on a cluster.

Cases go out in chunks. A worker that has spent its share of time on a chunk hands back what it has, so that
rows keep coming however long the cases take; what is left of the chunk goes out again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from itertools import islice
from time import perf_counter
from typing import Protocol

from gradcli.records import NamedTuple
from gradcli.suites.cases import Item
from gradcli.suites.results import Row
from gradcli.suites.workers import Lost, reached

ALONE = 0.25  # seconds of work in this process before others are started for the rest
SHARE = 0.2  # seconds that a worker spends on a chunk
MAX_CHUNK = 64
_AHEAD = 3  # chunks in flight for each worker
_LOOK = 0.1  # seconds between two looks at whether to stop


class Work(Protocol):
    """What turns a case into its row; picklable."""

    def __call__(self, item: Item) -> Row:
        """The row of a case; raises nothing."""

    def lost(self, item: Item, rule: str, text: str) -> Row:
        """The row of a case whose process ended before it."""


class Crew(NamedTuple):
    """Who does the work: how many at once, and the executor, made when it is needed."""

    jobs: int
    executor: Callable[[], Executor]
    alone: float = ALONE  # how long this process works by itself first


class Stop:
    """Whether to stop at the next row."""

    requested = False


def run_cases(items: Iterable[Item], work: Work, crew: Crew, stop: Stop) -> Iterator[Row]:
    """The rows of the cases, in order."""
    rest = iter(items)
    started = perf_counter()
    while perf_counter() - started < crew.alone:
        item = next(rest, None)
        if item is None or stop.requested:
            return
        yield work(item)
    if not stop.requested:
        executor = crew.executor()
        yield from _shared_out(rest, work, executor, crew.jobs, stop)


def run_chunk(work: Work, items: Sequence[Item]) -> list[Row]:
    """The rows of the first items: as many as fit into a worker's share of time, at least one."""
    started = perf_counter()
    rows: list[Row] = []
    for position, item in enumerate(items):
        if rows and perf_counter() - started > SHARE:
            break
        reached(position)
        rows.append(work(item))
    return rows


class _Sent(NamedTuple):
    """A chunk on its way; one that waits to be run alone has no future yet."""

    items: list[Item]
    future: Future[list[Row]] | None


class _Part(NamedTuple):
    """A part of a chunk that came back: to be sent again, unless its rows are known.

    One that is `suspected` was lost with its worker. It is run again while nothing else runs, because another
    chunk may have taken that worker with it.
    """

    items: list[Item]
    rows: list[Row] | None = None
    suspected: bool = False

    def send(self, work: Work, executor: Executor) -> _Sent:
        if self.suspected:
            return _Sent(self.items, None)
        if self.rows is None:
            return _Sent(self.items, executor.submit(run_chunk, work, self.items))
        future: Future[list[Row]] = Future()
        future.set_result(self.rows)
        return _Sent(self.items, future)


def _shared_out(
    items: Iterator[Item], work: Work, executor: Executor, jobs: int, stop: Stop
) -> Iterator[Row]:
    """The rows of the items, made by an executor; memory is bounded by the number of chunks in flight."""
    sent: deque[_Sent] = deque()
    size = 1
    finished = False
    try:
        while not stop.requested:
            while len(sent) < _AHEAD * jobs and (chunk := list(islice(items, size))):
                sent.append(_Part(chunk).send(work, executor))
            if not sent:
                finished = True
                return
            chunk, future = sent.popleft()
            alone = future is None
            if future is None:
                _settle([each.future for each in sent if each.future is not None], stop)
                future = executor.submit(run_chunk, work, chunk)
            _settle([future], stop)
            if stop.requested:
                return
            rows, again = _alone(chunk, future, work) if alone else _outcome(chunk, future, work)
            sent.extendleft(part.send(work, executor) for part in reversed(again))
            size = min(2 * size, MAX_CHUNK) if len(rows) == len(chunk) else max(len(rows), 1)
            yield from rows
    finally:
        executor.shutdown(wait=finished, cancel_futures=not finished)


def _settle(futures: Sequence[Future[list[Row]]], stop: Stop) -> None:
    """Wait until all are done, or the run is to stop."""
    while not stop.requested and wait(futures, _LOOK).not_done:
        continue


def _outcome(chunk: list[Item], future: Future[list[Row]], work: Work) -> tuple[list[Row], list[_Part]]:
    """The rows that a chunk has given, and the parts that are still to come."""
    error = future.exception()
    if error is None:
        rows = future.result()
        return rows, [_Part(chunk[len(rows) :])] if len(rows) < len(chunk) else []
    if isinstance(error, Lost):
        at = error.position
        row = work.lost(chunk[at], error.rule, error.text)
        parts = (_Part(chunk[:at]), _Part([chunk[at]], [row]), _Part(chunk[at + 1 :]))
        return [], [part for part in parts if part.items]
    return [], [_Part([item], suspected=True) for item in chunk]


def _alone(chunk: list[Item], future: Future[list[Row]], work: Work) -> tuple[list[Row], list[_Part]]:
    """The row of a suspected case, which nothing else can have harmed."""
    error = future.exception()
    if error is None:
        return future.result(), []
    return [work.lost(chunk[0], "worker", f"the process that ran this case was lost: {error}")], []
