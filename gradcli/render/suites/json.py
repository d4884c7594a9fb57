"""Rows as one JSON object, with a summary at its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.json import dumps
from gradcli.render.suites.jsonl import body
from gradcli.reports import SCHEMA
from gradcli.suites.results import Outcome, Tally

if TYPE_CHECKING:
    from gradcli.render.suites import Origin
    from gradcli.suites.results import Row

__all__ = ["body", "pieces"]


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
