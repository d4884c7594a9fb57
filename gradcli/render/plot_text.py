"""Curves as lines of text, each line a few pieces with the role that each plays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.render.numbers import number
from gradcli.render.plot_canvas import Canvas, extent
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.inspection.curve import Curve, Gap

ROWS = 12  # of each of the two panels
_DIGITS = 4
_WIDEST = 120
_MARKS = {"kink": "▲", "jump": "◆"}

Piece = tuple[str, str]  # text and role: `value`, `derivative`, `axis`, `mark`, `gap`, `title`


def panels(plot: Curve, width: int, precision: int | None) -> Iterator[list[Piece]]:
    """The value, below it the derivative, the axis they share, and what is marked on it."""
    digits = precision or _DIGITS
    ranges = extent(plot.values), extent(plot.slopes)
    labels = [number(each, digits) for ends in ranges for each in ends]
    margin = max(len(label) for label in labels) + 1
    columns = max(min(width, _WIDEST) - margin - 2, 20)
    for numbers, ends, role in ((plot.values, ranges[0], "value"), (plot.slopes, ranges[1], "derivative")):
        canvas = Canvas(columns, ROWS, (float(plot.x[0]), float(plot.x[-1])), ends)
        canvas.line(plot.x, numbers, _breaks(plot, role))
        yield [(" " * margin + ("f" if role == "value" else f"df/d{escape(plot.name)}"), role)]
        yield from _framed(canvas, role, margin, digits)
        yield _axis(plot, canvas, margin)
    left, right = (number(float(each), digits) for each in (plot.x[0], plot.x[-1]))
    name = escape(plot.name)
    room = columns - len(left) - len(right)
    yield [(" " * (margin + 1) + left + name.center(max(room, len(name) + 2)) + right, "axis")]
    yield from _legend(plot, digits)


def _breaks(plot: Curve, role: str) -> list[float]:
    """Where a curve is interrupted: the derivative at kinks too."""
    return [mark.at for mark in plot.marks if role == "derivative" or mark.kind == "jump"]


def _framed(canvas: Canvas, role: str, margin: int, digits: int) -> Iterator[list[Piece]]:
    low, high = (number(each, digits) for each in canvas.y)
    rows = canvas.text_rows()
    for at, row in enumerate(rows):
        label = high if at == 0 else low if at == len(rows) - 1 else ""
        edge = "┤" if label else "│"
        yield [(f"{label:>{margin}}{edge}", "axis"), (row, role)]


def _axis(plot: Curve, canvas: Canvas, margin: int) -> list[Piece]:
    line = ["─"] * canvas.columns
    for gap in plot.gaps:
        for column in range(canvas.column_of(gap.start), canvas.column_of(gap.stop) + 1):
            line[column] = "░"
    for mark in plot.marks:
        line[canvas.column_of(mark.at)] = _MARKS[mark.kind]
    return [(" " * margin + "└", "axis"), ("".join(line), "mark" if plot.marks or plot.gaps else "axis")]


def _legend(plot: Curve, digits: int) -> Iterator[list[Piece]]:
    for kind, sign in _MARKS.items():
        places = [number(mark.at, digits) for mark in plot.marks if mark.kind == kind]
        if places:
            yield [(f"{sign} {kind} at {escape(plot.name)} = {', '.join(places)}", "mark")]
    for gap in plot.gaps:
        yield [(f"░ {gap.what} is not finite {_stretch(gap, plot.name, digits)}", "mark")]


def _stretch(gap: Gap, name: str, digits: int) -> str:
    start, stop = number(gap.start, digits), number(gap.stop, digits)
    return f"at {escape(name)} = {start}" if start == stop else f"from {start} to {stop}"
