"""The progress bar of a run over many cases: how many are done, how fast, and how long the rest will take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gradcli.commands.progress import PATIENCE

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_OFTEN = 0.1  # seconds between two looks at the clock that change anything


class CaseBar:
    """Counts cases on standard error once they take long, where rows do not go to the same terminal."""

    def __init__(self, total: Callable[[], int | None], is_seen: bool) -> None:
        self._total = total
        self._is_seen = is_seen
        self._begun = self._shown = time.monotonic()
        self._done = 0
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def advance(self, count: int) -> None:
        """So many more cases are done."""
        self._done += count
        now = time.monotonic()
        if not self._is_seen or now - self._begun < PATIENCE or now - self._shown < _OFTEN:
            return
        self._shown = now
        if self._progress is None:
            self._start()
        if self._progress is not None and self._task is not None:
            rate = f"{self._done / (now - self._begun):,.0f}/s"
            self._progress.update(self._task, completed=self._done, rate=rate)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=Console(file=sys.stderr), transient=True)
        self._progress.start()
        self._task = self._progress.add_task("cases", total=self._total(), rate="")

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._progress is not None:
            self._progress.stop()
