"""Reports as LaTeX, for `amsmath`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradcli.render import Style
from gradcli.render.numbers import DIGITS, number
from gradcli.render.text import escape
from gradcli.reports import Answer
from gradcli.structures import leaves
from gradcli.symbolic.latex import SPECIAL, name_text

if TYPE_CHECKING:
    from gradcli.reports import Report

_NON_FINITE = {"nan": r"\mathrm{NaN}", "inf": r"\infty", "-inf": r"-\infty"}

# The left side of an answer, by its kind and by how many names it belongs to.
_LEFT = {
    ("value", 0): "f",
    ("value", 1): "{}",
    ("gradient", 1): r"\nabla_{{{}}} f",
    ("second", 1): r"\frac{{\partial \nabla f}}{{\partial {}}}",
    ("claimed", 1): r"\text{{claimed by }} {}",
    ("vjp", 1): r"v^{{\top}} J_{{{}}}",
    ("vjp", 2): r"v_{{{}}}^{{\top}} J_{{{}}}",
    ("jvp", 0): "J u",
    ("jvp", 1): "J_{{{}}} u",
    ("jacobian", 1): r"\frac{{\partial f}}{{\partial {}}}",
    ("jacobian", 2): r"\frac{{\partial {}}}{{\partial {}}}",
    ("hessian", 1): r"\nabla^2_{{{}}} f",
    ("hessian", 2): r"\nabla^2_{{{},\,{}}} f",
    ("hvp", 1): "(H v)_{{{}}}",
    ("hvp", 2): "(H v_{{{}}})_{{{}}}",
}


def render(reports: Sequence[Report], style: Style) -> str:
    """One aligned display for each report, its program in a comment above it."""
    derived = ([answer for answer in report.answers() if answer.kind != "value"] for report in reports)
    return "\n".join(display(report, each, style) for report, each in zip(reports, derived, strict=True))


def display(report: Report, derived: Sequence[Answer], style: Style) -> str:
    """The values of a report and what was derived, as one aligned display."""
    comment = "".join(f"% {escape(line)}\n" for line in report.run.program.strip().splitlines())
    values = [Answer("value", (name,) if name else (), data) for name, data in report.run.outputs.items()]
    digits = style.precision or DIGITS
    lines = (line for answer in (*values, *derived) for line in _equations(answer, digits))
    equations = " \\\\\n".join(f"  {line}" for line in lines)
    return f"{comment}\\begin{{align*}}\n{equations}\n\\end{{align*}}\n"


def _equations(answer: Answer, digits: int) -> Iterator[str]:
    """One equation, or one for each part of a structure and each matrix of a higher rank."""
    names = [_name(name) for name in answer.names]
    if answer.kind in ("vjp", "hvp") and len(names) == 2:
        names[0] = answer.names[0]  # the number of a vector
    left = _LEFT[answer.kind, len(names)].format(*names)
    for path, leaf in leaves(answer.data):
        array = np.asarray(leaf)
        for index in np.ndindex(array.shape[:-2]):
            place = path + (f"[{','.join(map(str, index))}]" if index else "")
            part = rf"\Big|_{{\texttt{{{escape(place).translate(SPECIAL)}}}}}" if place else ""
            yield f"{left}{part} &= {_matrix(array[index], digits)}"


def _name(name: str) -> str:
    """A name as mathematics writes it; outputs without one are numbered."""
    return f"f_{{{name}}}" if name.isdecimal() else name_text(escape(name))


def _matrix(array: np.ndarray, digits: int) -> str:
    """A number, a column vector or a matrix."""
    if array.ndim == 0:
        return _number(array.item(), digits)
    rows = array if array.ndim == 2 else array[:, None]
    body = r" \\ ".join(" & ".join(_number(each, digits) for each in row) for row in rows.tolist())
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def _number(value: object, digits: int) -> str:
    text = number(value, digits)
    mantissa, e, exponent = text.partition("e")
    if text in _NON_FINITE or not e:
        return _NON_FINITE.get(text, text)
    return rf"{mantissa} \times 10^{{{exponent}}}"
