"""A whole process that computes a gradient, beside one that only imports NumPy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.harness import Result, medians, slowdown

GRADIENT = ("grad", "2*dot(x,x)", "--x", "0,1,2,3", "--format")


def process(*command: str) -> Callable[[], object]:
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def measure() -> list[Result]:
    gradcli = str(Path(sys.executable).with_name("gradcli"))
    numpy = process(sys.executable, "-c", "import numpy")
    json, table, base = medians(
        process(gradcli, *GRADIENT, "json"), process(gradcli, *GRADIENT, "table"), numpy, repeats=25
    )
    return [
        slowdown("process: gradient as JSON", json, "import numpy", base, at_most=1.6),
        slowdown("process: gradient as a table", table, "import numpy", base),
    ]
