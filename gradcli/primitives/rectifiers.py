"""Rectifiers and their kin: activations made of straight pieces, and what shrinks or cuts its operand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.memory import BUFFER
from gradcli.primitives.arithmetic import add, divide, multiply, subtract
from gradcli.primitives.comparison import greater, greater_equal, less, less_equal
from gradcli.primitives.elementary import square
from gradcli.primitives.piecewise import absolute, clip
from gradcli.primitives.selection import where
from gradcli.primitives.table import elementwise, function, unary
from gradcli.primitives.trigonometry import tanh

FAMILY = "rectifiers"
_ZEROS = np.zeros(BUFFER)


def _relu_into(x: Any, out: Any) -> Any:
    # NumPy compares with an array of zeros three times as fast as with one zero.
    return np.maximum(x, _ZEROS[: x.size].reshape(x.shape) if x.size <= BUFFER else 0.0, out=out)


relu = elementwise(
    "relu", unary(lambda x: x if x > 0 or x != x else 0.0, lambda x: np.maximum(x, 0.0)),
    (lambda out, x: greater(x, 0.0),), FAMILY, "the larger of x and 0", derivative="1 if x > 0, else 0",
    convention="0 at 0, the subgradient of least norm", example="relu(-3)", choice=np.sign,
    into=_relu_into,
)  # fmt: skip


@function(
    FAMILY, "x, but not below `min_val` nor above `max_val`", derivative="1 between the bounds, else 0",
    convention="0 at the bounds, as in torch", example="hardtanh(3)",
    aliases=("hard_tanh",),
)  # fmt: skip
def hardtanh(x: Any, min_val: Any = -1.0, max_val: Any = 1.0) -> Any:
    """The hard tanh, with torch's parameters."""
    return where(less_equal(x, min_val), min_val, where(greater_equal(x, max_val), max_val, x))


@function(
    FAMILY, "the smaller of relu(x) and 6", derivative="1 if 0 < x < 6, else 0", convention="0 at 0 and at 6",
    example="relu6(7)",
)  # fmt: skip
def relu6(x: Any) -> Any:
    """The rectifier of small networks (Howard et al., 2017)."""
    return hardtanh(x, 0.0, 6.0)


@function(
    FAMILY, "x above 0, `negative_slope*x` below", derivative="1 if x > 0, else negative_slope",
    convention="negative_slope at 0, as in torch", example="leaky_relu(-3)",
)  # fmt: skip
def leaky_relu(x: Any, negative_slope: Any = 0.01) -> Any:
    """The leaky rectifier (Maas et al., 2013)."""
    return where(greater(x, 0.0), x, multiply(negative_slope, x))


@function(
    FAMILY, "x above 0, `weight*x` below", derivative="1, 0 if x > 0, else weight, x",
    convention="weight at 0, as in torch", example="prelu(-3, 0.2)",
)  # fmt: skip
def prelu(x: Any, weight: Any) -> Any:
    """The parametric rectifier (He et al., 2015); the weights broadcast as NumPy's operands do."""
    return leaky_relu(x, weight)


@function(
    FAMILY, "relu6(x + 3)/6", derivative="1/6 if -3 < x < 3, else 0", convention="0 at -3 and 3, as in torch",
    example="hardsigmoid(1)", aliases=("hard_sigmoid",),
)  # fmt: skip
def hardsigmoid(x: Any) -> Any:
    """The sigmoid in three straight pieces."""
    return divide(relu6(add(x, 3.0)), 6.0)


@function(
    FAMILY, "`x*hardsigmoid(x)`", derivative="x/3 + 1/2 if -3 < x < 3, 0 below, 1 above",
    convention="0 at -3 and 1 at 3, the supergradient and the subgradient of least norm",
    example="hardswish(1)", aliases=("hard_swish", "hard_silu"),
)  # fmt: skip
def hardswish(x: Any) -> Any:
    """Of Howard et al., 2019."""
    return multiply(x, hardsigmoid(x))


@function(
    FAMILY, "x where it is above the threshold, else `value`", derivative="1 if x > threshold, else 0",
    convention="0 at the threshold", example="threshold(0.5, 0.1, 20)",
)  # fmt: skip
def threshold(x: Any, threshold: Any, value: Any) -> Any:
    """A hard threshold, with torch's parameters."""
    return where(less_equal(x, threshold), value, x)


@function(
    FAMILY, "x moved towards 0 by lambd, 0 where it is nearer", derivative="1 if abs(x) > lambd, else 0",
    convention="0 at the bounds", example="softshrink(2)",
)  # fmt: skip
def softshrink(x: Any, lambd: Any = 0.5) -> Any:
    """The proximal operator of `lambd*abs(x)`."""
    moved = where(less(x, 0.0), add(x, lambd), subtract(x, lambd))
    return where(less_equal(absolute(x), lambd), 0.0, moved)


@function(
    FAMILY, "x, but 0 where abs(x) is at most lambd", derivative="1 if abs(x) > lambd, else 0",
    convention="0 at the bounds", example="hardshrink(2)",
)  # fmt: skip
def hardshrink(x: Any, lambd: Any = 0.5) -> Any:
    """The proximal operator of the count of entries that are not 0."""
    return where(less_equal(absolute(x), lambd), 0.0, x)


# x*cosh(x) - sinh(x) is a series of terms of one sign: 2k*x**(2k + 1)/(2k + 1)!, highest power first.
_SHRINKING = [2 * k / math.factorial(2 * k + 1) for k in range(9, 0, -1)]


def _shrinking(x: Any) -> Any:
    """The series up to abs(x) = 1, where x - tanh(x) would cancel."""
    squared, total = x * x, 0.0
    for coefficient in _SHRINKING:
        total = total * squared + coefficient
    return total * squared * x


def _tanhshrink(x: float) -> float:
    return _shrinking(x) / math.cosh(x) if abs(x) < 1.0 else x - math.tanh(x)


def _tanhshrink_all(x: Any) -> Any:
    near = np.clip(x, -1.0, 1.0)
    return np.where(np.abs(x) < 1.0, _shrinking(near) / np.cosh(near), x - np.tanh(x))


tanhshrink = elementwise(
    "tanhshrink", unary(_tanhshrink, _tanhshrink_all),
    (lambda out, x: square(tanh(x)),), FAMILY, "`x - tanh(x)`", derivative="tanh(x)**2",
    example="tanhshrink(1)",
)  # fmt: skip


@function(
    FAMILY, "the larger of x and `min`", derivative="1 if x >= min, else 0",
    convention="1 at the bound", example="clamp_min(-1, 0)",
)  # fmt: skip
def clamp_min(x: Any, min: Any) -> Any:
    """`clip` with a lower bound only."""
    return clip(x, min)


@function(
    FAMILY, "the smaller of x and `max`", derivative="1 if x <= max, else 0",
    convention="1 at the bound", example="clamp_max(2, 1)",
)  # fmt: skip
def clamp_max(x: Any, max: Any) -> Any:
    """`clip` with an upper bound only."""
    return clip(x, None, max)
