"""A recorded program, or its gradient, as what is checked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcli.autodiff import derivatives
from gradcli.autodiff.batch import Plan
from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.forward import push
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, shape_of, value_of
from gradcli.autodiff.primitive import Operand
from gradcli.autodiff.reverse import pull
from gradcli.autodiff.tape import Steps, settled
from gradcli.autodiff.walks import ancestors
from gradcli.checking.frozen import FrozenGraph
from gradcli.checking.perturbed import PerturbedGraph
from gradcli.checking.subject import Boundary, Matrix, Part, Samples, Vector, flat, parts_of
from gradcli.errors import GradcliError, UsageError
from gradcli.primitives.control import detach
from gradcli.program import Program
from gradcli.recording import Recording
from gradcli.structures import as_input, leaves, rebuild

MAX_RECORDED_ROWS = 32
SINGULAR_AT_0 = frozenset(("norm", "sqrt", "cbrt", "hypot", "power", "abs"))


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run of the program needs besides its inputs."""

    wrt: tuple[str, ...] | None = None
    const: tuple[str, ...] = ()
    order: int = 1
    run: tuple[tuple[str, int], ...] = ()  # `seed`, `max_steps`, `max_elements`, where they are given


class ProgramSubject:
    """A program at a point; of order 2, its gradient.

    Unless the recording is `unrolled`, hot loops are one node each of its graph, which replays run again. A
    subject that `is_steady`, which only one with a graph of `Steps` can be, may be moved to other inputs.
    """

    def __init__(
        self,
        program: Program,
        inputs: Mapping[str, Any],
        settings: Settings,
        graph: Graph | None = None,
        unrolled: bool = True,
    ) -> None:
        self.program = program
        self.given = inputs
        self.settings = settings
        self.is_unrolled = unrolled
        self.recording = self._record(inputs, graph)
        self.graph = self.recording.graph
        self.is_steady = isinstance(graph, Steps) and settled(graph)
        named = list(self._named_leaves())
        self.leaves = [node for _, node in named]
        if not named:
            raise UsageError(
                "there is nothing to check: no input is differentiated by", source=program.source
            )
        _check_apart(named)
        self.inputs = parts_of([(name, shape_of(node)) for name, node in named])
        self.results = self._results()
        self.outputs = parts_of([(name, shape_of(node)) for name, node in self.results])
        self._replays: Plan | None = None
        self._note_values()

    def _note_values(self) -> None:
        self.point = flat([node.value for node in self.leaves])
        self.value = flat([value_of(node) for _, node in self.results])

    def move_to(self, inputs: Mapping[str, Any]) -> None:
        """Give the nodes of a steady subject the values at other inputs, which have the same shapes.

        Raises what an operation raises that fails there; the subject is of no use any more then.
        """
        self.given = inputs
        for name, leaf in self.recording.inputs.items():
            leaf.value = as_input(inputs[name], name)
        for node in self.graph.nodes:
            if node.primitive is not None:
                node.value = node.primitive.evaluate(*map(value_of, node.operands), **node.static)
        if self._replays is not None and self._replays.decisions:
            self._replays = None  # it knows what was decided at the inputs before
        self._note_values()

    def _record(self, inputs: Mapping[str, Any], graph: Graph | None) -> Recording:
        settings = self.settings
        return self.program.record(
            inputs, settings.wrt, settings.const, graph, self.is_unrolled, **dict(settings.run)
        )

    def _named_leaves(self) -> Iterator[tuple[str, Node]]:
        for name, structure in self.recording.wrt_nodes.items():
            yield from ((path, node) for path, node in leaves(structure, name) if isinstance(node, Node))

    def _results(self) -> list[tuple[str, Operand]]:
        """The outputs by name; of order 2, the entries of the gradient by input."""
        if self.settings.order == 1:
            return list(self.recording.nodes.items())
        output = self.recording.nodes.get("")
        if output is None or shape_of(output):
            raise UsageError(
                "a check of second order needs a program whose value is one number",
                source=self.program.source,
            )
        if not isinstance(output, Node):
            return [(part.name, np.zeros(part.shape)) for part in self.inputs]
        with walking():
            gradients = derivatives.gradient_nodes(self.graph, output, self.leaves)
        return list(zip((part.name for part in self.inputs), gradients, strict=True))

    # Derivatives by the graph

    def jacobian(self) -> Matrix:
        """∂output/∂input, a row for each entry of the outputs."""
        if len(self.value) == 1:
            output = self.results[0][1]
            seed = np.ones(shape_of(output)) if shape_of(output) else 1.0
            return flat(derivatives.vjp(self.graph, [(output, seed)], self.leaves))[None]
        rows = [
            np.concatenate(
                [
                    np.reshape(block, (math.prod(part.shape), math.prod(np.shape(block)[len(part.shape) :])))
                    for block in derivatives.jacobian(self.graph, node, self.leaves)
                ],
                axis=1,
            )
            for (_, node), part in zip(self.results, self.outputs, strict=True)
        ]
        return np.concatenate(rows)

    def recorded_jacobian(self) -> Matrix:
        """The same by walks that are recorded themselves, so that their rounding is that of the graph."""
        if len(self.value) > MAX_RECORDED_ROWS:
            return self.jacobian()
        rows = []
        for _, node in self.results:
            for seed in derivatives.basis(shape_of(node)):
                pulled = pull(
                    self.graph, [(node, seed)] if isinstance(node, Node) else [], self.leaves, record=True
                )
                blocks = zip(self.inputs, pulled, strict=True)
                rows.append(flat([np.zeros(p.shape) if g is None else value_of(g) for p, g in blocks]))
        return np.array(rows)

    def spread(self, u: Vector) -> Vector:
        """A direction of the entries that move freely as one of all entries: here all do."""
        return u

    def folded(self, derivative: Matrix) -> Matrix:
        """A derivative by all entries of the inputs as one by those that move freely: here all do."""
        return derivative

    def push(self, u: Vector) -> Vector:
        """J u by forward mode."""
        moving = dict(zip(self.leaves, self._split(u, self.inputs), strict=True))
        return flat(derivatives.jvp(self.graph, moving, [node for _, node in self.results]))

    def recorded_push(self, u: Vector) -> Vector:
        """The same by a walk that is recorded itself, so that its rounding is that of the graph."""
        moving = dict(zip(self.leaves, self._split(u, self.inputs), strict=True))
        pushed = push(self.graph, moving, [node for _, node in self.results], record=True)
        parts = zip(self.outputs, pushed, strict=True)
        return flat([np.zeros(part.shape) if each is None else value_of(each) for part, each in parts])

    def _split(self, vector: Vector, parts: Sequence[Part]) -> list[Any]:
        return [
            vector[part.start : part.stop].reshape(part.shape) if part.shape else vector.item(part.start)
            for part in parts
        ]

    def perturbed(self, seed: int) -> ProgramSubject | None:
        """The same run in perturbed arithmetic; None where the program does not survive that."""
        try:
            return ProgramSubject(
                self.program, self.given, self.settings, PerturbedGraph(seed), self.is_unrolled
            )
        except GradcliError:
            return None

    # Values at other points

    def evaluate(self, points: Matrix) -> Samples:
        """Replay the recorded graph; where a guard comes out otherwise, run the program again."""
        moved = {
            node: points[:, part.start : part.stop].reshape(len(points), *part.shape)
            for node, part in zip(self.leaves, self.inputs, strict=True)
        }
        try:
            if self._replays is None:
                self._replays = Plan(self.graph, [node for _, node in self.results], self.leaves)
            found = self._replays(moved)
        except (GradcliError, np.linalg.LinAlgError) as error:
            return self._one_by_one(points, error)
        blocks = [np.asarray(rows, np.float64).reshape(len(points), -1) for rows in found.outputs]
        values = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
        if found.decisions and found.broken.any():
            values = values.copy()
            for row in np.flatnonzero(found.broken):
                values[row] = self._rerun(points[row])
        return Samples(values, found.flips, found.signature)

    def _one_by_one(self, points: Matrix, error: Exception) -> Samples:
        """The same where some row has no value: its values are NaN."""
        if len(points) == 1:
            return Samples(np.full((1, len(self.value)), np.nan), np.array([-1]), np.array([0]))
        rows = [self.evaluate(point[None]) for point in points]
        return Samples(
            np.concatenate([row.values for row in rows]),
            np.concatenate([row.flips for row in rows]),
            np.concatenate([row.signature for row in rows]),
        )

    def _rerun(self, point: Vector) -> Vector:
        """The value by a new run, in which stopped gradients are still held."""
        other = self.moved_to(point)
        same = other is not None and other.value.shape == self.value.shape
        return other.value if other is not None and same else np.full(len(self.value), np.nan)

    def moved_to(self, point: Vector) -> ProgramSubject | None:
        """A new run at another point, with what stopped gradients held; None where the program fails."""
        moved = dict(zip(self.leaves, self._split(point, self.inputs), strict=True))
        inputs = {
            name: rebuild(each, lambda leaf: moved.get(leaf, value_of(leaf)))
            for name, each in self.recording.inputs.items()
        }
        try:
            return ProgramSubject(self.program, inputs, self.settings, FrozenGraph(self.graph))
        except GradcliError:
            return None

    def decision(self, flip: int) -> Boundary | None:
        """The condition, or the operation, whose choice changes."""
        decisions = () if self._replays is None else self._replays.decisions
        if not 0 <= flip < len(decisions):
            return None
        decision = decisions[flip]
        span = None if decision.place is None else decision.place.span
        text = "" if span is None else self.program.source.text[span.start : span.end]
        if decision.kind == "choice":
            return Boundary(f"`{text}`" if text else f"`{decision.node.primitive.name}`", span)  # type: ignore[union-attr]
        return Boundary(
            f"the condition `{text}`" if decision.kind == "condition" else f"the count `{text}`", span
        )

    @property
    def singular(self) -> Boundary | None:
        """The first operation at the edge of its own domain of derivatives, such as `norm` at 0."""
        for node in self.graph.nodes:
            is_singular = node.active and node.primitive is not None and node.primitive.name in SINGULAR_AT_0
            if is_singular and node.place is not None and not np.all(value_of(node)):
                text = self.program.source.text[node.place.start : node.place.end]
                return Boundary(f"`{text}`", node.place.span)
        return None

    @property
    def stopped(self) -> tuple[Boundary, ...]:
        """Where the program stops derivatives on purpose."""
        nodes = [node for node in self.graph.nodes if node.primitive is detach and node.operands[0].active]
        nodes += [self.graph.nodes[index] for index in sorted(self.graph.stopped)]
        if not nodes:
            return ()
        places = dict.fromkeys(node.place for node in nodes if node.place is not None)
        text = self.program.source.text
        return tuple(Boundary(f"`{text[p.start : p.end]}`", p.span) for p in places)


def _check_apart(named: Sequence[tuple[str, Node]]) -> None:
    """`UsageError` when a variable of `wrt` was computed from another: they cannot be moved one by one."""
    for name, node in named:
        above = ancestors(node.operands) if node.primitive is not None else ()
        for other, each in named:
            if each.index in above:
                raise UsageError(
                    f"`{name}` depends on `{other}`: a check moves what it differentiates by one by one",
                    help=f"check by one of them at a time: --wrt {name}",
                )
