"""The sweeps of one loop as machine code: when they are made, and how they are called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.loops import native
from gradcli.loops.room import bytes_left, check_room
from gradcli.loops.runs import Run
from gradcli.loops.segments import RefusedError, Variable

if TYPE_CHECKING:
    from gradcli.loops.compiled import Loop


class MachineCode:
    """Machine code for a loop, made when it is first needed; what was refused once is refused again."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self._known: dict[Any, Callable[..., Any] | RefusedError] = {}

    def run(self, values: Sequence[Any], source: Any, steps: int, saving: bool) -> Run | None:
        """The forward sweep; None where that cannot be had."""
        loop = self.loop
        layout = loop.stacks.all if saving else []
        bounds = range(1) if source is None else source
        numbers = native.as_native(values, loop.origins)
        try:
            made = self._made(("forward", saving), native.forward, loop.reading, layout)
            check_room(8.0 * len(bounds) * len(layout))
            stacks = [native.new_stack(each, len(bounds)) for each in layout]
            room = np.array([bytes_left()])
            results = made(*numbers, (bounds.start, bounds.stop, bounds.step), steps, room, *stacks)
        except RefusedError:
            return None
        count = len(loop.exits)
        rounds, left = results[count : count + 2]
        trips = rounds if source is None else bounds[:rounds]
        run = Run(loop, values, results[:count], list(results[count + 2 :]), source, trips, left, steps)
        run.is_native = True
        return run

    def pull(
        self, run: Run, seeded: Sequence[Variable], seeds: Sequence[Any], targets: Sequence[Any]
    ) -> list[Any]:
        """The reverse sweep of such a run: the cotangents of the targets. Raises `RefusedError`."""
        loop = self.loop
        key = tuple(each.name for each in seeded), tuple(each.name for each in targets)
        sweep = loop.reverse(seeded, targets)
        made = self._made(key, native.reverse, loop.reading, loop.stacks.all, sweep)
        values = native.as_native(run.values, loop.origins)
        trips = run.trips if run.source is not None else range(run.trips)
        counts = trips.start, trips.step, len(trips)
        found: list[Any] = made(*values, counts, *run.stacks, *native.as_native(seeds, seeded))
        return found

    def _made(self, key: Any, write: Callable[..., Any], *how: Any) -> Callable[..., Any]:
        made = self._known.get(key)
        if made is None:
            try:
                made = write(*how)
            except RefusedError as error:
                made = error
            self._known[key] = made
        if isinstance(made, RefusedError):
            raise made
        return made
