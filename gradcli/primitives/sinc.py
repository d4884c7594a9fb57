"""The normalised sinc, whose derivatives of every order are exact near 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Elementwise
from gradcli.errors import EvaluationError
from gradcli.primitives.arguments import as_int
from gradcli.primitives.table import function, primitive


def _series(x: Any, order: int) -> Any:
    """The derivative as a power series in (pi*x)**2, in which little cancels while x is small."""
    squared = (math.pi * x) ** 2
    first = (order + 1) // 2  # the terms below are constants to the derivative
    total = 0.0 * squared
    for k in range(first + 16 + order // 2, first - 1, -1):  # what follows is lost in rounding
        total = total * squared + (-1.0) ** k / ((2 * k + 1) * math.factorial(2 * k - order))
    return math.pi**order * (math.pi * x) ** (order % 2) * total


def _recurrence(x: Any, order: int) -> Any:
    """x*f = sin(pi*x)/pi, differentiated n times: x*f(n) + n*f(n-1) = pi**(n-1) * sin(pi*x + n*pi/2)."""
    sine, cosine = np.sin(math.pi * x), np.cos(math.pi * x)
    value = sine / (math.pi * x)
    for n in range(1, order + 1):
        turned = (sine, cosine, -sine, -cosine)[n % 4]
        value = (math.pi ** (n - 1) * turned - n * value) / x
    return value


def _sinc(x: Any, *, order: int) -> Any:
    if type(x) is not np.ndarray:
        x = float(x)
        if not order and x and math.isfinite(math.pi * x):
            return math.sin(math.pi * x) / (math.pi * x)
        return float(_sinc(np.array([x]), order=order)[0])
    # The recurrence multiplies errors by n!/(pi*x)**n, which (Stirling) is no more than 1 beyond.
    near = np.less(math.pi * abs(x), order / math.e + 1.5)
    return np.where(near, _series(np.where(near, x, 0.0), order), _recurrence(np.where(near, 1.0, x), order))


def _derivative(out: Any, x: Any, *, order: int) -> Any:
    return _primitive(x, order=order + 1)


_primitive = primitive("sinc", _sinc, Elementwise((_derivative,)))


@function(
    "trigonometry", "`sin(pi*x)/(pi*x)`, 1 at 0, or its derivative of a given order",
    derivative="sinc(x, order=1)",
    convention="exact near 0 to every order: -pi**2/3 is the second derivative at 0",
    example="sinc(0.5)",
)  # fmt: skip
def sinc(x: Any, order: int = 0) -> Any:
    """NumPy's `sinc`; `order` is that of the derivative."""
    count = as_int(order, "`order`")
    if count < 0:
        raise EvaluationError(f"`sinc`: the order of a derivative is not negative, as {count} is")
    return _primitive(x, order=count)
