"""`gradcli graph`: the recorded graph, as a table or as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.commands.options import ToolOption
from gradcli.commands.program_command import ProgramCommand
from gradcli.reports.graphs import FORMATS

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.reports import Report

_LARGE = 60  # nodes that are shown before a graph is folded


def run(request: Request, grad: bool, memory: bool, all: bool) -> Iterator[Report]:
    """Record the program and show its graph."""
    from gradcli.inspection.graph import summarise
    from gradcli.reports.graphs import Graphed

    recording = request.record(request.program, unrolled=True)
    summary = summarise(recording, gradients=grad, limit=None if all else _LARGE)
    folded = summary.size - len(summary.vertices)
    notes = [f"{folded} of {summary.size} nodes are folded; --all shows each"] if folded else []
    if not summary.size:
        notes.append("the program has no inputs, so nothing is recorded")
    described = request.run("graph", request.program, recording.outputs, (*recording.notes, *notes))
    yield Graphed(described, summary, grad, memory)


command = ProgramCommand(
    "graph",
    run,
    help="Show the graph that a run of PROGRAM records: each operation, what it takes, gives and keeps.",
    examples=(
        'gradcli graph "2*dot(x,x)" --x 0,1,2,3',
        'gradcli graph "sum(exp(A@x))" --A "1,2;3,4" --x 1,-1 --format svg --output graph.svg',
    ),
    options=[
        ToolOption("--grad", section="Derivative", is_flag=True, help="the gradient at every node"),
        ToolOption("--memory", section="Output", is_flag=True, help="the bytes that each mode holds"),
        ToolOption("--all", section="Output", is_flag=True, help="every node of a large graph"),
    ],
    formats=(*FORMATS, "json", "jsonl"),
)
