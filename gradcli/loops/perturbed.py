"""Sweeps in perturbed arithmetic: every rounding is moved at random, to show what rounding does to a loop."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.autodiff.primitive import General
from gradcli.autodiff.rounding import EPS, is_exact
from gradcli.loops.backward import Backward
from gradcli.loops.control import Forward
from gradcli.loops.segments import Symbol
from gradcli.loops.watched import Watched
from gradcli.primitives.indexing import getitem, setitem

if TYPE_CHECKING:
    from gradcli.loops.writer import Writer

    _Base = Writer
else:
    _Base = object

_PERIOD = 4_099  # a prime: no loop meets the same factors in each of its rounds


class Rounding:
    """Random factors within eps of 1: `factor()` for a float, `spread(value)` for any value moved by them."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self.factor: Callable[[], float] = cycle(self._factors(_PERIOD).tolist()).__next__

    def spread(self, value: Any) -> Any:
        """A value moved; what is not a float stays."""
        if type(value) is float:
            return value * self.factor()
        if type(value) is not np.ndarray or value.dtype != np.float64:
            return value
        return value * self._factors(value.shape)

    @property
    def factors(self) -> tuple[Callable[..., Any], ...]:
        """What sweeps in perturbed arithmetic take before anything else."""
        return self.factor, self.spread

    def _factors(self, shape: Any) -> Any:
        drawn = self._generator.uniform(-EPS / 2.0, EPS / 2.0, shape)
        return 1.0 + (drawn + np.copysign(EPS / 2.0, drawn))  # less might be rounded away again


class _Perturbing(_Base):
    """What writing in perturbed arithmetic has of its own, forward and back."""

    extra_parameters = ("factor", "spread")

    def rounded(self, symbol: Symbol, text: str) -> str:
        """The expression of a symbol, its rounding moved; of the operands, where it may be amplified."""
        primitive: Any = symbol.primitive
        if (
            symbol.kind not in ("float", "number", "array")
            or primitive in (getitem, setitem)
            or is_exact(primitive)
        ):
            return text
        if type(primitive.derivative) is General:
            operands = (f"spread({self.operand(each)})" for each in symbol.operands)
            return f"spread({self.call(primitive, symbol.static, list(operands))})"
        return f"({text}) * factor()" if symbol.kind == "float" else f"spread({text})"


class Perturbed(_Perturbing, Watched):
    """A forward sweep in perturbed arithmetic, which writes down what it decides."""


class PerturbedForward(_Perturbing, Forward):
    """The same without writing anything down: where it goes is known."""


class PerturbedBackward(_Perturbing, Backward):
    """A reverse sweep in perturbed arithmetic."""
