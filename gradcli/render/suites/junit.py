"""Rows as JUnit XML, as Jenkins, GitLab and GitHub read it: a suite for each file, a test for each case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape as escape_markup
from itertools import groupby
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.suites import problem_line
from gradcli.render.text import escape
from gradcli.suites.cases import Case
from gradcli.suites.results import Outcome, Tally

if TYPE_CHECKING:
    from gradcli.render.suites import Finished, Origin
    from gradcli.suites.results import Problem, Row

_ELEMENTS = {Outcome.WRONG: "failure", Outcome.UNDECIDED: "failure"}  # the rest did not run: `error`


def body(finished: Finished, style: Style) -> tuple[str, ...]:
    """The element of a case."""
    item = finished.item
    name = item.name or "the file"
    head = f"<testcase {_attributes(classname=item.place.file, name=name, time=f'{finished.seconds:.3f}')}"
    if finished.outcome is Outcome.SKIPPED and isinstance(item, Case):
        return (f"{head}><skipped {_attributes(message=item.skip or '')}/></testcase>",)
    if not finished.problems:
        return (f"{head}/>",)
    inner = "".join(_problem(each, finished) for each in finished.problems)
    return (f"{head}>{inner}</testcase>",)


def _problem(problem: Problem, finished: Finished) -> str:
    element = _ELEMENTS.get(problem.outcome, "error")
    lines = [problem_line(finished, problem), *([f"help: {problem.help}"] if problem.help else [])]
    if isinstance(finished.item, Case):
        lines += ["", finished.item.program.text]
    if finished.check is not None and finished.check.replay:
        lines += ["", f"replay: {finished.check.replay}"]
    text = "\n".join(line for each in lines for line in map(escape, each.split("\n")))
    attributes = _attributes(type=problem.rule, message=problem.message)
    return f"<{element} {attributes}>{escape_markup(text)}</{element}>"


def pieces(rows: Iterable[Row], style: Style, origin: Origin) -> Iterator[str]:
    """The document; files come one after the other, so a suite is complete when the next file begins."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="gradcli">\n'
    for file, group in groupby(rows, key=lambda row: row.place.file):
        tally, elements, seconds = Tally(), [], 0.0
        for row in group:
            tally.add(row.outcome)
            seconds += row.seconds
            elements.append(row.body[0])
        yield f"<testsuite {_attributes(name=file, **_counts(tally), time=f'{seconds:.3f}')}>\n"
        yield from (f"{element}\n" for element in elements)
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _counts(tally: Tally) -> dict[str, str]:
    counts = tally.counts
    failures = sum(counts[outcome] for outcome in _ELEMENTS)
    return {
        "tests": str(tally.total),
        "failures": str(failures),
        "errors": str(counts[Outcome.ERROR] + counts[Outcome.LIMIT]),
        "skipped": str(counts[Outcome.SKIPPED]),
    }


def _attributes(**values: str) -> str:
    return " ".join(f'{name}="{escape_markup(escape(value))}"' for name, value in values.items())
