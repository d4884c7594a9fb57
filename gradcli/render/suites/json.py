"""Rows as one JSON object, with a summary at its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.json import dumps
from gradcli.render.suites.jsonl import document
from gradcli.reports import SCHEMA
from gradcli.suites.results import Outcome, Tally

if TYPE_CHECKING:
    from gradcli.render.suites import Finished, Origin
    from gradcli.suites.results import Row


def body(finished: Finished, style: Style) -> tuple[str, ...]:
    """The object of the case."""
    return (dumps(document(finished), style),)


def pieces(rows: Iterable[Row], style: Style, origin: Origin) -> Iterator[str]:
    """The object, one case a line."""
    tally = Tally()
    head = f'"schema": {dumps(SCHEMA, style)},\n  "command": {dumps(origin.command, style)}'
    yield f'{{\n  {head},\n  "cases": ['
    for row in rows:
        yield f"{',' if tally.total else ''}\n    {row.body[0]}"
        tally.add(row.outcome)
    summary = {"cases": tally.total, **{outcome.value: tally.counts[outcome] for outcome in Outcome}}
    yield f'\n  ],\n  "summary": {dumps(summary, style)}\n}}\n'
