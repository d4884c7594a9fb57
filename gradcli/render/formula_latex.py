"""Formulas as LaTeX, for `amsmath`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.render import Style
from gradcli.render.text import escape
from gradcli.symbolic.latex import name_text

if TYPE_CHECKING:
    from gradcli.reports.formulas import Derivatives


def render(reports: Sequence[Derivatives], style: Style) -> str:
    """One aligned display for each report, its program in a comment above it."""
    return "\n".join(map(_report, reports))


def _report(report: Derivatives) -> str:
    comment = "".join(f"% {escape(line)}\n" for line in report.run.program.strip().splitlines())
    lines = " \\\\\n".join(f"  {_left(each.names)} &= {each.latex}" for each in report.formulas)
    return f"{comment}\\begin{{align*}}\n{lines}\n\\end{{align*}}\n"


def _left(names: tuple[str, ...]) -> str:
    shown = [name_text(name) for name in names]
    power = f"^{len(names)}" if len(names) > 1 else ""
    below = r"\, ".join(rf"\partial {name}" for name in shown)
    return rf"\frac{{\partial{power} f}}{{{below}}}"
