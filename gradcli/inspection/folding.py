"""Large graphs made small: the rounds of a loop between its first and its last are folded into one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gradcli.autodiff.nodes import Node

_SHOWN_ROUNDS = 2  # at the start of a loop; its last round is shown too


@dataclass(frozen=True, slots=True)
class Fold:
    """Nodes that stand for one in pictures: those from `first` to `last`, and what they are."""

    first: int
    last: int
    count: int
    rounds: int  # of a loop; 0 for a stretch that is merely long


def folds(nodes: Sequence[Node], limit: int) -> list[Fold]:
    """What to fold so that about `limit` nodes stay; stretches of consecutive nodes, which make no cycles.

    An operation's round is how often its place in the text has been executed. Where the rounds of loops do
    not make the graph small enough, the middle of all is folded.
    """
    if len(nodes) <= limit:
        return []
    found = _rounds(nodes)
    shown = len(nodes) - sum(each.count - 1 for each in found)
    if shown <= 2 * limit:
        return found
    return [Fold(limit // 2, len(nodes) - limit // 2 - 1, len(nodes) - limit // 2 * 2, 0)]


def _rounds(nodes: Sequence[Node]) -> list[Fold]:
    """The consecutive nodes that belong to the middle rounds of loops."""
    keys = [(node.place, node.primitive and node.primitive.name) for node in nodes]
    total, seen = Counter(keys), Counter[object]()
    found: list[Fold] = []
    run: list[tuple[int, int]] = []  # index and round
    for node, key in zip(nodes, keys, strict=True):
        seen[key] += 1
        if node.primitive is not None and _SHOWN_ROUNDS < seen[key] < total[key]:
            run.append((node.index, seen[key]))
        else:
            found += _fold(run)
            run = []
    return found + _fold(run)


def _fold(run: list[tuple[int, int]]) -> list[Fold]:
    if len(run) < 2:
        return []
    rounds = len({each for _, each in run})
    return [Fold(run[0][0], run[-1][0], len(run), rounds)]
