"""Powers, and with them quotients and roots."""

from __future__ import annotations

import math
from fractions import Fraction

from gradcli.symbolic.rules.rule import table
from gradcli.symbolic.term import ONE, Number, Term, call, mul, number, power


def trivial_power(term: Term) -> Term | None:
    """x**1 is x; x**0 is 1, also at 0."""
    base, exponent = term.args
    if exponent.value == 1 and term.shape == base.shape:
        return base
    return ONE if exponent.value == 0 and not term.shape else None


def number_power(term: Term) -> Term | None:
    """A power of numbers is a number, exact where both are fractions."""
    base, exponent = (arg.value for arg in term.args)
    if base is None or exponent is None:
        return None
    result = _power(base, exponent)
    return None if result is None else number(result)


def _power(base: Number, exponent: Number) -> Number | None:
    try:
        if isinstance(exponent, int) and abs(exponent) < 64:
            return Fraction(base) ** exponent if isinstance(base, int | Fraction) else base**exponent
        result = float(base) ** float(exponent)
    except (ArithmeticError, ValueError):
        return None
    return result if isinstance(result, float) and math.isfinite(result) else None


def power_of_power(term: Term) -> Term | None:
    """(x**a)**n is x**(a*n) for whole n, and exp(x)**a is exp(a*x)."""
    base, exponent = term.args
    if base.op == "exp" and not exponent.shape:
        return call("exp", mul(exponent, base.args[0]))
    if base.op == "power" and isinstance(exponent.value, int):
        inner, first = base.args
        return power(inner, mul(exponent, first))
    return None


def power_of_product(term: Term) -> Term | None:
    """(x*y)**n is x**n * y**n for whole n."""
    base, exponent = term.args
    if base.op == "mul" and isinstance(exponent.value, int):
        return mul(*(power(factor, exponent) for factor in base.args))
    return None


def even_power(term: Term) -> Term | None:
    """abs(x)**2 is x**2."""
    base, exponent = term.args
    if base.op == "abs" and isinstance(exponent.value, int) and exponent.value % 2 == 0:
        return power(base.args[0], exponent)
    return None


RULES = table(
    ("trivial power", "power", trivial_power, "x**1 = x, x**0 = 1"),
    ("number power", "power", number_power, "2**3 = 8"),
    ("power of a power", "power", power_of_power, "(x**a)**n = x**(a*n) for whole n; exp(x)**a = exp(a*x)"),
    ("power of a product", "power", power_of_product, "(x*y)**n = x**n*y**n for whole n"),
    ("even power", "power", even_power, "abs(x)**2 = x**2"),
)
