"""Products of numbers and, entry by entry, of arrays."""

from __future__ import annotations

from math import prod

from gradcli.symbolic.order import factor_key, leading_key
from gradcli.symbolic.rules.rule import table
from gradcli.symbolic.rules.sums import negated
from gradcli.symbolic.term import (
    MINUS_ONE,
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
    size,
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
    exponent = exponents[0]
    if len(exponents) > 1:
        values = [each.value for each in exponents if each.value is not None]
        exponent = number(sum(values)) if len(values) == len(exponents) else add(*exponents)
    if exponent.value == 0:
        return ONE
    return base if exponent.value == 1 else power(base, exponent)


def orient(term: Term) -> Term | None:
    """A difference among factors begins with its positive term of highest degree: (y - x)*z is -(x - y)*z."""
    for position, factor in enumerate(term.args):
        base, exponent = base_exponent(factor)
        whole = isinstance(exponent.value, int)
        if base.op == "add" and whole and _begins_negative(base):
            turned = negated(base) if exponent.value == 1 else power(negated(base), exponent)
            args = (*term.args[:position], turned, *term.args[position + 1 :])
            odd = isinstance(exponent.value, int) and exponent.value % 2 == 1
            product = Term(term.op, args, term.static, term.shape)
            return mul(MINUS_ONE, product) if odd else product
    return None


def orient_power(term: Term) -> Term | None:
    """(y - x)**2 is (x - y)**2."""
    base, exponent = term.args
    if base.op != "add" or not isinstance(exponent.value, int) or not _begins_negative(base):
        return None
    turned = power(negated(base), exponent)
    return turned if exponent.value % 2 == 0 else mul(MINUS_ONE, turned)


def _begins_negative(base: Term) -> bool:
    return coefficient(min(base.args, key=leading_key))[0] < 0


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
        count = prod(x.shape[axis] for axis in axes)
        divisor = next((each for each in term.args if _divides_by(each, count)), None)
        if divisor is not None:
            others = [each for each in term.args if each not in (factor, divisor)]
            return mul(*others, Term("mean", (x,), axes, factor.shape))
    return None


def sum_from_mean(term: Term) -> Term | None:
    """The mean times the number of entries is the sum."""
    for factor in term.args:
        if factor.op == "mean":
            x, axes = factor.args[0], factor.static
            count = size(prod(x.shape[axis] for axis in axes))
            if count in term.args:
                others = [each for each in term.args if each not in (factor, count)]
                return mul(*others, Term("sum", (x,), axes, factor.shape))
    return None


def logistic_cancel(term: Term) -> Term | None:
    """(1 + exp(x))*sigmoid(-x) is 1."""
    for factor in term.args:
        base, exponent = base_exponent(factor)
        if base.op != "add" or len(base.args) != 2 or ONE not in base.args or exponent.value is None:
            continue
        exponential = next((each for each in base.args if each.op == "exp"), None)
        if exponential is None:
            continue
        partner = call("sigmoid", negated(exponential.args[0]))
        if any(base_exponent(each)[0] == partner for each in term.args):
            others = [each for each in term.args if each is not factor]
            return mul(*others, power(partner, number(-exponent.value)))
    return None


def _divides_by(factor: Term, count: int) -> bool:
    base, exponent = base_exponent(factor)
    return base.op == "size" and base.static == count and exponent.value == -1


RULES = table(
    ("flatten products", "mul", flatten, "x*(y*z) = x*y*z"),
    ("collect factors", "mul", collect, "x**a*x**b = x**(a+b); x/x = 1 (removable at 0)"),
    (
        "absorb broadcasting",
        "mul add power where equal not_equal less greater less_equal greater_equal",
        absorb_broadcast,
        "NumPy's broadcasting",
    ),
    ("turn a difference round", "mul matmul outer sum mean", orient, "(y - x)*z = -(x - y)*z"),
    ("turn a difference in a power", "power", orient_power, "(y - x)**2 = (x - y)**2"),
    ("product of exponentials", "mul", exponentials, "exp(x)*exp(y) = exp(x + y)"),
    ("logistic quotient", "mul", logistic, "exp(x)/(1 + exp(x)) = sigmoid(x)"),
    ("sign", "mul", signs, "x/abs(x) = sign(x) (removable at 0)"),
    ("logistic factor", "mul", logistic_cancel, "(1 + exp(x))*sigmoid(-x) = 1"),
    ("sum from mean", "mul", sum_from_mean, "mean(x)*len(x) = sum(x)"),
    ("mean", "mul", mean, "sum(x)/len(x) = mean(x)"),
)
