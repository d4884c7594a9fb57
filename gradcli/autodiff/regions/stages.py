"""Plans of how expressions are evaluated: small values one by one, those on large arrays together, in sweeps.

What needs the outcome of a whole sweep, such as a sum or what is computed from it, waits for the next:
expressions have levels.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.graph import LARGE
from gradcli.autodiff.regions.expressions import Expression
from gradcli.autodiff.regions.registers import Registers, Step, held
from gradcli.autodiff.regions.sweeps import Sweep

Stage: TypeAlias = tuple[int, tuple[int, ...]]
_NUMBERS = frozenset((float, int, bool))


class Plan:
    """How expressions are evaluated together, which shares what they have in common.

    `parameters` are expressions whose values are given when the plan is carried out, any number of times.
    Arrays of `least` entries are worth a sweep.
    """

    def __init__(
        self, wanted: Sequence[Expression], parameters: Sequence[Expression] = (), least: int = LARGE
    ) -> None:
        self.registers = Registers()
        self.given = [self.registers.enter(each) for each in parameters]
        order, twins = _distinct(_pending(wanted, parameters))
        stages = _stages(order, least)
        stored = _stored(order, stages)
        stored.update(id(twins.get(id(each), each)) for each in wanted)
        members: dict[Stage, list[Expression]] = {}
        for each in order:
            members.setdefault(stages[id(each)], []).append(each)
        self.parts: list[Step | Sweep] = []
        for stage in sorted(members):
            if stage[1]:
                self.parts.append(Sweep(stage[1], members[stage], stored, self.registers))
            else:
                self.parts += map(self._step, members[stage])
        self.results = [self.registers.of(twins.get(id(each), each)) for each in wanted]
        self.order = order

    def _step(self, expression: Expression) -> Step:
        sources = tuple(map(self.registers.of, expression.operands))
        target = self.registers.enter(expression)
        return Step(expression.primitive, sources, expression.static, target)  # type: ignore[arg-type]

    def run(self, arguments: Sequence[Any]) -> list[Any]:
        """The values of the expressions wanted, given those of the parameters."""
        values = self.carry_out(arguments)
        return [values[register] for register in self.results]

    def carry_out(self, arguments: Sequence[Any]) -> list[Any]:
        """The same; what all registers hold afterwards."""
        values = self.registers.values.copy()
        for register, value in zip(self.given, arguments, strict=True):
            values[register] = value
        with np.errstate(all="ignore"):
            for part in self.parts:
                part.evaluate(values)
        return values


def run(wanted: Sequence[Expression]) -> None:
    """Give the expressions wanted their values, and all others that have been kept on the way."""
    plan = Plan(wanted)
    values = plan.carry_out(())
    results = [values[register] for register in plan.results]
    for each in plan.order:
        register = plan.registers.where.get(id(each))
        if register is not None:
            each.value = values[register]
    for each, value in zip(wanted, results, strict=True):
        each.value = value


def _unknown(expression: Expression) -> list[Expression]:
    return [x for x in expression.operands if type(x) is Expression and x.primitive is not None]


def _pending(wanted: Sequence[Expression], parameters: Sequence[Expression]) -> Iterator[Expression]:
    """All expressions that are not known yet, operands first."""
    done = {id(each) for each in parameters}
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


def _stages(order: Sequence[Expression], least: int) -> dict[int, Stage]:
    """The stage at which each expression is evaluated, and the shape of the sweep it belongs to, if any.

    A stage begins with values that are evaluated one by one, and goes on with its sweeps. A sum belongs to
    the sweep of what it sums, and its value is there at the next stage.
    """
    stages: dict[int, Stage] = {}
    for each in order:
        is_total = each.primitive.form == "total"  # type: ignore[union-attr]
        is_large = not is_total and math.prod(each.shape) >= least
        stage, sweep = 0, each.shape if is_large else ()
        for x in _unknown(each):
            begin, shape = stages.get(id(x), (0, ()))
            joins = x.primitive.form != "total" and shape == (x.shape if is_total else sweep)  # type: ignore[union-attr]
            if is_total and shape and joins:
                sweep = shape
            stage = max(stage, begin + int(bool(shape) and not joins))
        stages[id(each)] = stage, sweep
    return stages


def _stored(order: Sequence[Expression], stages: dict[int, Stage]) -> set[int]:
    """The expressions on large arrays whose values other stages need."""
    return {id(x) for each in order for x in _unknown(each) if stages.get(id(x)) != stages[id(each)]}
