"""The names of a trace's variables, and operations written with them, as Baydin et al. print them.

The n inputs are v₁₋ₙ … v₀, the operations v₁, v₂, …; a dot marks a tangent and a bar an adjoint.
Source: A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, "Automatic differentiation in machine
learning: a survey", JMLR 18 (2018), section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gradcli.autodiff.nodes import Node, shape_of
from gradcli.primitives.table import FUNCTIONS

_SUBSCRIPTS = str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉")
_INFIX = {"add": "+", "subtract": "-", "multiply": "×", "divide": "/", "matmul": "@", "power": "^"}
_NAME = re.compile(r"\b[A-Za-z_]\w*\b(?!\()")
DOT, BAR = "\u0307", "\u0304"


def variable(number: int, mark: str = "") -> str:
    """The variable of a number: `v₁`, with a mark `v̇₁` or `v̄₁`."""
    return f"v{mark}{str(number).translate(_SUBSCRIPTS)}"


def operand_text(operand: Any, numbers: dict[int, int]) -> str:
    """An operand: its variable, or the constant that it is."""
    if isinstance(operand, Node) and operand.index in numbers:
        return variable(numbers[operand.index])
    value = operand.value if isinstance(operand, Node) else operand
    if shape_of(value):
        return f"constant{shape_of(value)}"
    text = f"{value:.6g}" if isinstance(value, float) else f"{value}"
    return f"({text})" if text.startswith("-") else text


def operation(node: Node, operands: Sequence[str]) -> str:
    """What an operation computes from its operands: `v₁ + v₂`, `ln v₋₁` as `log(v₋₁)`."""
    name = node.primitive.name if node.primitive is not None else ""
    if name in _INFIX and len(operands) == 2:
        return f"{operands[0]} {_INFIX[name]} {operands[1]}"
    if name == "negative":
        return f"-{operands[0]}"
    if name == "getitem":
        return f"{operands[0]}[{_index_text(node.static['index'])}]"
    return f"{name}({', '.join([*operands, *_static_texts(node)])})"


def _static_texts(node: Node) -> Iterator[str]:
    """The static parameters that say something: not those that are off, no axes where all are meant."""
    for key, value in node.static.items():
        is_all = key == "axis" and value == tuple(range(len(shape_of(node.operands[0]))))
        if not (value is None or value is False or is_all):
            yield f"{key}={value}"


def _index_text(index: Any) -> str:
    parts = index if isinstance(index, tuple) else (index,)
    return ", ".join("..." if part is ... else _slice_text(part) for part in parts)


def _slice_text(part: Any) -> str:
    if not isinstance(part, slice):
        return f"{part}"
    ends = ":".join("" if each is None else str(each) for each in (part.start, part.stop))
    return ends if part.step is None else f"{ends}:{part.step}"


def partial(node: Node, position: int, operands: Sequence[str], numbers: dict[int, int]) -> str:
    """The partial derivative by one operand, written with the operands: `v₀`, `1/v₋₁`, `cos(v₀)`.

    It is read off the function's documentation; where that has no formula, it is the symbol `∂v₃/∂v₁`.
    """
    primitive = node.primitive
    record = FUNCTIONS.get(primitive.name) if primitive is not None else None
    if primitive is not None and primitive.partials is not None and record is not None:
        formulas = _split(record.derivative)
        names = [parameter.name for parameter in record.parameters]
        if len(formulas) == len(operands) == len(names):
            spelt = dict(zip(names, operands, strict=True))
            return _typeset(_NAME.sub(lambda match: spelt.get(match[0], match[0]), formulas[position]))
    whole, part = numbers[node.index], node.operands[position]
    return f"∂{variable(whole)}/∂{operand_text(part, numbers)}"


def _typeset(formula: str) -> str:
    """A formula of the language as a textbook has it, constant exponents worked out."""
    formula = re.sub(r"\((\d+)-1\)", lambda match: str(int(match[1]) - 1), formula)
    return re.sub(r"\^1(?![\d.])", "", formula.replace("**", "^")).replace("*", "×")


def _split(text: str) -> list[str]:
    """The formulas of a derivative, which are separated by commas outside brackets."""
    return re.split(r",\s*(?![^()]*\))", text) if text else []


def times(factor: str, slope: str) -> str:
    """A product as a textbook writes it: without a factor 1, with the sign in front, a quotient as one."""
    if slope == "1":
        return factor
    if slope == "-1":
        return f"-{factor}"
    sign, _, divisor = slope.partition("1/")
    if divisor and sign in ("", "-"):
        return f"{sign}{factor} / {divisor}"
    if slope.startswith("-") and not _is_sum(slope[1:]):
        return f"-{factor} × {slope[1:]}"
    return f"{factor} × ({slope})" if _is_sum(slope) else f"{factor} × {slope}"


def _is_sum(text: str) -> bool:
    outside = re.sub(r"\([^()]*\)", "", text)
    return any(sign in outside[1:] for sign in "+-")


def total(terms: Iterable[str]) -> str:
    """Terms added up, a minus taken as the sign."""
    first, *others = terms
    return first + "".join(f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in others)
