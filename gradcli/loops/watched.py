"""A forward sweep that is run again from other values, and tells whether it has decided as before.

Which way was taken, how often inner loops ran, on which side of its kinks `abs` was: two runs that decide
everything alike lie on one smooth piece of the function that a loop computes.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Operand, Primitive
from gradcli.loops.control import Forward
from gradcli.loops.operations import truncated
from gradcli.loops.segments import Choice, Counter, Repeat, Symbol, symbols_of

_SIDES = "({0} > 0.0) - ({0} < 0.0) + 1"
_ORDERS = "({0} > {1}) - ({0} < {1}) + 1"
# What primitives choose on numbers, as one byte; no coarser than their `choice`.
_CHOICES = {
    "abs": _SIDES, "sign": _SIDES, "relu": _SIDES, "maximum": _ORDERS, "minimum": _ORDERS,
    "where": "{0} != 0",
}  # fmt: skip


class Watched(Forward):
    """A forward sweep that writes down in `ways` what it decides, as bytes."""

    extra_results = ("digest(ways)",)

    def __init__(self, name: str, saving: bool = False) -> None:
        super().__init__(name, saving)
        self.namespace["digest"] = digest
        self.line("ways = bytearray()")

    def watches(self, symbol: Symbol) -> bool:
        """Whether a symbol decides something that is not the same in every run."""
        primitive: Any = symbol.primitive
        return (primitive.choice is not None or primitive is truncated) and not _is_steady(symbol)

    def note(self, symbol: Symbol) -> None:
        """Write down what a symbol decides."""
        primitive: Any = symbol.primitive
        operands = [self.operand(each) for each in symbol.operands]
        if primitive is truncated:
            self.line(f"ways += b'%d;' % {self.name_of(symbol)}")
        elif primitive.name in _CHOICES and not any(map(np.ndim, _samples(symbol))):
            self.line(f"ways.append({_CHOICES[primitive.name].format(*operands)})")
        else:
            noted = self.object(_noted(primitive, symbol.static), f"choice_{primitive.name}")
            self.line(f"ways += {noted}({', '.join(operands)})")

    def tag(self, choice: Choice, tag: int) -> None:
        """Write down the way taken."""
        if not _is_steady(choice.condition):
            self.line(f"ways.append({tag})")

    def ran(self, repeat: Repeat, count: str) -> None:
        """Write down how often a repetition ran."""
        if repeat.counter is None or repeat.breaks or not _is_steady(repeat.iterable):
            self.line(f"ways += b'%d;' % {count}")


def _samples(symbol: Symbol) -> list[Any]:
    return [each.value if isinstance(each, Symbol) else each for each in symbol.operands]


def _is_steady(operand: Operand) -> bool:
    """Whether a value is made of nothing but constants and what `for` counts."""
    waiting = [operand]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Symbol):
            if each.primitive is None and not isinstance(each.origin, Counter):
                return False
            waiting += symbols_of(each)
    return True


def _noted(primitive: Primitive, static: Any) -> Callable[..., bytes]:
    choice: Any = primitive.choice

    def noted(*values: Any) -> bytes:
        return np.asarray(choice(*values, **static), np.float64).tobytes()

    return noted


def digest(ways: bytearray) -> int:
    """What was decided, as one number."""
    return int.from_bytes(blake2b(ways, digest_size=7).digest(), "big")
