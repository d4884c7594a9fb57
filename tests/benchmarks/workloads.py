"""The workloads: the modules of this folder with a function `measure()` that returns rows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.harness import Result

FOLDER = Path(__file__).parent


class Measurement(NamedTuple):
    """What a workload compares, in a sentence, and its rows."""

    heading: str
    rows: list[Result]


def names() -> list[str]:
    paths = sorted(FOLDER.glob("*.py"))
    return [path.stem for path in paths if "\ndef measure()" in path.read_text("utf-8")]


def heading(name: str) -> str:
    """The first line of what a workload says about itself."""
    return (import_module(f"tests.benchmarks.{name}").__doc__ or "").partition("\n")[0]


def measured(name: str) -> Measurement:
    return Measurement(heading(name), import_module(f"tests.benchmarks.{name}").measure())


def run(chosen: list[str]) -> Iterator[Measurement]:
    """Measure one after the other, each in a process of its own: it finds nobody's memory and threads."""
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        yield from pool.map(measured, chosen)
