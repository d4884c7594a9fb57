"""Shapes: sums, repetitions, new axes."""

from __future__ import annotations

from math import prod

from gradcli.symbolic.rules.rule import table
from gradcli.symbolic.term import Term, broadcast, mul, reshape, size, total
from gradcli.symbolic.words import words

# Functions that work entry by entry, so that repeating may wait until after them.
ELEMENTWISE = words(
    "exp log sqrt sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh sigmoid abs sign log1p expm1 "
    "erf erfc relu log1pexp logsigmoid power where greater less greater_equal less_equal equal not_equal "
    "logical_and logical_or logical_not maximum minimum detach"
)


def empty_axes(term: Term) -> Term | None:
    """A sum over no axes, or a reshape to the same shape, is its operand."""
    x = term.args[0]
    if term.op == "sum":
        return x if term.static == () else None
    return x if x.shape == term.shape else None


def repeated_shape(term: Term) -> Term | None:
    """Of two changes of shape in a row the last one counts."""
    x = term.args[0]
    if not x.shape and term.op == "reshape":
        return broadcast(x, term.shape)
    if x.op == term.op:
        return Term(term.op, x.args, term.static, term.shape)
    if term.op == "reshape" and x.op == "broadcast" and not x.args[0].shape:
        return broadcast(x.args[0], term.shape)
    if term.op == "broadcast" and x.op == "reshape" and _leading_ones(x):
        return broadcast(x.args[0], term.shape)
    return None


def _leading_ones(x: Term) -> bool:
    """Whether a reshape only puts axes of length 1 in front, which broadcasting does by itself."""
    before = x.args[0].shape
    added = len(x.shape) - len(before)
    return added >= 0 and x.shape[:added] == (1,) * added and x.shape[added:] == before


def sum_of_repeated(term: Term) -> Term | None:
    """The sum of a number repeated n times is n times the number."""
    x = term.args[0]
    if x.op != "broadcast" or x.args[0].shape:
        return None
    if term.op == "mean":
        return broadcast(x.args[0], term.shape)
    count = prod(x.shape[axis] for axis in term.static)
    return broadcast(mul(size(count), x.args[0]), term.shape)


def sum_of_moved(term: Term) -> Term | None:
    """The sum of all entries does not depend on their order or shape."""
    x = term.args[0]
    if len(term.static) == len(x.shape) and x.op in ("transpose", "reshape"):
        return total(x.args[0]) if term.op == "sum" else None
    return None


def sum_over_weights(term: Term) -> Term | None:
    """A factor that does not change along the summed axis moves out of the sum."""
    x = term.args[0]
    if x.op != "mul" or len(term.static) != 1 or len(x.shape) != 2:
        return None
    axis = term.static[0]
    kept = (x.shape[0], 1) if axis == 1 else (1, x.shape[1])
    fixed = [each for each in x.args if each.shape == kept or (axis == 0 and each.shape == kept[1:])]
    rest = [each for each in x.args if each not in fixed]
    if not fixed or not any(each.shape == x.shape for each in rest):
        return None
    vectors = [reshape(each, term.shape) for each in fixed]
    return mul(*vectors, Term(term.op, (mul(*rest),), term.static, term.shape))


def late_broadcast(term: Term) -> Term | None:
    """A function of repeated numbers is the repeated function of the number."""
    if not all(arg.op == "broadcast" or not arg.shape for arg in term.args):
        return None
    args = tuple(arg.args[0] if arg.op == "broadcast" else arg for arg in term.args)
    if any(arg.shape for arg in args):
        return None
    return broadcast(Term(term.op, args, term.static, ()), term.shape)


def transposed_column(term: Term) -> Term | None:
    """A column transposed is a row."""
    x = term.args[0]
    if x.op == "reshape" and len(x.shape) == 2 and 1 in x.shape and term.static == (1, 0):
        return reshape(x.args[0], term.shape)
    return None


def transposed_sum(term: Term) -> Term | None:
    """The sum of the rows of A.T is the sum of the columns of A."""
    x = term.args[0]
    if x.op == "transpose" and len(x.shape) == 2 and len(term.static) == 1:
        return Term(term.op, x.args, (1 - term.static[0],), term.shape)
    return None


RULES = table(
    ("same shape", "reshape broadcast sum", empty_axes, "sum(x, axis=()) = x"),
    ("last shape counts", "reshape broadcast", repeated_shape, "reshape(reshape(x)) = reshape(x)"),
    ("sum of repeated numbers", "sum mean", sum_of_repeated, "sum(full(n, x)) = n*x"),
    ("sum of moved entries", "sum", sum_of_moved, "sum(A.T) = sum(A)"),
    ("sum of a transpose", "sum mean", transposed_sum, "sum(A.T, axis=0) = sum(A, axis=1)"),
    ("constant factor of a sum", "sum", sum_over_weights, "sum(x[:, None]*A, axis=1) = x*sum(A, axis=1)"),
    ("transposed column", "transpose", transposed_column, "x[:, None].T = x[None, :]"),
    ("repeat last", " ".join(sorted(ELEMENTWISE)), late_broadcast, "f(full(n, x)) = full(n, f(x))"),
)
