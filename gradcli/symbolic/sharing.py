"""Common subexpressions: terms that occur more than once, in the order in which they can be computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import count

from gradcli.symbolic.term import Term, base_exponent, coefficient

# Operations that cost nothing, or that read better where they stand.
_FREE = frozenset({"transpose", "reshape", "broadcast", "getitem", "size"})


def shared_terms(roots: Iterable[Term], taken: Collection[str], stem: str = "t") -> dict[Term, str]:
    """Names for the terms that are used more than once, each after those that it uses itself.

    `taken` are names that are not free.
    """
    uses: Counter[Term] = Counter()
    order: list[Term] = []
    for root in roots:
        uses[root] += 1
        _visit(root, uses, order)
    free = (name for name in (f"{stem}{i}" for i in count()) if name not in taken)
    return {term: next(free) for term in order if uses[term] > 1 and _is_worth_a_name(term)}


def _visit(root: Term, uses: Counter[Term], order: list[Term]) -> None:
    """Count uses below a root; `order` gets every term once, operands first."""
    done = set(order)
    stack = [(root, False)]
    while stack:
        term, ready = stack.pop()
        if ready:
            order.append(term)
        elif term not in done:
            done.add(term)
            stack.append((term, True))
            for arg in term.args:
                uses[arg] += 1
                stack.append((arg, False))


def _is_worth_a_name(term: Term) -> bool:
    rest = coefficient(term)[1]
    exponent = base_exponent(term)[1].value
    if exponent is not None and exponent < 0:
        return False  # printed as a division by its base
    return term.operations > 0 and term.op not in _FREE and rest.operations > 0
