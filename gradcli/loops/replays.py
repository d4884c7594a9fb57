"""Replaying a graph in which loops are one node each: they run again, and tell if they decide as before."""

from __future__ import annotations

from typing import Any

from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Recipe
from gradcli.autodiff.primitive import Primitive
from gradcli.loops import FallbackError
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
    if len(values) > len(run.exits):
        return int(values[-1])
    if run.decided is None:
        run.decided = run.loop.again(run, run.values)[-1]
    return int(run.decided)


def alike(graph: Graph, other: Graph) -> bool:
    """Whether the loops of two runs of a program decided everything alike.

    Raises `FallbackError` where one of them left a loop to the tape.
    """
    both = [[node for node in each.nodes if node.primitive is rounds] for each in (graph, other)]
    if len(both[0]) != len(both[1]):
        raise FallbackError("a loop was left to the tape")
    decided = ([_decided((), node.static["run"]) for node in nodes] for nodes in both)
    return next(decided) == next(decided)


decisions = Primitive("decisions", _decided, None, choice=_decided)
