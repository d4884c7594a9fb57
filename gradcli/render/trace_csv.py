"""Evaluation traces as CSV: a line for each step."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.text import escape
from gradcli.render.trace_text import value

if TYPE_CHECKING:
    from gradcli.reports.traces import Traced


def render(reports: Sequence[Traced], style: Style) -> str:
    """The columns kind, variable, expression, value; adjoints in the order of the sweep."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("kind", "variable", "expression", "value"))
    exact = style._replace(precision=style.precision or 17)
    for report in reports:
        kinds = {"primal": report.trace.primals, "adjoint": report.trace.adjoints}
        kinds |= {f"tangent by {name}": steps for name, steps in report.trace.tangents.items()}
        for kind, steps in kinds.items():
            writer.writerows((kind, s.variable, escape(s.expression), value(s, exact)) for s in steps)
    return file.getvalue()
