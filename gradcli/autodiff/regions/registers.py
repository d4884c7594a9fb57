"""Registers: the numbered places of a plan's values, and the calls that work on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.autodiff.regions.expressions import Expression
from gradcli.records import NamedTuple


class Registers:
    """A place for every value of a plan: those that are known are there from the start."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.shapes: list[tuple[int, ...]] = []
        self.where: dict[int, int] = {}  # by the identity of expressions and arrays

    def enter(self, expression: Expression) -> int:
        """A new register, for the value of an expression."""
        self.where[id(expression)] = len(self.values)
        return self._new(None, expression.shape)

    def of(self, operand: Operand) -> int:
        """The register of an operand: an expression that has one already, or what is known."""
        value = held(operand)
        register = self.where.get(id(value))
        if register is None:
            register = self._new(value, shape_of(value))
            if type(value) is np.ndarray:
                self.where[id(value)] = register
        return register

    def _new(self, value: Any, shape: tuple[int, ...]) -> int:
        self.values.append(value)
        self.shapes.append(shape)
        return len(self.values) - 1


class Step(NamedTuple):
    """A call of a primitive on the values in some places; its value goes to the target's place."""

    primitive: Primitive
    sources: tuple[int, ...]
    static: Static
    target: int

    def evaluate(self, values: list[Any]) -> None:
        """Evaluate it on the values of a plan or of a block."""
        operands = [values[i] for i in self.sources]
        values[self.target] = self.primitive.evaluate(*operands, **self.static)


def held(operand: Operand) -> Any:
    """The value of an operand that is known, the operand itself while it is not."""
    return operand.value if type(operand) is Expression and operand.is_known else operand
