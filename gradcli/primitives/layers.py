"""Layers and measures of neural networks, with torch's names and argument order."""

from __future__ import annotations

from typing import Any

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.primitives.arguments import as_axis, as_shape
from gradcli.primitives.arithmetic import add, divide, multiply
from gradcli.primitives.elementary import sqrt, square
from gradcli.primitives.joining import gathered
from gradcli.primitives.norms import norm
from gradcli.primitives.piecewise import maximum
from gradcli.primitives.products import matmul, matrix_transpose
from gradcli.primitives.reduction import mean, total
from gradcli.primitives.statistics import centred
from gradcli.primitives.table import function

FAMILY = "layers"


@function(
    FAMILY, "`x @ weight.T + bias`, the linear layer of torch", derivative="weight by x, and x by weight",
    example="linear([1, 2], [[1, 0], [0, 1], [1, 1]])",
)  # fmt: skip
def linear(x: Operand, weight: Operand, bias: Operand | None = None) -> Operand:
    """A weight of shape (outputs, inputs) takes the last axis of x from inputs to outputs."""
    weight = gathered(weight)
    turned = matrix_transpose(weight) if len(shape_of(weight)) > 1 else weight
    product = matmul(gathered(x), turned)
    return product if bias is None else add(product, gathered(bias))


@function(
    FAMILY, "x less its mean, over its deviation, along the last axes",
    derivative="that of (x - mean(x))/sqrt(var(x) + eps)", example="layer_norm([1, 2, 3], 3)",
)  # fmt: skip
def layer_norm(
    x: Operand,
    normalized_shape: Any,
    weight: Operand | None = None,
    bias: Operand | None = None,
    eps: Operand = 1e-5,
) -> Operand:
    """Ba et al. (2016): the entries of as many last axes as `normalized_shape` has are made comparable."""
    x = gathered(x)
    axes = tuple(range(-len(as_shape(normalized_shape)), 0))
    difference, over = centred(x, axes, "layer_norm")
    scaled = divide(difference, sqrt(add(mean(square(difference), over, True), eps)))
    scaled = scaled if weight is None else multiply(scaled, gathered(weight))
    return scaled if bias is None else add(scaled, gathered(bias))


@function(
    FAMILY, "x over its norm along an axis, by default the second, as in torch; of a vector the only one",
    derivative="(I - n nᵀ)/norm(x) with n = x/norm(x)",
    convention="0 at 0, where eps stands for the norm", example="normalize([3, 4])",
)  # fmt: skip
def normalize(x: Operand, p: Any = 2.0, axis: Any = None, eps: Operand = 1e-12) -> Operand:
    """Length 1 along an axis, but for vectors shorter than eps."""
    x = gathered(x)
    return divide(x, maximum(norm(x, p, _axis(axis, x, "normalize"), True), eps))


@function(
    FAMILY, "the cosine of the angle between x and y along an axis, by default as `normalize`",
    derivative="by x, (y/norm(y) - c*x/norm(x))/norm(x)", convention="0 where a norm is 0",
    example="cosine_similarity([1, 0], [1, 1])",
)  # fmt: skip
def cosine_similarity(x: Operand, y: Operand, axis: Any = None, eps: Operand = 1e-8) -> Operand:
    """The product of the two unit vectors."""
    products = multiply(normalize(x, 2.0, axis, eps), normalize(y, 2.0, axis, eps))
    return total(products, _axis(axis, products, "cosine_similarity"))


def _axis(axis: Any, x: Operand, operation: str) -> int:
    shape = shape_of(x)
    return min(1, len(shape) - 1) if axis is None else as_axis(axis, shape, operation)
