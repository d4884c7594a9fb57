"""Processes that run chunks of work and can be killed: an executor whose workers are replaced when they die.

A worker tells the place that it has reached in its chunk through shared memory, so that the item which killed
it, or which takes too long, is known exactly.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, TypeVar

Result = TypeVar("Result")

_MOST_COPIES = 16  # they are made one after the other, before there is work for so many
_TASKS = "/proc/self/task"  # a folder for each thread of this process, where there is /proc
_POLL = 0.05  # seconds between two looks at a worker that has a time limit


class Lost(Exception):  # noqa: N818  # what happened to a worker is not an error of this program
    """A worker died or was killed at an item of its chunk: the item's position, and why."""

    def __init__(self, position: int, rule: str, text: str) -> None:
        super().__init__(position, rule, text)
        self.position = position
        self.rule = rule
        self.text = text


class _Place:
    """The position that this process has reached; a worker writes it, and who started the worker reads it."""

    cell: Any = None


def reached(position: int) -> None:
    """Say that work on an item of the chunk begins; without effect outside a worker."""
    if _Place.cell is not None:
        _Place.cell.value = position


class WorkerPool(Executor):
    """A fixed number of processes: copies of this one, where that is safe, and others when they are needed.

    `timeout` is how many seconds one item may take before its process is killed. A call whose process ends
    before its result raises `Lost`.
    """

    def __init__(self, jobs: int, timeout: float | None, preload: Sequence[str]) -> None:
        self._timeout = timeout
        self._context = _context(preload)
        self._calls: SimpleQueue[tuple[Future[Any], Any, tuple[Any, ...]] | None] = SimpleQueue()
        self._workers: list[_Worker] = _copies(min(jobs, _MOST_COPIES))
        workers = (*self._workers, *[None] * jobs)[:jobs]
        self._threads = [Thread(target=self._serve, args=(worker,), daemon=True) for worker in workers]
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[..., Result], /, *arguments: Any, **named: Any) -> Future[Result]:
        """Queue a call; function and arguments must be picklable, and named ones are not taken."""
        assert not named
        future: Future[Result] = Future()
        self._calls.put((future, function, arguments))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes; with `cancel_futures` at once, whatever they do."""
        if cancel_futures:
            for worker in self._workers:
                worker.process.kill()
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads if wait and not cancel_futures else ():
            thread.join()

    def _serve(self, worker: _Worker | None) -> None:
        """Hand one call after the other to a worker, and start another when it is lost."""
        while (call := self._calls.get()) is not None:
            future, function, arguments = call
            try:
                if worker is None:
                    _leave_lost_folder()
                    worker = _Worker(self._context)
                    self._workers.append(worker)
                future.set_result(worker.call(function, arguments, self._timeout))
            except Lost as lost:
                worker = None
                future.set_exception(lost)
            except Exception as error:
                future.set_exception(error)
        if worker is not None:
            worker.close()


class _Worker:
    """A process and the pipe to it; a copy of this process has `copied` pipes to other workers."""

    def __init__(self, context: Any, copied: Sequence[Connection] | None = None) -> None:
        self.pipe, theirs = context.Pipe()
        self.cell = context.RawValue("i", 0)
        foreign = () if copied is None else (self.pipe, *copied)
        self.process = context.Process(target=_work, args=(theirs, self.cell, foreign), daemon=True)
        self.process.start()
        theirs.close()

    def call(
        self, function: Callable[..., Result], arguments: tuple[Any, ...], timeout: float | None
    ) -> Result:
        """The result of a call in the process."""
        self.cell.value = 0
        try:
            self.pipe.send((function, arguments))
            if timeout is not None:
                self._watch(timeout)
            result: Result | Exception = self.pipe.recv()
        except (EOFError, OSError):
            raise self._lost() from None
        if isinstance(result, Exception):
            raise result
        return result

    def _watch(self, timeout: float) -> None:
        """Wait for a result, and kill the process when one item takes longer than it may."""
        position, since = 0, monotonic()
        while not self.pipe.poll(min(_POLL, timeout / 4)):
            if self.cell.value != position:
                position, since = self.cell.value, monotonic()
            elif monotonic() - since > timeout:
                self.process.kill()
                self.process.join()
                raise Lost(position, "timeout", f"stopped after {timeout:g} s, the limit of --timeout")

    def _lost(self) -> Lost:
        self.process.join()
        code = self.process.exitcode
        how = (
            f"was killed by {signal.Signals(-code).name}"
            if code and code < 0
            else f"ended with exit code {code}"
        )
        return Lost(self.cell.value, "worker", f"the process that ran this case {how}")

    def close(self) -> None:
        """Let the process end by itself."""
        self.pipe.close()
        self.process.join()


def _context(preload: Sequence[str]) -> Any:
    """How processes start: from a server that has imported everything once, where there is such a thing."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


def _leave_lost_folder() -> None:
    """Leave the current folder when it has been deleted, since no process can start there."""
    try:
        os.getcwd()
    except FileNotFoundError:
        os.chdir(os.sep)


def _copies(count: int) -> list[_Worker]:
    """So many copies of this process, which has imported everything already; none where that is not safe.

    A copy has one thread only, and would wait for ever for a lock that another one held. Threads count that
    libraries have started; only Linux tells how many there are.
    """
    workers: list[_Worker] = []
    if os.path.isdir(_TASKS) and len(os.listdir(_TASKS)) == 1:
        context = multiprocessing.get_context("fork")
        for _ in range(count):
            workers.append(_Worker(context, [worker.pipe for worker in workers]))
    return workers


def _work(pipe: Connection, cell: Any, foreign: Sequence[Connection]) -> None:
    """The life of a worker: calls in, results out, until the pipe is closed, by everybody who has its end."""
    for each in foreign:
        each.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one decides what it means
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _Place.cell = cell
    with suppress(EOFError, OSError):  # the pipe is closed, or whoever had its other end is gone
        while True:
            function, arguments = pipe.recv()
            pipe.send(_tried(function, arguments))


def _tried(function: Callable[..., Result], arguments: tuple[Any, ...]) -> Result | Exception:
    try:
        return function(*arguments)
    except Exception as error:
        return error
