"""What a rewrite rule is: a name, the operations it looks at, the rewriting, and why it is right."""

from __future__ import annotations

from collections.abc import Callable

from gradcli.records import NamedTuple
from gradcli.symbolic.term import Term


class Rule(NamedTuple):
    """`rewrite(term)` gives an equal term of the same shape, or None where the rule does not apply.

    `reference` states the identity; where the two sides differ at single points, it says `removable`.
    """

    name: str
    ops: tuple[str, ...]
    rewrite: Callable[[Term], Term | None]
    reference: str


def table(*rows: tuple[str, str, Callable[[Term], Term | None], str]) -> tuple[Rule, ...]:
    """Rules from rows of name, operations (blank-separated), rewriting and reference."""
    return tuple(Rule(name, tuple(ops.split()), rewrite, reference) for name, ops, rewrite, reference in rows)
