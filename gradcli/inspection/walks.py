"""Ways through a recorded graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradcli.autodiff.graph import Node


def ancestors(ends: Iterable[Any]) -> set[int]:
    """The indices of the nodes that the ends were computed from, the ends included."""
    found: set[int] = set()
    waiting = [end for end in ends if isinstance(end, Node)]
    while waiting:
        node = waiting.pop()
        if node.index not in found:
            found.add(node.index)
            waiting += [each for each in node.operands if isinstance(each, Node)]
    return found
