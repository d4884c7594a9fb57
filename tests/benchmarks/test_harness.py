"""The harness itself: workloads are found, limits are judged, times are readable."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.benchmarks import page, workloads
from tests.benchmarks.harness import PEERS, medians, peer, rehearsal, slowdown, speedup
from tests.benchmarks.table import quantity


def test_workloads_are_found():
    names = workloads.names()
    assert {"start_up", "scalar_tape", "indexed_reads", "vector_gradient"} <= set(names)
    for name in names:
        assert callable(import_module(f"tests.benchmarks.{name}").measure)


def test_ratios_and_limits():
    assert slowdown("", 3.0, "", 2.0, at_most=1.5).holds
    assert not slowdown("", 3.0, "", 2.0, at_most=1.4).holds
    assert speedup("", 2.0, "", 16.0, at_least=8).holds
    assert not speedup("", 2.0, "", 15.0, at_least=8).holds
    assert slowdown("", 3.0, "", 2.0).holds


def test_medians_call_in_turn_and_leave_out_the_first():
    calls: list[str] = []
    times = medians(lambda: calls.append("a"), lambda: calls.append("b") or sum(range(10_000)), repeats=7)
    turns = ["".join(calls[start : start + 2]) for start in range(0, len(calls), 2)]
    assert set(turns) == {"ab", "ba"}
    assert len(turns) == 8
    assert times[0] < times[1]


def test_a_rehearsal_calls_nothing():
    with rehearsal():
        assert medians(pytest.fail, pytest.fail) == [1.0, 1.0]
    assert medians(lambda: None) != [1.0]


@pytest.mark.parametrize(
    ("figure", "unit", "text"),
    [
        (2.0, "s", "2 s"),
        (0.0123, "s", "12.3 ms"),
        (4.5e-6, "s", "4.5 µs"),
        (3e-9, "s", "3 ns"),
        (0.0, "s", "0 ns"),
        (14.2, "B", "14.2 B"),
        (2.5e6, "B", "2.5 MB"),
    ],
)
def test_quantities(figure, unit, text):
    assert quantity(figure, unit) == text


def test_the_page_shows_every_workload():
    assert list(page.sections()) == [workloads.heading(name) for name in workloads.names()]


@pytest.mark.parametrize("name", workloads.names())
def test_the_page_shows_the_rows_of_a_workload(name):
    with rehearsal():
        rows = [(row.what, row.reference) for row in workloads.measured(name).rows]
    shown = page.rows(page.sections()[workloads.heading(name)])
    if all(map(peer, PEERS)):
        assert shown == rows, "`python -m tests.benchmarks --write` measures again"
    assert set(rows) <= set(shown)
