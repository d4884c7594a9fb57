"""Rows as tidy CSV: one line for every number, with the case that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.csv import csv_text, lines
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.render.suites import Finished, Origin
    from gradcli.suites.results import Row

_HEADER = "case,file,line,status,quantity,name,index,value\n"


def body(finished: Finished, style: Style) -> tuple[str, ...]:
    """The lines of a case: its numbers, then what is wrong with it."""
    item = finished.item
    case = (escape(item.name), escape(item.place.file), item.place.line, finished.outcome.value)
    numbers = lines(finished.report, style) if finished.report is not None else ()
    problems = (("problem", escape(each.subject), "", escape(each.text)) for each in finished.problems)
    return (csv_text((*case, *line) for line in (*numbers, *problems)),)


def pieces(rows: Iterable[Row], style: Style, origin: Origin) -> Iterator[str]:
    """A header, then the lines of each case as soon as they are there."""
    yield _HEADER
    for row in rows:
        yield row.body[0]
