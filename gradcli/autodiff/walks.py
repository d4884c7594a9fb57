"""Ways through a recorded graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from gradcli.autodiff.nodes import Node


def ancestors(ends: Iterable[Any], given: Collection[int] = ()) -> set[int]:
    """The indices of the nodes that the ends were computed from, the ends included.

    The way up ends at nodes whose indices are given; they are included as well.
    """
    found: set[int] = set()
    waiting = [end for end in ends if isinstance(end, Node)]
    while waiting:
        node = waiting.pop()
        if node.index not in found:
            found.add(node.index)
            if node.index not in given:
                waiting += [each for each in node.operands if isinstance(each, Node)]
    return found
