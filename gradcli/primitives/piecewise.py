"""Piecewise functions: absolute value, sign, rounding, the larger and the smaller, clipping."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Elementwise, General
from gradcli.primitives.arguments import as_int
from gradcli.primitives.arithmetic import add, as_float, divide, multiply, negative, operator, subtract
from gradcli.primitives.comparison import (
    equal,
    greater,
    greater_equal,
    isnan,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
)
from gradcli.primitives.selection import where
from gradcli.primitives.shape import sum_to
from gradcli.primitives.table import (
    REQUIRED,
    Parameter,
    add_function,
    elementwise,
    function,
    plain,
    primitive,
    stretched_batch,
    unary,
)

FAMILY = "piecewise"
FLAT = "the derivative is 0 everywhere, also at the jumps"


def _sign(x: Any) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else 0.0 if x == 0 else math.nan


sign = elementwise(
    "sign", unary(_sign, np.sign), (), FAMILY, "-1, 0 or 1, by the sign of x", derivative="0",
    convention=FLAT, example="sign(-3)", choice=np.sign, aliases=("sgn",),
)  # fmt: skip
absolute = elementwise(
    "abs", lambda x: np.abs(as_float(x)) if type(x) is np.ndarray else abs(x), (lambda out, x: sign(x),),
    FAMILY, "the absolute value", derivative="sign(x)", convention="0 at 0, the subgradient of least norm",
    example="abs(-3)", choice=np.sign, aliases=("absolute", "fabs"), into=np.absolute,
)  # fmt: skip


def _rounding(scalar: Callable[[float], int], array: Callable[..., Any]) -> Callable[[Any], Any]:
    """Rounding keeps the sign of zero, as NumPy does."""
    return unary(lambda x: math.copysign(scalar(x), x), array)


floor = elementwise(
    "floor", _rounding(math.floor, np.floor), (), FAMILY, "the largest whole number not above x",
    derivative="0", convention=FLAT, example="floor(-2.5)", choice=np.floor,
)  # fmt: skip
ceil = elementwise(
    "ceil", _rounding(math.ceil, np.ceil), (), FAMILY, "the smallest whole number not below x",
    derivative="0", convention=FLAT, example="ceil(-2.5)", choice=np.ceil,
)  # fmt: skip
trunc = elementwise(
    "trunc", _rounding(math.trunc, np.trunc), (), FAMILY, "x without its fraction", derivative="0",
    convention=FLAT, example="trunc(-2.5)", choice=np.trunc, aliases=("fix",),
)  # fmt: skip
_round_whole = _rounding(round, np.round)


def _round(x: Any, *, decimals: int) -> Any:
    return plain(np.round(x, decimals)) if decimals else _round_whole(x)


_round_primitive = primitive("round", _round, None, broadcasts=True, choice=_round)


@function(
    FAMILY, "x rounded to a number of decimals, halves to the even neighbour", name="round", derivative="0",
    convention=FLAT, example="round(2.5)", aliases=("around", "rint"),
)  # fmt: skip
def round_(x: Any, decimals: Any = 0) -> Any:
    """NumPy's `round`; negative decimals round to tens, hundreds and so on."""
    return _round_primitive(x, decimals=as_int(decimals, "`decimals`"))


fmod = elementwise(
    "fmod", operator(math.fmod, np.fmod), (1.0, lambda out, x, y: negative(trunc(divide(x, y)))), FAMILY,
    "the remainder of `x / y`, with the sign of x", parameters="x y", derivative="1, -trunc(x/y)",
    domain="y != 0", convention="at the jumps the derivative is that of the smooth pieces",
    example="fmod(-7, 4)", choice=lambda x, y: np.trunc(np.divide(x, y)),
)  # fmt: skip


@function(
    FAMILY, "the fraction `x - trunc(x)`", derivative="1", convention="1 everywhere, also at the jumps",
    example="frac(-2.25)",
)  # fmt: skip
def frac(x: Any) -> Any:
    """With the sign of x."""
    return subtract(x, trunc(x))


def _copysign_partial(out: Any, x: Any, y: Any) -> Any:
    return multiply(sign(x), copysign(1.0, y))


copysign = elementwise(
    "copysign", operator(math.copysign, np.copysign), (_copysign_partial, None), FAMILY,
    "abs(x) with the sign of y", parameters="x y", derivative="sign(x)*sign(y), 0",
    convention="0 at x = 0, the subgradient of least norm", example="copysign(3, -0.0)",
    choice=lambda x, y: np.sign(x) * np.copysign(1.0, y),
)  # fmt: skip


def _larger(x: Any, y: Any) -> Any:
    return x if x > y else y if y >= x else math.nan


def _smaller(x: Any, y: Any) -> Any:
    return x if x < y else y if y <= x else math.nan


def _or_number(choose: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: y if x != x else x if y != y else choose(x, y)


def _at_least(x: Any, y: Any) -> Any:
    return logical_not(less(x, y))


def _at_most(x: Any, y: Any) -> Any:
    return logical_not(greater(x, y))


def _at_least_or_number(x: Any, y: Any) -> Any:
    return logical_or(greater_equal(x, y), isnan(y))


def _at_most_or_number(x: Any, y: Any) -> Any:
    return logical_or(less_equal(x, y), isnan(y))


def _extremum(
    name: str,
    scalar: Callable[[Any, Any], Any],
    array: Callable[..., Any],
    wins: Callable[[Any, Any], Any],
    summary: str,
) -> Any:
    """Enter a function that gives one of two operands; `wins(x, y)` says whether x is passed on or shares.

    Cotangents are selected, not multiplied by 0, ½ or 1: an infinite one must not turn into NaN where it
    does not belong.
    """

    def share(g: Any, own: Any, other: Any) -> Any:
        shared = where(equal(own, other), multiply(0.5, g), where(wins(own, other), g, 0.0))
        return sum_to(shared, shape_of(own))

    def jvp(tangents: tuple[Any, ...], out: Any, x: Any, y: Any) -> Any:
        of_x, of_y = (0.0 if each is None else each for each in tangents)
        return where(equal(x, y), multiply(0.5, add(of_x, of_y)), where(wins(x, y), of_x, of_y))

    evaluate = operator(scalar, array)
    derivative = General(jvp, (lambda g, out, x, y: share(g, x, y), lambda g, out, x, y: share(g, y, x)))
    result = primitive(
        name, evaluate, derivative, batch=stretched_batch(evaluate),
        choice=lambda x, y: np.sign(np.subtract(x, y)),
    )  # fmt: skip
    add_function(
        name, result, FAMILY, summary, parameters=(Parameter("x", REQUIRED), Parameter("y", REQUIRED)),
        derivative="1 for the one that is passed on, else 0", convention="½ each where they are equal",
        example=f"{name}(1, 2)",
    )  # fmt: skip
    return result


maximum = _extremum(
    "maximum", _larger, np.maximum, _at_least, "the larger of two, entry by entry; nan if one of them is"
)
minimum = _extremum(
    "minimum", _smaller, np.minimum, _at_most, "the smaller of two, entry by entry; nan if one of them is"
)
fmax = _extremum(
    "fmax", _or_number(_larger), np.fmax, _at_least_or_number,
    "the larger of two, entry by entry; the other one where one is nan",
)  # fmt: skip
fmin = _extremum(
    "fmin", _or_number(_smaller), np.fmin, _at_most_or_number,
    "the smaller of two, entry by entry; the other one where one is nan",
)  # fmt: skip


def _scalar_clip(x: Any, low: Any, high: Any) -> Any:
    return x if low <= x <= high else _smaller(_larger(x, low), high)


def _clip(x: Any, low: Any, high: Any) -> Any:
    if type(x) is np.ndarray or type(low) is np.ndarray or type(high) is np.ndarray:
        return _array_minimum(_array_maximum(x, low), high)
    return _scalar_clip(x, low, high)


_array_maximum = operator(_larger, np.maximum)
_array_minimum = operator(_smaller, np.minimum)


def _inside(out: Any, x: Any, low: Any, high: Any) -> Any:
    return logical_and(greater_equal(x, low), less_equal(x, high))


def _below(out: Any, x: Any, low: Any, high: Any) -> Any:
    return logical_and(less(x, low), less_equal(low, high))


def _above(out: Any, x: Any, low: Any, high: Any) -> Any:
    return logical_or(greater(x, high), greater(low, high))


_clip_primitive = primitive(
    "clip", _clip, Elementwise((_inside, _below, _above)),
    choice=lambda x, low, high: np.greater(x, high) * 1 - np.less(x, low),
)  # fmt: skip


@function(
    FAMILY, "x, but not below `min` nor above `max`", derivative="1 from min to max, 0 outside",
    convention="1 at the bounds, as in torch", example="clip(5, 0, 3)", aliases=("clamp",),
)  # fmt: skip
def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """NumPy's `clip` and torch's `clamp`; one bound may be missing. `max` wins where the bounds cross."""
    return _clip_primitive(x, -math.inf if min is None else min, math.inf if max is None else max)


def _heaviside(x: Any, half: Any) -> Any:
    return half if x == 0 else 1.0 if x > 0 else 0.0 if x < 0 else math.nan


heaviside = elementwise(
    "heaviside", operator(_heaviside, np.heaviside), (None, lambda out, x, half: equal(x, 0.0)), FAMILY,
    "0 below 0, 1 above, and `half` at 0", parameters="x half", derivative="0, (x == 0)", convention=FLAT,
    example="heaviside(0, 0.5)", choice=lambda x, half: np.sign(x),
)  # fmt: skip
MAX_FLOAT = float(np.finfo(np.float64).max)


@function(
    FAMILY, "x with nan and infinities replaced by numbers", derivative="1 where x is finite, else 0",
    example="nan_to_num(nan)",
)  # fmt: skip
def nan_to_num(x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """NumPy's `nan_to_num`: infinities become the largest floats unless other numbers are given."""
    high = MAX_FLOAT if posinf is None else posinf
    low = -MAX_FLOAT if neginf is None else neginf
    bounded = where(equal(x, math.inf), high, where(equal(x, -math.inf), low, x))
    return where(isnan(x), nan, bounded)
