"""Reports of evaluation traces."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from gradcli.records import NamedTuple
from gradcli.reports import Answer, Column, Run

if TYPE_CHECKING:
    from gradcli.inspection.trace import Step, Trace

FORMATS = {
    "table": "gradcli.render.trace_table",
    "plain": "gradcli.render.trace_text",
    "markdown": "gradcli.render.trace_markdown",
    "latex": "gradcli.render.trace_latex",
    "csv": "gradcli.render.trace_csv",
}


class Panel(NamedTuple):
    """One table of a trace: its title, and rows of a primal step beside a derived one."""

    title: str
    rows: tuple[tuple[Step | None, Step | None], ...]


class Traced(NamedTuple):
    """The evaluation trace of a run."""

    run: Run
    trace: Trace

    @property
    def formats(self) -> dict[str, str]:
        """The modules that render traces."""
        return FORMATS

    def document(self) -> dict[str, Any]:
        """The run with `trace`: `primals`, `tangents` by input, `adjoints` in the order of the sweep."""
        tangents = {name: _plain(steps) for name, steps in self.trace.tangents.items()}
        steps = {
            "primals": _plain(self.trace.primals),
            "tangents": tangents,
            "adjoints": _plain(self.trace.adjoints),
        }
        return self.run.document(trace=steps)

    def panels(self) -> tuple[Panel, ...]:
        """The tables: one for each input that moves, one for the way back, to be read from below."""
        primals = self.trace.primals
        forward = tuple(
            Panel(f"tangents by {name}", tuple(zip_longest(primals, steps)))
            for name, steps in self.trace.tangents.items()
        )
        if not self.trace.adjoints and forward:
            return forward
        return (*forward, Panel("adjoints", tuple(zip_longest(primals, reversed(self.trace.adjoints)))))

    def columns(self) -> tuple[Column, ...]:
        """The values alone."""
        return (self.run.column(),)

    def answers(self) -> tuple[Answer, ...]:
        """The steps' values."""
        return tuple(Answer("step", (step.variable,), step.value) for step in self.trace.primals)


def _plain(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    return [{"variable": s.variable, "expression": s.expression, "value": s.value} for s in steps]
