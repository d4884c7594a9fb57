"""What the formats of the function reference have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from gradcli.render.numbers import DIGITS, brief

if TYPE_CHECKING:
    from gradcli.inspection.functions import Entry


def families(entries: Sequence[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    """The families with their functions."""
    for family, members in groupby(entries, key=lambda each: each.family):
        yield family, list(members)


def result(entry: Entry, precision: int | None) -> str:
    """The value of a function's example in few words."""
    value = tuple(entry.value) if isinstance(entry.value, list) else entry.value
    return "" if value is None else brief(value, precision or DIGITS)


def lines(entry: Entry, precision: int | None) -> Iterator[tuple[str, str]]:
    """What there is to say about a function, each with its title."""
    facts = {
        "operator": entry.operator,
        "also called": ", ".join(entry.aliases),
        "derivative": entry.derivative,
        "domain": entry.domain,
        "at special points": entry.convention,
        "example": f"{entry.example} = {result(entry, precision)}" if entry.example else "",
        "family": entry.family,
    }
    yield from ((title, text) for title, text in facts.items() if text)
