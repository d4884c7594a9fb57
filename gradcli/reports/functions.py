"""Reports of the function reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradcli.records import NamedTuple
from gradcli.reports import SCHEMA, Answer, Column, Run

if TYPE_CHECKING:
    from gradcli.inspection.functions import Entry

FORMATS = {
    "table": "gradcli.render.functions_table",
    "plain": "gradcli.render.functions_plain",
    "markdown": "gradcli.render.functions_markdown",
}


class Functions(NamedTuple):
    """Functions of the language; some are `explained`, others listed."""

    run: Run
    entries: tuple[Entry, ...]
    explained: bool

    @property
    def formats(self) -> dict[str, str]:
        """The modules that render the reference."""
        return FORMATS

    def document(self) -> dict[str, Any]:
        """The `functions` with all that is known about them."""
        functions = [
            {
                "name": each.name,
                "signature": each.signature,
                "family": each.family,
                "summary": each.summary,
                "operator": each.operator or None,
                "aliases": list(each.aliases),
                "derivative": each.derivative or None,
                "domain": each.domain or None,
                "convention": each.convention or None,
                "example": each.example or None,
                "value": each.value,
            }
            for each in self.entries
        ]
        return {"schema": SCHEMA, "command": "functions", "functions": functions, "notes": []}

    def columns(self) -> tuple[Column, ...]:
        """Functions have no numbers."""
        return ()

    def answers(self) -> tuple[Answer, ...]:
        """The signatures."""
        return tuple(Answer("function", (each.name,), each.signature) for each in self.entries)
