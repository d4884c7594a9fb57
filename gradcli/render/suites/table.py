"""Rows as a table for a terminal: every case with its value and derivatives, then the failures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.cells import cell_len, set_cell_size

from gradcli.render import Style
from gradcli.render.numbers import DIGITS, shape_text, value_text
from gradcli.render.suites import COLORS
from gradcli.render.suites.summary import failures
from gradcli.render.text import escape, painted
from gradcli.suites.results import Tally

if TYPE_CHECKING:
    from gradcli.language.strict_json import Data
    from gradcli.render.suites import Finished, Origin
    from gradcli.reports import Report
    from gradcli.suites.results import Row

_ENTRIES = 8  # of an array; longer ones show their shape only
_WIDTH = 60  # of a cell
_LEAST = 16  # of one that is cut to fit the terminal
_HEADER = ("case", "", "value", "derivatives")


def body(finished: Finished, style: Style) -> tuple[str, ...]:
    """The cells of value and derivatives."""
    if finished.report is None:
        return "", ""
    return tuple(_cut(escape(cell)) for cell in _cells(finished.report, style.precision or DIGITS))


def _cells(report: Report, digits: int) -> tuple[str, str]:
    outputs = report.run.outputs
    value = ", ".join(
        f"{name} = {_short(each, digits)}" if name else _short(each, digits) for name, each in outputs.items()
    )
    derivatives = (answer for answer in report.answers() if answer.kind not in ("value", "claimed"))
    return value, ", ".join(f"{_label(each.names)}{_short(each.data, digits)}" for each in derivatives)


def _label(names: tuple[str, ...]) -> str:
    return f"{' '.join(names)}: " if names else ""


def _short(data: Data | str, digits: int) -> str:
    if isinstance(data, str):
        return data
    if not isinstance(data, dict | list) and np.size(data) > _ENTRIES:
        return f"[{shape_text(data)}]"
    return value_text(data, digits)


def _cut(text: str, width: int = _WIDTH) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


def _fitting(lines: list[tuple[str, ...]], width: int) -> list[tuple[str, ...]]:
    """The rows with names and derivatives cut to what the terminal has room for; values stay whole."""
    longest = _widths(lines)
    room = max(width - longest[1] - longest[2] - 6, 2 * _LEAST)
    name = max(_LEAST, min(longest[0], room - min(longest[3], room // 2)))
    return [
        (_cut(first, name), *middle, _cut(last, max(room - name, _LEAST))) for first, *middle, last in lines
    ]


def pieces(rows: Iterable[Row], style: Style, origin: Origin) -> Iterator[str]:
    """The table in columns, the failures, the counts."""
    tally, failed, outcomes = Tally(), [], []
    lines: list[tuple[str, ...]] = [_HEADER]
    for row in rows:
        tally.add(row.outcome)
        outcomes.append(row.outcome)
        lines.append((_cut(escape(row.name)), row.outcome.value, *row.body))
        if row.outcome.failed:
            failed.append(row)
    lines = _fitting(lines, style.width)
    widths = _widths(lines)
    yield f"{painted(_line(lines[0], widths), '2', style.color)}\n"
    for cells, outcome in zip(lines[1:], outcomes, strict=True):
        name, status, *rest = (_padded(cell, width) for cell, width in zip(cells, widths, strict=True))
        yield "  ".join([name, painted(status, COLORS[outcome], style.color), *rest]).rstrip() + "\n"
    yield from failures(failed, style, origin)
    yield f"{tally}\n"


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(_padded(cell, width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _widths(lines: Sequence[tuple[str, ...]]) -> list[int]:
    """How wide the columns are; letters of some scripts take two places."""
    return [max(map(cell_len, column)) for column in zip(*lines, strict=True)]


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - cell_len(cell))
