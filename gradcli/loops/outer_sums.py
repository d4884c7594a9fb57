"""Sums of outer products, as the cotangents of a matrix are that multiplies a vector in every round.

Vectors are kept until there are some hundred; the product of two matrices then gives the sum of all their
outer products, without a matrix for each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.loops.segments import AddAt, Block, Symbol, Variable, segments_of

_MANY = 256


class OuterSum:
    """An array in the making, to which outer products are added, and now and then something else."""

    __slots__ = ("_array", "_left", "_right")

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._array = np.zeros(shape)
        self._left: list[Any] = []
        self._right: list[Any] = []

    def add(self, left: Any, right: Any) -> None:
        """Add the outer product of two vectors."""
        self._left.append(left)
        self._right.append(right)
        if len(self._left) == _MANY:
            self._gather()

    def __iadd__(self, array: Any) -> OuterSum:
        self._array += array
        return self

    def array(self) -> Any:
        """The sum."""
        self._gather()
        return self._array

    def _gather(self) -> None:
        if self._left:
            self._array += np.array(self._left).T @ np.array(self._right)
            self._left.clear()
            self._right.clear()


def is_outer(statement: Any) -> bool:
    """Whether a statement adds an outer product of vectors to the whole of an array."""
    return (
        isinstance(statement, AddAt)
        and statement.index is ...
        and isinstance(statement.value, Symbol)
        and statement.value.primitive is not None
        and statement.value.primitive.name == "outer"
        and all(isinstance(each, Symbol) and each.value.ndim == 1 for each in statement.value.operands)
    )


def outer_sums(block: Block) -> set[Variable]:
    """The places of a block that take outer products, and no entries."""
    effects = [
        each for segment in segments_of(block) for each in segment.body if not isinstance(each, Symbol)
    ]
    by_entry = {each.place for each in effects if each.index is not ...}
    return {each.place for each in effects if is_outer(each)} - by_entry
