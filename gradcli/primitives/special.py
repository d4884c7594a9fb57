"""Special functions: error functions, the gamma family, modified Bessel functions.

Formulas: NIST Digital Library of Mathematical Functions, chapters 5 (gamma), 7 (error functions), 10
(Bessel).
SciPy evaluates what Python's `math` does not have, and is imported when the first of those is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from gradcli.primitives.arithmetic import add, as_float, divide, multiply, negative, operator, subtract
from gradcli.primitives.comparison import equal, less
from gradcli.primitives.elementary import exp, log1p, square, xlogy
from gradcli.primitives.selection import where
from gradcli.primitives.table import elementwise, function, plain, unary

FAMILY = "special"


@cache
def _imported(name: str) -> Callable[..., Any]:
    from scipy import special

    found: Callable[..., Any] = getattr(special, name)
    return found


def _scipy(name: str) -> Callable[..., Any]:
    """The evaluation by a function of `scipy.special`."""

    def evaluate(*operands: Any) -> Any:
        value = _imported(name)(*map(as_float, operands))
        return plain(value[()])  # `polygamma` gives 0-dimensional arrays

    return evaluate


erf = elementwise(
    "erf", unary(math.erf, _scipy("erf")),
    (lambda out, x: multiply(2.0 / math.sqrt(math.pi), exp(negative(square(x)))),), FAMILY,
    "the error function", derivative="2/sqrt(pi)*exp(-x**2)", example="erf(1)",
)  # fmt: skip
erfc = elementwise(
    "erfc", unary(math.erfc, _scipy("erfc")),
    (lambda out, x: multiply(-2.0 / math.sqrt(math.pi), exp(negative(square(x)))),), FAMILY,
    "the complement `1 - erf(x)`, exact for large x", derivative="-2/sqrt(pi)*exp(-x**2)", example="erfc(1)",
)  # fmt: skip
erfinv = elementwise(
    "erfinv", _scipy("erfinv"), (lambda out, x: multiply(math.sqrt(math.pi) / 2.0, exp(square(out))),),
    FAMILY, "the inverse of `erf`", derivative="sqrt(pi)/2*exp(erfinv(x)**2)", domain="-1 < x < 1",
    convention="-inf and inf at -1 and 1, with derivative inf", example="erfinv(0.5)",
)  # fmt: skip


def _digamma(x: Any) -> Any:
    """SciPy's; next to the whole numbers below 0, where SciPy loses digits, the reflection DLMF 5.5.4.

    The distance to a whole number has no rounding error, which `tan(pi*x)` would magnify next to the poles.
    """
    x = as_float(x)
    value = _imported("psi")(x)
    reflected = np.less(x, -0.8) & np.not_equal(x, np.rint(x))  # SciPy knows the zero at -0.504
    if reflected.any():
        left = np.where(reflected, x, -1.5)
        reflection = _imported("psi")(1.0 - left) - math.pi / np.tan(math.pi * (left - np.rint(left)))
        value = np.where(reflected, reflection, value)[()]
    return plain(value)


def _polygamma(n: Any, x: Any) -> Any:
    value = _scipy("polygamma")(n, x)
    first = np.equal(n, 0)
    return plain(np.where(first, _digamma(x), value)[()]) if first.any() else value


def _next_polygamma(out: Any, n: Any, x: Any) -> Any:
    return polygamma(add(n, 1.0), x)


polygamma = elementwise(
    "polygamma", _polygamma, (None, _next_polygamma), FAMILY,
    "the n-th derivative of `digamma`", parameters="n x", derivative="(none), polygamma(n + 1, x)",
    domain="n a whole number; x not 0, -1, -2, ...", example="polygamma(1, 1)",
)  # fmt: skip
digamma = elementwise(
    "digamma", _digamma, (lambda out, x: polygamma(1.0, x),), FAMILY,
    "the derivative of `lgamma`", derivative="polygamma(1, x)", domain="x not 0, -1, -2, ...",
    example="digamma(1)", aliases=("psi",),
)  # fmt: skip
gamma = elementwise(
    "gamma", unary(math.gamma, _scipy("gamma")), (lambda out, x: multiply(out, digamma(x)),), FAMILY,
    "the gamma function; `gamma(n + 1)` is the factorial of n", derivative="gamma(x)*digamma(x)",
    domain="x not 0, -1, -2, ...", convention="inf at 0 and nan at the other poles", example="gamma(5)",
)  # fmt: skip
lgamma = elementwise(
    "lgamma", unary(math.lgamma, _scipy("gammaln")), (lambda out, x: digamma(x),), FAMILY,
    "the logarithm of `abs(gamma(x))`", derivative="digamma(x)", domain="x not 0, -1, -2, ...",
    convention="inf at the poles", example="lgamma(100)", aliases=("gammaln",),
)  # fmt: skip


def _digamma_excess(own: Any, other: Any) -> Any:
    return subtract(digamma(own), digamma(add(own, other)))


betaln = elementwise(
    "betaln", operator(_scipy("betaln"), _scipy("betaln")),
    (lambda out, a, b: _digamma_excess(a, b), lambda out, a, b: _digamma_excess(b, a)), FAMILY,
    "the logarithm of `beta(a, b)`", parameters="a b",
    derivative="digamma(a) - digamma(a + b), digamma(b) - digamma(a + b)", domain="a, b > 0",
    example="betaln(2, 3)",
)  # fmt: skip
beta = elementwise(
    "beta", operator(_scipy("beta"), _scipy("beta")),
    (
        lambda out, a, b: multiply(out, _digamma_excess(a, b)),
        lambda out, a, b: multiply(out, _digamma_excess(b, a)),
    ),
    FAMILY, "the beta function `gamma(a)*gamma(b)/gamma(a + b)`", parameters="a b",
    derivative="beta(a, b)*(digamma(a) - digamma(a + b)), the same for b", domain="a, b > 0",
    example="beta(2, 3)",
)  # fmt: skip


def _iv_partial(out: Any, n: Any, x: Any) -> Any:
    # The recurrence of DLMF 10.29.1; i0(x) - i1(x)/x would cancel near 0 from the second derivative on.
    return multiply(0.5, add(iv(subtract(n, 1.0), x), iv(add(n, 1.0), x)))


def _i1(out: Any, x: Any) -> Any:
    return i1(x)


def _iv(n: Any, x: Any) -> Any:
    """SciPy's; next to 0, where SciPy has 0 or nan, the first term of the series DLMF 10.25.2."""
    n, x = as_float(n), as_float(x)
    is_tiny = np.less(abs(x), 1e-50)
    order = np.where(np.equal(n, np.rint(n)), abs(n), n)
    first = np.power(0.5 * np.where(is_tiny, x, 1.0), order) / _imported("gamma")(order + 1.0)
    return plain(np.where(is_tiny, first, _imported("iv")(n, x))[()])


iv = elementwise(
    "iv", operator(_iv, _iv), (None, _iv_partial), FAMILY,
    "the modified Bessel function of the first kind and order n", parameters="n x",
    derivative="(none), (iv(n - 1, x) + iv(n + 1, x))/2", example="iv(2, 1)",
)  # fmt: skip
i0 = elementwise(
    "i0", _scipy("i0"), (_i1,), FAMILY, "the modified Bessel function of order 0",
    derivative="i1(x)", example="i0(1)",
)  # fmt: skip
i1 = elementwise(
    "i1", _scipy("i1"), (lambda out, x: multiply(0.5, add(i0(x), iv(2.0, x))),), FAMILY,
    "the modified Bessel function of order 1", derivative="(i0(x) + iv(2, x))/2", example="i1(1)",
)  # fmt: skip


def _jv_partial(out: Any, n: Any, x: Any) -> Any:
    return multiply(0.5, subtract(jv(subtract(n, 1.0), x), jv(add(n, 1.0), x)))


def _minus_j1(out: Any, x: Any) -> Any:
    return negative(j1(x))


jv = elementwise(
    "jv", operator(_scipy("jv"), _scipy("jv")), (None, _jv_partial), FAMILY,
    "the Bessel function of the first kind and order n", parameters="n x",
    derivative="(none), (jv(n - 1, x) - jv(n + 1, x))/2", example="jv(2, 1)",
)  # fmt: skip
j0 = elementwise(
    "j0", _scipy("j0"), (_minus_j1,), FAMILY, "the Bessel function of order 0",
    derivative="-j1(x)", example="j0(1)",
)  # fmt: skip
j1 = elementwise(
    "j1", _scipy("j1"), (lambda out, x: multiply(0.5, subtract(j0(x), jv(2.0, x))),), FAMILY,
    "the Bessel function of order 1", derivative="(j0(x) - jv(2, x))/2", example="j1(1)",
)  # fmt: skip
erfcx = elementwise(
    "erfcx", _scipy("erfcx"),
    (lambda out, x: subtract(multiply(2.0, multiply(x, out)), 2.0 / math.sqrt(math.pi)),), FAMILY,
    "`exp(x**2)*erfc(x)`, without underflow", derivative="2*x*erfcx(x) - 2/sqrt(pi)", example="erfcx(1)",
)  # fmt: skip
log_ndtr = elementwise(
    "log_ndtr", _scipy("log_ndtr"),
    (lambda out, x: divide(math.sqrt(2.0 / math.pi), erfcx(multiply(-math.sqrt(0.5), x))),), FAMILY,
    "the logarithm of `ndtr(x)`, exact in the lower tail", derivative="exp(-x**2/2)/sqrt(2*pi)/ndtr(x)",
    example="log_ndtr(-1)",
)  # fmt: skip
ndtri = elementwise(
    "ndtri", _scipy("ndtri"),
    (lambda out, x: multiply(math.sqrt(2.0 * math.pi), exp(multiply(0.5, square(out)))),), FAMILY,
    "the inverse of `ndtr`, the quantile of the standard normal", derivative="sqrt(2*pi)*exp(ndtri(x)**2/2)",
    domain="0 < x < 1", convention="-inf and inf at 0 and 1, with derivative inf", example="ndtri(0.975)",
)  # fmt: skip


@function(
    FAMILY, "`-x*log(x)`, 0 at 0", derivative="-log(x) - 1", domain="x >= 0",
    convention="-inf below 0; the derivative at 0 is inf, by continuity", example="entr(0.5)",
)  # fmt: skip
def entr(x: Any) -> Any:
    """What each probability adds to an entropy."""
    return where(less(x, 0.0), -math.inf, negative(xlogy(x, x)))


@function(
    FAMILY, "`x*log(x/y)`, 0 where x is 0", derivative="log(x/y) + 1, -x/y", domain="x, y > 0, or x = 0",
    example="rel_entr(0.5, 0.25)",
)  # fmt: skip
def rel_entr(x: Any, y: Any) -> Any:
    """What each probability adds to a relative entropy (Kullback & Leibler, 1951)."""
    return subtract(xlogy(x, x), xlogy(x, y))


@function(
    FAMILY, "`x*log1p(y)`, and 0 where x is 0", derivative="log1p(y), x/(1 + y)", domain="y > -1, or x = 0",
    example="xlog1py(2, 1e-9)",
)  # fmt: skip
def xlog1py(x: Any, y: Any) -> Any:
    """Exact for small y."""
    return where(equal(x, 0.0), xlogy(x, add(1.0, y)), multiply(x, log1p(y)))


@function(
    FAMILY, "the distribution function of the standard normal", derivative="exp(-x**2/2)/sqrt(2*pi)",
    example="ndtr(1)",
)  # fmt: skip
def ndtr(x: Any) -> Any:
    """The probability of a value of at most x, with all digits in the lower tail."""
    return multiply(0.5, erfc(multiply(-math.sqrt(0.5), x)))


@function(
    FAMILY, "the factorial, `gamma(x + 1)` for numbers that are not whole",
    derivative="gamma(x + 1)*digamma(x + 1)", example="factorial(5)",
)  # fmt: skip
def factorial(x: Any) -> Any:
    """Of real numbers too."""
    return gamma(add(x, 1.0))
