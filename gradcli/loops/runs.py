"""One run of a hot loop, and the stacks that it leaves behind."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gradcli.loops.perturbed import Rounding
from gradcli.loops.segments import Stack

if TYPE_CHECKING:
    from gradcli.loops.compiled import Loop

_MANY = 2_000_000  # entries of a stack


class Run:
    """One run of a loop: what it started from and left behind, for sweeps up and down.

    `decided` is a number for all that it decided, and None until that is asked for; `rounding` is that of a
    run in perturbed arithmetic.
    """

    __slots__ = (
        "decided", "exits", "is_native", "left", "loop", "rounding", "source", "stacks", "steps", "trips",
        "values",
    )  # fmt: skip

    def __init__(
        self,
        loop: Loop,
        values: Sequence[Any],
        exits: tuple[Any, ...],
        stacks: list[Any],
        source: Any,
        trips: Any,
        left: int,
        steps: int,
    ) -> None:
        self.loop = loop
        self.values = values
        self.exits = exits
        self.stacks = stacks
        self.source = source
        self.trips = trips
        self.left = left
        self.steps = steps
        self.is_native = False
        self.decided: int | None = None
        self.rounding: Rounding | None = None

    @property
    def factors(self) -> tuple[Any, ...]:
        """What its sweeps take before anything else."""
        return () if self.rounding is None else self.rounding.factors


def new_stack(stack: Stack, rounds: int) -> Any:
    """An empty stack: lists are the fastest, but floats take four times the room in them."""
    if stack.kind == "float" and rounds > _MANY:
        return array("d")
    return bytearray() if stack.kind == "tag" else []
