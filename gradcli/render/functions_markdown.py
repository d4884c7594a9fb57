"""The function reference as a Markdown page, which is docs/functions.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.functions_text import families, lines, result
from gradcli.render.markdown import code

if TYPE_CHECKING:
    from gradcli.inspection.functions import Entry
    from gradcli.reports.functions import Functions

_INTRODUCTION = """\
# Functions

Every function of the language, from the table that the program itself uses. `gradcli functions NAME`
explains one in the terminal. NumPy's and torch's prefixes are accepted (`np.exp`, `torch.exp`, `F.relu`);
where torch means something else, the function is listed with its prefix. In derivatives, `g` is the
cotangent of the result.\
"""


def render(reports: Sequence[Functions], style: Style) -> str:
    """A table for each family; a section for each function that was named."""
    (report,) = reports
    if report.explained:
        return "\n".join("\n".join(_section(each, style)) + "\n" for each in report.entries)
    parts = [_INTRODUCTION, *("\n".join(_family(*each, style)) for each in families(report.entries))]
    return "\n\n".join(parts) + "\n"


def _section(entry: Entry, style: Style) -> Iterator[str]:
    yield f"## {code(entry.signature)}\n"
    yield f"{entry.summary}\n"
    yield from (f"- {title}: {text}" for title, text in lines(entry, style.precision))


def _family(family: str, entries: Sequence[Entry], style: Style) -> Iterator[str]:
    yield f"## {family.capitalize()}\n"
    yield "| function | gives | derivative | special points | example |"
    yield "|---|---|---|---|---|"
    for entry in entries:
        yield f"| {' | '.join(_cells(entry, style))} |"


def _cells(entry: Entry, style: Style) -> Iterator[str]:
    names = [entry.signature, *([entry.operator] if entry.operator else []), *entry.aliases]
    yield "<br>".join(map(code, names))
    yield _prose(entry.summary)
    yield code(entry.derivative) if entry.derivative else ""
    domain = [f"domain: {code(entry.domain)}"] if entry.domain else []
    yield "; ".join([*domain, *([_prose(entry.convention)] if entry.convention else [])])
    yield f"{code(entry.example)} = {code(result(entry, style.precision))}" if entry.example else ""


def _prose(text: str) -> str:
    """Text outside code spans, in which `*`, `_` and `<` mean themselves, as part of a table."""
    pieces = text.replace("|", "\\|").split("`")
    for at in range(0, len(pieces), 2):
        for mark in "*_<":
            pieces[at] = pieces[at].replace(mark, f"\\{mark}")
    return "`".join(pieces)
