"""`python -m tests.benchmarks [WORKLOAD…]` prints one table; exit code 1 when a ratio misses its limit.

`--markdown` prints it as the documentation shows it, `--write` puts it there (docs/performance.md).
"""

from __future__ import annotations

import argparse
import compileall
import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "gradcli"
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def prepare() -> None:
    """One core and one thread, for the processes of workloads too; bytecode, as an installation has it."""
    os.environ |= dict.fromkeys(ONE_THREAD, "1") | {"JAX_ENABLE_X64": "1", "JAX_PLATFORMS": "cpu"}
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    compileall.compile_dir(PACKAGE, quiet=2)


def main() -> int:
    prepare()
    from tests.benchmarks import page, table, workloads

    options = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    options.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=", ".join(workloads.names()))
    options.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    options.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    chosen = options.parse_args()
    missed = False
    if not chosen.markdown:
        print(table.HEADING)
    for measurement in workloads.run(chosen.workloads or workloads.names()):
        form = table.markdown if chosen.markdown else table.text
        print(form(measurement), flush=True)
        missed = missed or not all(row.holds for row in measurement.rows)
        if chosen.write:
            page.write(measurement)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
