"""Which operator binds tighter: the grammar has flat chains of operators, one table gives them structure."""

from __future__ import annotations

from typing import Any

from gradcli.errors import ProgramError
from gradcli.language.source import Span
from gradcli.language.tree import Binary, Compare, Expression, Logical, Power, Unary

new = tuple.__new__  # takes half the time of a named tuple's own constructor

OR, AND, NOT, COMPARISON, EITHER, BOTH, SUM, PRODUCT, SIGN, POWER = range(1, 11)

LEVELS = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(["==", "!=", "<", "<=", ">", ">="], COMPARISON),
    "|": EITHER,
    "&": BOTH,
    **dict.fromkeys(["+", "-"], SUM),
    **dict.fromkeys(["*", "/", "//", "%", "@"], PRODUCT),
    **dict.fromkeys(["**", "^"], POWER),
}

_PREFIXES = frozenset([NOT, SIGN])
_FLAT = frozenset([OR, AND, POWER])  # no operators inside: they are all the same


def group(chain: list[Any]) -> Expression:
    """The tree of a chain: operands, the operators between them, and lists of (operator, offset) before them.

    Runs of operators of one level stay open on a stack (`levels` and `runs`) until one that binds less tight
    comes, so that neither long nor deep chains recurse.
    """
    if len(chain) == 3:
        return _finish(LEVELS[chain[1]], chain)
    levels = [0]
    runs: list[list[Any]] = [[]]
    operand: Any = None
    for item in chain:
        if type(item) is str:
            level = LEVELS[item]
            while levels[-1] > level:
                operand = _finish(levels.pop(), [*runs.pop(), operand])
            if levels[-1] < level:
                levels.append(level)
                runs.append([])
            runs[-1] += (operand, item)
        elif type(item) is list:
            _open_prefixes(levels, runs, item)
        else:
            operand = item
    while levels[-1]:
        operand = _finish(levels.pop(), [*runs.pop(), operand])
    whole: Expression = operand
    return whole


def _open_prefixes(levels: list[int], runs: list[list[Any]], prefixes: list[tuple[str, int]]) -> None:
    for prefix in prefixes:
        level = NOT if prefix[0] == "not" else SIGN
        if level == NOT < levels[-1]:
            span = Span(prefix[1], prefix[1] + len("not"))
            raise ProgramError("`not` after an operator needs parentheses", span=span, help="write (not …)")
        if levels[-1] != level:
            levels.append(level)
            runs.append([])
        runs[-1].append(prefix)


def _finish(level: int, run: list[Any]) -> Expression:
    """The record of a whole run."""
    last = run[-1].span[1]
    if level in _PREFIXES:
        operators = tuple(operator for operator, _ in run[:-1])
        return Unary(operators, run[-1], Span(run[0][1], last))
    span = new(Span, (run[0].span[0], last))
    if level in _FLAT:
        return Power(tuple(run[::2]), span) if level == POWER else Logical(run[1], tuple(run[::2]), span)
    rest = tuple(zip(run[1::2], run[2::2], strict=True)) if len(run) > 3 else ((run[1], run[2]),)
    kind: Any = Compare if level == COMPARISON else Binary
    record: Expression = new(kind, (run[0], rest, span))
    return record
