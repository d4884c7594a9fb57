"""How the process's memory is managed while arrays come and go."""

from __future__ import annotations

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
