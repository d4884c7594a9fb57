"""Trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.primitives.arithmetic import add, divide, multiply, negative, operator, subtract, zero_product
from gradcli.primitives.comparison import equal
from gradcli.primitives.elementary import hypot, sqrt, square
from gradcli.primitives.selection import where
from gradcli.primitives.table import elementwise, function, unary

FAMILY = "trigonometry"


def _cos(out: Any, x: Any) -> Any:
    return cos(x)


def _minus_sin(out: Any, x: Any) -> Any:
    return negative(sin(x))


sin = elementwise(
    "sin", unary(math.sin, np.sin), (_cos,), FAMILY, "the sine of x in radians", derivative="cos(x)",
    example="sin(pi/2)",
)  # fmt: skip
cos = elementwise(
    "cos", unary(math.cos, np.cos), (_minus_sin,), FAMILY, "the cosine of x in radians",
    derivative="-sin(x)", example="cos(0)",
)  # fmt: skip
tan = elementwise(
    "tan", unary(math.tan, np.tan), (lambda out, x: add(1.0, square(out)),), FAMILY,
    "the tangent of x in radians", derivative="1 + tan(x)**2", example="tan(pi/4)",
)  # fmt: skip


def _one_minus_square(x: Any) -> Any:
    """1 - x**2, without cancellation near 1 and -1, where second derivatives are infinite and not NaN."""
    return zero_product(subtract(1.0, x), add(1.0, x))


asin = elementwise(
    "asin", unary(math.asin, np.arcsin), (lambda out, x: divide(1.0, sqrt(_one_minus_square(x))),), FAMILY,
    "the angle in [-pi/2, pi/2] whose sine is x", derivative="1/sqrt(1 - x**2)", domain="-1 <= x <= 1",
    convention="the derivative at -1 and 1 is inf, by continuity", example="asin(1)", aliases=("arcsin",),
)  # fmt: skip
acos = elementwise(
    "acos", unary(math.acos, np.arccos), (lambda out, x: divide(-1.0, sqrt(_one_minus_square(x))),), FAMILY,
    "the angle in [0, pi] whose cosine is x", derivative="-1/sqrt(1 - x**2)", domain="-1 <= x <= 1",
    convention="the derivative at -1 and 1 is -inf, by continuity", example="acos(0)", aliases=("arccos",),
)  # fmt: skip
atan = elementwise(
    "atan", unary(math.atan, np.arctan), (lambda out, x: divide(1.0, add(1.0, square(x))),), FAMILY,
    "the angle in (-pi/2, pi/2) whose tangent is x", derivative="1/(1 + x**2)", example="atan(1)",
    aliases=("arctan",),
)  # fmt: skip


def _over_squared_length(part: Any, y: Any, x: Any) -> Any:
    """The quotient part / (x**2 + y**2), 0 at the origin; the squares might overflow."""
    length = hypot(y, x)
    return where(equal(length, 0.0), 0.0, divide(divide(part, length), length))


atan2 = elementwise(
    "atan2", operator(math.atan2, np.arctan2),
    (
        lambda out, y, x: _over_squared_length(x, y, x),
        lambda out, y, x: negative(_over_squared_length(y, y, x)),
    ),
    FAMILY, "the angle of the point (x, y), in (-pi, pi]", parameters="y x",
    derivative="x/(x**2 + y**2), -y/(x**2 + y**2)", convention="0, 0 at the origin, as in torch",
    example="atan2(1, -1)", aliases=("arctan2",),
)  # fmt: skip


def _cosh(out: Any, x: Any) -> Any:
    return cosh(x)


sinh = elementwise(
    "sinh", unary(math.sinh, np.sinh), (_cosh,), FAMILY, "the hyperbolic sine", derivative="cosh(x)",
    example="sinh(1)",
)  # fmt: skip
cosh = elementwise(
    "cosh", unary(math.cosh, np.cosh), (lambda out, x: sinh(x),), FAMILY, "the hyperbolic cosine",
    derivative="sinh(x)", example="cosh(1)",
)  # fmt: skip
# Not 1 - tanh(x)**2, which has no correct digit left where tanh(x) rounds to 1.
tanh = elementwise(
    "tanh", unary(math.tanh, np.tanh), (lambda out, x: divide(1.0, square(cosh(x))),), FAMILY,
    "the hyperbolic tangent", derivative="1/cosh(x)**2", example="tanh(1)",
)  # fmt: skip
asinh = elementwise(
    "asinh", unary(math.asinh, np.arcsinh), (lambda out, x: divide(1.0, hypot(1.0, x)),), FAMILY,
    "the inverse hyperbolic sine", derivative="1/sqrt(1 + x**2)", example="asinh(1)", aliases=("arcsinh",),
)  # fmt: skip
acosh = elementwise(
    "acosh", unary(math.acosh, np.arccosh),
    (lambda out, x: divide(1.0, zero_product(sqrt(subtract(x, 1.0)), sqrt(add(x, 1.0)))),), FAMILY,
    "the inverse hyperbolic cosine", derivative="1/sqrt(x**2 - 1)", domain="x >= 1",
    convention="the derivative at 1 is inf, by continuity", example="acosh(2)", aliases=("arccosh",),
)  # fmt: skip
atanh = elementwise(
    "atanh", unary(math.atanh, np.arctanh),
    (lambda out, x: divide(1.0, _one_minus_square(x)),), FAMILY,
    "the inverse hyperbolic tangent", derivative="1/(1 - x**2)", domain="-1 < x < 1",
    convention="-inf and inf at -1 and 1, with derivative inf", example="atanh(0.5)", aliases=("arctanh",),
)  # fmt: skip


@function(FAMILY, "the secant `1/cos(x)`", derivative="sin(x)/cos(x)**2", example="sec(0)")
def sec(x: Any) -> Any:
    """The reciprocal of the cosine."""
    return divide(1.0, cos(x))


@function(FAMILY, "the cosecant `1/sin(x)`", derivative="-cos(x)/sin(x)**2", example="csc(pi/2)")
def csc(x: Any) -> Any:
    """The reciprocal of the sine."""
    return divide(1.0, sin(x))


@function(FAMILY, "the cotangent `cos(x)/sin(x)`", derivative="-1/sin(x)**2", example="cot(pi/4)")
def cot(x: Any) -> Any:
    """The cosine over the sine."""
    return divide(cos(x), sin(x))


@function(
    FAMILY, "x degrees in radians", derivative="pi/180", example="deg2rad(180)", aliases=("radians",),
)  # fmt: skip
def deg2rad(x: Any) -> Any:
    """The angle x, given in degrees, in radians."""
    return multiply(x, math.pi / 180.0)


@function(
    FAMILY, "x radians in degrees", derivative="180/pi", example="rad2deg(pi)", aliases=("degrees",),
)  # fmt: skip
def rad2deg(x: Any) -> Any:
    """The angle x, given in radians, in degrees."""
    return multiply(x, 180.0 / math.pi)
