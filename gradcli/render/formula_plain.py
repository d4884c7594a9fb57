"""Formulas as bare text: what a claim or another program takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.formulas import Derivatives


def render(reports: Sequence[Derivatives], style: Style) -> str:
    """The formula of the one input, `x => 4*x` lines for several; conditions and steps are comments."""
    return "".join(f"{line}\n" for report in reports for line in _lines(report))


def _lines(report: Derivatives) -> Iterator[str]:
    if report.code is not None:
        yield report.code.rstrip("\n")
        return
    yield from comments(report)
    for formula in report.formulas:
        name = f"{', '.join(formula.names)} => " if len(report.formulas) > 1 else ""
        yield f"{escape(name)}{formula.text}"


def comments(report: Derivatives) -> Iterator[str]:
    """The path that the formulas belong to, and the steps that led to them, as comment lines."""
    for condition in report.conditions:
        yield f"# on the path where {escape(condition)}"
    for step in report.steps:
        yield f"# {step.rule}: {escape(step.before)}  =  {escape(step.after)}"
