"""The table tests fail for every perturbed derivative rule of the table."""

from __future__ import annotations

import pytest

from gradcli.primitives.table import PRIMITIVES
from tests.primitives.mutants import mutants, survivors

NAMES = sorted(PRIMITIVES)
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_every_perturbed_rule_is_noticed(part: int) -> None:
    found = [each for name in NAMES[part::PARTS] for each in survivors(PRIMITIVES[name])[1]]
    assert not found


def test_rules_of_every_kind_are_perturbed() -> None:
    made = {name: [str(mutant) for mutant in mutants(PRIMITIVES[name])] for name in ("matmul", "sin", "qr")}
    assert made["sin"] == ["sin partial 0 sign", "sin partial 0 factor", "sin partial 0 millionth"]
    assert "matmul transpose 1 swap" in made["matmul"]
    assert {"qr jvp sign", "qr vjp 0 sign"} <= set(made["qr"])
