"""The same by the clock, with a thread for each core, beside NumPy, which has one, and beside one thread."""

from __future__ import annotations

import os
from functools import partial

from gradcli.memory import keep_freed_memory
from tests.benchmarks.data_rows import TEXT, Columns, columns, ours, theirs
from tests.benchmarks.harness import Result, on_all_cores, shortest, slowdown, speedup


def alone(data: Columns, gradient: bool = False) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    ours(data, gradient)
    del os.environ["OMP_NUM_THREADS"]


def measure() -> list[Result]:
    keep_freed_memory()
    on_all_cores()
    data = columns()
    value, by_hand, value_alone = shortest(*(partial(run, data) for run in (ours, theirs, alone)), repeats=9)
    gradient, gradient_alone = shortest(*(partial(run, data, True) for run in (ours, alone)), repeats=9)
    what = f"`{TEXT}` on 10^6 rows"
    return [
        speedup(what, value, "NumPy in blocks", by_hand, at_least=1),
        slowdown(what, value, "one thread", value_alone),
        slowdown("value and gradient on 10^6 rows", gradient, "one thread", gradient_alone),
    ]
