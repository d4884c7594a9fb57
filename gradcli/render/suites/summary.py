"""What somebody who waits for CI wants to know: one line when all is well, else one line per failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.suites import COLORS, problem_line
from gradcli.render.text import escape, painted
from gradcli.suites.results import Tally, tallied, worst_first

if TYPE_CHECKING:
    from gradcli.render.suites import Finished, Origin
    from gradcli.suites.results import Row

SHOWN = 50  # failed cases; other formats list them all
REPLAYS = 3  # command lines that are shown


def body(finished: Finished, style: Style) -> tuple[str, ...]:
    """Nothing beside the problems."""
    return ()


def pieces(rows: Iterable[Row], style: Style, origin: Origin) -> Iterator[str]:
    """The failures, worst first, how to repeat the worst, and the counts."""
    tally, failed = tallied(rows)
    yield from failures(failed, style, origin)
    yield f"{painted(str(tally), _color(tally), style.color)}\n"


def failures(rows: Iterable[Row], style: Style, origin: Origin) -> Iterator[str]:
    """A line for each problem, and the command lines that repeat the worst cases."""
    ordered = worst_first(rows)
    for row in ordered[:SHOWN]:
        for problem in row.problems:
            line = escape(problem_line(row, problem))
            yield f"{painted(line, COLORS[problem.outcome], style.color)}\n"
            if problem.help:
                yield f"  help: {escape(problem.help)}\n"
    if len(ordered) > SHOWN:
        yield f"… and {len(ordered) - SHOWN} more cases that failed\n"
    for row in ordered[:REPLAYS]:
        yield f"{painted(f'replay: {escape(origin.replay(row))}', '2', style.color)}\n"


def _color(tally: Tally) -> str:
    return COLORS[min(tally.counts, key=list(COLORS).index)] if tally.total else "33"
