"""How the process's memory is managed while arrays come and go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

BUFFER = 1 << 16  # entries, of 8 bytes
_MOST_BUFFERS = 24
_buffers: list[Any] = []  # that nobody uses: fresh memory costs more than its use
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # parameters of glibc's mallopt
_KEPT = 1 << 28  # bytes


def keep_freed_memory() -> None:
    """Let the C library keep up to 256 MiB of freed memory for the next arrays.

    By default a freed array of more than 128 KiB goes back to the system, and the next one of its size comes
    from there again, at a page fault for every 4 KiB: that takes longer than to fill it. Only glibc has these
    settings; elsewhere nothing happens. They hold for the whole process, so it is the command line and not
    the library that calls this.
    """
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
        mallopt(_M_MMAP_THRESHOLD, _KEPT)


@contextmanager
def buffers(count: int) -> Iterator[list[Any]]:
    """So many arrays of `BUFFER` float64 entries, with any content, for as long as the context lasts."""
    borrowed = [_buffer() for _ in range(count)]
    try:
        yield borrowed
    finally:
        _buffers.extend(borrowed[: max(_MOST_BUFFERS - len(_buffers), 0)])


def _buffer() -> Any:
    import numpy as np

    try:
        return _buffers.pop()
    except IndexError:  # asking first would not do: another thread may take the last one meanwhile
        return np.empty(BUFFER)
