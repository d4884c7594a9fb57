"""Sums: like terms, and identities of sums."""

from __future__ import annotations

from math import prod

from gradcli.symbolic.order import term_key
from gradcli.symbolic.rules.rule import table
from gradcli.symbolic.term import (
    ONE,
    ZERO,
    Number,
    Shape,
    Term,
    add,
    base_exponent,
    broadcast,
    coefficient,
    factors,
    mul,
    number,
    power,
    reshape,
    size,
    terms_of,
)


def scaled(constant: Number, term: Term) -> Term:
    """A number times a term, in one product."""
    if constant == 1:
        return term
    if term == ONE:
        return number(constant)
    before, rest = coefficient(term)
    if before != 1:
        return scaled(constant * before, rest)
    return mul(number(constant), *factors(term))


def negated(term: Term) -> Term:
    """The opposite of a term; of a sum, term by term."""
    return add(*(scaled(-1, each) for each in terms_of(term)))


def flatten(term: Term) -> Term | None:
    """A sum of sums is one sum."""
    if all(arg.op != "add" for arg in term.args):
        return None
    return add(*(each for arg in term.args for each in terms_of(arg)))


def collect(term: Term) -> Term | None:
    """Like terms are counted, zeros dropped, and what is left put in order."""
    counts: dict[Term, Number] = {}
    for arg in term.args:
        constant, rest = coefficient(arg)
        counts[rest] = counts.get(rest, 0) + constant
    kept = [scaled(constant, rest) for rest, constant in counts.items() if constant != 0]
    return broadcast(add(*sorted(kept, key=term_key)) if kept else ZERO, term.shape)


def shorter(after: Term, before: Term) -> Term | None:
    """The new term if it has fewer operations, else None."""
    return after if after.operations < before.operations else None


def tidied(term: Term) -> Term:
    """A sum with its like terms collected, simplified."""
    from gradcli.symbolic.simplify import simplify  # which needs the table of all rules

    return simplify(term)


def mean_of_difference(term: Term) -> Term | None:
    """mean(x - mean(x)) is 0: a sum or a mean goes through a sum where that shortens it."""
    x = term.args[0]
    if x.op != "add":
        return None
    parts = []
    for arg in x.args:
        kept = _kept_along(arg, x.shape, term.static)
        if kept is None:
            parts.append(Term(term.op, (broadcast(arg, x.shape),), term.static, term.shape))
        else:
            count = prod(x.shape[axis] for axis in term.static)
            parts.append(kept if term.op == "mean" else mul(size(count), kept))
    return shorter(tidied(broadcast(add(*parts), term.shape)), term)


def _kept_along(arg: Term, shape: Shape, axes: Shape) -> Term | None:
    """The operand with the summed axes dropped, where it does not change along them; else None."""
    if not arg.shape:
        return arg
    missing = len(shape) - len(arg.shape)
    lengths = (1,) * missing + arg.shape
    if any(lengths[axis] != 1 for axis in axes):
        return None
    return reshape(arg, tuple(n for axis, n in enumerate(lengths) if axis not in axes))


def multiply_out(term: Term) -> Term | None:
    """2*(x + y) + 2*x is 4*x + 2*y: numbers are multiplied out where like terms then meet."""
    if not any(_is_scaled_sum(arg) for arg in term.args):
        return None
    parts = [scaled(coefficient(arg)[0], each) for arg in term.args for each in terms_of(coefficient(arg)[1])]
    return shorter(tidied(add(*parts)), term)


def _is_scaled_sum(term: Term) -> bool:
    return coefficient(term)[1].op == "add"


# Identities -------------------------------------------------------------------------------------------------


def pythagoras(term: Term) -> Term | None:
    """sin(x)**2 + cos(x)**2 is 1, times any factor."""
    for i, first in enumerate(term.args):
        for factor in factors(first):
            base, exponent = base_exponent(factor)
            if base.op != "sin" or exponent.value != 2:
                continue
            cosine = power(Term("cos", base.args, None, base.shape), 2)
            swapped = tidied(mul(*(cosine if each == factor else each for each in factors(first))))
            for j, second in enumerate(term.args):
                if j != i and second == swapped:
                    rest = [each for each in factors(first) if each != factor]
                    others = [each for k, each in enumerate(term.args) if k not in (i, j)]
                    return broadcast(add(*others, mul(*rest) if rest else ONE), term.shape)
    return None


def square_complement(term: Term) -> Term | None:
    """1 - cos(x)**2 is sin(x)**2, and 1 - sin(x)**2 is cos(x)**2."""
    if len(term.args) != 2 or term.args[0] != ONE:
        return None
    constant, rest = coefficient(term.args[1])
    base, exponent = base_exponent(rest)
    other = {"sin": "cos", "cos": "sin"}.get(base.op)
    if constant != -1 or exponent.value != 2 or other is None:
        return None
    return power(Term(other, base.args, None, base.shape), 2)


RULES = table(
    ("flatten sums", "add", flatten, "x + (y + z) = x + y + z"),
    ("collect like terms", "add", collect, "2*x + x = 3*x"),
    ("multiply out", "add", multiply_out, "2*(x + y) + 2*x = 4*x + 2*y"),
    ("sin² + cos²", "add", pythagoras, "sin(x)**2 + cos(x)**2 = 1"),
    ("1 - cos²", "add", square_complement, "1 - cos(x)**2 = sin(x)**2"),
    ("sum of a sum", "sum mean", mean_of_difference, "mean(x - mean(x)) = 0"),
)
