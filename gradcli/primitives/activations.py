"""Activations of neural networks and their kin, in forms that neither overflow nor cancel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import EvaluationError
from gradcli.primitives.arithmetic import add, divide, multiply, negative, operator, subtract, zero_product
from gradcli.primitives.comparison import greater, less
from gradcli.primitives.elementary import LOG_2, expm1, power
from gradcli.primitives.piecewise import absolute, clip
from gradcli.primitives.selection import where
from gradcli.primitives.special import erfc
from gradcli.primitives.table import elementwise, function, unary
from gradcli.primitives.trigonometry import tanh

FAMILY = "activations"


_LARGEST_EXPONENT = 709.0  # of exp


def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    power = math.exp(x)
    return power / (1.0 + power)


def _array_sigmoid(x: Any, out: Any = None) -> Any:
    out = np.negative(x, out)
    np.exp(out, out)
    np.divide(1.0, np.add(out, 1.0, out), out)  # faster than `reciprocal`
    if not np.minimum.reduce(x, axis=None, initial=0.0) >= -_LARGEST_EXPONENT:  # or a NaN hides it
        np.copyto(out, np.exp(x), where=x < -_LARGEST_EXPONENT)  # the quotient is 0, the value not yet
    return out


def _sigmoid_partial(out: Any, x: Any) -> Any:
    # out*(1 - out) would have no correct digit left for large x.
    return multiply(out, sigmoid(negative(x)))


sigmoid = elementwise(
    "sigmoid", unary(_sigmoid, _array_sigmoid), (_sigmoid_partial,), FAMILY,
    "the logistic function `1/(1 + exp(-x))`", derivative="sigmoid(x)*sigmoid(-x)", example="sigmoid(-1000)",
    aliases=("expit",), into=_array_sigmoid,
)  # fmt: skip


def _logaddexp(x: float, y: float) -> float:
    if x == y:
        return x + LOG_2
    larger, gap = (x, y - x) if x > y else (y, x - y)
    return larger + math.log1p(math.exp(gap))


def _logaddexp2(x: float, y: float) -> float:
    if x == y:
        return x + 1.0
    larger, gap = (x, y - x) if x > y else (y, x - y)
    return larger + math.log1p(2.0**gap) / LOG_2


logaddexp = elementwise(
    "logaddexp", operator(_logaddexp, np.logaddexp),
    (lambda out, x, y: sigmoid(subtract(x, y)), lambda out, x, y: sigmoid(subtract(y, x))), FAMILY,
    "`log(exp(x) + exp(y))`, without overflow", parameters="x y", derivative="sigmoid(x - y), sigmoid(y - x)",
    convention="nan where both are the same infinity", example="logaddexp(1000, 1000)",
)  # fmt: skip
logaddexp2 = elementwise(
    "logaddexp2", operator(_logaddexp2, np.logaddexp2),
    (
        lambda out, x, y: sigmoid(multiply(LOG_2, subtract(x, y))),
        lambda out, x, y: sigmoid(multiply(LOG_2, subtract(y, x))),
    ),
    FAMILY, "`log2(2**x + 2**y)`, without overflow", parameters="x y",
    derivative="sigmoid(log(2)*(x - y)), sigmoid(log(2)*(y - x))",
    convention="nan where both are the same infinity", example="logaddexp2(1, 1)",
)  # fmt: skip
log1pexp = elementwise(
    "log1pexp", unary(lambda x: _logaddexp(x, 0.0), lambda x: np.logaddexp(x, 0.0)),
    (lambda out, x: sigmoid(x),), FAMILY, "`log(1 + exp(x))`, without overflow", derivative="sigmoid(x)",
    example="log1pexp(1000)",
)  # fmt: skip
logsigmoid = elementwise(
    "logsigmoid", unary(lambda x: -_logaddexp(-x, 0.0), lambda x: -np.logaddexp(-x, 0.0)),
    (lambda out, x: sigmoid(negative(x)),), FAMILY, "the logarithm of `sigmoid(x)`, exact for all x",
    derivative="sigmoid(-x)", example="logsigmoid(-1000)", aliases=("log_sigmoid", "log_expit"),
)  # fmt: skip


@function(
    FAMILY, "`log(1 + exp(beta*x))/beta`, without overflow", derivative="sigmoid(beta*x)",
    convention="exact everywhere; with a threshold x itself where beta*x passes it, as in torch (there 20)",
    example="softplus(1000)",
)  # fmt: skip
def softplus(x: Any, beta: Any = 1.0, threshold: Any = None) -> Any:
    """Softplus in torch's parameters."""
    scaled = x if type(beta) is float and beta == 1.0 else multiply(beta, x)
    smooth = log1pexp(scaled)
    result = smooth if scaled is x else divide(smooth, beta)
    return result if threshold is None else where(greater(scaled, threshold), x, result)


@function(
    FAMILY, "torch's softplus: x itself where beta*x passes the threshold", name="torch.softplus",
    derivative="sigmoid(beta*x); 1 past the threshold", example="torch.softplus(1)",
)  # fmt: skip
def torch_softplus(x: Any, beta: Any = 1.0, threshold: Any = 20.0) -> Any:
    """Softplus with torch's default threshold."""
    return softplus(x, beta, threshold)


def _logit(x: float) -> float:
    # Near 1/2 the quotient is near 1 and its logarithm loses digits; 2*x - 1 is exact there.
    return 2.0 * math.atanh(2.0 * x - 1.0) if 0.25 < x < 0.75 else math.log(x / (1.0 - x))


def _array_logit(x: Any) -> Any:
    middle = np.abs(x - 0.5) < 0.25
    inner = 2.0 * np.arctanh(2.0 * np.where(middle, x, 0.5) - 1.0)
    return np.where(middle, inner, np.log(x / (1.0 - x)))


def _logit_partial(out: Any, x: Any) -> Any:
    variance = zero_product(x, subtract(1.0, x))
    return divide(1.0, where(less(variance, 0.0), math.nan, variance))


log_odds = elementwise(
    "log_odds", unary(_logit, _array_logit), (_logit_partial,), FAMILY,
    "`log(x/(1 - x))`, the inverse of `sigmoid`", derivative="1/(x*(1 - x))", domain="0 < x < 1",
    convention="-inf and inf at 0 and 1, with derivative inf", example="log_odds(0.75)",
)  # fmt: skip


@function(
    FAMILY, "`log(x/(1 - x))`, the inverse of `sigmoid`", derivative="1/(x*(1 - x))", domain="0 < x < 1",
    convention="-inf and inf at 0 and 1, with derivative inf; with eps, 0 where x is clipped",
    example="logit(0.75)",
)  # fmt: skip
def logit(x: Any, eps: Any = None) -> Any:
    """The log-odds; with `eps`, of x clipped to [eps, 1 - eps]."""
    return log_odds(x if eps is None else clip(x, eps, subtract(1.0, eps)))


@function(
    FAMILY, "x above 0, `alpha*(exp(x) - 1)` below", derivative="1 if x > 0, else alpha*exp(x)",
    convention="alpha at 0, as in torch", example="elu(-1)",
)  # fmt: skip
def elu(x: Any, alpha: Any = 1.0) -> Any:
    """The exponential linear unit (Clevert et al., 2016)."""
    if type(alpha) is float and alpha == 1.0:
        return celu(x)  # the one case without a kink
    return where(greater(x, 0.0), x, multiply(alpha, expm1(x)))


SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


@function(
    FAMILY, "`elu` scaled so that layers normalise themselves",
    derivative="scale if x > 0, else scale*alpha*exp(x)", convention="scale*alpha at 0, as in torch",
    example="selu(-1)",
)  # fmt: skip
def selu(x: Any) -> Any:
    """The scaled exponential linear unit (Klambauer et al., 2017)."""
    return multiply(SELU_SCALE, elu(x, SELU_ALPHA))


@function(
    FAMILY, "x above 0, `alpha*(exp(x/alpha) - 1)` below", derivative="exp(x/alpha) if x < 0, else 1",
    convention="1 at 0, with second derivative 0", example="celu(-1, 2)",
)  # fmt: skip
def celu(x: Any, alpha: Any = 1.0) -> Any:
    """The continuously differentiable exponential linear unit (Barron, 2017)."""
    return where(less(x, 0.0), multiply(alpha, expm1(divide(x, alpha))), x)


@function(
    FAMILY, "`x*P(Z <= x)` for a standard normal Z", derivative="Phi(x) + x*phi(x)",
    convention='with approximate="tanh" the approximation 0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))',
    example="gelu(1)",
)  # fmt: skip
def gelu(x: Any, approximate: str = "none") -> Any:
    """The Gaussian error linear unit (Hendrycks and Gimpel, 2016)."""
    if approximate == "tanh":
        cubic = add(x, multiply(0.044715, power(x, 3)))
        return multiply(x, sigmoid(multiply(2.0 * math.sqrt(2.0 / math.pi), cubic)))
    if approximate != "none":
        raise EvaluationError(f'`gelu`: `approximate` must be "none" or "tanh", not "{approximate}"')
    return multiply(multiply(0.5, x), erfc(multiply(-math.sqrt(0.5), x)))


@function(
    FAMILY, "`x*sigmoid(x)`", derivative="sigmoid(x) + x*sigmoid(x)*sigmoid(-x)", example="silu(1)",
    aliases=("swish",),
)  # fmt: skip
def silu(x: Any) -> Any:
    """The sigmoid linear unit."""
    return multiply(x, sigmoid(x))


@function(
    FAMILY, "`x*tanh(softplus(x))`", derivative="tanh(s) + x*sigmoid(x)/cosh(s)**2, s = softplus(x)",
    example="mish(1)",
)  # fmt: skip
def mish(x: Any) -> Any:
    """The mish activation (Misra, 2019)."""
    return multiply(x, tanh(log1pexp(x)))


@function(
    FAMILY, "`x/(1 + abs(x))`", derivative="1/(1 + abs(x))**2", convention="1 at 0", example="softsign(3)",
    aliases=("soft_sign",),
)  # fmt: skip
def softsign(x: Any) -> Any:
    """The softsign."""
    return divide(x, add(1.0, absolute(x)))
