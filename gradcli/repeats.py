"""Derivatives of a program that is evaluated again and again with inputs of the same shapes.

The second time, the program is run on inputs of which only the shapes are known. Unless it asks for a number,
for a branch or for an operation that is not elementwise, its value is one expression then, and so is its
gradient: a plan, which this evaluation and all later ones carry out. Where there is none, and for Hessians, a
run becomes a tape. A program of numbers that is no straight code becomes generated Python.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from gradcli.autodiff.nodes import shape_of
from gradcli.limits import MAX_STEPS
from gradcli.structures import float_shapes

if TYPE_CHECKING:
    from gradcli.autodiff.graph import Graph
    from gradcli.language.code import ProgramCode
    from gradcli.loops.evaluations import Evaluation
    from gradcli.plans import Planned, Run

Signature: TypeAlias = tuple[Any, ...]
_MOST_PLANS = 8  # of a program
_WORTH_READING = 4_000  # nodes of all runs so far: a program of numbers is read as a whole
_HOT_LOOP = 2_000  # nodes that one stands for


class Purpose(Enum):
    """What a plan gives."""

    GRADIENT = "gradient"
    HESSIAN = "hessian"


class Repeats:
    """The plans of a program, by the shapes of its inputs and by what it is differentiated by.

    `evaluations` are those of numbers, and `work` has how many nodes the runs took that were recorded.
    """

    __slots__ = ("evaluations", "met", "plans", "work")

    def __init__(self) -> None:
        self.plans: dict[Signature, Planned | None] = {}  # None: there cannot be one
        self.met: set[Signature] = set()
        self.evaluations: dict[Signature, Evaluation | None] = {}
        self.work: dict[Signature, int] = {}

    def at_numbers(
        self, values: Mapping[str, Any], wrt: Sequence[str] | None, settings: Mapping[str, Any]
    ) -> tuple[float, dict[str, float]] | None:
        """The value and the gradient of a program of numbers that has been read; None where not."""
        if not self.evaluations or settings.keys() - {"max_steps"}:
            return None
        signature = _of_numbers(values, wrt)
        evaluation = self.evaluations.get(signature)
        if evaluation is None:
            return None
        if evaluation.fails:
            self.evaluations[signature] = None
        return evaluation.value_and_grad(values, settings.get("max_steps", MAX_STEPS))

    def note(
        self, values: Mapping[str, Any], wrt: Sequence[str] | None, code: ProgramCode, graph: Graph
    ) -> None:
        """Note that a program of numbers has been recorded; after some work it is read."""
        signature = _of_numbers(values, wrt)
        if signature in self.evaluations or any(type(each) is not float for each in values.values()):
            return
        self.work[signature] = self.work.get(signature, 0) + len(graph.nodes) + _HOT_LOOP * graph.loops
        if self.work[signature] >= _WORTH_READING:
            from gradcli.loops.evaluations import read

            names = tuple(values if wrt is None else dict.fromkeys(wrt))
            self.evaluations[signature] = read(code, values, names, graph)

    def value_and_grad(
        self, values: Mapping[str, Any], wrt: Sequence[str] | None, run: Run
    ) -> tuple[Any, dict[str, Any]] | None:
        """The value and the gradient by a plan; None where there is none.

        `run` runs the program on nodes of a graph and gives its value.
        """
        names, plan = self._plan(Purpose.GRADIENT, values, wrt, run)
        if plan is None:
            return None
        value, *gradient = plan.run(tuple(values.values()))
        return value, dict(zip(names, gradient, strict=True))

    def hessian(
        self, values: Mapping[str, Any], wrt: Sequence[str] | None, run: Run
    ) -> dict[str, dict[str, Any]] | None:
        """The blocks of the Hessian by a tape; None where there is none, or where it is not finite."""
        names, plan = self._plan(Purpose.HESSIAN, values, wrt, run)
        whole = None if plan is None else plan.run(tuple(values.values()))
        if whole is None:
            return None
        from gradcli.autodiff.structured import shaped

        shapes = {name: shape_of(values[name]) for name in names}
        ends = accumulate(map(math.prod, shapes.values()), initial=0)
        ranges = dict(zip(names, pairwise(ends), strict=True))
        return {
            x: {y: shaped(whole[i:j, k:m], shapes[x] + shapes[y]) for y, (k, m) in ranges.items()}
            for x, (i, j) in ranges.items()
        }

    def _plan(
        self, purpose: Purpose, values: Mapping[str, Any], wrt: Sequence[str] | None, run: Run
    ) -> tuple[tuple[str, ...], Planned | None]:
        """The names of `wrt`, and the plan for them, made when the same is asked for the second time."""
        names = tuple(values if wrt is None else dict.fromkeys(wrt))
        shapes = float_shapes(values.values())
        if shapes is None or not any(shapes) or not values.keys() >= set(names):
            return names, None
        signature = purpose, names, *values, *shapes
        if signature in self.plans:
            return names, self.plans[signature]
        if signature not in self.met:
            if len(self.met) == _MOST_PLANS:
                self.met.clear()
            self.met.add(signature)
            return names, None
        if len(self.plans) == _MOST_PLANS:
            self.plans.clear()
        from gradcli import plans

        make = plans.for_gradient if purpose is Purpose.GRADIENT else plans.for_hessian
        self.plans[signature] = make(values, names, run)
        return names, self.plans[signature]


def _of_numbers(values: Mapping[str, Any], wrt: Sequence[str] | None) -> Signature:
    return tuple(values), None if wrt is None else tuple(wrt)
