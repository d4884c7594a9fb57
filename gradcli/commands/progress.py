"""A progress bar for work that takes longer than a second, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 1.0  # seconds


class Bar:
    """Told how much of the work is done, it shows itself once that has taken long enough."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.begun = time.monotonic()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, done: float) -> None:
        """Show the part of the work that is done, from 0 to 1."""
        if self._progress is None:
            if time.monotonic() - self.begun < PATIENCE:
                return
            from rich.console import Console
            from rich.progress import Progress

            self._progress = Progress(console=Console(stderr=True), transient=True)
            self._progress.start()
            self._task = self._progress.add_task(self.what, total=1.0)
        if self._task is not None:
            self._progress.update(self._task, completed=done)

    def part(self, number: int, count: int) -> Callable[[float], None]:
        """The same for one of so many parts of the work."""
        return lambda done: self((number + done) / count)

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._progress is not None:
            self._progress.stop()


@contextmanager
def progress(what: str, quiet: bool) -> Iterator[Bar | None]:
    """A bar while the body runs; None where nobody would see it."""
    bar = None if quiet or not sys.stderr.isatty() else Bar(what)
    try:
        yield bar
    finally:
        if bar is not None:
            bar.close()
