"""What a picture of a graph shows: a box with a few lines of text for each node, and the edges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.inspection.graph import Group, Vertex
from gradcli.records import NamedTuple
from gradcli.render import graph_text as words
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.graphs import Graphed


class Box(NamedTuple):
    """A node in a picture: its kind (`input`, `constant`, `operation`, `result`, `idle`, `group`), its lines.

    The first line is the text that the node came from.
    """

    number: int
    kind: str
    lines: tuple[str, ...]


def boxes(report: Graphed, precision: int | None) -> Iterator[Box]:
    """The boxes in the order of execution."""
    for item in report.graph.items:
        if isinstance(item, Group):
            yield Box(item.index, "group", (f"⋮ {escape(item.text)}", words.folded(item)))
        else:
            yield Box(item.index, _kind(item), tuple(_lines(item, precision)))


def edges(report: Graphed) -> list[tuple[int, int]]:
    """Each pair of a node and one that was made from it, once."""
    found = ((each, item.index) for item in report.graph.items for each in item.operands)
    return list(dict.fromkeys((start, end) for start, end in found if isinstance(start, int)))


def _kind(vertex: Vertex) -> str:
    if vertex.outputs:
        return "result"
    if vertex.state in ("unused", "decides", "frozen", "no_grad", "detached"):
        return "idle"
    if vertex.is_leaf:
        return "input" if vertex.active else "constant"
    return "operation"


def _lines(vertex: Vertex, precision: int | None) -> Iterator[str]:
    yield words.title(vertex)
    if not vertex.is_leaf:
        yield vertex.grad_fn or vertex.primitive
    yield words.value(vertex, precision)
    gradient = words.gradient(vertex, precision)
    if gradient:
        yield f"gradient {gradient}"
    remarks = [each for each in words.remarks(vertex) if each != "result"]
    if remarks:
        yield "; ".join(remarks)
