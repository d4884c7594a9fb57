"""Statistics: variances, standard deviations, weighted means."""

from __future__ import annotations

import math
from typing import Any

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.errors import EvaluationError
from gradcli.primitives.arguments import Shape, an_array, as_axis, as_flag
from gradcli.primitives.arithmetic import divide, multiply, subtract
from gradcli.primitives.diagonals import diagonal
from gradcli.primitives.elementary import sqrt, square
from gradcli.primitives.joining import concatenate, gathered
from gradcli.primitives.layout import atleast_2d, reshaped
from gradcli.primitives.norms import norm_2
from gradcli.primitives.products import matmul, matrix_transpose, outer_product
from gradcli.primitives.reduction import axes_of, entries_over, mean, total
from gradcli.primitives.shape import broadcast_to, sum_axes
from gradcli.primitives.table import function

FAMILY = "reduction"


def centred(x: Operand, axis: Any, operation: str) -> tuple[Operand, Shape]:
    """x less its mean over axes, and these axes."""
    axes = axes_of(x, axis, operation)
    return subtract(x, mean(x, axes, True)), axes


def _variance(x: Operand, axis: Any, ddof: Operand, keepdims: Any) -> Operand:
    x = gathered(x)
    difference, axes = centred(x, axis, "var")
    squares = sum_axes(square(difference), axis=axes, keepdims=as_flag(keepdims))
    return divide(squares, max(0.0, float(entries_over(x, axes) - ddof)))


def _deviation(x: Operand, axis: Any, ddof: Operand, keepdims: Any) -> Operand:
    x = gathered(x)
    difference, axes = centred(x, axis, "std")
    length = norm_2(difference, axis=axes, keepdims=as_flag(keepdims))
    return divide(length, math.sqrt(max(0.0, float(entries_over(x, axes) - ddof))))


@function(
    FAMILY, "the variance of the entries, over all or some axes, with divisor n - ddof",
    derivative="2*(x - mean(x))/(n - ddof)", convention="the variance of one entry is 0; nan where n <= ddof",
    example="var([1, 2, 3, 4])",
)  # fmt: skip
def var(
    x: Operand, axis: Any = None, ddof: Any = 0, keepdims: Any = False, correction: Any = None
) -> Operand:
    """NumPy's variance; `correction` is another name of ddof."""
    return _variance(x, axis, ddof if correction is None else correction, keepdims)


@function(
    FAMILY, "the standard deviation of the entries, over all or some axes, with divisor n - ddof",
    derivative="(x - mean(x))/((n - ddof)*std(x))",
    convention="0 where all entries are equal, like norm at 0",
    example="std([1, 2, 3, 4])",
)  # fmt: skip
def std(
    x: Operand, axis: Any = None, ddof: Any = 0, keepdims: Any = False, correction: Any = None
) -> Operand:
    """NumPy's standard deviation; `correction` is another name of ddof."""
    return _deviation(x, axis, ddof if correction is None else correction, keepdims)


@function(
    FAMILY, "torch's variance: the divisor is n - 1 unless correction says otherwise", name="torch.var",
    derivative="2*(x - mean(x))/(n - 1)", convention="the variance of one entry is nan",
    example="torch.var([1, 2, 3, 4])",
)  # fmt: skip
def torch_var(
    x: Operand, axis: Any = None, unbiased: Any = True, keepdims: Any = False, correction: Any = None
) -> Operand:
    """The estimate of a population's variance."""
    return _variance(x, axis, int(as_flag(unbiased)) if correction is None else correction, keepdims)


@function(
    FAMILY, "torch's standard deviation: the divisor is n - 1 unless correction says otherwise",
    name="torch.std",
    derivative="(x - mean(x))/((n - 1)*std(x))",
    convention="0 where all entries are equal; of one entry nan",
    example="torch.std([1, 2, 3, 4])",
)  # fmt: skip
def torch_std(
    x: Operand, axis: Any = None, unbiased: Any = True, keepdims: Any = False, correction: Any = None
) -> Operand:
    """The estimate of a population's standard deviation."""
    return _deviation(x, axis, int(as_flag(unbiased)) if correction is None else correction, keepdims)


@function(
    FAMILY, "the mean of the entries, over all or some axes, weighted by `weights`",
    derivative="by x, weights/sum(weights); by weights, (x - average)/sum(weights)",
    example="average([1, 2], weights=[3, 1])",
)  # fmt: skip
def average(x: Operand, axis: Any = None, weights: Any = None, keepdims: Any = False) -> Operand:
    """NumPy's average; weights that are a vector belong to the one axis given."""
    x = gathered(x)
    if weights is None:
        return mean(x, axis, keepdims)
    weights = gathered(weights)
    lengths, own = shape_of(x), shape_of(weights)
    if own != lengths:
        if axis is None or len(own) != 1 or own[0] != lengths[as_axis(axis, lengths, "average")]:
            raise EvaluationError(f"`average`: weights of shape {own} do not fit an array of shape {lengths}")
        place = as_axis(axis, lengths, "average")
        weights = reshaped(weights, tuple(-1 if i == place else 1 for i in range(len(lengths))))
        weights = broadcast_to(weights, shape=lengths)
    return divide(total(multiply(x, weights), axis, keepdims), total(weights, axis, keepdims))


@function(
    FAMILY, "the covariances of the rows of x, with divisor n - 1",
    derivative="that of d @ d.T/(n - 1) with d = x less the means of its rows",
    example="cov([[1, 2, 3], [3, 2, 4]])",
)  # fmt: skip
def cov(
    x: Operand, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None, correction: Any = None
) -> Operand:
    """NumPy's cov: rows are variables, columns unless `rowvar`; y has more of them; `bias`: divisor n."""
    rows = _variables(x, rowvar)
    if y is not None:
        rows = concatenate(rows, _variables(y, rowvar), axis=0)
    ddof = correction if ddof is None else ddof
    ddof = (not as_flag(bias)) if ddof is None else ddof
    difference, _ = centred(rows, 1, "cov")
    divisor = max(0.0, float(shape_of(rows)[1] - ddof))
    result = divide(matmul(difference, matrix_transpose(difference)), divisor)
    return reshaped(result, ()) if shape_of(result) == (1, 1) else result


def _variables(x: Operand, rowvar: Any) -> Operand:
    """A matrix with one variable in each row."""
    x = gathered(x)
    if len(shape_of(x)) > 2:
        raise EvaluationError(f"`cov` needs a vector or a matrix, not {an_array(shape_of(x))}")
    return atleast_2d(x) if as_flag(rowvar) or len(shape_of(x)) < 2 else matrix_transpose(x)


@function(
    FAMILY, "the correlations of the rows of x", derivative="that of cov(x) over the products of deviations",
    example="corrcoef([[1, 2, 3], [3, 2, 4]])",
)  # fmt: skip
def corrcoef(x: Operand, y: Any = None, rowvar: Any = True) -> Operand:
    """NumPy's corrcoef."""
    covariance = cov(x, y, rowvar)
    if not shape_of(covariance):
        return divide(covariance, covariance)
    deviations = sqrt(diagonal(covariance))
    return divide(covariance, outer_product(deviations, deviations))
