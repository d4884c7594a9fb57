"""Work that threads share: while NumPy computes on a block, the interpreter serves other threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Piece = TypeVar("Piece")
WORTH = 1 << 20  # entries: below, what threads wait for each other outweighs what they share
_MOST = 4  # beyond, they wait for the interpreter


def available() -> int:
    """How many threads shall work: one for each core of this process, or fewer if OMP_NUM_THREADS says so."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    most = min(cores(), _MOST)
    return min(int(given), most) if given.isdigit() and int(given) else most


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(work: Callable[[Iterator[Piece]], None], pieces: Iterable[Piece], crew: int) -> None:
    """Let so many threads, this one among them, work on pieces until none is left.

    They end with this call. When this thread is interrupted, each of the others finishes the piece it is at;
    what one of them raises is raised here.
    """
    remaining = iter(pieces)
    if crew == 1:
        work(remaining)
        return
    from contextvars import copy_context  # which holds what NumPy does about infinities
    from threading import Thread

    failures: list[BaseException] = []

    def help_out() -> None:
        try:
            work(remaining)
        except BaseException as failure:  # raised again in the thread that waits
            failures.append(failure)

    helpers = [Thread(target=copy_context().run, args=(help_out,), daemon=True) for _ in range(crew - 1)]
    for each in helpers:
        each.start()
    try:
        work(remaining)
    finally:
        for _ in remaining:  # nothing is left to be begun
            pass
        for each in helpers:
            each.join()
    if failures:
        raise failures[0]
