"""Sums as products: common factors and common denominators, where that is shorter."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TypeAlias

from gradcli.symbolic.rules.rule import table
from gradcli.symbolic.rules.sums import scaled, shorter, tidied
from gradcli.symbolic.term import (
    ONE,
    Number,
    Term,
    add,
    base_exponent,
    broadcast,
    coefficient,
    factors,
    matmul,
    mul,
    number,
    outer,
    power,
    terms_of,
)

# How many products a sum may be multiplied out into, where that shortens it.
_MOST_PRODUCTS = 32

MatrixPart: TypeAlias = tuple[Number, tuple[Term, ...], Term]

# Common factors ---------------------------------------------------------------------------------------------


def common_matrix(term: Term) -> Term | None:
    """A@x + B@x is (A + B)@x, and A@x + A@y is A@(x + y)."""
    parts = [(i, _matrix_part(arg)) for i, arg in enumerate(term.args)]
    products = [(i, part) for i, part in parts if part is not None]
    for position, (i, first) in enumerate(products):
        for j, second in products[position + 1 :]:
            joined = _joined(first, second)
            if joined is not None:
                others = term.args[:i] + term.args[i + 1 : j] + term.args[j + 1 :]
                return add(*others, joined)
    return None


def _joined(x: MatrixPart, y: MatrixPart) -> Term | None:
    """The sum of two matrix products that begin or end alike."""
    (a, scalars, first), (b, others, second) = x, y
    if first == second or scalars != others:
        return None
    shared = scalars if a != b else (number(a), *scalars)
    weights = (a, b) if a != b else (1, 1)
    left, right = first.args, second.args
    if first.op != second.op:
        return None
    join = matmul if first.op == "matmul" else outer
    if left[-1] == right[-1]:
        rows = _weighted(weights, left[:-1], right[:-1])
        return None if rows is None else mul(*shared, join(rows, left[-1]))
    if left[0] == right[0]:
        columns = _weighted(weights, left[1:], right[1:])
        return None if columns is None else mul(*shared, join(left[0], columns))
    return None


def _weighted(weights: tuple[Number, Number], x: tuple[Term, ...], y: tuple[Term, ...]) -> Term | None:
    first, second = matmul(*x), matmul(*y)
    if first.shape != second.shape:
        return None
    return add(scaled(weights[0], first), scaled(weights[1], second))


def _matrix_part(term: Term) -> MatrixPart | None:
    """A term as its number, its scalar factors, and its one matrix product; None where it is no such term."""
    constant, rest = coefficient(term)
    products = [each for each in factors(rest) if each.op in ("matmul", "outer")]
    others = tuple(each for each in factors(rest) if each.op not in ("matmul", "outer"))
    if len(products) != 1 or any(each.shape for each in others):
        return None
    return constant, others, products[0]


def common_factor(term: Term) -> Term | None:
    """x*f + y*f is (x + y)*f for a factor that is not just a name, where that is shorter."""
    bases = (dict.fromkeys(base_exponent(each)[0] for each in factors(arg)) for arg in term.args)
    shared = Counter(base for each in bases for base in each)
    for base, count in shared.items():
        if count == len(term.args) and base.op not in ("input", "getitem", "number", "size"):
            taken = _least_exponent(base, term)
            if taken:
                rest = add(*(_divided(arg, base, taken) for arg in term.args))
                return _worthwhile(term, power(base, taken), rest)
    return None


def _divided(arg: Term, base: Term, taken: Number) -> Term:
    """A product without a power of one of its bases, which no other rule gets to see undivided."""
    rest: list[Term] = []
    for factor in factors(arg):
        found, exponent = base_exponent(factor)
        if found == base and exponent.value is not None:
            if exponent.value != taken:
                rest.append(power(base, exponent.value - taken))
            taken = 0
        else:
            rest.append(factor)
    return broadcast(mul(*rest) if rest else ONE, arg.shape)


def _least_exponent(base: Term, term: Term) -> Number | None:
    least: Number | None = None
    for arg in term.args:
        for factor in factors(arg):
            found, exponent = base_exponent(factor)
            if found == base:
                if exponent.value is None:
                    return None
                least = exponent.value if least is None else min(least, exponent.value)
    return least


def _worthwhile(term: Term, factor: Term, rest: Term) -> Term | None:
    """The product, if its simplified form is shorter than the sum."""
    after = tidied(rest)
    if after.op == "add" and len(after.args) == len(term.args) and factor.shape != after.shape:
        return None
    return shorter(mul(factor, after), term)


# Quotients --------------------------------------------------------------------------------------------------


def common_denominator(term: Term) -> Term | None:
    """x/d + y/d**2 is (x*d + y)/d**2, multiplied out, where that is shorter."""
    denominators = _denominators(term)
    if not denominators:
        return None
    common = [power(base, exponent) for base, exponent in denominators.items()]
    products = [expanded(tidied(mul(arg, *common))) for arg in term.args]
    if any(each is None for each in products):
        return None
    numerator = tidied(add(*(each for each in products if each is not None)))
    inverse = [power(base, -exponent) for base, exponent in denominators.items()]
    return shorter(broadcast(mul(numerator, *inverse), term.shape), term)


def expanded(term: Term) -> Term | None:
    """A product of sums with whole powers multiplied out; None where that would be long."""
    sums: list[tuple[Term, ...]] = []
    for factor in factors(term):
        base, exponent = base_exponent(factor)
        times = exponent.value if base.op == "add" else None
        if isinstance(times, int) and 0 < times < 4:
            sums.extend([base.args] * times)
        else:
            sums.append((factor,))
    if prod(map(len, sums)) > _MOST_PRODUCTS:
        return None
    products: list[tuple[Term, ...]] = [()]
    for each in sums:
        products = [(*done, part) for done in products for part in each]
    return add(*(mul(*each) for each in products))


def nested_fraction(term: Term) -> Term | None:
    """1/(a*(1 + x**2/a**2)) is a/(a**2 + x**2)."""
    for position, factor in enumerate(term.args):
        base, exponent = base_exponent(factor)
        if base.op != "add" or not isinstance(exponent.value, int):
            continue
        common = [power(each, least) for each, least in _denominators(base).items()]
        products = [expanded(tidied(mul(arg, *common))) for arg in base.args] if common else [None]
        if any(each is None for each in products):
            continue
        cleared = power(tidied(add(*(each for each in products if each is not None))), exponent)
        others = [*term.args[:position], *term.args[position + 1 :]]
        below = [power(each, number(-exponent.value)) for each in common]
        return shorter(tidied(mul(*others, cleared, *below)), term)
    return None


def _denominators(term: Term) -> dict[Term, Number]:
    """The bases that terms of a sum are divided by, with their highest powers."""
    found: dict[Term, Number] = {}
    for arg in terms_of(term):
        for factor in factors(arg):
            base, exponent = base_exponent(factor)
            if isinstance(exponent.value, int) and exponent.value < 0:
                found[base] = max(found.get(base, 0), -exponent.value)
    return found


RULES = table(
    ("common matrix factor", "add", common_matrix, "A@x + B@x = (A + B)@x, also for outer(A, x)"),
    ("common factor", "add", common_factor, "x*f + y*f = (x + y)*f"),
    ("nested fraction", "mul", nested_fraction, "1/(a*(1 + x/a)) = 1/(a + x)"),
    ("common denominator", "add", common_denominator, "x/d + y/d**2 = (x*d + y)/d**2"),
)
