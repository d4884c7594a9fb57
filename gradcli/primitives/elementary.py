"""Elementary functions: powers, exponentials, logarithms, roots, trigonometry, hyperbolics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.limits import MAX_EXACT_INTEGER
from gradcli.primitives.arithmetic import chain, divide, multiply, negative, operator, subtract
from gradcli.primitives.comparison import equal, greater_equal, logical_and
from gradcli.primitives.selection import where
from gradcli.primitives.table import elementwise, float_or_infinity, unary

FAMILY = "elementary"


def _scalar_power(x: Any, y: Any) -> Any:
    if type(x) is int and type(y) is int:
        return _integer_power(x, y)
    if x < 0 and y != y // 1:
        return float(np.power(float(x), float(y)))  # Python would turn complex
    return float(x) ** y


def _integer_power(x: int, y: int) -> Any:
    """Exact while it fits; never a number of a million digits on the way to infinity."""
    if y < 0 or y * x.bit_length() > 2 * MAX_EXACT_INTEGER.bit_length():
        return float(np.power(float_or_infinity(x), float_or_infinity(y)))
    return x**y


def _power_base(out: Any, x: Any, y: Any) -> Any:
    """y * x**(y-1), which is 0 where y is 0 even at x = 0: there the power is constant."""
    return chain(y, power(x, subtract(y, 1.0)))


def _power_exponent(out: Any, x: Any, y: Any) -> Any:
    """log(x) * x**y; 0 at x = 0 and y >= 0, as torch has it."""
    constant = logical_and(equal(x, 0.0), greater_equal(y, 0.0))
    return where(constant, 0.0, multiply(out, log(x)))


def _sqrt_partial(out: Any, x: Any) -> Any:
    return divide(0.5, out)


power = elementwise(
    "power", operator(_scalar_power, lambda x, y: x**y), (_power_base, _power_exponent), FAMILY,
    "the power `x ** y`", parameters="x y", derivative="y*x**(y-1), log(x)*x**y",
    domain="x >= 0, or y a whole number",
    convention="x**0 has derivative 0 everywhere; at x = 0 and y >= 0 the derivative by y is 0",
    example="power(2, 10)", aliases=("pow",),
)  # fmt: skip
exp = elementwise(
    "exp", unary(math.exp, np.exp), (lambda out, x: out,), FAMILY, "the exponential function",
    derivative="exp(x)", example="exp(1)",
)  # fmt: skip
log = elementwise(
    "log", unary(math.log, np.log), (lambda out, x: divide(1.0, x),), FAMILY, "the natural logarithm",
    derivative="1/x", domain="x > 0", convention="-inf at 0, nan below", example="log(e)", aliases=("ln",),
)  # fmt: skip
sqrt = elementwise(
    "sqrt", unary(math.sqrt, np.sqrt), (_sqrt_partial,), FAMILY, "the square root",
    derivative="1/(2*sqrt(x))", domain="x >= 0", convention="the derivative at 0 is inf, by continuity",
    example="sqrt(2)",
)  # fmt: skip
sin = elementwise(
    "sin", unary(math.sin, np.sin), (lambda out, x: cos(x),), FAMILY, "the sine of x in radians",
    derivative="cos(x)", example="sin(pi/2)",
)  # fmt: skip
cos = elementwise(
    "cos", unary(math.cos, np.cos), (lambda out, x: negative(sin(x)),), FAMILY, "the cosine of x in radians",
    derivative="-sin(x)", example="cos(0)",
)  # fmt: skip
square = elementwise(
    "square", lambda x: multiply(x, x), (lambda out, x: multiply(2.0, x),), FAMILY, "the square `x**2`",
    derivative="2*x", example="square(3)",
)  # fmt: skip
