"""Losses, with torch's names, argument order and reductions ("mean", "sum", "none")."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of, value_of
from gradcli.autodiff.primitive import Elementwise, Operand, Primitive
from gradcli.errors import EvaluationError
from gradcli.primitives.activations import logsigmoid
from gradcli.primitives.arguments import as_flag, as_int, describe
from gradcli.primitives.arithmetic import add, chain, divide, multiply, negative, subtract
from gradcli.primitives.comparison import less
from gradcli.primitives.elementary import exp, square, xlogy
from gradcli.primitives.indexing import as_index, read
from gradcli.primitives.joining import gathered
from gradcli.primitives.layout import with_axes
from gradcli.primitives.piecewise import absolute, maximum
from gradcli.primitives.reduction import mean, total
from gradcli.primitives.selection import where
from gradcli.primitives.softmax import log_softmax
from gradcli.primitives.table import function, plain, primitive

FAMILY = "losses"
LOWEST_LOG = -100.0
SMALLEST_PROBABILITY = 1e-12


def reduced(loss: Operand, reduction: str) -> Operand:
    """The loss of each entry, or their mean or sum.

    Raises `EvaluationError` for a reduction that is not known.
    """
    if reduction == "mean":
        return mean(loss)
    if reduction == "sum":
        return total(loss)
    if reduction == "none":
        return loss
    raise EvaluationError(f"unknown reduction {describe(reduction)}", help='"mean", "sum" or "none"')


def _weighted(loss: Operand, weight: Operand | None) -> Operand:
    return loss if weight is None else multiply(loss, gathered(weight))


def _paired(x: Operand, target: Operand, operation: str) -> tuple[Operand, Operand]:
    """The two operands of a loss as arrays whose shapes fit."""
    x, target = gathered(x), gathered(target)
    try:
        np.broadcast_shapes(shape_of(x), shape_of(target))
    except ValueError:
        raise EvaluationError(
            f"`{operation}`: the input has shape {shape_of(x)}, the target {shape_of(target)}"
        ) from None
    return x, target


# Distances --------------------------------------------------------------------------------------------------


@function(FAMILY, "the mean squared error", derivative="2*(x - target)/n", example="mse_loss([1, 2], [1, 4])")
def mse_loss(x: Operand, target: Operand, reduction: str = "mean") -> Operand:
    """The square of each difference, reduced."""
    return reduced(square(subtract(*_paired(x, target, "mse_loss"))), reduction)


@function(
    FAMILY, "the mean absolute error", derivative="sign(x - target)/n", convention="0 where x is the target",
    example="l1_loss([1, 2], [1, 4])",
)  # fmt: skip
def l1_loss(x: Operand, target: Operand, reduction: str = "mean") -> Operand:
    """The size of each difference, reduced."""
    return reduced(absolute(subtract(*_paired(x, target, "l1_loss"))), reduction)


@function(
    FAMILY, "squared within delta of the target, linear beyond", example="huber_loss([1, 2], [1, 4])",
    derivative="d = x - target where abs(d) < delta, delta*sign(d) beyond, divided by n",
)  # fmt: skip
def huber_loss(x: Operand, target: Operand, reduction: str = "mean", delta: Operand = 1.0) -> Operand:
    """Huber (1964): `d**2/2` where |d| < delta, else `delta*(|d| - delta/2)`."""
    difference = subtract(*_paired(x, target, "huber_loss"))
    size = absolute(difference)
    beyond = multiply(delta, subtract(size, multiply(0.5, delta)))
    return reduced(where(less(size, delta), multiply(0.5, square(difference)), beyond), reduction)


@function(
    FAMILY, "squared within beta of the target, linear beyond with slope 1",
    example="smooth_l1_loss([1, 2], [1, 4])",
    derivative="d/beta where abs(d) < beta, with d = x - target, and sign(d) beyond, divided by n",
)  # fmt: skip
def smooth_l1_loss(x: Operand, target: Operand, reduction: str = "mean", beta: Operand = 1.0) -> Operand:
    """`d**2/(2*beta)` where |d| < beta, else `|d| - beta/2`; beta = 0 is l1_loss."""
    difference = subtract(*_paired(x, target, "smooth_l1_loss"))
    size = absolute(difference)
    if value_of(beta) == 0:
        return reduced(size, reduction)
    within = divide(multiply(0.5, square(difference)), beta)
    return reduced(where(less(size, beta), within, subtract(size, multiply(0.5, beta))), reduction)


# Classification ---------------------------------------------------------------------------------------------


def _classes_last(x: Operand, operation: str) -> Operand:
    """Scores of shape (C,), (N, C) or (N, C, d1, ...) with the axis of the classes moved to the end."""
    x = gathered(x)
    rank = len(shape_of(x))
    if not rank:
        raise EvaluationError(f"`{operation}` needs a score for each class, not a scalar")
    return with_axes(x, (0, *range(2, rank), 1)) if rank > 1 else x


def _right_classes(target: Operand, scores: Operand, operation: str) -> Any:
    """The targets as integers, one for each row of scores."""
    positions = np.asarray(as_index(target))
    expected = shape_of(scores)[:-1]
    if positions.shape != expected:
        raise EvaluationError(
            f"`{operation}`: targets have shape {positions.shape}; the input, classes last,"
            f" has shape {shape_of(scores)} and needs {expected}"
        )
    return positions


def _loss_by_class(
    log_probabilities: Operand, right: Any, weight: Any, ignored: int, smoothing: Operand
) -> tuple[Operand, Operand]:
    """The loss of each row and the weight with which it counts in the mean, those of its right class."""
    counted: Any = right != ignored
    chosen = np.where(counted, right, 0)
    weights: Operand = counted * 1.0 if weight is None else where(counted, read(weight, chosen), 0.0)
    places = np.ogrid[tuple(map(slice, chosen.shape))]
    loss = multiply(where(counted, negative(read(log_probabilities, (*places, chosen))), 0.0), weights)
    if value_of(smoothing) != 0:
        every = negative(mean(_weighted(log_probabilities, weight), -1))
        spread = multiply(smoothing, where(counted, every, 0.0))
        loss = add(multiply(subtract(1.0, smoothing), loss), spread)
    return loss, weights


def _class_loss(
    log_probabilities: Operand,
    target: Operand,
    weight: Any,
    ignore_index: Any,
    reduction: str,
    smoothing: Operand,
) -> Operand:
    right = _right_classes(target, log_probabilities, "cross_entropy")
    weight = None if weight is None else gathered(weight)
    ignored = as_int(ignore_index, "`ignore_index`")
    loss, weights = _loss_by_class(log_probabilities, right, weight, ignored, smoothing)
    return divide(total(loss), total(weights)) if reduction == "mean" else reduced(loss, reduction)


@function(
    FAMILY, "the negative log likelihood: x holds log-probabilities, target the right classes",
    derivative="-1/n at the targets", convention="targets equal to ignore_index count for nothing",
    example="nll_loss(log_softmax([[1, 2, 3]]), [2])",
)  # fmt: skip
def nll_loss(
    x: Operand, target: Operand, weight: Any = None, ignore_index: Any = -100, reduction: str = "mean"
) -> Operand:
    """Log-probabilities of shape (C,), (N, C) or (N, C, d1, ...), targets without the axis of classes."""
    return _class_loss(_classes_last(x, "nll_loss"), gathered(target), weight, ignore_index, reduction, 0.0)


@function(
    FAMILY, "the cross entropy of scores x and target, the right classes or the probabilities of all",
    derivative="(softmax(x) - target)/n", convention="targets equal to ignore_index count for nothing",
    example="cross_entropy([[1, 2, 3]], [2])",
)  # fmt: skip
def cross_entropy(
    x: Operand, target: Operand, weight: Any = None, ignore_index: Any = -100, reduction: str = "mean",
    label_smoothing: Operand = 0.0,
) -> Operand:  # fmt: skip
    """Scores of shape (C,), (N, C) or (N, C, d1, ...); probabilities as targets have the same shape."""
    scores = _classes_last(x, "cross_entropy")
    log_probabilities, target = log_softmax(scores), gathered(target)
    if shape_of(target) != shape_of(gathered(x)):
        return _class_loss(log_probabilities, target, weight, ignore_index, reduction, label_smoothing)
    uniform = multiply(label_smoothing, 1.0 / shape_of(scores)[-1])
    probabilities = _classes_last(target, "cross_entropy")
    probabilities = add(multiply(subtract(1.0, label_smoothing), probabilities), uniform)
    # `chain`: a class of probability 0 adds nothing, even where its score is -inf.
    loss = negative(total(_weighted(chain(probabilities, log_probabilities), weight), -1))
    return reduced(loss, reduction)


# Probabilities ----------------------------------------------------------------------------------------------


def _bounded(name: str, evaluate: Any, argument: Any, sign: float) -> Primitive:
    """A logarithm of probabilities that is at least -100, with slope at most 1e12, as torch bounds both."""
    return primitive(
        name,
        lambda x: plain(np.maximum(evaluate(x), LOWEST_LOG)),
        Elementwise((lambda out, x: divide(sign, maximum(argument(x), SMALLEST_PROBABILITY)),)),
    )


bounded_log = _bounded("bounded_log", np.log, lambda x: x, 1.0)
bounded_log_complement = _bounded(
    "bounded_log_complement", lambda x: np.log1p(np.negative(x)), lambda x: subtract(1.0, x), -1.0
)


@function(
    FAMILY, "the binary cross entropy of probabilities x and target", derivative="(x - target)/(x*(1 - x))/n",
    domain="0 <= x <= 1", convention="logarithms are at least -100 and slopes at most 1e12, as in torch",
    example="binary_cross_entropy([0.9, 0.2], [1, 0])",
)  # fmt: skip
def binary_cross_entropy(x: Operand, target: Operand, weight: Any = None, reduction: str = "mean") -> Operand:
    """`-(target*log(x) + (1 - target)*log(1 - x))` for each entry, reduced."""
    x, target = _paired(x, target, "binary_cross_entropy")
    miss = chain(subtract(1.0, target), bounded_log_complement(x))
    loss = negative(add(chain(target, bounded_log(x)), miss))
    return reduced(_weighted(loss, weight), reduction)


@function(
    FAMILY, "the binary cross entropy of the probabilities sigmoid(x) and target, without overflow",
    derivative="(sigmoid(x) - target)/n", example="binary_cross_entropy_with_logits([2, -1], [1, 0])",
)  # fmt: skip
def binary_cross_entropy_with_logits(
    x: Operand, target: Operand, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Operand:
    """`pos_weight` multiplies the part of the loss that belongs to targets of 1."""
    x, target = _paired(x, target, "binary_cross_entropy_with_logits")
    hit: Operand = 1.0
    if pos_weight is not None:
        hit = add(1.0, multiply(subtract(gathered(pos_weight), 1.0), target))
    loss = subtract(chain(subtract(1.0, target), x), multiply(hit, logsigmoid(x)))
    return reduced(_weighted(loss, weight), reduction)


@function(
    FAMILY, "the Kullback-Leibler divergence of probabilities target from log-probabilities x",
    derivative="-target/n",
    convention='a target of 0 adds nothing; reduction "batchmean" divides by the first length',
    example="kl_div(log([0.5, 0.5]), [0.9, 0.1])",
)  # fmt: skip
def kl_div(x: Operand, target: Operand, reduction: str = "mean", log_target: Any = False) -> Operand:
    """`target*(log(target) - x)` for each entry, reduced; with `log_target` the target is a logarithm too."""
    x, target = _paired(x, target, "kl_div")
    if as_flag(log_target):
        loss = multiply(exp(target), subtract(target, x))
    else:
        loss = subtract(xlogy(target, target), chain(target, x))
    if reduction == "batchmean":
        return divide(total(loss), float((shape_of(x) or (1,))[0]))
    return reduced(loss, reduction)
