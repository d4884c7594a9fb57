"""Derivatives of a recorded graph: VJPs, JVPs, Jacobians and Hessians, made of forward and reverse walks."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.autodiff.forward import push
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, shape_of, value_of, zeros
from gradcli.autodiff.primitive import Operand
from gradcli.autodiff.reverse import pull
from gradcli.limits import check_elements

if TYPE_CHECKING:
    from gradcli.autodiff.structured import SparseMatrix

# So many walks one by one are faster than all at once: over arrays, and over numbers, which Python takes
# faster than arrays of one.
_FEW_FORWARD = (2, 6)
_FEW_REVERSE = (3, 24)
_WORTH_RECORDING = 4  # walks: fewer are faster one by one than recorded and replayed


class walking:  # noqa: N801  # used like a function, as NumPy's errstate is
    """Work on graphs: NaN and infinities raise no warnings, and the garbage collector rests.

    A graph holds millions of objects and no rubbish; collections during a run would double its time.
    """

    __slots__ = ("collecting", "quiet")

    def __enter__(self) -> None:
        self.collecting = gc.isenabled()
        self.quiet = np.errstate(all="ignore")
        gc.disable()
        self.quiet.__enter__()

    def __exit__(self, *error: object) -> None:
        self.quiet.__exit__(None, None, None)
        if self.collecting:
            gc.enable()


def vjp(graph: Graph, seeds: Sequence[tuple[Operand, Operand]], wrt: Sequence[Node]) -> list[Any]:
    """Vᵀ J for each of `wrt`: the outputs' cotangents pulled back, as plain values.

    Each result has the shape of its node; it is zero where no path leads to an output.
    """
    on_path = [(output, v) for output, v in seeds if isinstance(output, Node) and output.active]
    pulled = pull(graph, on_path, wrt)
    return [
        zeros(shape_of(node)) if cotangent is None else value_of(cotangent)
        for node, cotangent in zip(wrt, pulled, strict=True)
    ]


def jvp(graph: Graph, tangents: Mapping[Node, Any], outputs: Sequence[Operand]) -> list[Any]:
    """J u for each output: tangents pushed forward; plain values of the outputs' shapes."""
    return [
        zeros(shape_of(output)) if tangent is None else value_of(tangent)
        for output, tangent in zip(outputs, push(graph, tangents, outputs), strict=True)
    ]


def gradient_nodes(graph: Graph, output: Operand, wrt: Sequence[Node]) -> list[Operand]:
    """The gradient of a scalar output, itself recorded in the graph; zeros for one that is a plain number."""
    seeds = [(output, 1.0)] if isinstance(output, Node) else []
    pulled = pull(graph, seeds, wrt, record=True)
    return [
        zeros(shape_of(node)) if cotangent is None else cotangent
        for node, cotangent in zip(wrt, pulled, strict=True)
    ]


def jacobian(graph: Graph, output: Operand, wrt: Sequence[Node], mode: str = "auto") -> list[Any]:
    """∂output/∂node for each of `wrt`, of shape output.shape + node.shape (numerator layout).

    `mode` is `reverse` (a row for each entry of the output), `forward` (a column for each entry of the
    inputs), or `auto`, which takes the fewer.
    """
    entries_out = math.prod(shape_of(output))
    entries_in = sum(math.prod(shape_of(node)) for node in wrt)
    forward = mode == "forward" or (mode == "auto" and entries_in < entries_out)
    if _is_worth_maps(
        graph, entries_in if forward else entries_out, _FEW_FORWARD if forward else _FEW_REVERSE
    ):
        from gradcli.autodiff.structured import Direction, blocks

        found = blocks(graph, output, wrt, Direction.FORWARD if forward else Direction.REVERSE)
        if found is not None:
            return found
    return [_columns(graph, output, node) for node in wrt] if forward else _rows(graph, output, wrt)


def _is_worth_maps(graph: Graph, walks: int, few: tuple[int, int]) -> bool:
    """Whether one walk with sparse maps costs less than so many; loops have their own walks."""
    if graph.loops or walks < few[0]:
        return False
    return walks >= few[1] or 2 * sum([not shape_of(node) for node in graph.nodes]) <= len(graph.nodes)


def _rows(graph: Graph, output: Operand, wrt: Sequence[Node]) -> list[Any]:
    """The reverse walk, for every entry of the output."""
    shape = shape_of(output)
    if isinstance(output, Node) and output.active and _is_worth_recording(graph, shape):
        rows = _at_unit_arrays(graph, shape, lambda v: pull(graph, [(output, v)], wrt, record=True))
    else:
        each = [vjp(graph, [(output, seed)], wrt) for seed in basis(shape)]
        rows = [[row[position] for row in each] for position in range(len(wrt))]
    return [_assembled(block, shape + shape_of(node)) for block, node in zip(rows, wrt, strict=True)]


def _columns(graph: Graph, output: Operand, node: Node) -> Any:
    """The forward walk, for every entry of the input."""
    shape = shape_of(node)
    if isinstance(output, Node) and output.active and _is_worth_recording(graph, shape):
        (columns,) = _at_unit_arrays(graph, shape, lambda u: push(graph, {node: u}, [output], record=True))
    else:
        columns = [jvp(graph, {node: tangent}, [output])[0] for tangent in basis(shape)]
    whole = shape_of(output) + shape
    is_partial = np.size(columns) != math.prod(whole)  # there is no path to the output
    if is_partial or not shape or not math.prod(shape):
        return _assembled(columns, whole)
    return np.stack(list(columns), axis=-1).reshape(whole)


def _is_worth_recording(graph: Graph, shape: tuple[int, ...]) -> bool:
    """Whether to record one walk and replay it; the walks of loops cannot be replayed."""
    return math.prod(shape) >= _WORTH_RECORDING and not graph.loops


def _at_unit_arrays(
    graph: Graph, shape: tuple[int, ...], derive: Callable[[Node], Sequence[Operand | None]]
) -> list[Any]:
    """The values of a linear map at all unit arrays of a shape, each along a leading axis.

    The map is recorded once, on top of the graph, and replayed on blocks of unit arrays; what was recorded
    is then forgotten.
    """
    from gradcli.autodiff.batch import replay

    mark = len(graph.nodes)
    count = math.prod(shape)
    leaf = graph.leaf(np.ones(shape))
    try:
        results = [0.0 if each is None else each for each in derive(leaf)]
        units = np.eye(count).reshape(count, *shape)
        return list(replay(graph, results, {leaf: units}).outputs)
    finally:
        del graph.nodes[mark:]


def _assembled(parts: Any, shape: tuple[int, ...]) -> Any:
    if not shape:
        return float(parts[0])
    array = np.asarray(parts, dtype=np.float64)
    return array.reshape(shape) if array.size == math.prod(shape) else np.zeros(shape)


def basis(shape: tuple[int, ...]) -> Iterator[Any]:
    """The unit arrays of a shape, in order; 1.0 for a scalar."""
    if not shape:
        yield 1.0
        return
    for position in range(math.prod(shape)):
        unit = np.zeros(math.prod(shape))
        unit[position] = 1.0
        yield unit.reshape(shape)


def hessian(graph: Graph, output: Operand, wrt: Sequence[Node]) -> list[list[Any]]:
    """Blocks ∂²output/∂a∂b for a, b in `wrt`, of shape a.shape + b.shape."""
    entries = sum(math.prod(shape_of(node)) for node in wrt)
    if isinstance(output, Node) and output.active and _is_worth_maps(graph, entries, _FEW_REVERSE):
        from gradcli.autodiff.curvature import hessian_blocks

        found = hessian_blocks(graph, output, wrt)
        if found is not None:
            return found
    gradients = gradient_nodes(graph, output, wrt)
    forward = graph.loops or _is_worth_maps(graph, entries, _FEW_REVERSE)
    return [jacobian(graph, gradient, wrt, "forward" if forward else "reverse") for gradient in gradients]


def sparse_jacobian(
    graph: Graph, output: Operand, wrt: Sequence[Node], mode: str = "auto"
) -> list[SparseMatrix]:
    """∂output/∂node for each of `wrt` by its entries, of whatever ranks: rows count the output's, flattened.

    `auto` goes the way with fewer seeds, and the other one where that would need too much room.
    """
    from gradcli.autodiff.structured import Direction, full_matrix, matrices

    rows = math.prod(shape_of(output))
    columns = sum(math.prod(shape_of(node)) for node in wrt)
    ways = ["forward", "reverse"] if columns <= rows else ["reverse", "forward"]
    for way in () if graph.loops else ways if mode == "auto" else [mode]:
        found = matrices(graph, output, wrt, Direction(way))
        if found is not None:
            return found
    check_elements((rows, columns))
    return [full_matrix(block, rows) for block in jacobian(graph, output, wrt, mode)]


def sparse_hessian(graph: Graph, output: Operand, wrt: Sequence[Node]) -> list[list[SparseMatrix]]:
    """Blocks ∂²output/∂a∂b by their entries; rows count those of a, columns those of b, both flattened."""
    if isinstance(output, Node) and output.active and not graph.loops:
        from gradcli.autodiff.curvature import hessian_matrices

        found = hessian_matrices(graph, output, wrt)
        if found is not None:
            return found
    return [
        sparse_jacobian(graph, gradient, wrt, "forward" if graph.loops else "auto")
        for gradient in gradient_nodes(graph, output, wrt)
    ]


def hessian_vector(graph: Graph, output: Operand, wrt: Sequence[Node], vectors: Sequence[Any]) -> list[Any]:
    """H v, one walk up or down the recorded gradient: the result has the shapes of `wrt`."""
    gradients = gradient_nodes(graph, output, wrt)
    if graph.loops:
        return jvp(graph, dict(zip(wrt, vectors, strict=True)), gradients)
    return vjp(graph, list(zip(gradients, vectors, strict=True)), wrt)
