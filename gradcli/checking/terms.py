"""Missing terms: the difference of claim and derivative as what one operation of the program contributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, Place, value_of, zeros
from gradcli.autodiff.reverse import pull, pullback
from gradcli.checking.program_subject import ProgramSubject
from gradcli.checking.records import Diagnosis
from gradcli.checking.subject import Vector, flat
from gradcli.language.source import Span
from gradcli.primitives.control import detach
from gradcli.primitives.indexing import setitem

MAX_NODES = 300  # a walk up the graph for each operand of each node
CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Term:
    """What reaches the inputs through one operand of one operation."""

    node: Node
    position: int
    contribution: Vector
    stopped: bool = False


# How often a term is contained in the claim, less one, and what that means.
_FAULTS = (
    (-1.0, "missing term", "a missing term: {what} is not taken into account"),
    (-2.0, "sign", "wrong sign of one term: that of {what}"),
    (1.0, "factor", "a factor of 2 too much in one term: that of {what}"),
    (-0.5, "factor", "a missing factor of 2 in one term: that of {what}"),
)


def has_terms(subject: ProgramSubject) -> bool:
    """Whether the terms of a program can be told apart: one number, of an ordinary size of graph."""
    if len(subject.value) != 1 or subject.settings.order != 1 or len(subject.graph.nodes) > MAX_NODES:
        return False
    return isinstance(subject.results[0][1], Node)


class Terms:
    """The terms of a program's derivative, and the difference of a claim from it that they are to explain."""

    def __init__(self, subject: ProgramSubject, residual: Vector, bars: Vector) -> None:
        self.subject = subject
        self.residual = residual
        self.bars = bars
        self.terms = list(_terms(subject, subject.results[0][1]))

    def through_stop(self) -> Diagnosis | None:
        """Whether the claim contains what the program stops on purpose."""
        text = "the claim goes through {what}, where the program stops derivatives"
        stopped = (term for term in self.terms if term.stopped)
        found = next((term for term in stopped if self._is(term.contribution)), None)
        return None if found is None else _described(self.subject, found, "detach", text)

    def at_fault(self) -> Diagnosis | None:
        """The operation whose contribution, left out or counted otherwise, makes the claim."""
        for factor, kind, text in _FAULTS:
            for term in reversed(self.terms):
                if not term.stopped and self._is(factor * term.contribution):
                    return _described(self.subject, term, kind, text)
        return None

    def _is(self, contribution: Vector) -> bool:
        size = np.abs(contribution)
        largest = np.max(size, initial=0.0)
        if not np.isfinite(largest) or largest == 0.0:
            return False
        close = np.abs(self.residual - contribution) <= 4.0 * self.bars + CLOSE * size + 1e-9 * largest
        return bool(close.all())


def _terms(subject: ProgramSubject, output: Node) -> Iterator[Term]:
    """Every edge of the graph on a path to the output; those from a stopped value to its origin too."""
    graph, wrt = subject.graph, subject.leaves
    nodes = [node for node in graph.nodes[: output.index + 1] if _is_active(node) or _is_stop(node)]
    cotangents = _cotangents(subject, output, nodes)
    for node in nodes:
        g = cotangents.get(node.index)
        if g is None or node.primitive is setitem:
            continue
        for position, operand in enumerate(node.operands):
            if not isinstance(operand, Node) or not operand.active:
                continue
            passed = g if _is_stop(node) else _passed(node, position, g)
            if passed is None:
                continue
            pulled = pull(graph, [(operand, passed)], wrt)
            blocks = (
                zeros(np.shape(leaf.value)) if each is None else value_of(each)
                for leaf, each in zip(wrt, pulled, strict=True)
            )
            whole = flat(list(blocks))[None]
            yield Term(node, position, subject.folded(whole)[0], _is_stop(node))


def _is_active(node: Node) -> bool:
    return node.active and node.primitive is not None


def _is_stop(node: Node) -> bool:
    return node.primitive is detach


def _cotangents(subject: ProgramSubject, output: Node, nodes: Sequence[Node]) -> dict[int, object]:
    """The cotangent of each node; of a stopped one, the derivative by its value."""
    active = [node for node in nodes if node.active]
    pulled = pull(subject.graph, [(output, 1.0)], active)
    found = {node.index: each for node, each in zip(active, pulled, strict=True) if each is not None}
    for stop in (node for node in nodes if _is_stop(node)):
        received = None
        for user in active:
            for position, operand in enumerate(user.operands):
                g = found.get(user.index)
                if operand is stop and g is not None:
                    passed = _passed(user, position, g)
                    received = passed if received is None else received + passed  # type: ignore[operator]
        if received is not None:
            found[stop.index] = received
    return found


def _passed(node: Node, position: int, g: object) -> object | None:
    """The cotangent of one operand; None where it is no plain value."""
    if node.primitive is setitem:
        return None
    operands = tuple(map(value_of, node.operands))
    derivative: Any = node.primitive.derivative  # type: ignore[union-attr]
    return pullback(derivative, position, g, node.value, operands, node.static)


def _described(subject: ProgramSubject, term: Term, kind: str, text: str) -> Diagnosis:
    """A term by its text and line."""
    place: Place | None = term.node.place
    if place is None:
        return Diagnosis(kind, text.format(what=f"an operation `{term.node.primitive.name}`"))  # type: ignore[union-attr]
    span = place.span
    inner = place.operands[term.position] if term.position < len(place.operands) else None
    source = subject.program.source
    whole = source.text[span.start : span.end]
    line, _ = source.position(span.start)
    what = f"`{whole}`"
    if inner is not None and not term.stopped:
        what = f"`{source.text[inner[0] : inner[1]]}` in `{whole}`"
        span = Span(*inner)
    if len(source.line_starts) > 1:
        what += f" (line {line})"
    return Diagnosis(kind, text.format(what=what), span)
