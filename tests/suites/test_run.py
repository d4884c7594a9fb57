"""Rows come in the order of the cases, whoever makes them, and no case is lost with its process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import inf

import pytest

from gradcli.suites import workers
from gradcli.suites.cases import Broken, Case, Place, Text, lines_of
from gradcli.suites.documents import read_json_line
from gradcli.suites.lines import read_one_line_case
from gradcli.suites.results import Outcome, Problem, Row
from gradcli.suites.run import Crew, Stop, run_cases
from gradcli.suites.workers import Lost, WorkerPool

PLACE = Place("f", 1)
ALONE = Crew(1, WorkerPool, inf)


class Work:
    """Does what the text of a case says."""

    def __call__(self, item):
        if isinstance(item, Broken):
            problem = Problem(Outcome.ERROR, "error", item.error.message, item.place)
            return Row(item.name, item.place, Outcome.ERROR, (problem,))
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

    def joined(self, rows):
        return rows

    def lost(self, item, rule, text):
        problems = (Problem(Outcome.ERROR, rule, text, item.place),)
        return Row(item.name, item.place, Outcome.ERROR, problems)


def cases(*texts: str) -> list[Case]:
    return [Case(str(number), PLACE, Text(text, PLACE)) for number, text in enumerate(texts)]


def lines(*texts: str, read=read_one_line_case):
    return lines_of((f"{text}\n".encode() for text in texts), "f", read)


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
    assert run(cases("x", "slow"), ALONE) == {}


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


def outcomes(entries, crew):
    rows = list(run_cases(entries, Work(), crew, Stop()))
    return [(row.name, row.outcome.value, *(each.text for each in row.problems)) for row in rows]


def test_lines_are_read_by_workers_as_here():
    """Names that are given again, in one chunk or another, comments, and what is no case."""
    texts = ["# comment", "a: x", "", *["x"] * 9, "b: x", "a: x", *["x"] * 200, "x | y", "b: x", "x"]
    found = outcomes(lines(*texts), pool())
    assert found == outcomes(lines(*texts), ALONE)
    assert [each for each in found if each[1] == "error"] == [
        ("line 14", "error", "the name `a` is given twice in this file, first on line 2"),
        ("line 215", "error", "expected NAME=VALUE, => VALUE or NAME => DERIVATIVE, found `y`"),
        ("line 216", "error", "the name `b` is given twice in this file, first on line 13"),
    ]


def test_a_line_may_hold_many_cases():
    """One that takes longer than a worker's share of time, and one that kills the worker."""
    line = '{"name": "%s", "program": "%s", "inputs": {}, "matrix": {"y": [1, 2, 3]}}'
    entries = [line % (f"{text} {number}", text) for number, text in enumerate(["slow", "x", "die", "slow"])]
    found = outcomes(lines(*entries, read=read_json_line), pool())
    killed = "the process that ran this case was killed by SIGKILL"
    assert [each[0].split("/")[0] for each in found] == [
        name for name in ("slow 0", "x 1", "die 2", "slow 3") for _ in range(3)
    ]
    assert [each for each in found if each[1] != "passed"] == [
        (f"die 2/{number}", "error", killed) for number in (1, 2, 3)
    ]


def test_a_line_that_kills_its_worker_is_one_failed_row():
    found = outcomes(lines(*["x"] * 20, "# comment", "die", "x", "slow", "slow", "slow", "x"), pool())
    assert [each[0] for each in found] == [f"line {number}" for number in range(1, 28) if number != 21]
    assert [each[0] for each in found if each[1] == "error"] == ["line 22"]


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


def test_a_folder_that_is_deleted(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    monkeypatch.setattr(workers, "_MOST_COPIES", 0)
    executor = WorkerPool(1, None, ())
    assert executor.submit(len, "abc").result(30) == 3
    executor.shutdown()
