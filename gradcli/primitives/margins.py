"""Losses of pairs, of distances and of distributions, with torch's names and argument order."""

from __future__ import annotations

import math
from typing import Any

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.primitives.activations import log1pexp
from gradcli.primitives.arguments import as_flag
from gradcli.primitives.arithmetic import add, divide, multiply, negative, subtract
from gradcli.primitives.comparison import equal, greater, not_equal
from gradcli.primitives.elementary import exp, log, sqrt, square, xlogy
from gradcli.primitives.joining import gathered
from gradcli.primitives.layers import pairwise_distance
from gradcli.primitives.layout import expand_dims
from gradcli.primitives.losses import FAMILY, reduced
from gradcli.primitives.piecewise import maximum, minimum
from gradcli.primitives.rectifiers import relu
from gradcli.primitives.reduction import total
from gradcli.primitives.selection import where
from gradcli.primitives.table import function

AT_MARGIN = "0 at the margin, as `relu` at 0"
_SMALLEST_SQUARE = 1e-12  # keeps the angle to a zero vector finite, as in torch


@function(
    FAMILY, "x where the target is 1, and `max(0, margin - x)` where it is -1", convention=AT_MARGIN,
    derivative="1 where the target is 1, else -1 below the margin, divided by n",
    example="hinge_embedding_loss([0.5, 0.25], [1, -1])",
)  # fmt: skip
def hinge_embedding_loss(
    x: Operand, target: Operand, margin: Operand = 1.0, reduction: str = "mean"
) -> Operand:
    """Distances that ought to be small where the target is 1, and larger than the margin where it is -1."""
    x, target = gathered(x), gathered(target)
    apart = where(not_equal(target, 1.0), relu(subtract(margin, x)), 0.0)
    return reduced(add(where(not_equal(target, -1.0), x, 0.0), apart), reduction)


@function(
    FAMILY, "`max(0, -target*(x - y) + margin)`: x ought to rank above y where the target is 1, below for -1",
    derivative="-target and target where that is positive, divided by n", convention=AT_MARGIN,
    example="margin_ranking_loss([1, 2], [2, 1], [1, 1])",
)  # fmt: skip
def margin_ranking_loss(
    x: Operand, y: Operand, target: Operand, margin: Operand = 0.0, reduction: str = "mean"
) -> Operand:
    """The hinge loss of a difference."""
    lead = multiply(gathered(target), subtract(gathered(x), gathered(y)))
    return reduced(relu(subtract(margin, lead)), reduction)


@function(
    FAMILY, "`log(1 + exp(-target*x))`, the logistic loss of targets 1 and -1",
    derivative="-target*sigmoid(-target*x)/n", example="soft_margin_loss([0, 0], [1, -1])",
)  # fmt: skip
def soft_margin_loss(x: Operand, target: Operand, reduction: str = "mean") -> Operand:
    """Without overflow, other than the formula."""
    return reduced(log1pexp(negative(multiply(gathered(target), gathered(x)))), reduction)


@function(
    FAMILY, "`1 - cos(angle of x and y)` where the target is 1, `max(0, cos(...) - margin)` where it is -1",
    derivative="that of the cosine, divided by n", convention=AT_MARGIN,
    example="cosine_embedding_loss([[3, 4]], [[4, 3]], [1])",
)  # fmt: skip
def cosine_embedding_loss(
    x: Operand, y: Operand, target: Operand, margin: Operand = 0.0, reduction: str = "mean"
) -> Operand:
    """Vectors along the last axis."""
    x, y, target = gathered(x), gathered(y), gathered(target)
    lengths = [add(total(square(each), -1), _SMALLEST_SQUARE) for each in (x, y)]
    cosine = divide(total(multiply(x, y), -1), sqrt(multiply(*lengths)))
    alike = where(equal(target, 1.0), subtract(1.0, cosine), 0.0)
    return reduced(add(alike, where(equal(target, -1.0), relu(subtract(cosine, margin)), 0.0)), reduction)


@function(
    FAMILY, "`max(0, d(anchor, positive) - d(anchor, negative) + margin)` with the distances of p-norms",
    derivative="that of the two distances where the loss is positive, divided by n", convention=AT_MARGIN,
    example="triplet_margin_loss([[0, 0]], [[3, 4]], [[6, 8]], margin=6)",
)  # fmt: skip
def triplet_margin_loss(
    anchor: Operand, positive: Operand, negative: Operand, margin: Operand = 1.0, p: Any = 2.0,
    eps: Operand = 1e-6, swap: Any = False, reduction: str = "mean",
) -> Operand:  # fmt: skip
    """Vectors along the last axis; with `swap` the negative may be compared with the positive instead."""
    away = pairwise_distance(anchor, negative, p, eps)
    if as_flag(swap):
        away = minimum(away, pairwise_distance(positive, negative, p, eps))
    near = pairwise_distance(anchor, positive, p, eps)
    return reduced(relu(add(subtract(near, away), margin)), reduction)


@function(
    FAMILY, "the negative log likelihood of targets that are normal with mean x and variance `var`",
    derivative="(x - target)/var and (1 - (x - target)**2/var)/(2*var), divided by n",
    convention="variances below eps count as eps, with derivative 0 (torch lets it pass)",
    example="gaussian_nll_loss([1, 2], [1, 4], [1, 4])",
)  # fmt: skip
def gaussian_nll_loss(
    x: Operand, target: Operand, var: Operand, full: Any = False, eps: Operand = 1e-6,
    reduction: str = "mean",
) -> Operand:  # fmt: skip
    """Without the constant log(2*pi)/2, which `full` adds."""
    x, target, var = gathered(x), gathered(target), gathered(var)
    if shape_of(var) == shape_of(x)[:-1] != ():  # one variance for each row
        var = expand_dims(var, -1)
    variance = maximum(var, eps)
    loss = multiply(0.5, add(log(variance), divide(square(subtract(x, target)), variance)))
    return reduced(add(loss, 0.5 * math.log(2.0 * math.pi)) if as_flag(full) else loss, reduction)


@function(
    FAMILY, "the negative log likelihood of counts after Poisson, of which x is the logarithm of the rate",
    derivative="(exp(x) - target)/n", example="poisson_nll_loss([0, 1], [1, 2])",
)  # fmt: skip
def poisson_nll_loss(
    x: Operand, target: Operand, log_input: Any = True, full: Any = False, eps: Operand = 1e-8,
    reduction: str = "mean",
) -> Operand:  # fmt: skip
    """With `log_input=False` x is the rate itself; `full` adds Stirling's term for targets above 1."""
    x, target = gathered(x), gathered(target)
    if as_flag(log_input):
        loss = subtract(exp(x), multiply(target, x))
    else:
        loss = subtract(x, multiply(target, log(add(x, eps))))
    return reduced(add(loss, _stirling(target)) if as_flag(full) else loss, reduction)


def _stirling(count: Operand) -> Operand:
    """Stirling's approximation of log(count!) for counts above 1, else 0."""
    inner = where(greater(count, 1.0), count, 1.0)
    approximation = add(
        subtract(xlogy(inner, inner), inner), multiply(0.5, log(multiply(2.0 * math.pi, inner)))
    )
    return where(greater(count, 1.0), approximation, 0.0)
