"""One program over many data rows, beside NumPy."""

from __future__ import annotations

from functools import partial

import numpy as np

from gradcli.memory import keep_freed_memory
from gradcli.program import compile
from gradcli.suites.row_files import ENTRIES, Block
from gradcli.suites.rows import RowEvaluator
from tests.benchmarks.harness import Result, medians, slowdown, speedup

ROWS = 10**6
BY_HAND = 1 << 16  # rows in a block, the fastest for NumPy by hand; ours are those of a file of arrays
TEXT = "sin(x*1.5) + exp(-y)*x - 0.25*y**2 + log(1 + x*x)*z"
PROGRAM = compile(TEXT)
Columns = dict[str, np.ndarray]


def by_hand(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.sin(x * 1.5) + np.exp(-y) * x - 0.25 * y**2 + np.log(1 + x * x) * z


def columns() -> Columns:
    generator = np.random.default_rng(0)
    return {name: generator.normal(size=ROWS) for name in "xyz"}


def blocks(data: Columns, size: int) -> list[Columns]:
    starts = range(0, ROWS, size)
    return [{name: each[start : start + size] for name, each in data.items()} for start in starts]


def ours(data: Columns, gradient: bool = False) -> None:
    evaluate = RowEvaluator(PROGRAM, {}, gradient, {})
    for values in blocks(data, ENTRIES // len(data)):
        evaluate(Block(1, values))


def theirs(data: Columns) -> None:
    for values in blocks(data, BY_HAND):
        by_hand(**values)


def measure() -> list[Result]:
    keep_freed_memory()  # as the command does; it helps both
    data = columns()
    runs = partial(ours, data), partial(theirs, data), partial(ours, data, gradient=True)
    value, beside, gradient = medians(*runs, repeats=5)
    return [
        speedup(f"`{TEXT}` on 10^6 rows", value, "NumPy in blocks", beside, at_least=1),
        slowdown("value and gradient on 10^6 rows", gradient, "its value", value, at_most=5),
    ]
