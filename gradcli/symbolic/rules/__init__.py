"""The rewrite rules: one module for each kind of operation, and the one table of them all."""

from __future__ import annotations

from gradcli.symbolic.rules import (
    entries,
    factoring,
    functions,
    matrices,
    powers,
    products,
    selection,
    shapes,
    sums,
    transposes,
)
from gradcli.symbolic.rules.rule import Rule

ALL_RULES: tuple[Rule, ...] = (
    *shapes.RULES,
    *powers.RULES,
    *products.RULES,
    *sums.RULES,
    *factoring.RULES,
    *transposes.RULES,
    *matrices.RULES,
    *functions.RULES,
    *selection.RULES,
    *entries.RULES,
)
# By operation, so that a term is tried against the rules that may concern it; order is priority.
RULES: dict[str, tuple[Rule, ...]] = {
    op: tuple(rule for rule in ALL_RULES if op in rule.ops)
    for op in dict.fromkeys(op for rule in ALL_RULES for op in rule.ops)
}
