"""Reports of programs over ranges of their inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradcli.records import NamedTuple
from gradcli.reports import Answer, Column, Run

if TYPE_CHECKING:
    from gradcli.inspection.curve import Curve, Field

FORMATS = {
    "table": "gradcli.render.plot_table",
    "plain": "gradcli.render.plot_plain",
    "csv": "gradcli.render.plot_csv",
    "svg": "gradcli.render.plot_svg",
    "png": "gradcli.render.plot_png",
}


class Plotted(NamedTuple):
    """A program over a range."""

    run: Run
    plot: Curve | Field

    @property
    def formats(self) -> dict[str, str]:
        """The modules that draw."""
        return FORMATS

    def document(self) -> dict[str, Any]:
        """The run with `plot`: the points, values and derivatives at them, and what breaks off where."""
        return {**self.run.document(plot=self.plot_data()), "value": {}}

    def plot_data(self) -> dict[str, Any]:
        """The points with values and derivatives, by the names of the inputs."""
        from gradcli.inspection.curve import Curve

        plot = self.plot
        if isinstance(plot, Curve):
            return {
                "points": {plot.name: plot.x},
                "values": plot.values,
                "derivatives": {plot.name: plot.slopes},
                "marks": [{"at": each.at, "kind": each.kind} for each in plot.marks],
                "gaps": [{"start": each.start, "stop": each.stop, "what": each.what} for each in plot.gaps],
            }
        return {
            "points": dict(zip(plot.names, (plot.x, plot.y), strict=True)),
            "values": plot.values,
            "derivatives": dict(zip(plot.names, plot.slopes, strict=True)),
        }

    def columns(self) -> tuple[Column, ...]:
        """Nothing that a table of inputs could show."""
        return ()

    def answers(self) -> tuple[Answer, ...]:
        """The values."""
        return (Answer("values", ("value",), self.plot.values),)
