"""Limits of the whole process: how long it may run, and how much memory it may have."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import NoReturn

from gradcli.errors import TimedOut, UsageError
from gradcli.status import Status

_BLAS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_GRACE = 1.0  # seconds for Python to reach the next bytecode, after which the process is ended from outside


def limit_time(seconds: float) -> None:
    """Raise `TimedOut` in the main thread when the time is over.

    A call into C that does not return keeps Python from raising anything: a thread then ends the process.
    """
    reason = f"stopped after {seconds:g} seconds"

    def stop(number: int, frame: object) -> NoReturn:
        raise TimedOut(reason)

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
    last_resort = threading.Timer(seconds + _GRACE, _end, [reason])
    last_resort.daemon = True
    last_resort.start()


def _end(reason: str) -> NoReturn:
    sys.stderr.write(f"error: {reason}\nhelp: {TimedOut.help}\n")
    sys.stderr.flush()
    os._exit(Status.LIMIT)


def limit_blas_threads() -> None:
    """Let linear algebra take one core, since processes share them; without effect once NumPy is imported."""
    for name in _BLAS:
        os.environ.setdefault(name, "1")


def limit_memory(size: int) -> None:
    """Let the process have so many bytes of address space, and no more; what asks for more fails.

    Raises `UsageError` where the system has no such limit, or a lower one already.
    """
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, OSError, ValueError) as error:
        raise UsageError(f"`--max-memory` cannot be set on this system: {error}") from None
