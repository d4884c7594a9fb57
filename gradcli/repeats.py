"""Derivatives of a program that is evaluated again and again with inputs of the same shapes.

The second time, the program is run on inputs of which only the shapes are known. Unless it asks for a number,
for a branch or for an operation that is not elementwise, its value is one expression then, and so is its
gradient: a plan, which this evaluation and all later ones carry out. Where there is none, and for Hessians, a
run becomes a tape.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gradcli.autodiff.graph import shape_of

if TYPE_CHECKING:
    from gradcli.plans import Planned, Run

Signature: TypeAlias = tuple[Any, ...]
_MOST_PLANS = 8  # of a program


class Purpose(Enum):
    """What a plan gives."""

    GRADIENT = "gradient"
    HESSIAN = "hessian"


class Repeats:
    """The plans of a program, by the shapes of its inputs and by what it is differentiated by."""

    __slots__ = ("met", "plans")

    def __init__(self) -> None:
        self.plans: dict[Signature, Planned | None] = {}  # None: there cannot be one
        self.met: set[Signature] = set()

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
        shapes = _shapes(values)
        if shapes is None or not values.keys() >= set(names):
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


def _shapes(values: Mapping[str, Any]) -> list[tuple[int, ...]] | None:
    """The shapes of the inputs; None where there are no arrays, or inputs that are not made of float64."""
    shapes = []
    for value in values.values():
        if type(value) is np.ndarray and value.dtype == np.float64:
            shapes.append(value.shape)
        elif type(value) is float:
            shapes.append(())
        else:
            return None
    return shapes if any(shapes) else None
