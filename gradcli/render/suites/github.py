"""Failures as annotations of GitHub Actions, on the lines of the files that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.text import escape
from gradcli.suites.results import Outcome, tallied, worst_first

if TYPE_CHECKING:
    from gradcli.render.suites import Finished, Origin
    from gradcli.suites.results import Problem, Row

ANNOTATIONS = 9  # GitHub shows ten of a step, and one is for the number of the others


def body(finished: Finished, style: Style) -> tuple[str, ...]:
    """Nothing beside the problems."""
    return ()


def pieces(rows: Iterable[Row], style: Style, origin: Origin) -> Iterator[str]:
    """The worst failures as annotations, the number of the others, the counts."""
    tally, failed = tallied(rows)
    found = [(row, problem) for row in worst_first(failed) for problem in row.problems]
    for row, problem in found[:ANNOTATIONS]:
        yield _annotation(row, problem)
    if len(found) > ANNOTATIONS:
        yield f"::error title=gradcli::{len(found) - ANNOTATIONS} more are not shown here\n"
    yield f"{tally}\n"


def _annotation(row: Row, problem: Problem) -> str:
    level = "warning" if problem.outcome is Outcome.UNDECIDED else "error"
    properties: dict[str, str] = {}
    if problem.place.is_in_file:
        properties = {"file": problem.place.file, "line": str(problem.place.line)}
        if problem.column is not None:
            properties |= {"col": str(problem.column), "endColumn": str(problem.column + problem.width)}
    properties["title"] = f"gradcli: {row.name}" if row.name else "gradcli"
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = f"{problem.message}\n{problem.help}" if problem.help else problem.message
    return f"::{level} {listed}::{_data(message)}\n"


def _data(text: str) -> str:
    """Text as workflow commands take it: a line end is the one control character that they can hold."""
    lines = (escape(line).replace("%", "%25") for line in text.split("\n"))
    return "%0A".join(lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
