"""Whether what a sweep saves for the way back will fit: foreseen from how its stacks grow."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

_UNWATCHED = 1_000  # rounds, of a loop without others inside
_LARGEST_PART = 1 << 16  # rounds, after which the stacks are looked at again
_WORTH_A_LOOK = 1 << 22  # bytes, below which nobody asks what the machine has
_TELLING = 1 / 32  # of what is left: stacks that take less may yet grow otherwise than they began
_FLOAT = 32  # bytes of a float or an int in a list
_OBJECT = 128  # bytes of an array or a range in a list, without the numbers of an array


class OutOfRoomError(Exception):
    """The stacks of a loop would need so many bytes, which are not there."""

    def __init__(self, needed: float) -> None:
        super().__init__(needed)
        self.needed = needed


class Room:
    """The stacks of one sweep, and the room that they have."""

    def __init__(self, stacks: Sequence[Any]) -> None:
        self.stacks = stacks

    def parts(self, rounds: range, is_simple: bool, is_known: bool) -> Iterable[range]:
        """The rounds of a loop in parts, between which the stacks are looked at.

        A loop is `simple` that has no other inside; where it is not `known` how often it runs, only what the
        next part will need can be told.
        """
        if is_simple and len(rounds) <= _UNWATCHED:
            return (rounds,)
        return self._parts(rounds, _UNWATCHED if is_simple else 1, is_known)

    def _parts(self, rounds: range, size: int, is_known: bool) -> Iterator[range]:
        done = 0
        while done < len(rounds):
            yield rounds[done : done + size]
            done += size
            size = min(2 * size, _LARGEST_PART)
            more = len(rounds) - done if is_known else size
            taken = sum(map(_bytes_of, self.stacks))
            if taken > _WORTH_A_LOOK and taken > _TELLING * bytes_left():
                check_room(taken / done * more)


def check_room(needed: float) -> None:
    """Raise `OutOfRoomError` where so many bytes are not there."""
    left = bytes_left()
    if needed > left:
        raise OutOfRoomError(needed)


def _bytes_of(stack: Any) -> int:
    """About how many bytes a stack takes; what it holds is as large as its last entry."""
    if not stack:
        return 0
    if isinstance(stack, (bytearray, array)):
        return len(stack) * (stack.itemsize if isinstance(stack, array) else 1)
    last = stack[-1]
    if isinstance(last, np.ndarray):
        return len(stack) * (_OBJECT + last.nbytes)
    return len(stack) * (_FLOAT if isinstance(last, (float, int)) else _OBJECT)


def bytes_left() -> float:
    """How much memory this process may still take: by its limit, and by what the machine has left."""
    return min(_left_by_limit(), _left_by_machine())


def _left_by_limit() -> float:
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            return float("inf")
        with open("/proc/self/statm", encoding="ascii") as file:
            return float(limit - int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE"))
    except (ImportError, OSError, ValueError):
        return float("inf")


def _left_by_machine() -> float:
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        return 1024.0 * float(lines["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        return float("inf")
