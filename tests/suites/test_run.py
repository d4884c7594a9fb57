"""Rows come in the order of the cases, whoever makes them, and no case is lost with its process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import inf

import pytest

from gradcli.suites.cases import Case, Place, Text
from gradcli.suites.results import Outcome, Problem, Row
from gradcli.suites.run import Crew, Stop, run_cases
from gradcli.suites.workers import Lost, WorkerPool

PLACE = Place("f", 1)


class Work:
    """Does what the text of a case says."""

    def __call__(self, item):
        text = item.program.text
        if text == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if text == "exit":
            os._exit(3)
        if text == "hang":
            time.sleep(60)
        if text == "slow":
            time.sleep(0.15)
        return Row(item.name, item.place, Outcome.PASSED)

    def lost(self, item, rule, text):
        problems = (Problem(Outcome.ERROR, rule, text, item.place),)
        return Row(item.name, item.place, Outcome.ERROR, problems)


def cases(*texts: str) -> list[Case]:
    return [Case(str(number), PLACE, Text(text, PLACE)) for number, text in enumerate(texts)]


def pool(jobs=2, timeout=None, alone=0.0):
    return Crew(jobs, lambda: WorkerPool(jobs, timeout, ("tests.suites.test_run",)), alone)


def run(items, crew):
    rows = list(run_cases(items, Work(), crew, Stop()))
    assert [row.name for row in rows] == [item.name for item in items]
    return {row.name: row.problems[0] for row in rows if row.problems}


@pytest.mark.parametrize("alone", [0.0, 0.2])
def test_order(alone):
    assert run(cases(*["x", "slow"] * 10, *["x"] * 300), pool(alone=alone)) == {}


def test_one_process():
    assert run(cases("x", "slow"), Crew(1, WorkerPool, inf)) == {}


def test_a_killed_worker_is_one_failed_row():
    lost = run(cases(*["x"] * 20, "die", *["x"] * 20, "exit", "die", "x"), pool())
    assert list(lost) == ["20", "41", "42"]
    assert lost["20"].text == "the process that ran this case was killed by SIGKILL"
    assert lost["41"].text == "the process that ran this case ended with exit code 3"


def test_a_hanging_case_is_stopped():
    started = time.monotonic()
    lost = run(cases(*["x"] * 9, "hang", "x", "slow"), pool(timeout=1.0))
    assert time.monotonic() - started < 20
    assert list(lost) == ["9"]
    assert lost["9"].rule == "timeout"


def test_executors_that_do_not_know_the_place():
    """An executor may lose a chunk without saying where, as one on a cluster does."""

    class Forgetful(ThreadPoolExecutor):
        def submit(self, function, work, items):
            if any(item.program.text == "die" for item in items):
                return super().submit(_fail)
            return super().submit(function, work, items)

    lost = run(cases(*["x"] * 20, "die", "x"), Crew(2, lambda: Forgetful(2), 0.0))
    assert list(lost) == ["20"]


def _fail():
    raise RuntimeError("the worker went away")


def test_memory_does_not_grow_with_the_number_of_cases():
    read = 0

    def endless() -> Iterator[Case]:
        nonlocal read
        for case in cases(*["x"] * 5000):
            read += 1
            yield case

    rows = run_cases(endless(), Work(), pool(), Stop())
    for _ in range(3):
        next(rows)
    assert read < 1000
    rows.close()


def test_stop():
    stop = Stop()
    rows = run_cases(cases(*["slow"] * 50), Work(), pool(), stop)
    next(rows)
    stop.requested = True
    assert len(list(rows)) < 10


def test_errors_of_a_worker_are_passed_on():
    executor = WorkerPool(1, None, ())
    assert executor.submit(len, "abc").result(30) == 3
    with pytest.raises(TypeError):
        executor.submit(len, 3).result(30)
    with pytest.raises(Lost):
        executor.submit(os._exit, 1).result(30)
    assert executor.submit(len, "ab").result(30) == 2
    executor.shutdown()
