"""Diagonals and triangles of matrices, and the Vandermonde matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import Shape, an_array, as_axis, as_flag, as_int
from gradcli.primitives.elementary import power
from gradcli.primitives.indexing import getitem, scatter_add
from gradcli.primitives.joining import gathered
from gradcli.primitives.layout import reshaped, with_axes
from gradcli.primitives.selection import where
from gradcli.primitives.table import function

FAMILY = "linear algebra"


def _on_diagonal(rows: int, columns: int, k: int) -> tuple[Any, Any]:
    """The rows and columns of the entries on the k-th diagonal."""
    start = max(0, -k)
    places = np.arange(start, max(start, min(rows, columns - k)))
    return places, places + k


@function(
    FAMILY, "the entries on the diagonal of each matrix of x", derivative="the cotangent on the diagonal",
    example="diagonal([[1, 2], [3, 4]])",
)  # fmt: skip
def diagonal(x: Operand, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Operand:
    """The diagonal of the matrices in two axes; it becomes the last axis."""
    x = gathered(x)
    lengths = shape_of(x)
    if len(lengths) < 2:
        raise EvaluationError(f"`diagonal` needs a matrix, not {an_array(lengths)}")
    first, second = (as_axis(each, lengths, "diagonal") for each in (axis1, axis2))
    if first == second:
        raise EvaluationError(f"`diagonal` needs two different axes, not {first} twice")
    moved = with_axes(x, (*(i for i in range(len(lengths)) if i not in (first, second)), first, second))
    places = _on_diagonal(lengths[first], lengths[second], as_int(offset, "`offset`"))
    return getitem(moved, index=(Ellipsis, *places))


@function(
    FAMILY, "the matrix with vector x on its k-th diagonal; of a matrix, its k-th diagonal",
    derivative="the diagonal of the cotangent, or the cotangent on the diagonal", example="diag([1, 2])",
)  # fmt: skip
def diag(x: Operand, k: Any = 0, *, diagonal: Any = None) -> Operand:
    """NumPy's diag; `diagonal` is torch's name of k."""
    x = gathered(x)
    offset = as_int(k if diagonal is None else diagonal, "`k`")
    lengths = shape_of(x)
    if len(lengths) == 2:
        return getitem(x, index=_on_diagonal(*lengths, offset))
    if len(lengths) != 1:
        raise EvaluationError(f"`diag` needs a vector or a matrix, not {an_array(lengths)}")
    size = lengths[0] + abs(offset)
    check_elements((size, size))
    return scatter_add(x, index=_on_diagonal(size, size, offset), shape=(size, size))


def _triangle(x: Operand, k: Any, keep: Any, operation: str) -> Operand:
    x = gathered(x)
    lengths: Shape = shape_of(x)
    if len(lengths) < 2:
        raise EvaluationError(f"`{operation}` needs a matrix, not {an_array(lengths)}")
    rows, columns = np.ogrid[: lengths[-2], : lengths[-1]]
    return where(keep(columns - rows, as_int(k, "`k`")), x, 0.0)


@function(
    FAMILY, "x with zeros below its k-th diagonal", derivative="the cotangent on and above the diagonal",
    example="triu([[1, 2], [3, 4]])",
)  # fmt: skip
def triu(x: Operand, k: Any = 0, *, diagonal: Any = None) -> Operand:
    """The upper triangle of each matrix; `diagonal` is torch's name of k."""
    return _triangle(x, k if diagonal is None else diagonal, np.greater_equal, "triu")


@function(
    FAMILY, "x with zeros above its k-th diagonal", derivative="the cotangent on and below the diagonal",
    example="tril([[1, 2], [3, 4]])",
)  # fmt: skip
def tril(x: Operand, k: Any = 0, *, diagonal: Any = None) -> Operand:
    """The lower triangle of each matrix; `diagonal` is torch's name of k."""
    return _triangle(x, k if diagonal is None else diagonal, np.less_equal, "tril")


@function(
    FAMILY, "the matrix of the powers of vector x, the highest (or with increasing, the lowest) first",
    derivative="n*x**(n-1) for each power", convention="x**0 is 1, with derivative 0",
    example="vander([1, 2, 3])",
)  # fmt: skip
def vander(x: Operand, N: Any = None, increasing: Any = False) -> Operand:
    """The Vandermonde matrix, one row for each entry."""
    x = gathered(x)
    if len(shape_of(x)) != 1:
        raise EvaluationError(f"`vander` needs a vector, not {an_array(shape_of(x))}")
    count = shape_of(x)[0] if N is None else as_int(N, "`N`")
    exponents = np.arange(count, dtype=np.float64)
    return power(reshaped(x, (-1, 1)), exponents if as_flag(increasing) else exponents[::-1].copy())
