"""Threads that share the work on large arrays."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import gradcli
from gradcli import threads


def test_every_piece_is_taken_once():
    taken, names = [], set()

    def work(pieces):
        names.add(threading.get_ident())
        both.wait(timeout=10)
        taken.extend(pieces)

    both = threading.Barrier(3)
    threads.share(work, range(1000), 3)
    assert sorted(taken) == list(range(1000))
    assert len(names) == 3


def test_alone_no_thread_is_started():
    names = []
    threads.share(lambda pieces: names.extend(threading.get_ident() for _ in pieces), range(4), 1)
    assert names == [threading.get_ident()] * 4


def test_helpers_are_as_quiet_as_their_thread():
    def work(pieces):
        found.append(np.geterr()["divide"])
        both.wait(timeout=10)

    found = []
    both = threading.Barrier(2)
    with np.errstate(divide="ignore"):
        threads.share(work, range(2), 2)
    assert found == ["ignore", "ignore"]


def test_what_a_helper_raises_is_raised():
    def work(pieces):
        if threading.current_thread() is threading.main_thread():
            list(pieces)
        else:
            raise MemoryError("too large")

    with pytest.raises(MemoryError, match="too large"):
        threads.share(work, range(10), 2)


def test_an_interruption_leaves_no_thread_behind():
    begun, before = threading.Event(), threading.active_count()
    taken = []

    def work(pieces):
        if threading.current_thread() is threading.main_thread():
            begun.wait(timeout=10)
            raise KeyboardInterrupt
        for piece in pieces:
            taken.append(piece)
            begun.set()
            time.sleep(0.001)

    with pytest.raises(KeyboardInterrupt):
        threads.share(work, range(10_000), 2)  # for 10 s, were it not for the interruption
    assert len(taken) < 10_000
    assert threading.active_count() == before


@pytest.mark.parametrize(("given", "count"), [("1", 1), ("2", 2), ("100", None), ("", None), ("many", None)])
def test_as_many_as_there_are_cores_or_fewer(monkeypatch, given, count):
    monkeypatch.setattr(threads, "cores", lambda: 3)
    monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert threads.available() == (count or 3)


@pytest.mark.parametrize(
    "text", ["sum(sin(x)*exp(-x**2/2) + log1p(x*x))", "t = mean(relu(x)*sigmoid(x)); t*sum(x/t)", "x*x + 1"]
)
def test_results_do_not_depend_on_how_many_there_are(monkeypatch, text):
    monkeypatch.setattr(threads, "WORTH", 1000)
    x = np.random.default_rng(4).normal(size=150_001)
    results = []
    for count in (1, 2, 4):
        monkeypatch.setattr(threads, "available", lambda count=count: count)
        recording = gradcli.compile(text).record({"x": x})
        results.append((recording.value, recording.vjp("ones")["x"]))
    for each in results[1:]:
        np.testing.assert_equal(each, results[0])
