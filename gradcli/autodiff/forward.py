"""Forward mode: tangents pushed down the graph, from the inputs to the outputs."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, shape_of, value_of, zeros
from gradcli.autodiff.primitive import Elementwise, General, Joint, Linear, Operand
from gradcli.primitives.arithmetic import add, chain, negative
from gradcli.primitives.shape import broadcast_to


def push(
    graph: Graph,
    tangents: Mapping[Node, Operand],
    outputs: Sequence[Operand],
    *,
    record: bool = False,
    needed: Container[int] | None = None,
) -> list[Operand | None]:
    """The tangents of `outputs`, given those of some nodes (the others' are zero); None where nothing moves.

    With `record`, the rules run on nodes and become nodes themselves, to be differentiated again. `needed`
    are the indices of the nodes that lead to the outputs, where it is worth leaving the others out.
    """
    moving: dict[int, Operand] = {node.index: tangent for node, tangent in tangents.items()}
    ends = [each.index if isinstance(each, Node) else -1 for each in outputs]
    last = max(ends, default=-1)
    for node in graph.nodes[min(moving, default=0) : last + 1]:
        if needed is not None and node.index not in needed:
            continue
        if node.primitive is not None and node.active and node.index not in moving:
            tangent = _push_node(node, moving, record)
            if tangent is not None:
                moving[node.index] = tangent
    return [moving.get(end) for end in ends]


def _push_node(node: Node, moving: Mapping[int, Operand], record: bool) -> Operand | None:
    given = [moving.get(each.index) if isinstance(each, Node) else None for each in node.operands]
    for tangent in given:
        if tangent is not None:
            break
    else:
        return None
    return pushforward(node, given, record)


def pushforward(node: Node, given: Sequence[Operand | None], record: bool) -> Operand | None:
    """The tangent of a node, given those of its operands, of which one at least moves."""
    derivative = node.primitive.derivative  # type: ignore[union-attr]
    if type(derivative) is Joint:
        return derivative.jvp(tuple(given), **node.static)
    if type(derivative) is Linear:
        return _push_linear(node, given)
    operands = node.operands if record else tuple(map(value_of, node.operands))
    out = node if record else node.value
    if type(derivative) is Elementwise:
        return _push_elementwise(derivative, given, out, operands, node)
    if type(derivative) is General:
        return derivative.jvp(tuple(given), out, *operands, **node.static)
    return _push_multilinear(node, given, operands)


def _push_linear(node: Node, given: Sequence[Operand | None]) -> Operand:
    """A linear primitive is applied to the tangents, with zeros for what stands still."""
    moved = [
        zeros(shape_of(operand)) if tangent is None else tangent
        for operand, tangent in zip(node.operands, given, strict=True)
    ]
    return node.primitive(*moved, **node.static)  # type: ignore[misc]


def _push_multilinear(node: Node, given: Sequence[Operand | None], operands: tuple[Operand, ...]) -> Operand:
    """The product rule: each operand in turn gives way to its tangent."""
    total = None
    for position, tangent in enumerate(given):
        if tangent is not None:
            moved = (*operands[:position], tangent, *operands[position + 1 :])
            term = node.primitive(*moved, **node.static)  # type: ignore[misc]
            total = term if total is None else add(total, term)
    return total


def _push_elementwise(
    derivative: Elementwise,
    given: Sequence[Operand | None],
    out: Operand,
    operands: tuple[Operand, ...],
    node: Node,
) -> Operand | None:
    total = None
    for tangent, partial in zip(given, derivative.partials, strict=True):
        if tangent is None or partial is None:
            continue
        if partial == 1.0:
            term = tangent
        elif partial == -1.0:
            term = negative(tangent)
        else:
            term = chain(tangent, partial(out, *operands, **node.static) if callable(partial) else partial)
        total = term if total is None else add(total, term)
    return _stretched(total, shape_of(out))


def _stretched(tangent: Operand | None, shape: tuple[int, ...]) -> Operand | None:
    if tangent is None or shape_of(tangent) == shape:
        return tangent
    return broadcast_to(tangent, shape=shape)
