"""Identities of single functions."""

from __future__ import annotations

from gradcli.symbolic.rules.rule import table
from gradcli.symbolic.rules.sums import negated
from gradcli.symbolic.term import MINUS_ONE, ONE, Term, call, coefficient, mul, number, power

_INVERSES = {("log", "exp"), ("exp", "log"), ("log1p", "expm1"), ("expm1", "log1p")}
_EVEN = frozenset({"cos", "cosh", "abs"})
_ODD = frozenset({"sin", "tan", "sinh", "tanh", "sign", "erf", "asin", "atan", "asinh", "atanh"})
_AT_ZERO = {"exp": 1, "sin": 0, "cos": 1, "tan": 0, "sinh": 0, "cosh": 1, "tanh": 0, "sqrt": 0, "abs": 0}


def inverse_functions(term: Term) -> Term | None:
    """log(exp(x)) is x."""
    x = term.args[0]
    return x.args[0] if (term.op, x.op) in _INVERSES else None


def parity(term: Term) -> Term | None:
    """cos(-x) is cos(x), sin(-x) is -sin(x)."""
    x = term.args[0]
    constant, rest = coefficient(x)
    if constant >= 0 or rest == ONE:
        return None
    turned = term.with_args((mul(number(-constant), rest),))
    return turned if term.op in _EVEN else mul(MINUS_ONE, turned)


def at_zero(term: Term) -> Term | None:
    """exp(0) is 1, sin(0) is 0; log(1) is 0."""
    x = term.args[0].value
    if x == 0 and term.op in _AT_ZERO:
        return number(_AT_ZERO[term.op])
    return number(0) if x == 1 and term.op == "log" else None


def signed(term: Term) -> Term | None:
    """x*sign(x) is abs(x)."""
    for factor in term.args:
        if factor.op == "sign" and factor.args[0] in term.args and factor.shape == factor.args[0].shape:
            rest = [each for each in term.args if each not in (factor, factor.args[0])]
            return mul(*rest, call("abs", factor.args[0], shape=factor.shape))
    return None


def logistic(term: Term) -> Term | None:
    """1/(1 + exp(x)) is sigmoid(-x)."""
    base, exponent = term.args
    if base.op != "add" or len(base.args) != 2 or not isinstance(exponent.value, int) or exponent.value > 0:
        return None
    exponentials = [each for each in base.args if each.op == "exp"]
    if ONE not in base.args or not exponentials:
        return None
    return power(call("sigmoid", negated(exponentials[0].args[0])), -exponent.value)


def sigmoid_complement(term: Term) -> Term | None:
    """1 - sigmoid(x) is sigmoid(-x)."""
    if len(term.args) != 2 or term.args[0] != ONE:
        return None
    constant, rest = coefficient(term.args[1])
    if constant != -1 or rest.op != "sigmoid":
        return None
    return call("sigmoid", negated(rest.args[0]))


def log_of_exponentials(term: Term) -> Term | None:
    """log(sum(exp(x))) is logsumexp(x), which does not overflow."""
    x = term.args[0]
    if x.op == "sum" and x.args[0].op == "exp" and not x.shape:
        return Term("logsumexp", x.args[0].args, x.static, ())
    return None


def softplus(term: Term) -> Term | None:
    """The logarithm of 1 + exp(x) is log1pexp(x), which does not overflow."""
    x = term.args[0]
    if x.op != "add" or len(x.args) != 2 or x.args[0] != ONE or x.args[1].op != "exp":
        return None
    return call("log1pexp", x.args[1].args[0])


def softmax(term: Term) -> Term | None:
    """Exponentials divided by their sum are a softmax."""
    for factor in term.args:
        if factor.op != "exp" or len(factor.shape) != 1:
            continue
        divisor = power(Term("sum", (factor,), (0,), ()), -1)
        if divisor in term.args:
            rest = [each for each in term.args if each not in (factor, divisor)]
            return mul(*rest, Term("softmax", factor.args, None, factor.shape))
    return None


def softmax_of_difference(term: Term) -> Term | None:
    """exp(x - logsumexp(x)) is softmax(x)."""
    x = term.args[0]
    if x.op != "add" or len(x.args) != 2 or len(x.shape) != 1:
        return None
    constant, rest = coefficient(x.args[1])
    if constant == -1 and rest.op == "logsumexp" and rest.args[0] == x.args[0]:
        return Term("softmax", rest.args, None, x.shape)
    return None


def log_determinant(term: Term) -> Term | None:
    """log(det(A)) is logdet(A), which does not overflow."""
    x = term.args[0]
    return Term("logdet", x.args, None, ()) if x.op == "det" else None


RULES = table(
    ("inverse functions", "log exp log1p expm1", inverse_functions, "log(exp(x)) = x"),
    ("parity", " ".join(sorted(_EVEN | _ODD)), parity, "cos(-x) = cos(x), sin(-x) = -sin(x)"),
    ("value at 0", " ".join(sorted((*_AT_ZERO, "log"))), at_zero, "exp(0) = 1"),
    ("signed", "mul", signed, "x*sign(x) = abs(x)"),
    ("logistic function", "power", logistic, "1/(1 + exp(-x)) = sigmoid(x)"),
    ("complement of a logistic", "add", sigmoid_complement, "1 - sigmoid(x) = sigmoid(-x)"),
    ("logarithm of a sum of exponentials", "log", log_of_exponentials, "log(sum(exp(x))) = logsumexp(x)"),
    ("softplus", "log", softplus, "log(1 + exp(x)) = log1pexp(x)"),
    ("softmax", "mul", softmax, "exp(x)/sum(exp(x)) = softmax(x)"),
    ("softmax of a difference", "exp", softmax_of_difference, "exp(x - logsumexp(x)) = softmax(x)"),
    ("logarithm of a determinant", "log", log_determinant, "log(det(A)) = logdet(A)"),
)
