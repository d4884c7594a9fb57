"""Choices: `where`, comparisons and truth values."""

from __future__ import annotations

from gradcli.symbolic.rules.matrices import is_zero
from gradcli.symbolic.rules.rule import table
from gradcli.symbolic.rules.sums import scaled
from gradcli.symbolic.term import Term, add, broadcast, call, coefficient, mul, number

_OPPOSITE = {
    "greater": "less_equal",
    "less_equal": "greater",
    "less": "greater_equal",
    "greater_equal": "less",
    "equal": "not_equal",
    "not_equal": "equal",
}
TRUTHS = frozenset({*_OPPOSITE, "logical_and", "logical_or", "logical_not", "isnan", "isfinite", "isinf"})


def truth_of_truth(term: Term) -> Term | None:
    """A truth compared with 0 is that truth, or its opposite."""
    x, y = term.args
    if x.op not in TRUTHS or y.value != 0:
        return None
    return x if term.op == "not_equal" else call("logical_not", x)


def opposite(term: Term) -> Term | None:
    """Not (x == y) is x != y, and not not x is x."""
    x = term.args[0]
    if x.op == "logical_not":
        return x.args[0]
    if x.value is not None:
        return number(int(not x.value))
    if x.op in ("equal", "not_equal"):
        return Term(_OPPOSITE[x.op], x.args, None, x.shape)
    return None


def positive_condition(term: Term) -> Term | None:
    """Where(not c, x, y) is where(c, y, x)."""
    condition, x, y = term.args
    return call("where", condition.args[0], y, x) if condition.op == "logical_not" else None


def same_choice(term: Term) -> Term | None:
    """Where both choices are the same, or the condition is decided, there is nothing to choose."""
    condition, x, y = term.args
    if condition.value is not None:
        return broadcast(x if condition.value else y, term.shape)
    return broadcast(x, term.shape) if x == y else None


def factor_inside(term: Term) -> Term | None:
    """where(c, x, 0)*y is where(c, x*y, 0)."""
    for position, factor in enumerate(term.args):
        if factor.op == "where" and any(map(is_zero, factor.args[1:])):
            rest = [*term.args[:position], *term.args[position + 1 :]]
            condition, *choices = factor.args
            products = [each if is_zero(each) else mul(*rest, each) for each in choices]
            return broadcast(call("where", condition, *products), term.shape)
    return None


def merge(term: Term) -> Term | None:
    """where(c, x, 0) + where(c, 0, y) is where(c, x, y)."""
    parts = [(i, *coefficient(arg)) for i, arg in enumerate(term.args)]
    choices = [(i, scale, rest) for i, scale, rest in parts if rest.op == "where"]
    for position, (i, a, x) in enumerate(choices):
        for j, b, y in choices[position + 1 :]:
            if x.args[0] == y.args[0]:
                pairs = zip(x.args[1:], y.args[1:], strict=True)
                sums = [add(scaled(a, p), scaled(b, q)) for p, q in pairs]
                others = [*term.args[:i], *term.args[i + 1 : j], *term.args[j + 1 :]]
                return broadcast(add(*others, call("where", x.args[0], *sums)), term.shape)
    return None


def nested(term: Term) -> Term | None:
    """where(c, where(c, x, y), z) is where(c, x, z)."""
    condition, x, y = term.args
    if x.op == "where" and x.args[0] == condition:
        return call("where", condition, x.args[1], y)
    if y.op == "where" and y.args[0] == condition:
        return call("where", condition, x, y.args[2])
    return None


RULES = table(
    ("truth of a truth", "not_equal equal", truth_of_truth, "(x > y) != 0 = x > y"),
    ("opposite", "logical_not", opposite, "not (x == y) = x != y"),
    ("positive condition", "where", positive_condition, "where(not c, x, y) = where(c, y, x)"),
    ("same choice", "where", same_choice, "where(c, x, x) = x"),
    ("nested choice", "where", nested, "where(c, where(c, x, y), z) = where(c, x, z)"),
    ("factor inside a choice", "mul", factor_inside, "where(c, x, 0)*y = where(c, x*y, 0)"),
    ("merge choices", "add", merge, "where(c, x, 0) + where(c, 0, y) = where(c, x, y)"),
)
