"""Several operations under one name, as torch has them: `lerp`, `addmm`, `masked_fill` and their like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.errors import EvaluationError
from gradcli.primitives.arguments import as_int
from gradcli.primitives.arithmetic import add, divide, multiply, subtract
from gradcli.primitives.gathering import take
from gradcli.primitives.joining import gathered
from gradcli.primitives.norms import norm
from gradcli.primitives.products import matmul
from gradcli.primitives.selection import where
from gradcli.primitives.shape import reshape
from gradcli.primitives.table import function


@function(
    "selection", "x with a value in place of the entries at which the mask is true",
    derivative="1 where the mask is false, else 0", example="masked_fill([1, 2], [True, False], 0)",
)  # fmt: skip
def masked_fill(x: Operand, mask: Operand, value: Operand) -> Operand:
    """The mask broadcasts with x."""
    return where(gathered(mask), value, gathered(x))


@function(
    "selection", "the choice that belongs to the first condition that holds, `default` where none does",
    derivative="1 for the entries chosen", sequences=("condlist", "choicelist"),
    example="select([[True, False]], [[1, 2]], 5)",
)  # fmt: skip
def select(condlist: Sequence[Operand], choicelist: Sequence[Operand], default: Operand = 0.0) -> Operand:
    """NumPy's `select`: as many conditions as choices."""
    if len(condlist) != len(choicelist):
        raise EvaluationError(f"`select` has {len(condlist)} conditions for {len(choicelist)} choices")
    chosen = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        chosen = where(gathered(condition), gathered(choice), gathered(chosen))
    return chosen


@function(
    "indexing", "torch's select: the slice of x at a position along an axis", name="torch.select",
    derivative="1 for the entries that are read", example="torch.select([[5, 6], [7, 8]], 1, 0)",
    aliases=("method.select",),
)  # fmt: skip
def torch_select(x: Operand, axis: Any, index: Any) -> Operand:
    """x without that axis."""
    return take(x, as_int(index), axis)


@function(
    "indexing", "rows of a table of vectors at the positions given",
    derivative="1 for the entries that are read", convention="positions named twice add up",
    example="embedding([1, 0], [[1, 2], [3, 4]])",
)  # fmt: skip
def embedding(x: Operand, weight: Operand) -> Operand:
    """torch's: the positions, then the table."""
    return take(weight, x, 0)


@function(
    "linear algebra", "the distance of x and y, of all their entries, in the p-norm",
    derivative="(x - y)/d and its opposite, for p = 2", convention="0 at distance 0, as `norm` has it",
    example="dist([0, 0], [3, 4])",
)  # fmt: skip
def dist(x: Operand, y: Operand, p: Any = 2.0) -> Operand:
    """Python's and torch's."""
    difference = subtract(gathered(x), gathered(y))
    return norm(reshape(difference, shape=(math.prod(shape_of(difference)),)), p)


@function(
    "arithmetic", "the way from x to `end` by a weight: `x + weight*(end - x)`",
    derivative="1 - weight, weight, end - x", example="lerp(1, 5, 0.25)",
)  # fmt: skip
def lerp(x: Operand, end: Operand, weight: Operand) -> Operand:
    """Linear interpolation; weights outside of [0, 1] go on beyond the ends."""
    x, weight = gathered(x), gathered(weight)
    return add(x, multiply(weight, subtract(gathered(end), x)))


@function(
    "arithmetic", "`x + value*tensor1*tensor2`", derivative="1, value*tensor2, value*tensor1",
    example="addcmul(1, 2, 3)",
)  # fmt: skip
def addcmul(x: Operand, tensor1: Operand, tensor2: Operand, value: Operand = 1.0) -> Operand:
    """A product, added to x."""
    return add(gathered(x), multiply(value, multiply(gathered(tensor1), gathered(tensor2))))


@function(
    "arithmetic", "`x + value*tensor1/tensor2`",
    derivative="1, value/tensor2, -value*tensor1/tensor2**2", domain="tensor2 not 0",
    example="addcdiv(1, 6, 3)",
)  # fmt: skip
def addcdiv(x: Operand, tensor1: Operand, tensor2: Operand, value: Operand = 1.0) -> Operand:
    """A quotient, added to x."""
    return add(gathered(x), multiply(value, divide(gathered(tensor1), gathered(tensor2))))


@function(
    "linear algebra", "`beta*x + alpha*(mat1 @ mat2)`", derivative="beta, and that of the matrix product",
    example="addmm([[1, 0]], [[1, 2]], [[1, 0], [0, 1]])", aliases=("addmv", "baddbmm"),
)  # fmt: skip
def addmm(x: Operand, mat1: Operand, mat2: Operand, beta: Operand = 1.0, alpha: Operand = 1.0) -> Operand:
    """A product of matrices, of a matrix and a vector, or of stacks of matrices, added to x."""
    return add(multiply(beta, gathered(x)), multiply(alpha, matmul(gathered(mat1), gathered(mat2))))
