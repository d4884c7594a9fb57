"""Elementary functions: powers and roots, exponentials and logarithms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.limits import MAX_EXACT_INTEGER, float_or_infinity
from gradcli.primitives.arithmetic import add, chain, divide, multiply, negative, operator, subtract
from gradcli.primitives.comparison import equal, greater_equal, logical_and
from gradcli.primitives.selection import where
from gradcli.primitives.table import elementwise, function, unary

FAMILY = "elementary"
LOG_2 = math.log(2.0)
LOG_10 = math.log(10.0)


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


_POWERS = {-1.0: np.reciprocal, 0.5: np.sqrt, 2.0: np.square}  # as `**` has them


def _power_into(x: Any, y: Any, out: Any) -> Any:
    known = _POWERS.get(y) if type(y) is float else None
    if type(y) is float and y == 1.0:
        np.copyto(out, x)
        return out
    return np.power(x, y, out) if known is None else known(x, out)


def _array_power(x: Any, y: Any) -> Any:
    return np.square(x) if type(y) is float and y == 2.0 else x**y  # a third of the time of a general power


def _power_base(out: Any, x: Any, y: Any) -> Any:
    # y * x**(y-1), but 0 where y is 0 even at x = 0: there the power is constant.
    return chain(y, power(x, subtract(y, 1.0)))


def _power_exponent(out: Any, x: Any, y: Any) -> Any:
    # log(x) * x**y; 0 at x = 0 and y >= 0, as torch has it.
    constant = logical_and(equal(x, 0.0), greater_equal(y, 0.0))
    return where(constant, 0.0, multiply(out, log(x)))


power = elementwise(
    "power", operator(_scalar_power, _array_power), (_power_base, _power_exponent), FAMILY,
    "the power `x ** y`", parameters="x y", derivative="y*x**(y-1), log(x)*x**y",
    domain="x >= 0, or y a whole number",
    convention="x**0 has derivative 0 everywhere; at x = 0 and y >= 0 the derivative by y is 0",
    example="power(2, 10)", aliases=("pow",), into=_power_into,
)  # fmt: skip
square = elementwise(
    "square", lambda x: multiply(x, x), (lambda out, x: multiply(2.0, x),), FAMILY, "the square `x**2`",
    derivative="2*x", example="square(3)", into=np.square,
)  # fmt: skip
reciprocal = elementwise(
    "reciprocal", lambda x: divide(1.0, x), (lambda out, x: negative(square(out)),), FAMILY,
    "the reciprocal `1/x`", derivative="-1/x**2", domain="x != 0",
    convention="inf at 0, with derivative -inf", example="reciprocal(4)",
)  # fmt: skip
sqrt = elementwise(
    "sqrt", unary(math.sqrt, np.sqrt), (lambda out, x: divide(0.5, out),), FAMILY, "the square root",
    derivative="1/(2*sqrt(x))", domain="x >= 0", convention="the derivative at 0 is inf, by continuity",
    example="sqrt(2)",
)  # fmt: skip
cbrt = elementwise(
    "cbrt", unary(math.cbrt, np.cbrt), (lambda out, x: divide(1.0, multiply(3.0, square(out))),), FAMILY,
    "the cube root, of negative numbers too", derivative="1/(3*cbrt(x)**2)",
    convention="the derivative at 0 is inf, by continuity", example="cbrt(-8)",
)  # fmt: skip
rsqrt = elementwise(
    "rsqrt", unary(lambda x: 1.0 / math.sqrt(x), lambda x: 1.0 / np.sqrt(x)),
    (lambda out, x: divide(multiply(-0.5, out), x),), FAMILY, "the reciprocal square root `1/sqrt(x)`",
    derivative="-1/(2*x*sqrt(x))", domain="x > 0", convention="inf at 0, with derivative -inf",
    example="rsqrt(4)",
)  # fmt: skip
exp = elementwise(
    "exp", unary(math.exp, np.exp), (lambda out, x: out,), FAMILY, "the exponential function",
    derivative="exp(x)", example="exp(1)",
)  # fmt: skip
exp2 = elementwise(
    "exp2", unary(lambda x: 2.0**x, np.exp2), (lambda out, x: multiply(LOG_2, out),), FAMILY,
    "the power `2**x`", derivative="log(2)*2**x", example="exp2(10)",
)  # fmt: skip
expm1 = elementwise(
    "expm1", unary(math.expm1, np.expm1), (lambda out, x: exp(x),), FAMILY,
    "`exp(x) - 1`, exact near 0", derivative="exp(x)", example="expm1(1e-10)",
)  # fmt: skip
log = elementwise(
    "log", unary(math.log, np.log), (lambda out, x: divide(1.0, x),), FAMILY, "the natural logarithm",
    derivative="1/x", domain="x > 0",
    convention="-inf at 0 and nan below; the derivative is that of the formula, as in torch",
    example="log(e)", aliases=("ln",),
)  # fmt: skip
log2 = elementwise(
    "log2", unary(math.log2, np.log2), (lambda out, x: divide(1.0, multiply(LOG_2, x)),), FAMILY,
    "the logarithm to base 2", derivative="1/(x*log(2))", domain="x > 0", convention="-inf at 0, nan below",
    example="log2(8)",
)  # fmt: skip
log10 = elementwise(
    "log10", unary(math.log10, np.log10), (lambda out, x: divide(divide(1.0, x), LOG_10),), FAMILY,
    "the logarithm to base 10", derivative="1/(x*log(10))", domain="x > 0",
    convention="-inf at 0, nan below", example="log10(1000)",
)  # fmt: skip
log1p = elementwise(
    "log1p", unary(math.log1p, np.log1p), (lambda out, x: divide(1.0, add(1.0, x)),), FAMILY,
    "`log(1 + x)`, exact near 0", derivative="1/(1 + x)", domain="x > -1",
    convention="-inf at -1, nan below", example="log1p(1e-10)",
)  # fmt: skip


def _hypot_partial(out: Any, x: Any) -> Any:
    return where(equal(out, 0.0), 0.0, divide(x, out))


hypot = elementwise(
    "hypot", operator(math.hypot, np.hypot),
    (lambda out, x, y: _hypot_partial(out, x), lambda out, x, y: _hypot_partial(out, y)), FAMILY,
    "the length `sqrt(x**2 + y**2)`, without overflow", parameters="x y",
    derivative="x/hypot(x, y), y/hypot(x, y)",
    convention="0, 0 at the origin: the subgradient of least norm, as for `norm`", example="hypot(3, 4)",
)  # fmt: skip


def _xlogy_by_y(out: Any, x: Any, y: Any) -> Any:
    origin = logical_and(equal(x, 0.0), equal(y, 0.0))
    return where(origin, 0.0, divide(x, y))


def _scalar_xlogy(x: Any, y: Any) -> Any:
    return 0.0 if x == 0 and y == y else x * math.log(y)


def _array_xlogy(x: Any, y: Any) -> Any:
    return np.where(np.equal(x, 0.0) & ~np.isnan(y), 0.0, x * np.log(y))


xlogy = elementwise(
    "xlogy", operator(_scalar_xlogy, _array_xlogy),
    (lambda out, x, y: log(y), _xlogy_by_y), FAMILY,
    "`x*log(y)`, and 0 where x is 0", parameters="x y", derivative="log(y), x/y", domain="y > 0, or x = 0",
    convention="-inf, 0 at x = y = 0: along the axes the limit and the value (torch has 0, nan)",
    example="xlogy(0, 0)",
)  # fmt: skip


@function(
    FAMILY, "the power `x ** y` of real numbers, also of integers", derivative="y*x**(y-1), log(x)*x**y",
    example="float_power(2, -1)",
)  # fmt: skip
def float_power(x: Any, y: Any) -> Any:
    """NumPy's `float_power`."""
    return power(x, multiply(1.0, y))


@function(
    FAMILY, "the logarithm of Python's `math`: to a base where there is a second argument", name="math.log",
    derivative="1/(x*log(base)), -log(x)/(base*log(base)**2)", domain="x, base > 0, base != 1",
    example="math.log(8, 2)",
)  # fmt: skip
def math_log(x: Any, base: Any = None) -> Any:
    """The quotient of natural logarithms."""
    return log(x) if base is None else divide(log(x), log(base))
