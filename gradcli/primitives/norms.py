"""Norms of vectors and matrices. A norm has a kink at 0: its derivative there is the shortest subgradient."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, shape_of, value_of
from gradcli.autodiff.primitive import Elementwise, General, Operand, Primitive
from gradcli.errors import EvaluationError
from gradcli.primitives.arguments import Shape, as_flag, as_ordered_axes, describe
from gradcli.primitives.arithmetic import chain, divide, multiply, negative
from gradcli.primitives.comparison import not_equal
from gradcli.primitives.elementary import power
from gradcli.primitives.extremes import largest, smallest
from gradcli.primitives.joining import gathered
from gradcli.primitives.layout import reshaped, with_axes
from gradcli.primitives.piecewise import absolute
from gradcli.primitives.reduction import axes_of, total
from gradcli.primitives.rows import behind_rows
from gradcli.primitives.shape import beside, sum_axes
from gradcli.primitives.singular import svdvals
from gradcli.primitives.table import function, plain, primitive

FAMILY = "reduction"
# Between these bounds a sum of squares has neither overflowed nor lost digits to underflow.
SAFE = (1e-280, 1e300)


def _ratio(x: Any, y: Any) -> Any:
    if type(x) is not np.ndarray and type(y) is not np.ndarray:
        return x / y if y else 0.0
    quotient, zero = np.divide(x, y), np.equal(y, 0.0)
    return plain(np.where(zero, 0.0, quotient) if np.any(zero) else quotient)


# The quotient x/y in which 0/0 is 0. Its derivatives at y = 0 are infinite or nan all the same: the second
# derivative of a norm does not exist at 0.
ratio: Primitive = primitive(
    "ratio",
    _ratio,
    Elementwise((lambda out, x, y: divide(1.0, y), lambda out, x, y: negative(divide(out, y)))),
)


def _norm(x: Any, *, axis: Shape, keepdims: bool) -> Any:
    """The root of the sum of squares, scaled by the largest entry where squares would not fit."""
    if type(x) is not np.ndarray:
        return abs(float(x))
    squares = np.sum(x * x, axis=axis, keepdims=keepdims)
    if np.all((squares > SAFE[0]) & (squares < SAFE[1])):
        return plain(np.sqrt(squares))
    return plain(_scaled_norm(x, axis, keepdims)[()])


def _scaled_norm(x: Any, axis: Shape, keepdims: bool) -> Any:
    scale = _scale(np.abs(x), axis)
    root = np.sqrt(np.add.reduce(np.square(x / scale), axis=axis, keepdims=True)) * scale
    return root if keepdims else np.squeeze(root, axis=axis)


def _scale(sizes: Any, axis: Shape) -> Any:
    """The largest of the sizes along the axes, by which one can divide: 1 where that is 0 or infinite."""
    most = np.maximum.reduce(sizes, axis=axis, keepdims=True, initial=0.0)
    return np.where((most > 0.0) & np.isfinite(most), most, 1.0)


def _direction(out: Operand, x: Operand, axis: Shape) -> Operand:
    return ratio(x, beside(out, shape_of(x), axis))


norm_2 = primitive(
    "norm",
    _norm,
    General(
        lambda tangents, out, x, axis, keepdims: sum_axes(
            chain(tangents[0], _direction(out, x, axis)), axis=axis, keepdims=keepdims
        ),
        (lambda g, out, x, axis, keepdims: chain(beside(g, shape_of(x), axis), _direction(out, x, axis)),),
    ),
    batch=lambda mapped, x, axis, keepdims: _norm(x, axis=behind_rows(axis), keepdims=keepdims),
)


# Other orders -----------------------------------------------------------------------------------------------


def _p_norm(x: Any, *, axis: Shape, ord: float) -> Any:
    """`sum(|x|**p)**(1/p)`, the largest entry taken out so that no power overflows."""
    sizes = np.abs(x)
    scale = _scale(sizes, axis)
    total = np.add.reduce(np.power(sizes / scale, ord), axis=axis, keepdims=True)
    return np.squeeze(scale * np.power(total, 1.0 / ord), axis=axis)[()]


def _signed_power(x: Any, *, exponent: float) -> Any:
    size = np.abs(x)
    return plain(np.where(np.equal(size, 0.0), 0.0, np.sign(x) * np.power(size, exponent))[()])


signed_power = primitive(
    "signed_power",
    _signed_power,
    Elementwise((lambda out, x, exponent: multiply(exponent, power(absolute(x), exponent - 1.0)),)),
)


def _p_direction(out: Operand, x: Operand, axis: Shape, ord: float) -> Operand:
    """`sign(x) * (|x|/norm)**(p-1)`; 0 where x is 0 even if p < 1, as in torch."""
    return signed_power(ratio(x, beside(out, shape_of(x), axis)), exponent=ord - 1.0)


p_norm = primitive(
    "p_norm",
    lambda x, axis, ord: plain(_p_norm(x, axis=axis, ord=ord)),
    General(
        lambda tangents, out, x, axis, ord: sum_axes(
            chain(tangents[0], _p_direction(out, x, axis, ord)), axis=axis, keepdims=False
        ),
        (lambda g, out, x, axis, ord: chain(beside(g, shape_of(x), axis), _p_direction(out, x, axis, ord)),),
    ),
    batch=lambda mapped, x, axis, ord: _p_norm(x, axis=behind_rows(axis), ord=ord),
)


def _vector_norm(x: Operand, ord: Any, axes: Shape) -> Operand:
    if isinstance(ord, Node) and ord.active:
        return power(total(power(absolute(x), ord), axes), divide(1.0, ord))
    order = _number(ord)
    if order == 2.0:
        return norm_2(x, axis=axes, keepdims=False)
    if order == 1.0:
        return total(absolute(x), axes)
    if order == 0.0:
        return total(not_equal(x, 0.0), axes)
    if math.isinf(order):
        return (largest if order > 0 else smallest)(absolute(x), axes)
    return p_norm(x, axis=axes, ord=order)


def _number(ord: Any) -> float:
    """The order of a norm as a float; a node's is guarded."""
    order = value_of(ord)
    if not isinstance(order, (int, float)):
        raise _unknown(order)
    if isinstance(ord, Node):
        ord.graph.guard(ord, "count", order)
    return float(order)


def _unknown(ord: Any) -> EvaluationError:
    return EvaluationError(
        f"`norm` does not know {describe(ord)} as an order for this array",
        help='vectors: any number, inf, -inf; matrices: "fro", "nuc", 1, -1, 2, -2, inf, -inf',
    )


def _sizes(matrices: Operand) -> Operand:
    """The singular values; `absolute` gives a value of 0 the slope 0: the subgradient of least norm."""
    return absolute(svdvals(matrices))


def _matrix_norm(x: Operand, ord: Any, axes: Shape) -> Operand:
    """The norm of the matrices in two axes, their rows and columns."""
    if isinstance(ord, str) and ord == "fro":
        return norm_2(x, axis=axes, keepdims=False)
    others = tuple(i for i in range(len(shape_of(x))) if i not in axes)
    matrices = with_axes(x, (*others, *axes))
    if isinstance(ord, str) and ord == "nuc":
        return total(_sizes(matrices), -1)
    order = _number(ord)
    if order not in (1.0, -1.0, 2.0, -2.0, math.inf, -math.inf):
        raise _unknown(ord)
    choose = largest if order > 0 else smallest
    if abs(order) == 2.0:
        return choose(_sizes(matrices), -1)
    return choose(total(absolute(matrices), -2 if abs(order) == 1.0 else -1), -1)


# Functions --------------------------------------------------------------------------------------------------


def _kept(result: Operand, x: Operand, axes: Shape, keepdims: Any) -> Operand:
    if not as_flag(keepdims):
        return result
    return reshaped(result, tuple(1 if i in axes else n for i, n in enumerate(shape_of(x))))


@function(
    FAMILY, "the norm of a vector (order 2, or ord) or a matrix (Frobenius, or ord)",
    derivative='x/norm(x) for order 2; sign(x)*(abs(x)/norm(x))**(ord-1) for order ord; u @ vt for "nuc"',
    convention="0 at 0 for every order; entries that tie for inf, and singular values for 2, share evenly",
    example="norm([3, 4])",
)  # fmt: skip
def norm(x: Operand, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Operand:
    """NumPy's norm; without order and axis, the root of the sum of squares of all entries."""
    x = gathered(x)
    axes = as_ordered_axes(axis, shape_of(x), "norm")
    if ord is None:
        return norm_2(x, axis=axes, keepdims=as_flag(keepdims))
    if len(axes) > 2:
        raise EvaluationError(f"`norm` with an order needs a vector or matrix, not {describe(x)}")
    compute = _matrix_norm if len(axes) == 2 else _vector_norm
    return _kept(compute(x, ord, axes), x, axes, keepdims)


@function(
    FAMILY, "the norm of order ord of all entries, or over axes", convention="0 at 0 for every order",
    derivative="x/norm(x) for order 2; sign(x)*(abs(x)/norm(x))**(ord-1) for others",
    example="vector_norm([3, 4])",
)  # fmt: skip
def vector_norm(x: Operand, ord: Any = 2.0, axis: Any = None, keepdims: Any = False) -> Operand:
    """The norm of a vector, also of all entries of a matrix."""
    x = gathered(x)
    axes = axes_of(x, axis, "vector_norm")
    return _kept(_vector_norm(x, ord, axes), x, axes, keepdims)


@function(
    FAMILY, "the norm of each matrix of x, of order ord", convention="0 at 0 for every order",
    derivative='u @ vt for "nuc"; x/norm(x) for "fro"', example="matrix_norm([[3, 0], [0, 4]])",
)  # fmt: skip
def matrix_norm(x: Operand, ord: Any = "fro", axis: Any = (-2, -1), keepdims: Any = False) -> Operand:
    """The norm of matrices in two axes."""
    x = gathered(x)
    axes = as_ordered_axes(axis, shape_of(x), "matrix_norm")
    if len(axes) != 2:
        raise EvaluationError(f"`matrix_norm` needs matrices in two axes, not in {axes}")
    return _kept(_matrix_norm(x, ord, axes), x, axes, keepdims)


@function(
    FAMILY, "torch's norm: of all entries, also of a matrix when the order is a number", name="torch.norm",
    derivative="x/norm(x) for order 2", convention="0 at 0 for every order", example="torch.norm([3, 4])",
)  # fmt: skip
def torch_norm(x: Operand, p: Any = "fro", axis: Any = None, keepdims: Any = False) -> Operand:
    """The norm of the flattened array, or over axes; "nuc" is that of a matrix."""
    if isinstance(p, str):
        return norm(x, p, axis, keepdims) if p == "nuc" else norm(x, None, axis, keepdims)
    return vector_norm(x, p, axis, keepdims)
