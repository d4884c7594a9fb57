"""The evaluation trace of a program: each step with its value, its tangent and its adjoint.

The tables are those of the survey named in `symbols`: its Table 2 is `tangents`, its Table 3 `adjoints`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.forward import push
from gradcli.autodiff.nodes import Node, shape_of, value_of, zeros
from gradcli.autodiff.primitive import Linear
from gradcli.autodiff.reverse import pull, pullback
from gradcli.autodiff.walks import ancestors
from gradcli.errors import UsageError
from gradcli.inspection import symbols
from gradcli.inspection.symbols import BAR, DOT, operand_text, variable
from gradcli.primitives.indexing import Scatter
from gradcli.primitives.outputs import Component
from gradcli.recording import Recording
from gradcli.structures import leaves

_RESULTS = ("y", "f", "z")  # what the output is called: the first that no input is


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a trace: the variable, the expression that it is set to, and its value then."""

    variable: str
    expression: str
    value: Any


@dataclass(frozen=True, slots=True)
class Trace:
    """The trace of a run: its steps, the tangents by each input, the adjoints from the last step up."""

    primals: tuple[Step, ...]
    tangents: dict[str, tuple[Step, ...]]
    adjoints: tuple[Step, ...]


def trace(recording: Recording, modes: tuple[str, ...]) -> Trace:
    """Trace a recorded run in the modes `forward` and `reverse`.

    Raises `UsageError` for several outputs, and in reverse mode when the output is an array.
    """
    tracer = _Tracer(recording)
    with walking():
        tangents = tracer.tangents() if "forward" in modes else {}
        adjoints = tracer.adjoints() if "reverse" in modes else ()
    return Trace(tracer.primals(), tangents, adjoints)


class _Tracer:
    """The nodes that the output depends on, numbered as the survey does."""

    def __init__(self, recording: Recording) -> None:
        if "" not in recording.nodes:
            raise UsageError("a trace is of one output", source=recording.source, help="return one value")
        self.recording = recording
        self.graph = recording.graph
        self.output = recording.nodes[""]
        used = ancestors([self.output])
        given = [node for _, node in _named(recording.inputs)]
        marked = [node for node in self.graph.nodes if node.primitive is None and node.active]
        inputs = dict.fromkeys([*given, *marked])  # those that the program marks have no names of their own
        self.inputs = [leaf for leaf in inputs if leaf.index in used]
        self.names = {node.index: name for name, node in _named(recording.wrt_nodes)}
        self.names |= {node.index: name for name, node in _named(recording.variables) if node in inputs}
        self.names |= {node.index: name for name, node in _named(recording.inputs)}
        taken = {*recording.wrt, *(self.names.get(leaf.index) for leaf in self.inputs)}
        self.result = next((name for name in _RESULTS if name not in taken), "result")
        steps = [node for node in self.graph.nodes if node.index in used and node.primitive is not None]
        depth = _depths(steps)
        self.steps = sorted(steps, key=lambda node: depth[node.index])
        first = 1 - len(self.inputs)
        self.numbers = {node.index: first + i for i, node in enumerate((*self.inputs, *self.steps))}

    def primals(self) -> tuple[Step, ...]:
        """The inputs, the operations, and the output."""
        named = [Step(self._name(node), self._called(node), node.value) for node in self.inputs]
        steps = [
            Step(self._name(node), symbols.operation(node, self._operands(node)), node.value)
            for node in self.steps
        ]
        return (
            *named,
            *steps,
            Step(self.result, operand_text(self.output, self.numbers), value_of(self.output)),
        )

    def tangents(self) -> dict[str, tuple[Step, ...]]:
        """For each input of `wrt`, every step's tangent when that input moves by ones."""
        found = {}
        for name, node in _named(self.recording.wrt_nodes):
            if node.index in self.numbers:
                seed = np.ones(shape_of(node)) if shape_of(node) else 1.0
                nodes = [*self.inputs, *self.steps]
                pushed = push(self.graph, {node: seed}, nodes)
                moved = {each.index: tangent for each, tangent in zip(nodes, pushed, strict=True)}
                found[name] = tuple(self._tangent_steps(moved))
        return found

    def _tangent_steps(self, moved: dict[int, Any]) -> Iterator[Step]:
        for node in self.inputs:
            yield Step(self._name(node, DOT), _marked(self._called(node), DOT), self._tangent(node, moved))
        for node in self.steps:
            terms = [
                symbols.times(self._name(operand, DOT), self._partial(node, position))
                for position, operand in enumerate(node.operands)
                if isinstance(operand, Node) and moved.get(operand.index) is not None
            ]
            if moved.get(node.index) is None:
                expression = "0"
            elif terms:
                expression = symbols.total(terms)
            else:  # what moves is this step itself
                expression = _marked(self._called(node), DOT)
            yield Step(self._name(node, DOT), expression, self._tangent(node, moved))
        if isinstance(self.output, Node):
            yield Step(
                _marked(self.result, DOT), self._name(self.output, DOT), self._tangent(self.output, moved)
            )

    def _tangent(self, node: Node, moved: dict[int, Any]) -> Any:
        tangent = moved.get(node.index)
        return zeros(shape_of(node)) if tangent is None else tangent

    def adjoints(self) -> tuple[Step, ...]:
        """The reverse sweep in the order of its execution: every contribution, then the inputs' adjoints."""
        if shape_of(self.output):
            raise UsageError(
                f"the program's value has shape {shape_of(self.output)}; a reverse trace needs one number",
                source=self.recording.source,
                help="trace its sum, or use --mode forward",
            )
        if not isinstance(self.output, Node):
            return ()
        return tuple(self._adjoint_steps(self.output))

    def _adjoint_steps(self, output: Node) -> Iterator[Step]:
        yield Step(self._name(output, BAR), _marked(self.result, BAR), 1.0)
        complete = dict(
            zip((n.index for n in self.steps), pull(self.graph, [(output, 1.0)], self.steps), strict=True)
        )
        partial_sums: dict[int, Any] = {}
        for node in reversed(self.steps):
            g = complete.get(node.index)
            if g is None or not node.active:
                continue
            for position, operand in enumerate(node.operands):
                if isinstance(operand, Node) and operand.active:
                    part = self._contribution(node, position, g)
                    before = partial_sums.get(operand.index)
                    partial_sums[operand.index] = part if before is None else _sum(before, part)
                    term = symbols.times(self._name(node, BAR), self._partial(node, position))
                    name = self._name(operand, BAR)
                    expression = term if before is None else symbols.total((name, term))
                    yield Step(name, expression, partial_sums[operand.index])
        for node in reversed(self.inputs):
            if node.active:
                adjoint = partial_sums.get(node.index, zeros(shape_of(node)))
                yield Step(_marked(self._called(node), BAR), self._name(node, BAR), adjoint)

    def _contribution(self, node: Node, position: int, g: Any) -> Any:
        """What the node passes on to one operand, as a dense array."""
        primitive: Any = node.primitive
        linear = type(primitive.derivative) is Linear
        operands = node.operands if linear else tuple(map(value_of, node.operands))
        part = pullback(primitive.derivative, position, g, node.value, operands, node.static)
        shape = shape_of(node.operands[position])
        if isinstance(part, Scatter):
            dense = np.zeros(shape)
            np.add.at(dense, part.index, part.value)
            return dense
        if isinstance(part, Component):
            whole = value_of(node.operands[position])  # of an operation with several results
            return tuple(
                part.value if at == part.position else zeros(shape_of(each)) for at, each in enumerate(whole)
            )
        return zeros(shape) if part is None else part

    def _operands(self, node: Node) -> list[str]:
        return [operand_text(operand, self.numbers) for operand in node.operands]

    def _partial(self, node: Node, position: int) -> str:
        return symbols.partial(node, position, self._operands(node), self.numbers)

    def _called(self, node: Node) -> str:
        """The name of an input, or of a variable that is differentiated by."""
        return self.names.get(node.index) or self._name(node)

    def _name(self, node: Node, mark: str = "") -> str:
        return variable(self.numbers[node.index], mark)


def _named(structures: Mapping[str, Any]) -> list[tuple[str, Node]]:
    """The nodes of structures, with their paths."""
    paths = [pair for name, each in structures.items() for pair in leaves(each, name)]
    return [(path, node) for path, node in paths if isinstance(node, Node)]


def _sum(first: Any, second: Any) -> Any:
    """The sum of two contributions to the adjoint of an array, or of the several results of an operation."""
    if isinstance(first, tuple):
        return tuple(map(_sum, first, second))
    return first + second


def _depths(steps: list[Node]) -> dict[int, int]:
    """How many operations lie between each step and the inputs at most; the survey lists by depth."""
    depth: dict[int, int] = {}
    for node in steps:
        before = (depth.get(each.index, 0) for each in node.operands if isinstance(each, Node))
        depth[node.index] = 1 + max(before, default=0)
    return depth


def _marked(name: str, mark: str) -> str:
    return f"{name[0]}{mark}{name[1:]}"
