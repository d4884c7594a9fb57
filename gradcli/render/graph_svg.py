"""Graphs as SVG, for slides and web pages; light or dark as the reader's screen is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape as escape_markup
from itertools import pairwise
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.graph_boxes import Box, boxes, edges
from gradcli.render.graph_layout import Layout, Point, Size, layout
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.graphs import Graphed

_MARGIN = 24.0
_LINE = 17.0
_PADDING = Size(12.0, 9.0)
_TITLE_WIDTH, _TEXT_WIDTH = 7.9, 6.7  # of a character, at the sizes below, rather too wide than too narrow
_CSS = """\
    svg { color-scheme: light dark }
    .page { fill: #ffffff }
    rect.box { fill: #ffffff; stroke: #9ca3af; stroke-width: 1.2 }
    .input rect.box { fill: #eff6ff; stroke: #3b82f6 } .result rect.box { fill: #ecfdf5; stroke: #059669 }
    .constant rect.box { fill: #f3f4f6 }
    .idle rect.box, .group rect.box { fill: #fafafa; stroke-dasharray: 5 3 }
    text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; text-anchor: middle; fill: #4b5563 }
    text.title { font: 600 13px ui-monospace, "DejaVu Sans Mono", Menlo, monospace; fill: #111827 }
    .idle text, .idle text.title, .group text { fill: #6b7280 }
    path { fill: none; stroke: #6b7280; stroke-width: 1.3 } marker path { fill: #6b7280; stroke: none }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0f172a } rect.box { fill: #1e293b; stroke: #64748b }
      .input rect.box { fill: #172554; stroke: #60a5fa } .result rect.box { fill: #052e26; stroke: #34d399 }
      .constant rect.box { fill: #334155 } .idle rect.box, .group rect.box { fill: #131c31 }
      text { fill: #cbd5e1 } text.title { fill: #f8fafc } .idle text.title { fill: #94a3b8 }
      path { stroke: #94a3b8 } marker path { fill: #94a3b8 }
    }"""


def render(reports: Sequence[Graphed], style: Style) -> str:
    """One picture for each report, the inputs at the top and the result at the bottom."""
    return "\n".join("\n".join(_picture(report, style)) + "\n" for report in reports)


def _picture(report: Graphed, style: Style) -> Iterator[str]:
    shown = list(boxes(report, style.precision))
    sizes = {box.number: _size(box) for box in shown}
    placed = layout(sizes, edges(report))
    width, height = (side + 2 * _MARGIN for side in placed.size)
    name = escape_markup(escape(" ".join(report.run.program.split())))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">'
    )
    yield f"  <title>The graph of {name}</title>"
    yield f"  <style>\n{_CSS}\n  </style>"
    yield '  <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    yield '    orient="auto"><path d="M0,0.8 L8,4 L0,7.2 Z"/></marker></defs>'
    yield '  <rect class="page" width="100%" height="100%"/>'
    yield f'  <g transform="translate({_MARGIN:.0f} {_MARGIN:.0f})">'
    for route in placed.routes.values():
        yield f'    <path d="{_curve(route)}" marker-end="url(#tip)"/>'
    for box in shown:
        yield from _box(box, placed, sizes[box.number])
    yield "  </g>\n</svg>"


def _size(box: Box) -> Size:
    title, *rest = box.lines
    widest = max([len(title) * _TITLE_WIDTH, *(len(line) * _TEXT_WIDTH for line in rest)])
    return Size(max(widest, 30.0) + 2 * _PADDING.width, len(box.lines) * _LINE + 2 * _PADDING.height)


def _box(box: Box, placed: Layout, size: Size) -> Iterator[str]:
    centre = placed.centres[box.number]
    left, top = centre.x - size.width / 2, centre.y - size.height / 2
    yield f'    <g class="{box.kind}">'
    yield (
        f'      <rect class="box" x="{left:.1f}" y="{top:.1f}" width="{size.width:.1f}" '
        f'height="{size.height:.1f}" rx="9"/>'
    )
    for number, line in enumerate(box.lines):
        y = top + _PADDING.height + (number + 0.75) * _LINE
        kind = ' class="title"' if number == 0 else ""
        yield f'      <text{kind} x="{centre.x:.1f}" y="{y:.1f}">{escape_markup(line)}</text>'
    yield "    </g>"


def _curve(points: Sequence[Point]) -> str:
    """Bends and straight pieces in turn."""
    text = f"M{points[0].x:.1f},{points[0].y:.1f}"
    for at, (start, end) in enumerate(pairwise(points)):
        if at % 2:
            text += f" L{end.x:.1f},{end.y:.1f}"
        else:
            middle = (start.y + end.y) / 2
            text += f" C{start.x:.1f},{middle:.1f} {end.x:.1f},{middle:.1f} {end.x:.1f},{end.y:.1f}"
    return text
