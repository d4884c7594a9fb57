"""Exponentials over axes: `logsumexp`, `softmax`, `log_softmax`, in forms that do not overflow."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import General, Operand
from gradcli.primitives.arguments import Shape, as_flag
from gradcli.primitives.arithmetic import chain, multiply, negative, subtract
from gradcli.primitives.elementary import exp
from gradcli.primitives.joining import gathered
from gradcli.primitives.reduction import axes_of
from gradcli.primitives.rows import behind_rows
from gradcli.primitives.shape import beside, sum_axes
from gradcli.primitives.table import function, plain, primitive

FAMILY = "reduction"
INFINITE = "entries of -inf weigh nothing; nan where all are -inf or one is inf, as in torch"


def _logsumexp(x: Any, *, axis: Shape, keepdims: bool) -> Any:
    """The largest entry is taken out of the sum, so that no exponential overflows."""
    x = np.asarray(x, dtype=np.float64)
    largest = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(largest), largest, 0.0)
    total = _log_total(np.subtract(x, shift), axis) + shift
    return plain((total if keepdims else np.squeeze(total, axis=axis))[()])


def _log_total(shifted: Any, axis: Shape) -> Any:
    """The logarithm of the sum of exponentials of entries up to 0.

    Those that are 0 are counted and not added up: what is far smaller than 1 would be lost beside them.
    """
    top = np.equal(shifted, 0.0)
    count = np.add.reduce(top, axis=axis, keepdims=True)
    rest = np.add.reduce(np.where(top, 0.0, np.exp(shifted)), axis=axis, keepdims=True)
    some = np.maximum(count, 1)
    total = np.log(some) + np.log1p(rest / some)
    return total if count.all() else np.where(count, total, np.log(np.where(count, 1.0, rest)))


def _shifted(x: Any, axis: Shape) -> Any:
    """The entries less the largest, in an array of their own."""
    x = np.asarray(x, dtype=np.float64)
    return np.asarray(x - np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf))


def _softmax(x: Any, *, axis: Shape) -> Any:
    powers = _shifted(x, axis)
    np.exp(powers, powers)
    return plain(np.divide(powers, np.add.reduce(powers, axis=axis, keepdims=True), powers)[()])


def _log_softmax(x: Any, *, axis: Shape) -> Any:
    shifted = _shifted(x, axis)
    return plain(np.subtract(shifted, _log_total(shifted, axis), shifted)[()])


def _pull_softmax(g: Operand, out: Operand, x: Operand, *, axis: Shape) -> Operand:
    """The Jacobian `diag(out) - out outᵀ` times g; it is symmetric and so serves tangents too."""
    mean = sum_axes(chain(g, out), axis=axis, keepdims=True)
    return multiply(out, subtract(g, mean))


soft_max = primitive(
    "softmax",
    _softmax,
    General(
        lambda tangents, out, x, axis: _pull_softmax(tangents[0], out, x, axis=axis),
        (_pull_softmax,),
    ),
    batch=lambda mapped, x, axis: _softmax(x, axis=behind_rows(axis)),
)
log_soft_max = primitive(
    "log_softmax",
    _log_softmax,
    General(
        lambda tangents, out, x, axis: subtract(
            tangents[0], sum_axes(chain(tangents[0], exp(out)), axis=axis, keepdims=True)
        ),
        (lambda g, out, x, axis: subtract(g, chain(sum_axes(g, axis=axis, keepdims=True), exp(out))),),
    ),
    batch=lambda mapped, x, axis: _log_softmax(x, axis=behind_rows(axis)),
)
log_sum_exp = primitive(
    "logsumexp",
    _logsumexp,
    General(
        lambda tangents, out, x, axis, keepdims: sum_axes(
            chain(tangents[0], soft_max(x, axis=axis)), axis=axis, keepdims=keepdims
        ),
        (lambda g, out, x, axis, keepdims: chain(beside(g, shape_of(x), axis), soft_max(x, axis=axis)),),
    ),
    batch=lambda mapped, x, axis, keepdims: _logsumexp(x, axis=behind_rows(axis), keepdims=keepdims),
)


@function(
    FAMILY, "`log(sum(exp(x)))` over all or some axes, without overflow", derivative="softmax(x)",
    convention=INFINITE, example="logsumexp([1000, 1000])",
)  # fmt: skip
def logsumexp(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    """The smooth maximum."""
    x = gathered(x)
    return log_sum_exp(x, axis=axes_of(x, axis, "logsumexp"), keepdims=as_flag(keepdims))


@function(
    FAMILY, "`exp(x)/sum(exp(x))` along an axis, by default the last",
    derivative="diag(s) - s sᵀ with s = softmax(x)",
    convention=INFINITE, example="softmax([1, 2, 3])",
)  # fmt: skip
def softmax(x: Operand, axis: Any = -1) -> Operand:
    """Positive weights that add up to 1."""
    x = gathered(x)
    return soft_max(x, axis=axes_of(x, axis, "softmax"))


@function(
    FAMILY, "`softmax(-x)` along an axis, by default the last",
    derivative="s sᵀ - diag(s) with s = softmin(x)",
    convention=INFINITE, example="softmin([1, 2, 3])",
)  # fmt: skip
def softmin(x: Operand, axis: Any = -1) -> Operand:
    """Weights that are largest for the smallest entries."""
    return softmax(negative(gathered(x)), axis)


@function(
    FAMILY, "the logarithm of softmax along an axis, by default the last", derivative="I - 1 softmax(x)ᵀ",
    convention=INFINITE, example="log_softmax([1, 2, 3])",
)  # fmt: skip
def log_softmax(x: Operand, axis: Any = -1) -> Operand:
    """x less its logsumexp, also where both are huge."""
    x = gathered(x)
    return log_soft_max(x, axis=axes_of(x, axis, "log_softmax"))
