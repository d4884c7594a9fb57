"""Layers and measures of neural networks, with torch's names and argument order."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.primitives.activations import sigmoid
from gradcli.primitives.arguments import as_axis, as_flag, as_shape
from gradcli.primitives.arithmetic import add, divide, multiply, subtract
from gradcli.primitives.comparison import is_truth
from gradcli.primitives.elementary import sqrt, square
from gradcli.primitives.joining import gathered
from gradcli.primitives.layout import expand_dims
from gradcli.primitives.norms import norm
from gradcli.primitives.parts import split
from gradcli.primitives.piecewise import maximum
from gradcli.primitives.products import matmul, matrix_transpose
from gradcli.primitives.reduction import mean, total
from gradcli.primitives.selection import where
from gradcli.primitives.softmax import softmax
from gradcli.primitives.statistics import centred
from gradcli.primitives.table import function

FAMILY = "layers"
EPSILON = float(np.finfo(np.float64).eps)


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


@function(
    FAMILY, "x over its root mean square, along the last axes",
    derivative="that of x/sqrt(mean(x**2) + eps)", example="rms_norm([3, 4], 2)",
)  # fmt: skip
def rms_norm(x: Operand, normalized_shape: Any, weight: Operand | None = None, eps: Any = None) -> Operand:
    """Zhang & Sennrich (2019); without `eps`, the distance of 1 to the next number stands for it."""
    x = gathered(x)
    axes = tuple(range(-len(as_shape(normalized_shape)), 0))
    squares = add(mean(square(x), axes, True), EPSILON if eps is None else eps)
    scaled = divide(x, sqrt(squares))
    return scaled if weight is None else multiply(scaled, gathered(weight))


@function(
    FAMILY, "the gated linear unit: the first half of x along an axis, by the sigmoid of the second",
    derivative="sigmoid(b) by the first half a, a*sigmoid(b)*(1 - sigmoid(b)) by the second, b",
    example="glu([3, 0])",
)  # fmt: skip
def glu(x: Operand, axis: Any = -1) -> Operand:
    """Dauphin et al. (2017); the axis must have an even length."""
    first, second = split(x, 2, axis)
    return multiply(first, sigmoid(second))


@function(
    FAMILY, "the distance of x and y along the last axis, in the p-norm",
    derivative="(x - y + eps)/d and its opposite, for p = 2", example="pairwise_distance([0, 0], [3, 4])",
)  # fmt: skip
def pairwise_distance(
    x: Operand, y: Operand, p: Any = 2.0, eps: Operand = 1e-6, keepdims: Any = False
) -> Operand:
    """torch's, in which eps is added to each difference."""
    return norm(add(subtract(gathered(x), gathered(y)), eps), p, -1, keepdims)


@function(
    FAMILY, "the distance of each row of x from each row of y, in the p-norm",
    derivative="(x - y)/d and its opposite, for p = 2", convention="0 at distance 0, as `norm` has it",
    example="cdist([[0, 0]], [[3, 4], [0, 1]])",
)  # fmt: skip
def cdist(x: Operand, y: Operand, p: Any = 2.0) -> Operand:
    """A matrix, or a stack of matrices for stacks."""
    return norm(subtract(expand_dims(gathered(x), -2), expand_dims(gathered(y), -3)), p, -1)


@function(
    FAMILY, "attention: `softmax(query @ key.T / sqrt(d)) @ value`, stacks of matrices broadcasting",
    derivative="that of the formula", example="scaled_dot_product_attention([[1, 0]], [[1, 0]], [[5, 7]])",
)  # fmt: skip
def scaled_dot_product_attention(
    query: Operand, key: Operand, value: Operand, attn_mask: Operand | None = None, *,
    is_causal: Any = False, scale: Any = None,
) -> Operand:  # fmt: skip
    """Vaswani et al. (2017); a mask of truth values says what may be seen, one of numbers is added."""
    query, key = gathered(query), gathered(key)
    size = shape_of(query)[-1]
    scores = multiply(size**-0.5 if scale is None else scale, matmul(query, matrix_transpose(key)))
    if as_flag(is_causal):
        scores = where(np.tri(*shape_of(scores)[-2:], dtype=np.bool_), scores, -np.inf)
    if attn_mask is not None:
        mask = gathered(attn_mask)
        scores = where(mask, scores, -np.inf) if is_truth(mask) else add(scores, mask)
    return matmul(softmax(scores, -1), gathered(value))


def _axis(axis: Any, x: Operand, operation: str) -> int:
    shape = shape_of(x)
    return min(1, len(shape) - 1) if axis is None else as_axis(axis, shape, operation)
