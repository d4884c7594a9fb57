"""Reverse mode: cotangents pulled up the graph, from the outputs to what they depend on."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.cotangents import Cotangents, Entries
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Deferred, Node, shape_of, value_of
from gradcli.autodiff.primitive import (
    Derivative,
    Elementwise,
    General,
    Joint,
    Linear,
    Multilinear,
    Operand,
    Static,
)
from gradcli.autodiff.slopes import slopes_of
from gradcli.primitives.arithmetic import chain, multiply, negative
from gradcli.primitives.indexing import entry_cotangent, setitem
from gradcli.primitives.shape import sum_to


def pull(
    graph: Graph,
    seeds: Sequence[tuple[Node, Operand]],
    wrt: Sequence[Node],
    *,
    record: bool = False,
    space: Any = None,
) -> list[Operand | None]:
    """The cotangents of `wrt`, given those of the outputs in `seeds`; None where no path leads to an output.

    With `record`, the rules run on the graph's nodes and so become nodes themselves (torch's
    `create_graph`): the cotangents can be differentiated again. A graph may be pulled any number of times.
    `space` is what works on cotangents that are no numbers, as a graph would.
    """
    place = graph.place
    last = max((node.index for node, _ in seeds), default=-1)
    wanted = _dependents(graph, wrt, last)
    held = Cotangents(graph, last + 1, record, space)
    held.small += [node for node, _ in seeds]
    for node, cotangent in seeds:
        if node.active:
            held.add(node, cotangent)
    _walk(graph, held, wanted, {node.index for node in wrt})
    graph.place = place
    found = [held.slots[node.index] if node.index <= last else None for node in wrt]
    return held.evaluated(found, [node for node, _ in seeds]) if held.is_lazy else found


def _walk(graph: Graph, held: Cotangents, wanted: bytearray | None, kept: Container[int]) -> None:
    """Pass cotangents on, from the last node to the first; those of the nodes `kept` stay in their slots."""
    nodes, slots, record = graph.nodes, held.slots, held.record
    for index in range(len(slots) - 1, -1, -1):
        g = slots[index]
        if g is None:
            continue
        node = nodes[index]
        primitive = node.primitive
        if type(g) is float and not record and type(node) is not Deferred:
            if primitive is not None and g != 0.0:
                if primitive.partials is None:
                    _pull_node(node, g, held, wanted)
                else:
                    try:
                        _pull_scalar(node, slopes_of(primitive.partials), g, slots, wanted)
                    except (ArithmeticError, ValueError):
                        _pull_scalar(node, primitive.partials, g, slots, wanted)
            continue
        # Arrays are let go as soon as they have been passed on.
        slots[index] = _settled(g, node) if index in kept else None
        if primitive is not None:
            graph.place = node.place  # of what is recorded: that of the operation it differentiates
            _pull_node(node, g, held, wanted)


def _settled(g: Operand, node: Node) -> Operand:
    """A cotangent to be kept; an assignment goes on to use its array."""
    if type(g) is not Entries:
        return g
    return g.array.copy() if node.primitive is setitem and g.graph is None else g.array


def _pull_node(node: Node, g: Operand, held: Cotangents, wanted: bytearray | None) -> None:
    """What a node has received goes on to its operands, by the rule of its primitive."""
    primitive: Any = node.primitive
    if primitive is setitem:
        _pull_assignment(node, g, held, wanted)
        return
    if type(g) is Entries:
        g = g.array
    derivative = primitive.derivative
    read: Callable[[Operand], Operand] = value_of
    if held.is_lazy and not (type(derivative) is Linear and type(g) is float):
        g, read = held.lazily(node, g)
    if type(derivative) is Joint:
        _share(_pull_jointly(derivative, node, g, held, wanted), node, held, wanted)
    elif type(derivative) is Linear and callable(derivative.transposes):
        _share(derivative.transposes(g, *node.operands, **node.static), node, held, wanted)
    elif type(derivative) is Multilinear and _is_square(derivative, node) and not held.record:
        _pull_each(node, node.operands[:1], multiply(2.0, g), held, wanted, read)
    else:
        _pull_each(node, node.operands, g, held, wanted, read)


def _pull_jointly(
    derivative: Joint, node: Node, g: Operand, held: Cotangents, wanted: bytearray | None
) -> Sequence[Operand]:
    """The cotangents of all operands, by a rule that serves them together."""
    asked = tuple(_is_asked(each, wanted) for each in node.operands)
    if held.record and derivative.recorded is not None:
        recorded: Sequence[Operand] = derivative.recorded(asked, g, node)
        return recorded
    shares: Sequence[Operand] = derivative.vjp(asked, g, **node.static)
    return shares


def _is_square(derivative: Multilinear, node: Node) -> bool:
    """Whether a node is a symmetric product of an operand with itself."""
    return derivative.symmetric and node.operands[0] is node.operands[1]


def _pull_each(
    node: Node,
    served: Sequence[Operand],
    g: Operand,
    held: Cotangents,
    wanted: bytearray | None,
    read: Callable[[Operand], Operand],
) -> None:
    """Operand by operand, those that are `served`; rules read the values of all."""
    derivative: Any = node.primitive.derivative  # type: ignore[union-attr]
    as_nodes = type(derivative) is Linear or held.record
    operands = node.operands if as_nodes else tuple(map(read, node.operands))
    out = node if as_nodes else read(node)
    for position, operand in enumerate(served):
        if isinstance(operand, Node) and operand.active and (wanted is None or wanted[operand.index]):
            cotangent = pullback(derivative, position, g, out, operands, node.static)
            if cotangent is not None:
                held.add(operand, cotangent if held.record else _adopted(cotangent, g, out, operands))


def _adopted(cotangent: Operand, g: Operand, out: Operand, operands: tuple[Operand, ...]) -> Operand:
    """A cotangent that the rule has just made as `Entries`, for further ones to be added in place."""
    if type(cotangent) is not np.ndarray or cotangent.base is not None or cotangent is g or cotangent is out:
        return cotangent
    for each in operands:
        if cotangent is each:
            return cotangent
    return Entries(cotangent, None)


def _share(cotangents: Sequence[Operand], node: Node, held: Cotangents, wanted: bytearray | None) -> None:
    """Hand each operand its cotangent."""
    for operand, cotangent in zip(node.operands, cotangents, strict=True):
        if cotangent is not None and _is_asked(operand, wanted):
            held.add(operand, cotangent)


def _is_asked(operand: Operand, wanted: bytearray | None) -> bool:
    """Whether a cotangent of the operand is of use."""
    return isinstance(operand, Node) and operand.active and (wanted is None or bool(wanted[operand.index]))


def _pull_scalar(node: Node, slopes: Any, g: float, slots: list[Any], wanted: bytearray | None) -> None:
    """The same for an elementwise primitive on plain scalars, where the chain rule is one product.

    This is the innermost loop of every reverse pass through scalar code: two operands are written out, with
    no list, no inner loop and no starred call. Where a slope raises, nothing has been passed on yet.
    """
    operands = node.operands
    if node.static or len(operands) > 2:
        _pull_other_scalar(node, slopes, g, slots, wanted)
        return
    if len(operands) == 1:
        _pull_unary(node, operands[0], slopes[0], g, slots)
        return
    left, right = operands
    x = left.value if type(left) is Node else left
    y = right.value if type(right) is Node else right
    of_x = of_y = None
    if x is not left and left.active and (wanted is None or wanted[left.index]):
        of_x = slopes[0]
        if type(of_x) is not float:
            of_x = of_x(node.value, x, y) if of_x is not None else False
    if y is not right and right.active and (wanted is None or wanted[right.index]):
        of_y = slopes[1]
        if type(of_y) is not float:
            of_y = of_y(node.value, x, y) if of_y is not None else False
    if of_x is not None:
        index = left.index
        before = slots[index]
        product = g * of_x if of_x is not False else 0.0  # False selects: nothing passes, be g infinite
        slots[index] = product if before is None else before + product
    if of_y is not None:
        index = right.index
        before = slots[index]
        product = g * of_y if of_y is not False else 0.0
        slots[index] = product if before is None else before + product


def _pull_unary(node: Node, operand: Any, slope: Any, g: float, slots: list[Any]) -> None:
    """One operand: the node is active, and so is wanted, because the operand is."""
    if type(slope) is not float:
        slope = slope(node.value, operand.value)
    index = operand.index
    before = slots[index]
    product = g * slope if slope is not False else 0.0
    slots[index] = product if before is None else before + product


def _pull_other_scalar(node: Node, slopes: Any, g: float, slots: list[Any], wanted: bytearray | None) -> None:
    """More than two operands, or static parameters."""
    values = [value_of(each) for each in node.operands]
    found = [
        (operand.index, rule(node.value, *values, **node.static) if callable(rule) else rule)
        for operand, rule in zip(node.operands, slopes, strict=True)
        if rule is not None and _is_asked(operand, wanted)
    ]
    for index, slope in found:
        before = slots[index]
        product = g * slope if slope is not False else 0.0
        slots[index] = product if before is None else before + product


def pullback(
    derivative: Derivative,
    position: int,
    g: Operand,
    out: Operand,
    operands: tuple[Operand, ...],
    static: Static,
) -> Operand | None:
    """What one primitive passes on to the operand at `position`; None where it has no derivative there."""
    if type(derivative) is Elementwise:
        return _pull_elementwise(derivative.partials[position], g, out, operands, position, static)
    rules = derivative.vjps if type(derivative) is General else derivative.transposes  # type: ignore[union-attr]
    if callable(rules) and type(derivative) is Linear:  # the cotangents of all operands at once
        return rules(g, *operands, **static)[position]
    if callable(rules):
        return rules(position, g, *operands, **static)
    rule = rules[position]
    if rule is None:
        return None
    return rule(g, out, *operands, **static) if type(derivative) is General else rule(g, *operands, **static)


def _pull_elementwise(
    partial: Any, g: Operand, out: Operand, operands: tuple[Operand, ...], position: int, static: Static
) -> Operand | None:
    if partial is None:
        return None
    if partial == 1.0:
        product = g
    elif partial == -1.0:
        product = negative(g)
    else:
        product = chain(g, partial(out, *operands, **static) if callable(partial) else partial)
    return sum_to(product, shape_of(operands[position]))


def _pull_assignment(node: Node, g: Operand, held: Cotangents, wanted: bytearray | None) -> None:
    """`x[index] = value`: the entry's cotangent goes to the value, the others to x in the same buffer."""
    base, value = node.operands
    index = node.static["index"]
    entries = g if type(g) is Entries else held.entries(g)
    if isinstance(value, Node) and value.active and (wanted is None or wanted[value.index]):
        held.add(value, entry_cotangent(entries.array, index, shape_of(value)))
    if isinstance(base, Node) and base.active and (wanted is None or wanted[base.index]):
        entries.clear(index)
        held.add(base, entries)


def _dependents(graph: Graph, wrt: Sequence[Node], last: int) -> bytearray | None:
    """Marks on the nodes that depend on `wrt`; None when they are just the active ones."""
    given = {node.index for node in wrt}
    if given.issuperset(graph.sources):
        return None
    marks = bytearray(last + 1)
    for node in graph.nodes[min(given, default=0) : last + 1]:
        if node.index in given or (
            node.active and any(isinstance(each, Node) and marks[each.index] for each in node.operands)
        ):
            marks[node.index] = 1
    return marks
