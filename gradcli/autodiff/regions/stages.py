"""Evaluation of expressions: small values one by one, those on large arrays together, in sweeps.

What needs the outcome of a whole sweep, such as a sum or what is computed from it, waits for the next:
expressions have levels.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from gradcli.autodiff.regions import Expression
from gradcli.autodiff.regions.sweeps import Sweep, held, plain

Stage: TypeAlias = tuple[int, tuple[int, ...]]
_NUMBERS = frozenset((float, int, bool))


def run(wanted: Sequence[Expression]) -> None:
    """Give the expressions wanted their values, and all small ones that lead to them."""
    order, twins = _distinct(_pending(wanted))
    stages = _stages(order)
    stored = _stored(order, stages)
    stored.update(id(twins.get(id(each), each)) for each in wanted)
    members: dict[Stage, list[Expression]] = {}
    for each in order:
        members.setdefault(stages[id(each)], []).append(each)
    with np.errstate(all="ignore"):
        for stage in sorted(members):
            if stage[1]:
                Sweep(stage[1], members[stage], stored).run()
                continue
            for each in members[stage]:
                each.value = each.primitive.evaluate(*map(plain, each.operands), **each.static)  # type: ignore[union-attr]
    for each in wanted:
        twin = twins.get(id(each))
        if twin is not None:
            each.value = twin.value


def _unknown(expression: Expression) -> list[Expression]:
    return [x for x in expression.operands if type(x) is Expression and x.primitive is not None]


def _pending(wanted: Sequence[Expression]) -> Iterator[Expression]:
    """All expressions that are not known yet, operands first."""
    done: set[int] = set()
    stack = list(wanted)
    while stack:
        expression = stack[-1]
        if id(expression) in done:
            stack.pop()
            continue
        waiting = [x for x in _unknown(expression) if id(x) not in done]
        if waiting:
            stack += waiting
        else:
            done.add(id(stack.pop()))
            yield expression


def _distinct(order: Iterator[Expression]) -> tuple[list[Expression], dict[int, Expression]]:
    """The expressions without those that repeat an earlier call, and the earlier call for each of these."""
    first: dict[Hashable, Expression] = {}
    twins: dict[int, Expression] = {}
    for each in order:
        if twins:
            each.operands = tuple([twins.get(id(x), x) for x in each.operands])
        same = first.setdefault(_call(each), each)
        if same is not each:
            twins[id(each)] = same
    return list(first.values()), twins


def _call(expression: Expression) -> Hashable:
    """What tells calls apart; numbers by their digits, for 0.0 is not -0.0 here."""
    operands = [repr(x) if type(x) in _NUMBERS else id(held(x)) for x in expression.operands]
    return id(expression.primitive), *operands, *expression.static.items()


def _stages(order: Sequence[Expression]) -> dict[int, Stage]:
    """The stage at which each expression is evaluated, and the shape of the sweep it belongs to, if any.

    A stage begins with values that are evaluated one by one, and goes on with its sweeps. A sum belongs to
    the sweep of what it sums, and its value is there at the next stage.
    """
    stages: dict[int, Stage] = {}
    for each in order:
        is_total = each.primitive.form == "total"  # type: ignore[union-attr]
        stage, sweep = 0, each.shape if each.is_large and not is_total else ()
        for x in _unknown(each):
            begin, shape = stages[id(x)]
            joins = x.primitive.form != "total" and shape == (x.shape if is_total else sweep)  # type: ignore[union-attr]
            if is_total and shape and joins:
                sweep = shape
            stage = max(stage, begin + int(bool(shape) and not joins))
        stages[id(each)] = stage, sweep
    return stages


def _stored(order: Sequence[Expression], stages: dict[int, Stage]) -> set[int]:
    """The expressions on large arrays whose values other stages need."""
    return {id(x) for each in order for x in _unknown(each) if stages[id(x)] != stages[id(each)]}
