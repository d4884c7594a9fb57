"""From a program to the formulas of its derivatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import numpy as np

from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, shape_of
from gradcli.autodiff.reverse import pull
from gradcli.errors import UsageError
from gradcli.recording import Recording
from gradcli.records import NamedTuple
from gradcli.structures import leaves
from gradcli.symbolic import term as t
from gradcli.symbolic.convert import Converter
from gradcli.symbolic.simplify import Simplifier
from gradcli.symbolic.subterms import subterms
from gradcli.symbolic.term import Shape, Term

MOST_PARTS = 3_000  # of a derivative before it is simplified, those that occur again counted once


class Formulas(NamedTuple):
    """The value and the derivatives of a run as terms; `inputs` are the shapes of the inputs by path."""

    value: Term
    derivatives: dict[str, Term]
    inputs: dict[str, Shape]
    simplifier: Simplifier


def cotangent_formulas(
    recording: Recording, output: Any, seed: str | None, most_operations: float
) -> Formulas:
    """The formulas of the cotangents of `wrt`, for the cotangent 1 or one that is called `seed`.

    `TooLongError` for formulas that have more operations, as soon as that is seen.
    """
    graph = recording.graph
    name_sizes(graph)
    derived = len(graph.nodes)
    shape = shape_of(output)
    wrt = {path: node for name, each in recording.wrt_nodes.items() for path, node in leaves(each, name)}
    with walking():
        pulled = _pulled(graph, output, list(wrt.values()), shape, seed)
    convert = Converter(recording.source, derived, graph.stopped)
    simplify = Simplifier(most_operations=most_operations)
    found = {
        path: t.broadcast(t.ZERO if g is None else convert(g), shape_of(node))
        for (path, node), g in zip(wrt.items(), pulled, strict=True)
    }
    _check_length(found.values())
    derivatives = {path: simplify(each) for path, each in found.items()}
    return Formulas(simplify(convert(output)), derivatives, input_shapes(recording), simplify)


def _check_length(terms: Iterable[Term]) -> None:
    """Raise `UsageError` for formulas that nobody would wait for, let alone read."""
    for term in terms:
        if sum(1 for _ in islice(subterms(term), MOST_PARTS + 1)) > MOST_PARTS:
            raise UsageError(
                f"the formula is too long to be written out: it has more than {MOST_PARTS:,} different parts",
                help="`--emit numpy` writes a program with loops as it is; `grad` computes at given values",
            )


def _pulled(graph: Graph, output: Any, wrt: list[Node], shape: Shape, seed: str | None) -> list[Any]:
    if not isinstance(output, Node) or not output.active:
        return [None] * len(wrt)
    node = graph.leaf(np.ones(shape) if shape else 1.0, seed)
    return pull(graph, [(output, node)], wrt, record=True)


def name_sizes(graph: Graph) -> None:
    """Make the counts that means divide by nodes of their own, so that formulas hold for every size."""
    for node in graph.nodes[:]:
        if node.primitive is None or node.primitive.name != "divide":
            continue
        x, count = node.operands
        if not isinstance(x, Node) or isinstance(count, Node) or x.primitive is None or x.place != node.place:
            continue
        if x.primitive.name == "sum" and shape_of(x.operands[0]) and type(count) is float:
            divisor = graph.leaf(count)
            divisor.static = {"size": int(count)}
            node.operands = (x, divisor)


def input_shapes(recording: Recording) -> dict[str, Shape]:
    """The shapes of the inputs' leaves by path."""
    found: Mapping[str, Any] = recording.inputs
    return {path: shape_of(node) for name, each in found.items() for path, node in leaves(each, name)}
