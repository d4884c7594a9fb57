"""Products as they are printed: their sign, and what stands above and below the fraction line."""

from __future__ import annotations

from gradcli.symbolic.order import term_key
from gradcli.symbolic.term import (
    ONE,
    Number,
    Term,
    add,
    base_exponent,
    coefficient,
    factors,
    is_turnable,
    mul,
    number,
    power,
)


def scaled_factors(constant: Number, rest: Term) -> tuple[Term, ...]:
    """The factors of a number times a term."""
    return factors(rest) if constant == 1 else (number(constant), *factors(rest))


def turned(constant: Number, rest: list[Term]) -> tuple[Number, list[Term]]:
    """A negative number with factors, its minus moved into a difference among them if there is one."""
    if constant >= 0:
        return constant, rest
    for position, factor in enumerate(rest):
        moved = _opposite(factor)
        if moved is not None:
            return -constant, [*rest[:position], moved, *rest[position + 1 :]]
    return constant, rest


def _opposite(factor: Term) -> Term | None:
    """The opposite of a difference, or of a matrix product of which one operand is a difference."""
    if is_turnable(factor):
        opposite = (scaled_factors(-c, rest) for c, rest in map(coefficient, factor.args))
        return add(*sorted((_product_of(each) for each in opposite), key=term_key))
    base, exponent = base_exponent(factor)
    if factor.op == "power" and is_turnable(base) and exponent.value in (-3, -1, 1, 3):
        moved = _opposite(base)
        return None if moved is None else power(moved, exponent)
    if factor.op in ("matmul", "outer", "sum", "mean"):
        for position, arg in reversed(list(enumerate(factor.args))):
            if is_turnable(arg):
                turned_arg = _opposite(arg)
                assert turned_arg is not None
                args = (*factor.args[:position], turned_arg, *factor.args[position + 1 :])
                return factor.with_args(args)
    return None


def _product_of(parts: tuple[Term, ...]) -> Term:
    kept = [part for part in parts if part.value != 1]
    return mul(*kept) if kept else ONE


def divides(factor: Term) -> bool:
    """Whether a factor stands below the fraction line."""
    exponent = base_exponent(factor)[1].value
    return exponent is not None and exponent < 0


def inverted(factor: Term) -> Term:
    """A factor as it stands below the line."""
    base, exponent = base_exponent(factor)
    assert exponent.value is not None
    return base if exponent.value == -1 else power(base, -exponent.value)
