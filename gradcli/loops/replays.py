"""Replaying a graph in which loops stand as one node: they run again, and tell whether they decide as before."""

from __future__ import annotations

from typing import Any

from gradcli.autodiff.graph import Graph, Recipe
from gradcli.autodiff.primitive import Primitive
from gradcli.loops.takeover import rounds


def watch(graph: Graph) -> bool:
    """Add nodes to a graph that tell, when it is replayed, whether its loops decide as they did.

    False where that cannot be told: inside of a loop, only the tape holds a stopped gradient at what it was.
    """
    loops = [node for node in graph.nodes if node.primitive is rounds]
    if any(node.static["run"].loop.stops for node in loops):
        return False
    for node in loops:
        graph.append(0, False, Recipe(decisions, (node,), {"run": node.static["run"]}))
    return True


def _decided(values: tuple[Any, ...], run: Any) -> int:
    """What a run has decided, as one number; it stands behind the exits of a run that was repeated."""
    found: int = values[-1] if len(values) > len(run.exits) else run.loop.again(run, run.values)[-1]
    return found


decisions = Primitive("decisions", _decided, None, choice=_decided)
