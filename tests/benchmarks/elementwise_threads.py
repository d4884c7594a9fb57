"""Elementwise chains on arrays of 80 MB, by the clock, everyone with as many threads as there are cores."""

from __future__ import annotations

import os
from functools import partial

from tests.benchmarks.elementwise_chains import CHAINS, rows
from tests.benchmarks.harness import Result, on_all_cores, shortest

SIZE = 10**7


def measure() -> list[Result]:
    on_all_cores()
    timed = partial(shortest, repeats=5)
    return [row for chain in CHAINS for row in rows(chain, SIZE, timed, os.cpu_count() or 1)]
