"""One program over many data rows, beside NumPy."""

from __future__ import annotations

import numpy as np

from gradcli.memory import keep_freed_memory
from gradcli.program import compile
from gradcli.suites.row_files import ENTRIES, Block
from gradcli.suites.rows import RowEvaluator
from tests.benchmarks.harness import Result, medians, slowdown, speedup

ROWS = 10**6
BY_HAND = 1 << 16  # rows in a block, the fastest for NumPy by hand; ours are those of a file of arrays
POINT = {"x": 0.5, "y": 1.5, "z": 2.0}
TEXT = "sin(x*1.5) + exp(-y)*x - 0.25*y**2 + log(1 + x*x)*z"


def by_hand(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.sin(x * 1.5) + np.exp(-y) * x - 0.25 * y**2 + np.log(1 + x * x) * z


def measure() -> list[Result]:
    keep_freed_memory()  # as the command does; it helps both
    generator = np.random.default_rng(0)
    columns = {name: generator.normal(size=ROWS) for name in POINT}
    program = compile(TEXT)

    def blocks(size: int) -> list[dict[str, np.ndarray]]:
        starts = range(0, ROWS, size)
        return [{name: each[start : start + size] for name, each in columns.items()} for start in starts]

    def ours(gradient: bool) -> None:
        evaluate = RowEvaluator(program, {}, gradient, {})
        for values in blocks(ENTRIES // len(columns)):
            evaluate(Block(1, values))

    def theirs() -> None:
        for values in blocks(BY_HAND):
            by_hand(**values)

    value, beside, gradient = medians(lambda: ours(False), theirs, lambda: ours(True), repeats=5)
    return [
        speedup(f"`{TEXT}` on 10^6 rows", value, "NumPy in blocks", beside, at_least=1),
        slowdown("value and gradient on 10^6 rows", gradient, "its value", value, at_most=5),
    ]
