"""Dual numbers: values that carry a tangent along, for derivatives of a rule where it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.autodiff.forward import pushforward
from gradcli.autodiff.nodes import Node, value_of
from gradcli.autodiff.primitive import Operand, Primitive, Static


class Dual(Node):
    """A value and its tangent, which may be a number that stands for every entry, or None.

    It is a node of no graph: what is called on it is worked out at once, and how that moves with it.
    """

    __slots__ = ("tangent",)

    def __init__(self, value: Any, tangent: Operand | None) -> None:
        self.owner = _calculus
        self.value = value
        self.tangent = tangent

    def moved(self) -> Operand | None:
        """The tangent, None where the value rests."""
        return self.tangent


class LateDual(Dual):
    """A dual whose tangent is worked out when somebody asks for it."""

    __slots__ = ("derive",)

    def __init__(self, value: Any, derive: Callable[[], Operand]) -> None:
        super().__init__(value, None)
        self.derive = derive

    def moved(self) -> Operand | None:
        """The tangent."""
        return self.derive()


class _Calculus:
    """What works out operations on duals, where a graph would record them."""

    def record(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Operand:
        """The dual that a call gives; a plain value where nothing moves."""
        value = primitive.evaluate(*map(value_of, operands), **static)
        given = [each.moved() if isinstance(each, Dual) else None for each in operands]
        if primitive.derivative is None or all(each is None for each in given):
            return value
        dual = Dual(value, None)
        dual.primitive, dual.operands, dual.static = primitive, operands, static
        dual.tangent = pushforward(dual, given, record=False)
        return value if dual.tangent is None else dual


_CALCULUS = _Calculus()


def _calculus() -> _Calculus:
    return _CALCULUS
