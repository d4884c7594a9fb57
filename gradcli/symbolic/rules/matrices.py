"""Products of matrices and vectors.

The identities are those of K. B. Petersen and M. S. Pedersen, "The Matrix Cookbook" (2012), section 1 and 3.
"""

from __future__ import annotations

from gradcli.symbolic.order import factor_key
from gradcli.symbolic.rules.rule import table
from gradcli.symbolic.rules.transposes import reversed_chain, untransposed
from gradcli.symbolic.term import (
    Term,
    broadcast,
    chain_of,
    eye,
    factors,
    matmul,
    mul,
    number,
    outer,
    total,
    transpose,
)


def is_zero(term: Term) -> bool:
    """Whether a term is 0, of any shape."""
    return (term.args[0] if term.op == "broadcast" else term).value == 0


def flatten(term: Term) -> Term | None:
    """A@(B@C) is A@B@C; a vector A.T@x on the left is the row x@A, so that vectors stay at the ends."""
    if all(arg.op != "matmul" or not arg.shape for arg in term.args):
        return None
    first, *inner, last = (chain_of(arg) for arg in term.args)
    if len(first) > 1 and len(first[-1].shape) == 1:
        first = chain_of(reversed_chain(first))
    return matmul(*first, *(each for links in inner for each in links), *last)


def scalar_factors(term: Term) -> Term | None:
    """Scalar factors move out of linear operations: A@(2*x) is 2*(A@x)."""
    for position, arg in enumerate(term.args):
        if term.op == "solve" and position == 0:
            continue
        scalars = [each for each in factors(arg) if not each.shape]
        if arg.op == "mul" and 0 < len(scalars) < len(arg.args):
            rest = [each for each in arg.args if each.shape]
            args = (*term.args[:position], mul(*rest), *term.args[position + 1 :])
            return mul(*scalars, Term(term.op, args, term.static, term.shape))
    return None


def zero(term: Term) -> Term | None:
    """A linear operation on 0 gives 0."""
    return broadcast(number(0), term.shape) if any(map(is_zero, term.args)) else None


def identity(term: Term) -> Term | None:
    """I@A is A."""
    for position, arg in enumerate(term.args):
        if arg.op == "eye" and arg.shape[0] == arg.shape[1]:
            return matmul(*term.args[:position], *term.args[position + 1 :])
    return None


def inverse_pair(term: Term) -> Term | None:
    """inv(A)@A is I."""
    for position in range(len(term.args) - 1):
        x, y = term.args[position : position + 2]
        if _is_inverse(x, y) or _is_inverse(y, x):
            return matmul(*term.args[:position], eye(*x.shape), *term.args[position + 2 :])
    return None


def _is_inverse(x: Term, y: Term) -> bool:
    if x.op == y.op == "transpose":
        x, y = x.args[0], y.args[0]
    return x.op == "inv" and x.args[0] == y


def outer_link(term: Term) -> Term | None:
    """outer(x, y)@z is (y@z)*x, A@outer(x, y) is outer(A@x, y), and outer(x, y)@A is outer(x, A.T@y)."""
    for position, arg in enumerate(term.args):
        if arg.op != "outer":
            continue
        x, y = arg.args
        before, after = term.args[:position], term.args[position + 1 :]
        left = matmul(*before, x) if before else x
        right = matmul(y, *after) if after else y
        if left.shape and right.shape:
            return outer(left, right)
        return mul(left, right)
    return None


def ones_link(term: Term) -> Term | None:
    """A@ones is the sum of the rows, ones@A that of the columns."""
    first, last = term.args[0], term.args[-1]
    if _is_constant_vector(last):
        rest = matmul(*term.args[:-1])
        return mul(last.args[0], total(rest, (len(rest.shape) - 1,)))
    if _is_constant_vector(first):
        rest = matmul(*term.args[1:])
        return mul(first.args[0], total(rest, (0,)))
    return None


def _is_constant_vector(term: Term) -> bool:
    return term.op == "broadcast" and len(term.shape) == 1 and not term.args[0].shape


def column_first(term: Term) -> Term | None:
    """The product of a vector with a matrix is written with the vector last: x@A is A.T@x."""
    if len(term.args[0].shape) == 1 and len(term.args[-1].shape) == 2:
        return reversed_chain(term.args)
    return None


def bilinear_side(term: Term) -> Term | None:
    """x@A@y and y@A.T@x are equal: the one with fewer transposes and in alphabetical order is taken."""
    if term.shape or len(term.args) < 2:
        return None
    turned = tuple(untransposed(arg) for arg in reversed(term.args))
    return matmul(*turned) if _side_key(turned) < _side_key(term.args) else None


def _side_key(args: tuple[Term, ...]) -> tuple[object, ...]:
    return (sum(arg.op == "transpose" for arg in args), [factor_key(arg) for arg in args])


def trace_of_product(term: Term) -> Term | None:
    """trace(outer(x, y)) is x@y."""
    x = term.args[0]
    if x.op == "outer" and not term.static:
        return matmul(*x.args)
    return None


def inner_product(term: Term) -> Term | None:
    """The sum of the products of the entries of two vectors is x@y."""
    x = term.args[0]
    if len(x.shape) != 1 or term.static != (0,) or x.op not in ("mul", "power"):
        return None
    if x.op == "power":
        base, exponent = x.args
        return matmul(base, base) if exponent.value == 2 and base.operations == 0 else None
    vectors = [each for each in x.args if each.shape == x.shape]
    scalars = [each for each in x.args if not each.shape]
    if len(vectors) < 2 or len(vectors) + len(scalars) != len(x.args):
        return None
    product = matmul(vectors[0], mul(*vectors[1:]))
    return mul(*scalars, product)


def scaled_rows(term: Term) -> Term | None:
    """The sum of the rows of A, each times a number, is A.T@x."""
    x = term.args[0]
    if x.op != "mul" or len(x.shape) != 2 or term.static not in ((0,), (1,)):
        return None
    axis = term.static[0]
    column = (x.shape[0], 1)
    weights = [each for each in x.args if _is_weight(each, axis, x.shape)]
    rest = [each for each in x.args if each not in weights]
    if not weights or not any(each.shape == x.shape for each in rest):
        return None
    vector = mul(*(each.args[0] if each.shape == column else each for each in weights))
    matrix = mul(*rest)
    return matmul(transpose(matrix), vector) if axis == 0 else matmul(matrix, vector)


def _is_weight(term: Term, axis: int, shape: tuple[int, ...]) -> bool:
    """Whether a factor is a vector along the summed axis."""
    if axis == 0:
        return term.op == "reshape" and term.shape == (shape[0], 1) and len(term.args[0].shape) == 1
    return term.shape == shape[1:]


def diagonal_link(term: Term) -> Term | None:
    """diag(x)@y is x*y."""
    for position in range(len(term.args) - 1):
        x, y = term.args[position : position + 2]
        if x.op == "diag" and len(x.args[0].shape) == 1 and len(y.shape) == 1:
            return matmul(*term.args[:position], mul(x.args[0], y))
    return None


RULES = table(
    ("flatten matrix products", "matmul", flatten, "A@(B@C) = A@B@C"),
    ("zero", "matmul outer transpose sum trace reshape diag", zero, "A@0 = 0"),
    (
        "scalar factors",
        "matmul outer transpose sum trace reshape diag mean solve",
        scalar_factors,
        "A@(2*x) = 2*(A@x)",
    ),
    ("identity", "matmul", identity, "I@A = A"),
    ("inverse pair", "matmul", inverse_pair, "inv(A)@A = I"),
    ("outer product in a chain", "matmul", outer_link, "outer(x, y)@z = (y@z)*x"),
    ("product with ones", "matmul", ones_link, "A@ones = sum(A, axis=1)"),
    ("vector last", "matmul", column_first, "x@A = A.T@x"),
    ("side of a bilinear form", "matmul", bilinear_side, "x@A@y = y@A.T@x"),
    ("diagonal matrix in a chain", "matmul", diagonal_link, "diag(x)@y = x*y"),
    ("trace of an outer product", "trace", trace_of_product, "trace(outer(x, y)) = x@y"),
    ("inner product", "sum", inner_product, "sum(x*y) = x@y"),
    ("weighted sum of rows", "sum", scaled_rows, "sum(x[:, None]*A, axis=0) = A.T@x"),
)  # fmt: skip
