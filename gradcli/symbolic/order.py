"""The order of factors and terms, as textbooks have it: `3*x**2 + 2*x`, `2*x*cos(x)`, `A + A.T`."""

from __future__ import annotations

from typing import Any

from gradcli.symbolic.term import Term, base_exponent, chain_of, coefficient, factors

# What people write first when functions are multiplied; all others follow by name.
_FUNCTIONS_FIRST = ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sigmoid")

_VARIABLES = frozenset("uvwxyz")


def factor_key(term: Term) -> tuple[Any, ...]:
    """Numbers, then scalars before vectors before matrices; names before sums before functions."""
    base, exponent = base_exponent(term)
    if exponent.value is None:
        return (1, len(term.shape), 3, _name(base), term.digest)
    if base.value is not None:
        return (0, 0, 0, base.label, term.digest)
    divides = exponent.value < 0
    return (1 + divides, len(base.shape), _kind(base), _name(base), term.digest)


def _kind(base: Term) -> int:
    if base.op in ("input", "size", "getitem"):
        return 0
    if base.op in ("array", "eye", "transpose"):
        return 1
    return {"add": 2, "power": 3, "matmul": 5, "outer": 5}.get(base.op, 4)


def _name(base: Term) -> str:
    if base.op in _FUNCTIONS_FIRST:
        return f"0{_FUNCTIONS_FIRST.index(base.op)}{base.label}"
    return base.label


def term_key(term: Term) -> tuple[Any, ...]:
    """Positive terms before negative ones, then falling degree, then by name."""
    number, rest = coefficient(term)
    return (number < 0, -degree(rest), rest.label, rest.digest)


def leading_key(term: Term) -> tuple[Any, ...]:
    """What a difference begins with: the highest degree, arrays before scalars, x before a and before mu."""
    rest = coefficient(term)[1]
    is_variable = rest.op == "input" and rest.label in _VARIABLES
    return (-degree(rest), -len(rest.shape), not is_variable, rest.label, rest.digest)


def degree(term: Term) -> float:
    """The degree as a polynomial in the inputs; functions of them count nothing."""
    found = 0.0
    for factor in factors(term):
        base, exponent = base_exponent(factor)
        name = base.args[0] if base.op == "transpose" else base
        if name.op in ("input", "getitem", "matmul") and exponent.value is not None:
            found += float(exponent.value) * len(chain_of(base))
    return found
