"""Products of numbers and, entry by entry, of arrays."""

from __future__ import annotations

from gradcli.symbolic.order import factor_key
from gradcli.symbolic.rules.rule import table
from gradcli.symbolic.rules.sums import negated
from gradcli.symbolic.term import (
    ONE,
    Term,
    add,
    base_exponent,
    broadcast,
    broadcast_shape,
    call,
    coefficient,
    mul,
    number,
    numeric_product,
    power,
)


def _shaped(factors: list[Term], like: Term) -> Term:
    """The product of factors in the shape of the term that it replaces."""
    return broadcast(mul(*factors) if factors else ONE, like.shape)


def flatten(term: Term) -> Term | None:
    """A product of products is one product."""
    if all(arg.op != "mul" for arg in term.args):
        return None
    return mul(*(factor for arg in term.args for factor in (arg.args if arg.op == "mul" else (arg,))))


def collect(term: Term) -> Term | None:
    """Equal bases are collected into one power, numbers into one, and factors put in order."""
    constant, others = numeric_product(term.args)
    exponents: dict[Term, list[Term]] = {}
    for factor in others:
        base, exponent = base_exponent(factor)
        exponents.setdefault(base, []).append(exponent)
    if constant == 0:
        return broadcast(number(0), term.shape)
    collected = [_collected(base, parts) for base, parts in exponents.items()]
    kept = sorted((factor for factor in collected if factor != ONE), key=factor_key)
    return _shaped(kept if constant == 1 else [number(constant), *kept], term)


def _collected(base: Term, exponents: list[Term]) -> Term:
    exponent = exponents[0] if len(exponents) == 1 else add(*exponents)
    if all(each.value is not None for each in exponents):
        exponent = number(sum(each.value for each in exponents))  # type: ignore[misc]
    if exponent.value == 0:
        return ONE
    return base if exponent.value == 1 else power(base, exponent)


def move_sign(term: Term) -> Term | None:
    """A minus before a difference turns the difference round: -(x - y) is y - x."""
    constant, _ = coefficient(term)
    if constant >= 0:
        return None
    for position, factor in enumerate(term.args[1:], 1):
        if factor.op == "add" and any(coefficient(each)[0] < 0 for each in factor.args):
            others = [*term.args[1:position], *term.args[position + 1 :]]
            return mul(number(-constant), *others, negated(factor))
    return None


def absorb_broadcast(term: Term) -> Term | None:
    """An operand that repeats itself need not be spelled out where the other operands have the shape."""
    if all(arg.op != "broadcast" for arg in term.args):
        return None
    args = tuple(arg.args[0] if arg.op == "broadcast" else arg for arg in term.args)
    shape = broadcast_shape(args)
    return broadcast(Term(term.op, args, term.static, shape), term.shape)


def exponentials(term: Term) -> Term | None:
    """exp(x)*exp(y) is exp(x + y)."""
    found = [factor for factor in term.args if factor.op == "exp"]
    if len(found) < 2:
        return None
    others = [factor for factor in term.args if factor.op != "exp"]
    return _shaped([*others, call("exp", add(*(each.args[0] for each in found)))], term)


def logistic(term: Term) -> Term | None:
    """exp(x)/(1 + exp(x)) is sigmoid(x), also with powers; so is exp(x)*sigmoid(-x)."""
    for factor in term.args:
        if factor.op == "exp":
            opposite = call("sigmoid", negated(factor.args[0]))
            for other in term.args:
                if other == opposite or (
                    other.op == "power" and other.args[0] == opposite and (other.args[1].value or 0) >= 1
                ):
                    return mul(
                        *(each for each in term.args if each is not factor),
                        power(opposite, -1),
                        call("sigmoid", factor.args[0]),
                    )
    return None


def signs(term: Term) -> Term | None:
    """x/abs(x) is sign(x), but for the removable singularity at 0; abs(x)*sign(x) is x."""
    for factor in term.args:
        base, exponent = base_exponent(factor)
        if base.op != "abs":
            continue
        x = base.args[0]
        if exponent.value == -1 and x in term.args:
            return mul(*(each for each in term.args if each not in (factor, x)), call("sign", x))
        if exponent.value == 1 and call("sign", x) in term.args:
            return mul(*(each for each in term.args if each not in (factor, call("sign", x))), x)
    return None


def mean(term: Term) -> Term | None:
    """A sum divided by the number of its entries is the mean."""
    for factor in term.args:
        if factor.op != "sum":
            continue
        x, axes = factor.args[0], factor.static
        count = 1
        for axis in axes:
            count *= x.shape[axis]
        divisor = next((each for each in term.args if _divides_by(each, count)), None)
        if divisor is not None:
            others = [each for each in term.args if each not in (factor, divisor)]
            return mul(*others, Term("mean", (x,), axes, factor.shape))
    return None


def _divides_by(factor: Term, count: int) -> bool:
    base, exponent = base_exponent(factor)
    return base.op == "size" and base.static == count and exponent.value == -1


RULES = table(
    ("flatten products", "mul", flatten, "x*(y*z) = x*y*z"),
    ("collect factors", "mul", collect, "x**a*x**b = x**(a+b); x/x = 1 (removable at 0)"),
    ("absorb broadcasting", "mul add power where", absorb_broadcast, "NumPy's broadcasting"),
    ("turn a difference round", "mul", move_sign, "-(x - y) = y - x"),
    ("product of exponentials", "mul", exponentials, "exp(x)*exp(y) = exp(x + y)"),
    ("logistic quotient", "mul", logistic, "exp(x)/(1 + exp(x)) = sigmoid(x)"),
    ("sign", "mul", signs, "x/abs(x) = sign(x) (removable at 0)"),
    ("mean", "mul", mean, "sum(x)/len(x) = mean(x)"),
)
