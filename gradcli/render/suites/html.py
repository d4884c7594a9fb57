"""Rows as one page that needs nothing else: failures first, with their programs, entries and graphs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from html import escape as escape_markup
from pathlib import Path
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.numbers import number
from gradcli.render.suites import table
from gradcli.render.text import escape
from gradcli.suites.cases import Case
from gradcli.suites.results import Outcome, Tally, worst_first

if TYPE_CHECKING:
    from gradcli.render.suites import Finished, Origin
    from gradcli.reports.checks import CheckReport
    from gradcli.suites.results import Problem, Row

DIGITS = 10
_ENTRIES = 20
_STYLE = Path(__file__).with_name("page.css")


def body(finished: Finished, style: Style) -> tuple[str, ...]:
    """The section of a case that failed, or the row of one that did not."""
    digits = style.precision or DIGITS
    if finished.outcome.failed:
        return ("\n".join(_section(finished, digits)),)
    cells = (finished.item.name, str(finished.item.place), *table.body(finished, style))
    return (f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>",)


def pieces(rows: Iterable[Row], style: Style, origin: Origin) -> Iterator[str]:
    """The page."""
    tally = Tally()
    failed: list[Row] = []
    others: list[Row] = []
    for row in rows:
        tally.add(row.outcome)
        (failed if row.outcome.failed else others).append(row)
    yield from _head(tally, origin)
    for row in worst_first(failed):
        replay = f"<pre>{_text(origin.replay(row))}</pre>"
        yield f"<article class='is-{row.outcome.value}'>\n{row.body[0]}\n{replay}\n</article>\n"
    if others:
        yield from _others(others)
    yield "</main>\n</body>\n</html>\n"


def _head(tally: Tally, origin: Origin) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    css = _STYLE.read_text("utf-8")
    yield f"<title>gradcli {_text(origin.command)}: {tally}</title>\n<style>\n{css}</style>\n"
    yield "</head>\n<body>\n"
    shown = [outcome for outcome in Outcome if tally.counts[outcome]]
    counts = "".join(f"<li class='{each.value}'>{tally.counts[each]} {each.value}</li>" for each in shown)
    yield f"<header>\n<h1>gradcli {_text(origin.command)}</h1>\n<ul class='counts'>{counts}</ul>\n</header>\n"
    yield "<main>\n"


def _others(rows: Sequence[Row]) -> Iterator[str]:
    """What did not fail, folded up."""
    counts = Tally()
    for row in rows:
        counts.add(row.outcome)
    yield f"<details>\n<summary>{counts}</summary>\n<div class='scroll'><table>\n"
    yield "<tr><th>case</th><th>place</th><th>value</th><th>derivatives</th></tr>\n"
    yield from (f"{row.body[0]}\n" for row in rows)
    yield "</table></div>\n</details>\n"


def _section(finished: Finished, digits: int) -> Iterator[str]:
    """Everything about a case that failed."""
    name, outcome = finished.item.name or "the file", finished.outcome.value
    badge = f"<span class='badge {outcome}'>{outcome}</span>"
    place = f"<span class='place'>{_text(str(finished.item.place))}</span>"
    yield f"<div class='head'><h2>{_text(name)}</h2>{badge}{place}</div>"
    for problem in finished.problems:
        yield f"<p>{_text(problem.message)}</p>"
        if problem.help:
            yield f"<p class='help'>{_text(problem.help)}</p>"
    if isinstance(finished.item, Case):
        yield f"<pre>{_marked(finished.item, finished.problems)}</pre>"
    if finished.check is not None:
        yield from _entries(finished.check, digits)
    if finished.picture is not None:
        data = b64encode(finished.picture.encode()).decode()
        yield "<details open><summary>the graph of the program</summary>"
        yield f'<img alt="the graph of the program" src="data:image/svg+xml;base64,{data}"></details>'


def _marked(case: Case, problems: Sequence[Problem]) -> str:
    """The program's text, with the places marked that problems are about."""
    lines = case.program.text.strip("\n").split("\n")
    first = case.program.place.line + len(case.program.text) - len(case.program.text.lstrip("\n"))
    marks = {each.place.line - first: each for each in problems if _is_inside(each, case)}
    return "\n".join(_line(line, marks.get(at)) for at, line in enumerate(lines))


def _is_inside(problem: Problem, case: Case) -> bool:
    return problem.column is not None and problem.place.file == case.program.place.file


def _line(line: str, problem: Problem | None) -> str:
    if problem is None or problem.column is None:
        return _text(line)
    start, end = problem.column - 1, problem.column - 1 + problem.width
    return f"{_text(line[:start])}<mark>{_text(line[start:end])}</mark>{_text(line[end:])}"


def _entries(report: CheckReport, digits: int) -> Iterator[str]:
    """The worst entries of a check, and how good the answers are that it rests on."""
    check = report.check
    titles = ("value", "claimed" if check.has_claim else "derivative", "reference", "±")
    heads = "".join(f"<th class='number'>{title}</th>" for title in titles)
    yield f"<div class='scroll'><table>\n<tr><th>entry</th>{heads}<th>verdict</th></tr>"
    for entry in check.worst_entries(_ENTRIES):
        exact = max(digits, entry.digits(digits))
        numbers = [number(each, exact) for each in (entry.value, entry.claimed, entry.reference)]
        if check.has_claim and not entry.is_claimed:
            numbers[1] = ""
        numbers.append(number(entry.error, 2))
        cells = "".join(f"<td class='number'>{text}</td>" for text in numbers)
        yield f"<tr><td>{_text(entry.name)}</td>{cells}<td>{entry.verdict.value}</td></tr>"
    yield "</table></div>"
    hidden = check.verdicts.size - _ENTRIES
    if hidden > 0:
        yield f"<p class='help'>and {hidden} more entries, none of them worse</p>"
    yield f"<p class='help'>agreement in digits: {_text(check.agreement)}</p>"


def _text(text: str) -> str:
    return escape_markup(escape(text))
