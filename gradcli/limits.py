"""The limits: what keeps a program from hurting its machine, and up to where integers are exact."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

from gradcli.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

MAX_PROGRAM_CHARACTERS = 1_000_000
MAX_PROGRAM_BYTES = 4 * MAX_PROGRAM_CHARACTERS  # UTF-8 has four for a character at most
MAX_SUITE_BYTES = 1 << 28
MAX_BRACKET_NESTING = 1_500
MAX_BLOCK_NESTING = 100
MAX_TREE_DEPTH = 4_000
MAX_CALL_DEPTH = 1_000
MAX_STEPS = 10_000_000
MAX_ELEMENTS = 50_000_000
MAX_EXACT_INTEGER = 2**53
# Made in time: when memory has run out there is no room to make it.
OUT_OF_MEMORY = LimitError("there is not enough memory", help="--max-memory, where it is given, is the limit")
_BYTES_OF_A_NUMBER = 32  # of text, with what separates it from the next

_elements = MAX_ELEMENTS


def set_max_elements(limit: int) -> int:
    """Set how many elements one array may have and return the limit that was in force, to be restored."""
    global _elements
    previous, _elements = _elements, limit
    return previous


def check_elements(shape: Sequence[int]) -> None:
    """Raise `LimitError` when an array of this shape would pass `--max-elements`, before it is allocated."""
    count = math.prod(shape)
    if count > _elements:
        raise LimitError(
            f"an array of shape {tuple(shape)} has {count:,} elements, more than the limit of {_elements:,}",
            help="raise the limit with --max-elements",
        )


def max_text_bytes() -> int:
    """How long a text may be that holds an array as large as `--max-elements` allows."""
    return _BYTES_OF_A_NUMBER * _elements


def float_or_infinity(number: Any) -> float:
    """A number in float64, in which integers beyond its range are infinite."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def float_beyond_exact(number: float) -> float:
    """A number as it is, or as float64 where integers are not exact in that any more."""
    return float_or_infinity(number) if type(number) is int and abs(number) > MAX_EXACT_INTEGER else number


class room_for_recursion:  # noqa: N801  # used like a function; made by hand, for every run enters it
    """Keep Python's own limit on nested calls from being met before one of the limits above."""

    __slots__ = ("before", "frames")

    def __init__(self, frames: int) -> None:
        self.frames = frames

    def __enter__(self) -> None:
        self.before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self.before, self.frames))

    def __exit__(self, *error: object) -> None:
        sys.setrecursionlimit(self.before)
