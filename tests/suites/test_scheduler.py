"""The same rows from a Dask cluster on this machine, a worker killed on the way included."""

from __future__ import annotations

import os
import warnings

import pytest

from tests.command_line import invoke

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")

LINES = "".join(f"x*{number} | x=2 | => {2 * number}\n" for number in range(60))


@pytest.fixture(scope="module")
def address():
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A call that kills its worker is otherwise tried on three more, each of which must start first.
        with (
            dask.config.set({"distributed.scheduler.allowed-failures": 0}),
            distributed.LocalCluster(**options) as cluster,
        ):
            yield cluster.scheduler_address


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_scheduler_changes_nothing(address):
    alone = invoke("batch", "-", "--format", "jsonl", "--jobs", "1", stdin=LINES)
    shared = invoke("batch", "-", "--format", "jsonl", "--scheduler", address, stdin=LINES)
    assert shared.status == 0, shared.stderr
    assert shared.stdout == alone.stdout


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_killed_worker_is_one_failed_row(address):
    from gradcli.suites.cluster import ClusterExecutor
    from gradcli.suites.run import Crew, Stop, run_cases
    from tests.suites.test_run import Work, cases

    crew = Crew(2, lambda: ClusterExecutor(address), 0.0)
    rows = list(run_cases(cases("x", "x", "exit", "x", "x"), Work(), crew, Stop()))
    assert [row.outcome.value for row in rows] == ["passed", "passed", "error", "passed", "passed"]
    assert "was lost" in rows[2].problems[0].text


def at_second_try(path):
    """Fails the first time."""
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8"):
            raise OSError("the first try")
    return "done"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_failed_call_can_be_tried_again(address, tmp_path):
    from gradcli.suites.cluster import ClusterExecutor

    executor = ClusterExecutor(address)
    first = executor.submit(at_second_try, str(tmp_path / "tried"))
    assert isinstance(first.exception(), OSError)
    assert executor.submit(at_second_try, str(tmp_path / "tried")).result() == "done"
    executor.shutdown()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_an_address_where_nobody_listens(monkeypatch):
    monkeypatch.setattr("gradcli.suites.cluster.CONNECT", 1)
    done = invoke("batch", "-", "--scheduler", "tcp://127.0.0.1:9", stdin="x|x=1\n")
    assert done.status == 2
    assert "tcp://127.0.0.1:9" in done.stderr
    assert done.stdout == ""
