"""Derivatives by many seeds at once: primitives applied to sparse linear maps instead of to numbers.

A walk over a graph whose tangents (or cotangents) are `Terms` calls the rules as ever, and the rules call
primitives; each of these is linear in the maps that it is given. What it does to their terms `sparse_rules`
knows; a primitive that has no rule there is applied to the dense map.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum
from typing import Any
from weakref import ref

import numpy as np

from gradcli.autodiff.batch import evaluate_rows
from gradcli.autodiff.nodes import Node, shape_of
from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.autodiff.sparse_rules import applied
from gradcli.autodiff.terms import OverfullError, Terms, collected, dense

_FEW_SEEDS = 16  # up to here a dense map is no larger, and takes fewer steps


class Aim(Enum):
    """What maps are kept for: their numbers, so that they may become dense, or their pattern too."""

    NUMBERS = "numbers"
    PATTERN = "pattern"


class Seeds:
    """The space of seeds, `count` numbers, and the arithmetic of maps from it.

    It stands where a graph would: a primitive called on `Terms` is carried out here. `limit` is how many
    numbers a map may have; beyond it, `OverfullError` is raised.
    """

    __slots__ = ("__weakref__", "aim", "count", "limit", "reference")

    def __init__(self, count: int, limit: int, aim: Aim = Aim.NUMBERS) -> None:
        self.count = count
        self.limit = limit
        self.aim = aim
        self.reference = ref(self)

    def units(self, shape: tuple[int, ...], start: int = 0) -> Terms:
        """The map that puts the seeds from `start` on into an array of this shape, one into each entry."""
        size = math.prod(shape)
        if self.are_few:
            units = np.eye(self.count, size, -start).reshape(self.count, *shape)
            return Terms(self.reference, None, units)
        columns = np.arange(start + 1.0, start + 1 + size).reshape(1, *shape)
        return Terms(self.reference, columns, np.ones((1, *shape)))

    def units_of(self, nodes: Sequence[Node]) -> dict[Node, Terms]:
        """The seeds shared out among nodes, one for each entry, in this order."""
        starts = starts_of(nodes)
        return {node: self.units(shape_of(node), start) for node, start in zip(nodes, starts, strict=False)}

    @property
    def are_few(self) -> bool:
        """Whether maps are dense from the first."""
        return self.count <= _FEW_SEEDS and self.aim is Aim.NUMBERS

    def record(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Any:
        """The map that a primitive makes of maps (and plain values)."""
        parts = applied(primitive, operands, static)
        if parts is None:
            return self._densely(primitive, operands, static)
        if parts[0] is not None and 2 * len(parts[1]) > self.count:  # a dense map takes no more room
            if self.aim is Aim.NUMBERS:
                return Terms(self.reference, None, self.dense(Terms(self.reference, *parts)))
            parts = collected(parts) if len(parts[1]) > self.count else parts
        return self._within_limit(Terms(self.reference, *parts))

    def assign(self, primitive: Primitive, base: Operand, value: Operand, index: Any) -> Any:
        """`base[index] = value`, as a new map."""
        return self.record(primitive, (base, value), {"index": index})

    def dense(self, terms: Terms) -> np.ndarray:
        """The numbers of a map: for each seed, what it contributes to each entry.

        Raises `OverfullError` where they would be too many.
        """
        if terms.columns is None:
            return terms.values
        if self.count * math.prod(terms.shape) > self.limit:
            raise OverfullError
        return dense(terms.parts, self.count)

    def _densely(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Any:
        mapped = tuple([type(each) is Terms for each in operands])
        values = [self.dense(each) if type(each) is Terms else each for each in operands]
        result = evaluate_rows(primitive, mapped, values, static, self.count)
        if isinstance(result, tuple):
            return tuple(self._within_limit(Terms(self.reference, None, each)) for each in result)
        return self._within_limit(Terms(self.reference, None, result))

    def _within_limit(self, terms: Terms) -> Terms:
        if terms.values.size > self.limit:
            raise OverfullError
        return terms


def starts_of(nodes: Sequence[Node]) -> list[int]:
    """Where the entries of each node begin when they are counted together, and where all end."""
    starts = [0]
    for node in nodes:
        starts.append(starts[-1] + math.prod(shape_of(node)))
    return starts
