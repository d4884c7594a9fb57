"""Gradients of a program that is evaluated again and again with inputs of the same shapes.

The second time, the program is run on inputs of which only the shapes are known. Unless it asks for a number,
for a branch or for an operation that is not elementwise, its value is one expression then, and so is its
gradient: a plan, which this evaluation and all later ones carry out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.graph import Deferred, Graph, expression_of, shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.autodiff.reverse import pull
from gradcli.errors import GradcliError

if TYPE_CHECKING:
    from gradcli.autodiff.regions.stages import Plan

Signature: TypeAlias = tuple[Any, ...]
Run: TypeAlias = Callable[[Graph, Mapping[str, Any]], Operand]
_MOST_PLANS = 8  # of a program
_LEAST = 2  # entries: so small are the arrays that a plan takes in sweeps


class Repeats:
    """The plans of a program, by the shapes of its inputs and by what it is differentiated by."""

    __slots__ = ("last", "plans")

    def __init__(self) -> None:
        self.plans: dict[Signature, Plan | None] = {}  # None: there cannot be one
        self.last: Signature | None = None

    def value_and_grad(
        self, values: Mapping[str, Any], wrt: Sequence[str] | None, run: Run
    ) -> tuple[Any, dict[str, Any]] | None:
        """The value and the gradient by a plan; None where there is none.

        `run` runs the program on nodes of a graph and gives its value.
        """
        signature = _signature(values, wrt)
        if signature is None:
            return None
        if signature not in self.plans:
            if signature != self.last:
                self.last = signature
                return None
            if len(self.plans) == _MOST_PLANS:
                self.plans.clear()
            self.plans[signature] = _plan(values, signature[0], run)
        plan = self.plans[signature]
        if plan is None:
            return None
        value, *gradient = plan.run(tuple(values.values()))
        return value, dict(zip(signature[0], gradient, strict=True))


def _signature(values: Mapping[str, Any], wrt: Sequence[str] | None) -> Signature | None:
    """What a plan depends on; None where there are no arrays, or inputs that are not made of float64."""
    names = tuple(values if wrt is None else dict.fromkeys(wrt))
    shapes = []
    for value in values.values():
        if type(value) is np.ndarray and value.dtype == np.float64:
            shapes.append(value.shape)
        elif type(value) is float:
            shapes.append(())
        else:
            return None
    if not any(shapes) or (wrt is not None and not values.keys() >= set(names)):
        return None
    return names, *values, *shapes


def _plan(values: Mapping[str, Any], wrt: Sequence[str], run: Run) -> Plan | None:
    """The plan for a program's value and gradient."""
    from gradcli.autodiff.regions import UnknownValueError, parameter
    from gradcli.autodiff.regions.stages import Plan

    graph = Graph()
    parameters = [parameter(name, shape_of(value)) for name, value in values.items()]
    nodes = {
        name: graph.waiting(each, name, name in wrt) for name, each in zip(values, parameters, strict=True)
    }
    try:
        output = run(graph, nodes)
        if type(output) is not Deferred or output.shape or not output.active:
            return None
        with walking():
            gradient = pull(graph, [(output, 1.0)], [nodes[name] for name in wrt], record=True)
    except (UnknownValueError, GradcliError):
        return None
    deferred = [each for each in gradient if type(each) is Deferred]
    if len(deferred) < len(gradient):
        return None  # a part is a constant
    return Plan([expression_of(each) for each in (output, *deferred)], parameters, _LEAST)
