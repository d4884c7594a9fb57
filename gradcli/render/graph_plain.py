"""Graphs as plain text: the tree without colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.graph_branches import branches, words_of

if TYPE_CHECKING:
    from gradcli.reports.graphs import Graphed


def render(reports: Sequence[Graphed], style: Style) -> str:
    """The tree of each graph, without rich."""
    lines = (
        branch.lead + "  ".join(filter(None, words_of(branch, style.precision)))
        for report in reports
        for branch in branches(report)
    )
    return "".join(f"{line}\n" for line in lines)
