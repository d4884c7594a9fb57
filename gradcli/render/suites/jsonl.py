"""Rows as JSON objects, one a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from gradcli.render import Style
from gradcli.render.json import dumps
from gradcli.reports import SCHEMA
from gradcli.suites.cases import Case

if TYPE_CHECKING:
    from gradcli.render.suites import Finished, Origin
    from gradcli.suites.results import Problem, Row


def document(finished: Finished) -> dict[str, Any]:
    """The case, how it ended, and the document of the command that ran it."""
    item = finished.item
    case = {"name": item.name, "file": item.place.file, "line": item.place.line, "id": finished.identity}
    if finished.report is not None:
        results = finished.report.document()
    else:
        program = item.program.text if isinstance(item, Case) else ""
        results = {"command": finished.command, "program": program, "notes": []}
    results.pop("schema", None)
    problems = [_problem(each) for each in finished.problems]
    return {"schema": SCHEMA, "case": case, "status": finished.outcome.value, "problems": problems, **results}


def _problem(problem: Problem) -> dict[str, Any]:
    described = {
        "rule": problem.rule,
        "subject": problem.subject,
        "text": problem.text,
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.column,
        "help": problem.help,
    }
    return {key: value for key, value in described.items() if value not in (None, "")}


def body(finished: Finished, style: Style) -> tuple[str, ...]:
    """The line."""
    return (f"{dumps(document(finished), style)}\n",)


def pieces(rows: Iterable[Row], style: Style, origin: Origin) -> Iterator[str]:
    """One line for each row, as soon as it is there."""
    for row in rows:
        yield row.body[0]
