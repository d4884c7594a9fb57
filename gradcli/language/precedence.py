"""Which operator binds tighter: the grammar knows flat chains of operators, this table gives them their structure."""

from __future__ import annotations

from typing import Any

from gradcli.errors import ProgramError
from gradcli.language.source import Span
from gradcli.language.tree import Binary, Compare, Expression, Logical, Power, Unary

OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER = range(1, 9)

LEVELS = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(["==", "!=", "<", "<=", ">", ">="], COMPARISON),
    **dict.fromkeys(["+", "-"], SUM),
    **dict.fromkeys(["*", "/", "//", "%", "@"], PRODUCT),
    **dict.fromkeys(["**", "^"], POWER),
}


def group(chain: list[Any]) -> Expression:
    """The tree of a chain: operands with the operators between them, and lists of (operator, place) before them.

    Runs of one level stay open on a stack, so that neither long nor deep chains recurse.
    """
    if len(chain) == 3:
        return _build(LEVELS[chain[1]], chain)
    runs: list[tuple[int, list[Any]]] = []
    operand = None
    for item in chain:
        if type(item) is str:
            level = LEVELS[item]
            operand = _close(runs, operand, level)
            if not runs or runs[-1][0] != level:
                runs.append((level, []))
            runs[-1][1].extend((operand, item))
        elif type(item) is list:
            _open_prefixes(runs, item)
        else:
            operand = item
    return _close(runs, operand, 0)


def _open_prefixes(runs: list[tuple[int, list[Any]]], prefixes: list[tuple[str, int]]) -> None:
    for prefix in prefixes:
        level = NOT if prefix[0] == "not" else SIGN
        above = runs[-1][0] if runs else 0
        if level == NOT < above:
            span = Span(prefix[1], prefix[1] + len(prefix[0]))
            raise ProgramError("`not` after an operator needs parentheses", span=span, help="write (not …)")
        if level != above:
            runs.append((level, []))
        runs[-1][1].append(prefix)


def _close(runs: list[tuple[int, list[Any]]], operand: Any, level: int) -> Any:
    """Finish every run that binds tighter than `level`; the operand is the last of the innermost."""
    while runs and runs[-1][0] > level:
        closed, parts = runs.pop()
        parts.append(operand)
        operand = _build(closed, parts)
    return operand


def _build(level: int, parts: list[Any]) -> Expression:
    if level in (NOT, SIGN):
        *prefixes, operand = parts
        span = Span(prefixes[0][1], operand.span.end)
        return Unary(tuple(operator for operator, _ in prefixes), operand, span)
    first = parts[0]
    span = Span(first.span.start, parts[-1].span.end)
    if level == POWER:
        return Power(tuple(parts[::2]), span)
    if level in (AND, OR):
        return Logical(parts[1], tuple(parts[::2]), span)
    rest = tuple(zip(parts[1::2], parts[2::2], strict=True))
    return Compare(first, rest, span) if level == COMPARISON else Binary(first, rest, span)
