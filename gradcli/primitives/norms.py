"""Norms of vectors and matrices. At 0 a norm has a kink: its derivative there is the shortest subgradient, 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.graph import shape_of
from gradcli.autodiff.primitive import Elementwise, General, Operand, Primitive
from gradcli.primitives.arguments import Shape, as_flag
from gradcli.primitives.arithmetic import chain, negative
from gradcli.primitives.joining import gathered
from gradcli.primitives.reduction import axes_of
from gradcli.primitives.shape import expand_to, sum_axes
from gradcli.primitives.table import function, plain, primitive

FAMILY = "reduction"
# Between these bounds a sum of squares has neither overflowed nor lost digits to underflow.
SAFE = (1e-280, 1e300)


def _ratio(x: Any, y: Any) -> Any:
    if type(x) is not np.ndarray and type(y) is not np.ndarray:
        return x / y if y else 0.0
    quotient = np.divide(x, y)
    return plain(np.where(np.equal(y, 0.0), 0.0, quotient))


ratio: Primitive = primitive(
    "ratio",
    _ratio,
    Elementwise((lambda out, x, y: ratio(1.0, y), lambda out, x, y: negative(ratio(out, y)))),
    parameters=("x", "y"),
)


def _norm(x: Any, *, axis: Shape, keepdims: bool) -> Any:
    """The root of the sum of squares, scaled by the largest entry where squares would not fit."""
    if type(x) is not np.ndarray:
        return abs(float(x))
    squares: Any = np.add.reduce(x * x, axis=axis, keepdims=keepdims)
    if np.all((squares > SAFE[0]) & (squares < SAFE[1])):
        return plain(np.sqrt(squares))
    return plain(_scaled_norm(x, axis, keepdims)[()])


def _scaled_norm(x: Any, axis: Shape, keepdims: bool) -> Any:
    largest = np.maximum.reduce(np.abs(x), axis=axis, keepdims=True, initial=0.0)
    scale = np.where((largest > 0.0) & np.isfinite(largest), largest, 1.0)
    root = np.sqrt(np.add.reduce(np.square(x / scale), axis=axis, keepdims=True)) * scale
    return root if keepdims else np.squeeze(root, axis=axis)


def _direction(out: Operand, x: Operand, axis: Shape) -> Operand:
    return ratio(x, expand_to(out, shape_of(x), axis))


norm_2 = primitive(
    "norm",
    _norm,
    General(
        lambda tangents, out, x, axis, keepdims: sum_axes(
            chain(tangents[0], _direction(out, x, axis)), axis=axis, keepdims=keepdims
        ),
        (lambda g, out, x, axis, keepdims: chain(expand_to(g, shape_of(x), axis), _direction(out, x, axis)),),
    ),
    batch=lambda mapped, x, axis, keepdims: _norm(x, axis=tuple(i + 1 for i in axis), keepdims=keepdims),
)


@function(
    FAMILY,
    "the norm of a vector or matrix",
    derivative="x / norm(x)",
    convention="0 at 0",
    example="norm([3, 4])",
)
def norm(x: Operand, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Operand:
    """The root of the sum of squares."""
    x = gathered(x)
    return norm_2(x, axis=axes_of(x, axis, "norm"), keepdims=as_flag(keepdims))
