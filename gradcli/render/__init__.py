"""Reports to text: one module per format, and the one table that lists them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from gradcli.errors import UsageError
from gradcli.records import NamedTuple

if TYPE_CHECKING:
    from gradcli.reports import Report

# A format is a module of this package that defines `render(reports, style)`.
FORMATS = {
    "table": "gradcli.render.table",
    "plain": "gradcli.render.plain",
    "json": "gradcli.render.json",
    "jsonl": "gradcli.render.jsonl",
    "csv": "gradcli.render.csv",
    "markdown": "gradcli.render.markdown",
    "latex": "gradcli.render.latex",
}

# A format for the rows of many cases is a module that defines `body(finished, style)`, what it makes of one
# case wherever that is run, and `pieces(rows, style, origin)`, the text of them all.
SUITE_FORMATS = {
    "summary": "gradcli.render.suites.summary",
    "table": "gradcli.render.suites.table",
    "jsonl": "gradcli.render.suites.jsonl",
    "json": "gradcli.render.suites.json",
    "csv": "gradcli.render.suites.csv",
    "markdown": "gradcli.render.suites.markdown",
    "junit": "gradcli.render.suites.junit",
    "github": "gradcli.render.suites.github",
    "sarif": "gradcli.render.suites.sarif",
    "html": "gradcli.render.suites.html",
}
CASE_FORMATS = ("junit", "github", "sarif")  # for one check as well: a suite of one case
ROW_FORMATS = ("jsonl", "csv")  # written row by row, to files too
BINARY_FORMATS = ("npz", "png")  # for files only
# The formats that the end of a file's name stands for.
SUFFIXES = {
    **{name: name for name in ("json", "jsonl", "csv", "html", "sarif", "svg", "dot", *BINARY_FORMATS)},
    "md": "markdown",
    "tex": "latex",
    "xml": "junit",
    "mmd": "mermaid",
}
TERMINAL_FORMATS = ("table", "plain", "tree", "summary")  # in the terminal's encoding, all others in UTF-8


WIDTH = 80  # columns, where there is no terminal


class Style(NamedTuple):
    """How to write: significant digits (None for the format's own), width in columns, colours, pictures.

    On a terminal tables `must_fit` the width, and do without columns where it is too narrow.
    """

    precision: int | None = None
    width: int = WIDTH
    color: bool = False
    heatmap: bool = False
    must_fit: bool = False


def render(reports: Sequence[Report], format: str, style: Style) -> str | bytes:
    """The reports as text in one of the `FORMATS`, with a newline at its end.

    A kind of report that is not just numbers has modules of its own, for these and others, in its `formats`.
    Raises `UsageError` for a format that these reports do not have.
    """
    own = getattr(reports[0], "formats", {}) if reports else {}
    module = own.get(format) or FORMATS.get(format)
    if module is None:
        raise UsageError(f"the format `{format}` holds sparse matrices", help="add --sparse")
    rendered: str | bytes = import_module(module).render(reports, style)
    return rendered
