"""Where NaN and infinities come from: the one operation of a graph that made a finite world infinite."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np

from gradcli.autodiff.derivatives import gradient_nodes, walking
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, Place, value_of
from gradcli.autodiff.primitive import Operand
from gradcli.primitives.outputs import output as picked
from gradcli.records import NamedTuple


class Origin(NamedTuple):
    """The operation in which a value that is not finite arose, the operands it had, and where it stands.

    `node` is a leaf when the input was not finite to begin with; of several results of an operation, `value`
    is the one that is not. `place` is, in a derivative, that of the operation whose derivative it is.
    """

    node: Node
    value: Any
    operands: tuple[Any, ...]
    place: Place | None


def is_finite(value: Any) -> bool:
    """Whether all numbers of a value are finite; a finite sum shows it at a third of the cost."""
    if type(value) is float:
        return isfinite(value)
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.sum(value)) or np.all(np.isfinite(value)))


def has_nan(value: Any) -> bool:
    """Whether any number of a value is NaN."""
    if type(value) is float:
        return value != value
    return bool(np.isnan(np.sum(value)) and np.any(np.isnan(value)))


def value_origin(output: Operand) -> Origin | None:
    """Where an output that is not finite arose; None if it is finite or does not depend on the inputs."""
    if not isinstance(output, Node) or is_finite(output.value):
        return None
    result = output
    while True:
        node: Any = result.operands[0] if result.primitive is picked else result
        cause = _cause(node, result.value)
        if cause is None:
            return Origin(node, result.value, tuple(map(value_of, node.operands)), node.place)
        result = cause


def gradient_origin(graph: Graph, output: Node, wrt: Sequence[Node]) -> Origin | None:
    """Where a gradient that is not finite arose, in the derivative of which operation.

    Records the reverse pass on top of the graph and searches that.
    """
    with walking():
        gradients = gradient_nodes(graph, output, wrt)
    return next(filter(None, map(value_origin, gradients)), None)


def _cause(node: Node, value: Any) -> Node | None:
    """The operand to blame for a value of a node that is not finite; None where the operation is to blame.

    A NaN comes from a NaN; one that was made of infinities (`inf - inf`, `0 * inf`) was made right here.
    """
    culprit = np.isnan if np.any(np.isnan(value)) else np.isinf
    for operand in node.operands:
        if isinstance(operand, Node) and np.any(culprit(operand.value)):
            return operand
    return None
