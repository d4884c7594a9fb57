"""The lines of a graph drawn as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.inspection.graph import Group, Vertex
from gradcli.records import NamedTuple
from gradcli.render import graph_text as words
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.graphs import Graphed


class Branch(NamedTuple):
    """A line of a tree: what is drawn before it, and a node, a constant, or a node shown before."""

    lead: str
    item: Vertex | Group | str
    is_repeated: bool = False


def branches(report: Graphed) -> Iterator[Branch]:
    """The lines, from the nodes that nothing was made from (the result is one) down to the inputs."""
    items = {each.index: each for each in report.graph.items}
    used = {each for item in items.values() for each in item.operands if isinstance(each, int)}
    roots = [index for index in reversed(items) if index not in used]
    roots.sort(key=lambda index: not _is_output(items[index]))
    seen: set[int] = set()
    for root in roots:
        waiting: list[tuple[int | str, str, str]] = [(root, "", "")]
        while waiting:
            name, lead, below = waiting.pop()
            if isinstance(name, str):
                yield Branch(lead, name)
                continue
            yield Branch(lead, items[name], name in seen)
            if name not in seen:
                seen.add(name)
                waiting += reversed(list(_children(items[name].operands, below)))


def _children(operands: tuple[int | str, ...], below: str) -> Iterator[tuple[int | str, str, str]]:
    for at, operand in enumerate(operands):
        corner, bar = ("└─ ", "   ") if at == len(operands) - 1 else ("├─ ", "│  ")
        yield operand, below + corner, below + bar


def _is_output(item: Vertex | Group) -> bool:
    return isinstance(item, Vertex) and bool(item.outputs)


def words_of(branch: Branch, precision: int | None) -> tuple[str, str, str, str, str]:
    """The text of a node, its operation, value, gradient, and what else there is to say of it."""
    item = branch.item
    if isinstance(item, str):
        return item, "", "", "", ""
    if isinstance(item, Group):
        return f"#{item.index} ⋮ {escape(item.text)}", words.folded(item), "", "", ""
    head = f"#{item.index} {words.title(item)}"
    if branch.is_repeated:
        return head, "", "", "", "(above)" if item.primitive else ""
    gradient = words.gradient(item, precision)
    saved = words.saved(item)
    remarks = [*words.remarks(item), *([f"saves {saved}"] if saved else [])]
    return (
        head,
        words.operation(item),
        f"= {words.value(item, precision)}",
        f"gradient {gradient}" if gradient else "",
        "; ".join(remarks),
    )
