"""Plans for derivatives of a program at further inputs of the same shapes: of one expression, or tapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

from gradcli.autodiff.derivatives import gradient_nodes, walking
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.hessian_tape import hessian_tape
from gradcli.autodiff.nodes import Deferred, Node, expression_of, shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.autodiff.regions.expressions import UnknownValueError, parameter
from gradcli.autodiff.regions.stages import Plan
from gradcli.autodiff.reverse import pull
from gradcli.autodiff.tape import Steps, tape_of
from gradcli.errors import GradcliError

Run: TypeAlias = Callable[[Graph, Mapping[str, Any]], Operand]
_LEAST = 2  # entries: so small are the arrays that a plan takes in sweeps
_MOST = 1 << 17  # entries of a tape's arrays: larger ones had better be taken block by block
_MOST_INPUT = 1 << 20  # entries of an input for which a tape is tried


class Planned(Protocol):
    """What gives derivatives at further inputs."""

    def run(self, values: Sequence[Any]) -> Any:
        """The derivatives at the inputs, which come in the order of those it was made for."""


def for_gradient(values: Mapping[str, Any], wrt: Sequence[str], run: Run) -> Planned | None:
    """A plan for the value and the gradient."""
    return _expression_plan(values, wrt, run) or _gradient_tape(values, wrt, run)


def _expression_plan(values: Mapping[str, Any], wrt: Sequence[str], run: Run) -> Planned | None:
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


def _run_as_steps(
    values: Mapping[str, Any], wrt: Sequence[str], run: Run
) -> tuple[Steps, dict[str, Node], Node] | None:
    """A run on watched nodes, none of which waits: its graph, inputs and output; None where no tape pays."""
    if any(np.size(each) > _MOST_INPUT for each in values.values()):
        return None
    graph = Steps()
    inputs = {name: graph.leaf(value, name, name in wrt) for name, value in values.items()}
    try:
        output = run(graph, inputs)
    except GradcliError:
        return None
    if not isinstance(output, Node) or not output.active or output.shape:
        return None
    sizes = [math.prod(shape_of(node)) for node in graph.nodes if node.primitive is not None]
    is_worth = max(sizes) <= _MOST and sum(size > 1 for size in sizes) * 2 >= len(sizes)
    return (graph, inputs, output) if is_worth else None


def _gradient_tape(values: Mapping[str, Any], wrt: Sequence[str], run: Run) -> Planned | None:
    found = _run_as_steps(values, wrt, run)
    if found is None:
        return None
    graph, inputs, output = found
    with walking():
        gradient = gradient_nodes(graph, output, [inputs[name] for name in wrt])
    return tape_of(graph, list(inputs.values()), [output, *gradient])


def for_hessian(values: Mapping[str, Any], wrt: Sequence[str], run: Run) -> Planned | None:
    """A plan for the whole Hessian, as one matrix."""
    found = _run_as_steps(values, wrt, run)
    if found is None:
        return None
    graph, inputs, output = found
    with walking():
        return hessian_tape(graph, output, list(inputs.values()), [inputs[name] for name in wrt])
