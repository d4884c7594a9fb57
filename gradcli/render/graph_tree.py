"""Graphs as trees: the result at the top, below each node what it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from gradcli.render import Style
from gradcli.render.graph_branches import Branch, branches, words_of
from gradcli.render.page import Page

if TYPE_CHECKING:
    from gradcli.reports.graphs import Graphed

_STYLES = ("cyan", "default", "bold", "green", "dim")


def render(reports: Sequence[Graphed], style: Style) -> str:
    """The tree of each graph; a node that was shown before is only named."""
    page = Page(style)
    for report in reports:
        for branch in branches(report):
            page.line(Text.assemble(*_parts(branch, report, style)))
    return str(page)


def _parts(branch: Branch, report: Graphed, style: Style) -> Iterator[tuple[str, str]]:
    yield branch.lead, "dim"
    for text, kind in zip(words_of(branch, style.precision), _STYLES, strict=True):
        if text:
            yield f"{text}  ", kind
