"""Numbers as a formula shows them: fractions, multiples of pi, decimals."""

from __future__ import annotations

import math
from fractions import Fraction

from gradcli.records import NamedTuple
from gradcli.symbolic.term import Number, exact

# Constants that derivatives bring in, and how they are written.
_CONSTANTS = (
    (math.pi, "pi"),
    (math.sqrt(math.pi), "sqrt(pi)"),
    (math.sqrt(2.0 * math.pi), "sqrt(2*pi)"),
    (math.log(2.0), "log(2)"),
    (math.log(10.0), "log(10)"),
    (math.sqrt(2.0), "sqrt(2)"),
)
_LARGEST_DENOMINATOR = 200  # of a fraction of these constants


class Coefficient(NamedTuple):
    """A positive number as factors above and below the fraction line."""

    above: tuple[str, ...]
    below: tuple[str, ...]


def coefficient_parts(value: Number) -> Coefficient:
    """The number as printed factors; nothing above stands for 1."""
    if isinstance(value, float):
        for constant, name in _CONSTANTS:
            for ratio, inverse in ((value / constant, False), (value * constant, True)):
                simple = exact(ratio)
                if not isinstance(simple, float) and Fraction(simple).denominator <= _LARGEST_DENOMINATOR:
                    above, below = _fraction(Fraction(simple))
                    return (
                        Coefficient(above, (*below, name)) if inverse else Coefficient((*above, name), below)
                    )
        return Coefficient((decimal(value),), ())
    return _fraction(Fraction(value))


def _fraction(value: Fraction) -> Coefficient:
    if value.denominator == 1:
        whole = str(value.numerator) if value.numerator < 10**15 else decimal(float(value))
        return Coefficient(() if value == 1 else (whole,), ())
    if _is_decimal(value):
        return Coefficient((decimal(float(value)),), ())
    above = () if value.numerator == 1 else (str(value.numerator),)
    return Coefficient(above, (str(value.denominator),))


def _is_decimal(value: Fraction) -> bool:
    """Whether people write a number as a decimal: 0.1, 0.25 and 2.5, but 1/3, 1/2 and 3/2 as fractions."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1 and value.denominator not in (2, 4, 8)


def decimal(value: float) -> str:
    """A float with the digits that identify it."""
    text = repr(float(value))
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}" if e else text.removesuffix(".0")
