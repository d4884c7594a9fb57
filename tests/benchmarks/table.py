"""The rows of a workload as text for the terminal and as Markdown for the documentation."""

from __future__ import annotations

from tests.benchmarks.harness import Result
from tests.benchmarks.workloads import Measurement

HEADING = f"{'workload':62} {'gradcli':>9} {'beside':>16} {'':>9} {'ratio':>8}  limit"
MARKDOWN_HEADING = (
    "| workload | gradcli | beside | takes | ratio | limit |",
    "| --- | --: | --- | --: | --: | --- |",
)
SCALES = {
    "s": (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)),
    "B": (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0)),
}


def quantity(figure: float, unit: str = "s") -> str:
    """Three digits and a unit that fits."""
    scales = SCALES[unit]
    name, size = next((each for each in scales if figure >= each[1]), scales[-1])
    return f"{figure / size:.3g} {name}"


def cells(row: Result) -> tuple[str, ...]:
    """What was measured, our figure, beside whom, their figure, the ratio, its limit."""
    figures = quantity(row.ours, row.unit), row.reference, quantity(row.theirs, row.unit)
    limit = "" if row.limit is None else f"≤ {row.limit:.3g}"
    return row.what, *figures, f"{row.ratio:.3g}", limit if row.holds else f"{limit} missed"


def text(measurement: Measurement) -> str:
    """A workload for the terminal: a line for each row."""
    widths = "{:62} {:>9} {:>16} {:>9} {:>8}  {}"
    return "\n".join(widths.format(*cells(row)).rstrip() for row in measurement.rows)


def markdown(measurement: Measurement) -> str:
    """A workload as a Markdown table below the sentence that says what it compares."""
    rows = (" | ".join(cell.replace("|", "\\|") for cell in cells(row)) for row in measurement.rows)
    return "\n".join([measurement.heading, "", *MARKDOWN_HEADING, *(f"| {row} |" for row in rows), ""])
