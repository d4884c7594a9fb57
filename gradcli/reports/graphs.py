"""Reports of recorded graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradcli.records import NamedTuple
from gradcli.reports import Answer, Column, Run

if TYPE_CHECKING:
    from gradcli.inspection.graph import Group, Summary, Vertex

FORMATS = {
    "table": "gradcli.render.graph_table",
    "tree": "gradcli.render.graph_tree",
    "plain": "gradcli.render.graph_plain",
    "dot": "gradcli.render.graph_dot",
    "mermaid": "gradcli.render.graph_mermaid",
    "svg": "gradcli.render.graph_svg",
    "csv": "gradcli.render.graph_csv",
    "markdown": "gradcli.render.graph_markdown",
}


class Graphed(NamedTuple):
    """The graph of a run, with gradients or memory where they were asked for."""

    run: Run
    graph: Summary
    has_gradients: bool
    has_memory: bool

    @property
    def formats(self) -> dict[str, str]:
        """The modules that render graphs."""
        return FORMATS

    def document(self) -> dict[str, Any]:
        """The run with `graph`: its `nodes`, what is `folded`, and `memory` in bytes."""
        graph = self.graph
        found = {
            "size": graph.size,
            "nodes": [self._node(each) for each in graph.vertices],
            "folded": [_folded(each) for each in graph.groups],
            "memory": {
                "values": graph.memory.values,
                "saved": graph.memory.saved,
                "forward": graph.memory.forward,
            },
        }
        return self.run.document(graph=found)

    def _node(self, vertex: Vertex) -> dict[str, Any]:
        shown = {
            "index": vertex.index,
            "text": vertex.text,
            "line": vertex.line,
            "operation": vertex.primitive or None,
            "grad_fn": vertex.grad_fn or None,
            "leaf": vertex.is_leaf,
            "requires_grad": vertex.active,
            "operands": list(vertex.operands),
            "shape": list(vertex.shape),
            "value": vertex.value,
            "state": vertex.state or None,
            "names": list(vertex.names),
            "outputs": list(vertex.outputs),
            "guards": list(vertex.guards),
            "saved": [{"node": each.node, "bytes": each.bytes} for each in vertex.saved],
        }
        return {**shown, "gradient": vertex.gradient} if self.has_gradients else shown

    def columns(self) -> tuple[Column, ...]:
        """The values alone."""
        return (self.run.column(),)

    def answers(self) -> tuple[Answer, ...]:
        """The nodes' values."""
        return tuple(Answer("node", (str(each.index),), each.value) for each in self.graph.vertices)


def _folded(group: Group) -> dict[str, Any]:
    return {
        "first": group.fold.first,
        "last": group.fold.last,
        "count": group.fold.count,
        "rounds": group.fold.rounds,
        "operands": list(group.operands),
        "text": group.text,
    }
