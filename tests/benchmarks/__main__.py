"""`python -m tests.benchmarks [WORKLOAD…]` prints one table; exit code 1 when a ratio misses its limit.

A workload is a module in this folder with a function `measure()` that returns its rows.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

# Before NumPy is imported, and inherited by the processes that workloads start.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["JAX_ENABLE_X64"] = "1"


def workloads() -> list[str]:
    paths = sorted(Path(__file__).parent.glob("*.py"))
    return [path.stem for path in paths if "\ndef measure()" in path.read_text("utf-8")]


def duration(seconds: float) -> str:
    """Three digits and a unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def main() -> int:
    from tests.benchmarks.harness import Result

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    missed = 0
    print(f"{'workload':58} {'gradcli':>9} {'beside':>14} {'':>9} {'ratio':>8}  limit")
    for name in sys.argv[1:] or workloads():
        results: list[Result] = import_module(f"tests.benchmarks.{name}").measure()
        for row in results:
            times = f"{duration(row.ours):>9} {row.reference:>14} {duration(row.theirs):>9}"
            verdict = f"{row.limit or ''}{'' if row.holds else '  missed'}"
            print(f"{row.what:58} {times} {row.ratio:8.3g}  {verdict}".rstrip(), flush=True)
            missed += not row.holds
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
