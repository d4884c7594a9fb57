"""The second tier: hot loops as generated Python, a forward and a reverse sweep instead of a tape.

`reader` turns the flat code of a loop into segments (`segments`), `adjoint` differentiates those with the
rules of the primitives, `sweeps` write them as Python, and `takeover` runs them, or leaves a loop to the
tape where that cannot or must not be done. `evaluations` does the same with a whole program of numbers that
is evaluated again and again. Nothing of this is loaded before a loop is hot, or a program is.
"""

from __future__ import annotations

from typing import Any


class FallbackError(Exception):
    """Generated code cannot go on exactly as the tape would: the tape is to do it."""


class Loops:
    """What is known of a program's loops, by the ids of their instructions.

    `known` are those that have been read; of those that cannot be, `refused` has the reason. `failures`
    counts how often a loop has been left to the tape for what it computed.
    """

    def __init__(self) -> None:
        self.known: dict[int, list[Any]] = {}
        self.refused: dict[int, str] = {}
        self.failures: dict[int, int] = {}

    def take(self, machine: Any, op: Any, frame: list[Any], source: Any, has_run: bool) -> bool:
        """Run the rest of a loop; `source` has the remaining values of a `for`.

        False where the tape has to do it; then nothing has changed. A loop that has not run yet is not read.
        """
        if id(op) in self.refused:
            return False
        from gradcli.loops.takeover import take

        return take(self, machine, op, frame, source, has_run)
