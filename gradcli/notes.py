"""Notes on results: where numbers that are not finite arose, and what the outputs depend on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff import nonfinite
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node
from gradcli.autodiff.primitive import Operand
from gradcli.language.source import Source


def value_note(name: str, output: Operand, source: Source) -> str | None:
    """Where an output that is not finite became so; None for one that is."""
    origin = nonfinite.value_origin(output)
    if origin is None:
        return None
    what = f"the output `{name}`" if name else "the value"
    return f"{what} is not finite: {_arose(origin, '', source)}"


def gradient_note(graph: Graph, output: Operand, wrt: Sequence[Node], source: Source) -> str | None:
    """The same for the gradient of an output that is one number."""
    origin = nonfinite.gradient_origin(graph, output, wrt)
    if origin is None:
        return None
    return f"the gradient is not finite: {_arose(origin, 'the derivative of ', source)}"


def _arose(origin: nonfinite.Origin, of: str, source: Source) -> str:
    """The words for where a number that is not finite arose."""
    if origin.node.primitive is None and origin.node.static:
        return f"the input `{origin.node.static['name']}` is not"
    what = _operation(origin)
    if origin.place is None:
        return what
    line, column = source.position(origin.place.start)
    text = source.text[origin.place.start : origin.place.end]
    return f"{what} in {of}`{text}` (line {line}, column {column})"


def _operation(origin: nonfinite.Origin) -> str:
    """The operation at the first entry that is NaN, or else infinite, such as `log(-1) is nan`."""
    value, operands = np.asarray(origin.value), [np.asarray(each) for each in origin.operands]
    primitive = origin.node.primitive
    where = ""
    if value.shape:
        first = np.isnan(value) if np.isnan(value).any() else np.isinf(value)
        index = tuple(int(i) for i in np.argwhere(first)[0])
        where = f" at [{', '.join(map(str, index))}]"
        if primitive is not None and primitive.broadcasts:  # only then does this entry come of those
            operands = [each[index] if each.shape == value.shape else each for each in operands]
        value = value[index]
    shown = ", ".join(_in_one_line(each) for each in operands)
    name = primitive.name if primitive is not None else "constant"
    name = "product" if name == "chain" else name  # of a cotangent and a partial
    return f"{name}({shown}) is {value:.6g}{where}"


def _in_one_line(array: np.ndarray) -> str:
    return " ".join(np.array2string(array, threshold=6, precision=6).split())


def leading_to(graph: Graph, outputs: Iterable[Any]) -> set[int]:
    """The indices of the nodes from which active paths lead to outputs."""
    reached = {node.index for node in outputs if isinstance(node, Node)}
    for index in range(max(reached, default=-1), -1, -1):
        node = graph.nodes[index]
        if index in reached and node.active:
            reached.update([each.index for each in node.operands if isinstance(each, Node)])
    return reached
