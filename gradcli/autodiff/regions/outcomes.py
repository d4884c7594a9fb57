"""What a sweep leaves behind: whole arrays that are stored, and sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.regions.expressions import Expression

Block: TypeAlias = "list[Any]"  # the values of a block in their slots; the first two say from where to where
Action: TypeAlias = "Callable[[Block], object]"

FROM, TO = 0, 1
_ADD_UP: Any = np.add.reduce


class Store:
    """A member whose value is kept, in an array of its own.

    Blocks have its value in `slot` and the array in `own`; the plan wants the array in `register`.
    """

    def __init__(self, expression: Expression, slot: int, own: int, register: int) -> None:
        self.shape = expression.shape
        self.slot = slot
        self.own = own
        self.register = register

    def of_fixed(self, value: Any) -> Any:
        """The array of a value that is the same for every block."""
        array = np.empty(self.shape, np.result_type(value, 0.0 if type(value) is int else value))
        array[...] = value
        return array

    def taking(self, slot: int) -> Action:
        """What puts the value of a block into its place."""
        own = self.own

        def take(block: Block) -> None:
            block[own][block[FROM] : block[TO]] = block[slot]

        return take


class Total:
    """A sum over axes, put together from the sums of the blocks, always in the same order."""

    def __init__(
        self, expression: Expression, slot: int, own: int, register: int, shape: tuple[int, ...]
    ) -> None:
        self.slot = slot
        self.own = own
        self.register = register
        self.shape = shape  # of what is summed, flat where the sweep is
        self.result_shape = expression.shape
        axis: tuple[int, ...] = expression.static["axis"]
        is_full = len(axis) == len(expression.operands[0].shape)
        self.axis = tuple(range(len(shape))) if is_full else axis

    def of_fixed(self, value: Any) -> Any:
        """The sum of a value that is the same for every block."""
        whole = np.broadcast_to(value, self.shape)
        if type(value) is not np.ndarray and len(self.axis) == len(self.shape):
            return self.of_parts({0: value * whole.size})
        return self.of_parts({0: _ADD_UP(whole, axis=self.axis)})

    def taking(self, slot: int) -> Action:
        """What adds up the value of a block."""
        own, axis, row = self.own, self.axis, self.shape[1:]

        def take(block: Block) -> None:
            value = block[slot]
            shape = (block[TO] - block[FROM], *row)
            if type(value) is not np.ndarray or value.shape != shape:
                value = np.broadcast_to(value, shape)
            block[own][block[FROM]] = _ADD_UP(value, axis=axis)

        return take

    def of_parts(self, sums: dict[int, Any]) -> Any:
        """The sum, as the primitive gives it: a number, or an array in float64."""
        parts = [sums[start] for start in sorted(sums)]
        total = parts[0]
        if len(parts) > 1:
            total = _ADD_UP(np.array(parts), axis=0) if 0 in self.axis else np.concatenate(parts)
        if np.ndim(total) or self.result_shape:
            total = np.asarray(total, dtype=np.float64).reshape(self.result_shape)
        return total.item() if isinstance(total, np.generic) else total
