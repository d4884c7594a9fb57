"""Checks as tables for a terminal: the verdict, one line of diagnosis, the entries worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from gradcli.checking.records import Verdict
from gradcli.render import Style
from gradcli.render.layout import align
from gradcli.render.numbers import number
from gradcli.render.page import Page, framed
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.checking.records import Check, Diagnosis, Entry
    from gradcli.language.source import Source
    from gradcli.reports.checks import CheckReport

MAX_ENTRIES = 12
MAX_PASSING = 6  # where there are more than that
MAX_LINES = 12  # of the program
SPARE = ("value", "±", "left", "right")  # columns that a narrow terminal does without, the first ones first
DIGITS = 10  # enough to show the difference that a WRONG is about
COLORS = {"PASS": "green", "WRONG": "red", "NONDIFFERENTIABLE": "yellow", "INCONCLUSIVE": "yellow"}


def render(reports: Sequence[CheckReport], style: Style) -> str:
    """One block for each check."""
    page = Page(style)
    for position, report in enumerate(reports):
        if position:
            page.draw()
        _print(page, report, style)
    return str(page)


def _print(page: Page, report: CheckReport, style: Style) -> None:
    check = report.check
    for line in report.run.program.strip("\r\n").splitlines()[:MAX_LINES]:
        page.line(Text(escape(line), style="bold"))
    page.draw(_headline(check))
    _print_place(page, check.diagnosis, report.source)
    _draw_table(page, check, style)
    for line in _footer(check):
        page.draw(Text(escape(line), style="dim"))
    for warning in check.warnings:
        page.draw(Text(f"warning: {escape(warning)}", style="yellow"))
    if check.verdict.value != "PASS" and report.replay:
        page.line(Text.assemble(("replay: ", "dim"), escape(report.replay)))


def _headline(check: Check) -> Table:
    """The verdict, and the diagnosis beside it, however many lines it takes."""
    verdict = check.verdict.value
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    badge = Text(f" {verdict} ", style=f"bold reverse {COLORS[verdict]}")
    grid.add_row(badge, Text(escape(check.diagnosis.text)))
    return grid


def _print_place(page: Page, diagnosis: Diagnosis, source: Source) -> None:
    """The line of the program that the diagnosis is about, underlined; one line alone has been shown."""
    if diagnosis.span is None or len(source.line_starts) == 1:
        return
    line, column = source.position(diagnosis.span.start)
    text = escape(source.line(line).rstrip("\n"))
    length = max(1, min(diagnosis.span.end - diagnosis.span.start, len(text) - column + 1))
    page.line(Text(f"  line {line} │ {text}", style="default"))
    gap = " " * (len(f"  line {line} ") + 2 + column - 1)
    page.line(Text(f"{gap}{'^' * length}", style="red"))


def _draw_table(page: Page, check: Check, style: Style) -> None:
    """The worst entries; their numbers are aligned at the decimal points."""
    entries = check.worst_entries(_shown(check))
    digits = style.precision or max((entry.digits(DIGITS) for entry in entries), default=DIGITS)
    columns = _columns(check, entries, digits)
    page.fit(
        lambda left_out: _table(entries, {k: v for k, v in columns.items() if k not in left_out}),
        [title for title in SPARE if title in columns],
    )


def _table(entries: Sequence[Entry], columns: Mapping[str, Sequence[str]]) -> Table:
    """A row for each entry."""
    table = framed()
    table.add_column("entry", no_wrap=True, style="cyan")
    for title in columns:
        table.add_column(Text(title, justify="right"), no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for at, entry in enumerate(entries):
        verdict = entry.verdict.value
        cells = (Text(lines[at], style=_style(title, verdict)) for title, lines in columns.items())
        table.add_row(Text(escape(entry.name)), *cells, Text(verdict, style=COLORS[verdict]))
    return table


def _shown(check: Check) -> int:
    """How many entries are worth showing: all of a few; of many those that do not pass, and some that do."""
    size = check.verdicts.size
    if size <= MAX_ENTRIES:
        return size
    return max(MAX_PASSING, min(MAX_ENTRIES, size - check.counts.get(Verdict.PASS, 0)))


def _style(title: str, verdict: str) -> str:
    """The claim stands out where it is wrong."""
    return COLORS[verdict] if title in ("claimed", "derivative") and verdict == "WRONG" else ""


def _columns(check: Check, entries: Sequence[Entry], digits: int) -> dict[str, list[str]]:
    """The numbers to show: the claim only where there is one, one-sided slopes only where they matter."""
    numbers = {"value": [number(entry.value, 6) for entry in entries]}
    stated = [number(entry.claimed, digits) for entry in entries]
    if check.has_claim:
        numbers["claimed"] = [
            text if entry.is_claimed else "" for text, entry in zip(stated, entries, strict=True)
        ]
    numbers["reference"] = [number(entry.reference, digits) for entry in entries]
    if not check.has_claim and stated != numbers["reference"]:
        numbers = {"value": numbers["value"], "derivative": stated, "reference": numbers["reference"]}
    numbers["±"] = ["" if entry.error != entry.error else number(entry.error, 2) for entry in entries]
    broken = [
        None if entry.finding is None or entry.finding.is_smooth else entry.finding for entry in entries
    ]
    if any(broken):
        numbers["left"] = ["" if each is None else _slope(each.left) for each in broken]
        numbers["right"] = ["" if each is None else _slope(each.right) for each in broken]
    aligned = {title: align([[text] for text in texts]) for title, texts in numbers.items()}
    return {title: [f"{text:>{len(title)}}" for text in texts] for title, texts in aligned.items()}


def _slope(slope: float) -> str:
    """A slope on one side; there is none where there is no value."""
    return "none" if slope != slope else number(slope, 6)


def _footer(check: Check) -> list[str]:
    """How many entries are not shown, and how good each of the independent answers is."""
    hidden = check.verdicts.size - _shown(check)
    lines = [_others(check, hidden)] if hidden > 0 else []
    return [*lines, f"agreement in digits: {check.agreement}"]


def _others(check: Check, hidden: int) -> str:
    """The entries that are not shown, which come last."""
    many = "1 more entry" if hidden == 1 else f"{hidden} more entries"
    if len(check.counts) == 1:
        return f"and {many}, all {check.verdict.value}"
    counts = ", ".join(f"{count} {verdict.value}" for verdict, count in check.counts.items())
    rest = "all PASS" if hidden <= check.counts.get(Verdict.PASS, 0) else "none of them worse"
    return f"and {many}, {rest} ({counts} in all)"
