"""What a sweep leaves behind: whole arrays that are stored, and sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.regions import Expression

Block: TypeAlias = "list[Any]"  # the values of a block in their slots; the first two say from where to where
Action: TypeAlias = "Callable[[Block], object]"

FROM, TO = 0, 1
_ADD_UP: Any = np.add.reduce


class Store:
    """A member whose value is kept, in an array of its own."""

    def __init__(self, expression: Expression, slot: int, shape: tuple[int, ...]) -> None:
        self.expression = expression
        self.slot = slot
        self.shape = shape
        self.array: Any = None
        self.is_direct = False  # whether the step that computes it writes here

    def take_fixed(self, value: Any) -> None:
        """Take a value that is the same for every block."""
        self.array = np.empty(self.shape, np.result_type(value, 0.0 if type(value) is int else value))
        self.array[...] = value

    def take(self, block: Block) -> None:
        """Take the value of a block."""
        value = block[self.slot]
        if self.array is None:
            self.array = np.empty(self.shape, np.asarray(value).dtype)
        self.array[block[FROM] : block[TO]] = value

    def finish(self) -> None:
        """Hand the value over."""
        self.expression.value = self.array.reshape(self.expression.shape)


class Total:
    """A sum over axes, put together from the sums of the blocks, always in the same order."""

    def __init__(self, expression: Expression, slot: int, shape: tuple[int, ...]) -> None:
        self.expression = expression
        self.slot = slot
        self.shape = shape
        axis: tuple[int, ...] = expression.static["axis"]
        is_full = len(axis) == len(expression.operands[0].shape)
        self.axis = tuple(range(len(shape))) if is_full else axis  # the shape may be that of a flat array
        self.parts: dict[int, Any] = {}

    def take_fixed(self, value: Any) -> None:
        """Take a value that is the same for every block."""
        whole = np.broadcast_to(value, self.shape)
        self.parts[0] = _ADD_UP(whole, axis=self.axis)
        if type(value) is not np.ndarray and len(self.axis) == len(self.shape):
            self.parts[0] = value * whole.size

    def take(self, block: Block) -> None:
        """Take the value of a block."""
        value = block[self.slot]
        shape = (block[TO] - block[FROM], *self.shape[1:])
        if np.shape(value) != shape:
            value = np.broadcast_to(value, shape)
        self.parts[block[FROM]] = _ADD_UP(value, axis=self.axis)

    def finish(self) -> None:
        """Hand the sum over, as the primitive gives it: a number, or an array in float64."""
        parts = [self.parts[start] for start in sorted(self.parts)]
        total = _ADD_UP(np.array(parts), axis=0) if 0 in self.axis else np.concatenate(parts)
        if np.ndim(total) or self.expression.shape:
            total = np.asarray(total, dtype=np.float64).reshape(self.expression.shape)
        self.expression.value = total.item() if isinstance(total, np.generic) else total
