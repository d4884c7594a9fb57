"""Several operations under one name, as torch has them: `lerp`, `addmm`, `masked_fill` and their like."""

from __future__ import annotations

from gradcli.autodiff.primitive import Operand
from gradcli.primitives.arithmetic import add, divide, multiply, subtract
from gradcli.primitives.joining import gathered
from gradcli.primitives.products import matmul
from gradcli.primitives.selection import where
from gradcli.primitives.table import function


@function(
    "selection", "x with a value in place of the entries at which the mask is true",
    derivative="1 where the mask is false, else 0", example="masked_fill([1, 2], [True, False], 0)",
)  # fmt: skip
def masked_fill(x: Operand, mask: Operand, value: Operand) -> Operand:
    """The mask broadcasts with x."""
    return where(gathered(mask), value, gathered(x))


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
