"""What commands report: frozen records of plain data, which renderers turn into text.

Every report has its `run`, and offers the same three views to every format: `document()` is the JSON object,
`columns()` the table (one row per output and input, the value beside whatever was derived), `answers()` what
was asked for and nothing else. The kinds of reports are in the modules of this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from gradcli.records import NamedTuple
from gradcli.status import Status

if TYPE_CHECKING:
    from gradcli.language.strict_json import Data

SCHEMA = "gradcli/1"


class Column(NamedTuple):
    """A column of a table: its title, and its entries in the rows of the outputs and of the inputs."""

    title: str
    outputs: Mapping[str, Data]
    inputs: Mapping[str, Data]


class Answer(NamedTuple):
    """One result: its kind (`gradient`, `jacobian`), the names it belongs to, and its data or formula."""

    kind: str
    names: tuple[str, ...]
    data: Data | str


class Run(NamedTuple):
    """What every report tells about its run: the program, its inputs, its outputs by name (`""` for one)."""

    command: str
    program: str
    inputs: Mapping[str, Data]
    outputs: Mapping[str, Data]
    notes: tuple[str, ...] = ()
    status: Status = Status.OK

    def document(self, **results: Any) -> dict[str, Any]:
        """The JSON object, with the results among what is known about the run."""
        return {
            "schema": SCHEMA,
            "command": self.command,
            "program": self.program,
            "inputs": self.inputs,
            "value": one_or_all(self.outputs),
            **results,
            "notes": list(self.notes),
        }

    def column(self) -> Column:
        """The column of values."""
        return Column("value", self.outputs, self.inputs)


class Report(Protocol):
    """What renderers know about a report."""

    @property
    def run(self) -> Run:
        """The run that the report is about."""

    def document(self) -> dict[str, Any]:
        """The report as one JSON object."""

    def columns(self) -> tuple[Column, ...]:
        """The report as a table."""

    def answers(self) -> tuple[Answer, ...]:
        """What was asked for."""


def one_or_all(by_output: Mapping[str, Any]) -> Any:
    """What belongs to the one output, or a mapping by the names of several."""
    return by_output.get("", by_output)
