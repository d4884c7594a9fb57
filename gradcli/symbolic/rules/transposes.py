"""Transposes, and functions of one matrix: inverses, determinants.

The identities are those of K. B. Petersen and M. S. Pedersen, "The Matrix Cookbook" (2012), sections 1 and 3.
"""

from __future__ import annotations

from functools import lru_cache

from gradcli.symbolic.rules.rule import table
from gradcli.symbolic.term import (
    Shape,
    Term,
    broadcast,
    call,
    eye,
    factors,
    matmul,
    mul,
    outer,
    power,
    transpose,
)
from gradcli.symbolic.words import words

# Functions of a matrix that commute with its transposition.
_COMMUTE_WITH_TRANSPOSE = words("inv matrix_power expm pinv")
_OF_TRANSPOSE = "inv det trace matrix_power expm pinv logdet"


def reversed_chain(args: tuple[Term, ...]) -> Term:
    """The transpose of a matrix product."""
    return matmul(*(transpose(arg) if len(arg.shape) == 2 else arg for arg in reversed(args)))


def untransposed(arg: Term) -> Term:
    """The transpose of an operand of a matrix product; a vector stays as it is."""
    if len(arg.shape) == 1 or is_symmetric(arg):
        return arg
    return arg.args[0] if arg.op == "transpose" else transpose(arg)


def move_transpose(term: Term) -> Term | None:
    """A transpose moves inward to the names: (A@B).T is B.T@A.T, and x.T.T is x."""
    x, axes = term.args[0], term.static
    if len(axes) < 2 or axes == tuple(range(len(axes))):
        return x
    if axes != (1, 0):
        return None
    if x.op == "matmul":
        return reversed_chain(x.args)
    if x.op == "outer":
        return outer(x.args[1], x.args[0])
    if x.op == "transpose":
        return x.args[0]
    if x.op == "eye":
        return eye(x.shape[1], x.shape[0])
    if is_symmetric(x):
        return x
    if x.op == "broadcast" and not x.args[0].shape:
        return broadcast(x.args[0], term.shape)
    if x.op == "entries":
        columns = [x.args[column :: x.shape[1]] for column in range(x.shape[1])]
        return Term("entries", tuple(each for column in columns for each in column), None, term.shape)
    if x.op in ("add", "mul") and all(arg.shape in ((), x.shape) for arg in x.args):
        return Term(x.op, tuple(transpose(arg) if arg.shape else arg for arg in x.args), None, term.shape)
    return None


@lru_cache(maxsize=4096)  # terms share their parts, and a walk over them as a tree can take for ever
def is_symmetric(term: Term) -> bool:
    """Whether a matrix is known to be its own transpose by how it is built."""
    if len(term.shape) != 2 or term.shape[0] != term.shape[1]:
        return False
    if term.op == "matmul":
        turned = tuple(untransposed(arg) for arg in reversed(term.args))
        middle = len(term.args) // 2
        return turned == term.args and (len(term.args) % 2 == 0 or is_symmetric(term.args[middle]))
    if term.op == "outer":
        return term.args[0] == term.args[1]
    if term.op == "add" and {_turned(arg, term.shape) for arg in term.args} == set(term.args):
        return True
    if term.op in ("inv", "add", "mul"):
        return all(not arg.shape or is_symmetric(arg) for arg in term.args)
    return term.op in ("diag", "eye")


def _turned(term: Term, shape: Shape) -> Term | None:
    """The transpose of a summand, written as the others are; None where a part of it is broadcast."""
    parts = factors(term)
    if any(each.shape not in ((), shape) for each in parts):
        return None
    return mul(*(untransposed(each) if each.shape else each for each in parts))


def transposed_argument(term: Term) -> Term | None:
    """inv(A.T) is inv(A).T, det(A.T) is det(A), trace(A.T) is trace(A)."""
    x = term.args[0]
    if x.op != "transpose" or x.static != (1, 0):
        return None
    inner = term.with_args((x.args[0], *term.args[1:]))
    return transpose(inner) if term.op in _COMMUTE_WITH_TRANSPOSE else inner


def inverse_of_product(term: Term) -> Term | None:
    """inv(inv(A)) is A; the inverse of a product is that of its factors, in reverse order."""
    x = term.args[0]
    if x.op == "inv":
        return x.args[0]
    if x.op == "matmul" and all(arg.shape == x.shape for arg in x.args):
        return matmul(*(call("inv", arg, shape=arg.shape) for arg in reversed(x.args)))
    scalars = [each for each in factors(x) if not each.shape]
    if x.op == "mul" and scalars and len(scalars) == len(x.args) - 1:
        rest = next(each for each in x.args if each.shape)
        return mul(*(power(each, -1) for each in scalars), call("inv", rest, shape=term.shape))
    return None


def cofactor(term: Term) -> Term | None:
    """The cofactor matrix is det(A)*inv(A).T, but for the removable singularity at singular matrices."""
    if len(term.args) != 1:
        return None
    x = term.args[0]
    inverse = transpose(call("inv", x, shape=x.shape))
    return mul(call("det", x, shape=()), inverse)


RULES = table(
    ("move transposes inward", "transpose", move_transpose, "(A@B).T = B.T@A.T, A.T.T = A"),
    ("transposed argument", _OF_TRANSPOSE, transposed_argument, "inv(A.T) = inv(A).T"),
    ("inverse of a product", "inv", inverse_of_product, "inv(inv(A)) = A, inv(A@B) = inv(B)@inv(A)"),
    ("cofactor matrix", "cofactor", cofactor, "cofactor(A) = det(A)*inv(A).T (removable at singular A)"),
)
