"""Rows as Markdown: the counts, and a table of the failures; also GitHub's step summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.markdown import code
from gradcli.suites.results import Outcome, Tally, tallied, worst_first

if TYPE_CHECKING:
    from gradcli.render.suites import Finished, Origin
    from gradcli.suites.results import Row


def body(finished: Finished, style: Style) -> tuple[str, ...]:
    """Nothing beside the problems."""
    return ()


def pieces(rows: Iterable[Row], style: Style, origin: Origin) -> Iterator[str]:
    """A heading, the counts, the failures with the commands that repeat them."""
    tally, failed = tallied(rows)
    yield from page(failed, tally, origin)


def page(failed: Iterable[Row], tally: Tally, origin: Origin) -> Iterator[str]:
    """The whole text."""
    yield f"### gradcli {origin.command}\n\n"
    shown = [outcome for outcome in Outcome if tally.counts[outcome]]
    yield f"| cases | {' | '.join(each.value for each in shown)} |\n|--:|{'--:|' * len(shown)}\n"
    yield f"| {tally.total} | {' | '.join(str(tally.counts[each]) for each in shown)} |\n"
    ordered = worst_first(failed)
    if ordered:
        yield "\n| place | case | what is wrong |\n|---|---|---|\n"
        for row in ordered:
            for problem in row.problems:
                yield f"| {code(str(problem.place))} | {code(row.name or '-')} | {code(problem.message)} |\n"
        yield f"\nRun the first one again: {code(origin.replay(ordered[0]))}\n"
