"""Timing by comparison: every figure is a ratio of two things measured in turn in the same run."""

from __future__ import annotations

import os
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

# What workloads compare with where it is installed: the extra `bench`.
PEERS = ("autograd", "casadi", "jax", "numba", "scipy", "sympy", "torch")

_rehearsing = False


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table: what was measured, the two figures, and the most that their ratio may be.

    The figures are times in seconds, or sizes in bytes where the unit is `B`.
    """

    what: str
    ours: float
    reference: str
    theirs: float
    limit: float | None = None
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """Our figure in theirs: less is better."""
        return self.ours / self.theirs

    @property
    def holds(self) -> bool:
        return self.limit is None or self.ratio <= self.limit


def slowdown(
    what: str, ours: float, reference: str, theirs: float, at_most: float | None = None, *, unit: str = "s"
) -> Result:
    """A row whose limit says how many times as long as the reference we may take, or as much memory."""
    return Result(what, ours, reference, theirs, at_most, unit)


def speedup(what: str, ours: float, reference: str, theirs: float, at_least: float | None = None) -> Result:
    """A row whose limit says how many times as fast as the reference we must be."""
    return Result(what, ours, reference, theirs, None if at_least is None else 1.0 / at_least)


def cpu_time() -> float:
    """Seconds of processor time that this process and those it has waited for have used.

    On one core it is what a clock shows on a machine with nothing else to do, and unlike a clock it does not
    count what other processes take.
    """
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def medians(*functions: Callable[[], object], repeats: int = 15) -> list[float]:
    """The median time of each function in seconds, called in turn so that all meet the same weather.

    Each turn has an order of its own: what a function leaves behind, in caches and in threads that go on for
    a while, is not always the same one's to bear. The first call of each is not counted: it fills caches and
    compiles.
    """
    if _rehearsing:
        return [1.0] * len(functions)
    shuffle = random.Random(0).shuffle
    entries: list[tuple[Callable[[], object], list[float]]] = [(function, []) for function in functions]
    order = [*entries]
    for _ in range(repeats + 1):
        for function, own in order:
            start = cpu_time()
            function()
            own.append(cpu_time() - start)
        shuffle(order)
    return [statistics.median(own[1:]) for _, own in entries]


def shortest(*functions: Callable[[], object], repeats: int = 3) -> list[float]:
    """The shortest time of each function by the clock, for what several cores do at the same time."""
    if _rehearsing:
        return [1.0] * len(functions)
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(repeats):
        for function, own in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            own.append(time.perf_counter() - start)
    return list(map(min, times))


def on_all_cores() -> None:
    """Undo, for the process of one workload, what has put benchmarks on one core and one thread."""
    if _rehearsing:
        return
    os.environ.pop("OMP_NUM_THREADS", None)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


@contextmanager
def rehearsal() -> Iterator[None]:
    """Let `medians` answer at once: a workload then tells which rows it has without measuring them."""
    global _rehearsing
    _rehearsing = True
    try:
        yield
    finally:
        _rehearsing = False


def peer(name: str) -> ModuleType | None:
    """Another library to compare with, None where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None
