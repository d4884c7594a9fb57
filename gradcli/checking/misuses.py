"""Misused rules of calculus: the product of derivatives for the derivative of a product, and the like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.forward import push
from gradcli.autodiff.nodes import Node, shape_of, value_of
from gradcli.checking.factors import operations
from gradcli.checking.records import Diagnosis
from gradcli.checking.sightings import Sighting
from gradcli.checking.subject import Part
from gradcli.records import NamedTuple

CLOSE = 1e-7
ENOUGH = 3  # entries, at all points together, that must agree


class Misuse(NamedTuple):
    """What a misapplied rule makes of an operation on `a` and `b` with derivatives `da` and `db`."""

    text: str
    derivative: Callable[[Any, Any, Any, Any], Any]


_MISUSES = {
    "multiply": Misuse(
        "product rule: the claim multiplies the derivatives of {a} and {b}", lambda a, b, da, db: da * db
    ),
    "divide": Misuse(
        "quotient rule: the claim divides the derivatives of {a} and {b}", lambda a, b, da, db: da / db
    ),
    "power": Misuse(
        "power rule: it does not hold for {b}, an exponent that is not constant",
        lambda a, b, da, db: b * a ** (b - 1.0) * np.where(da != 0, da, db),
    ),
}


def rule_at_fault(sightings: Sequence[Sighting]) -> Diagnosis | None:
    """The rule whose misuse in one operation gives every wrong claim, at every point."""
    here = sightings[0]
    bad = [part for part in here.subject.inputs if here.wrong[:, part.start : part.stop].any()]
    texts = [_of_part(part, sightings) for part in bad]
    return Diagnosis("rule", texts[0]) if texts and texts[0] is not None and len(set(texts)) == 1 else None


def _of_part(part: Part, sightings: Sequence[Sighting]) -> str | None:
    """What explains the claim by one input."""
    tables = [dict(_explained(part, each)) for each in sightings]
    if sum(np.count_nonzero(each.pair(part).right) for each in sightings) < ENOUGH:
        return None
    return next((text for text in tables[0] if all(text in table for table in tables)), None)


def _explained(part: Part, sighting: Sighting) -> Iterator[tuple[str, None]]:
    """The misuses that give the claim, in operations whose derivative is the right one."""
    subject: Any = sighting.subject
    pair = sighting.pair(part)
    leaf = subject.leaves[subject.inputs.index(part)]
    for node, misuse in _operations(subject):
        right, da, db = (_tangent(subject, leaf, each) for each in (node, *node.operands))
        if not _same(right, pair.right):
            continue
        a, b = map(value_of, node.operands)
        with np.errstate(all="ignore"):
            misused = misuse.derivative(a, b, da, db)
        if _same(misused, pair.claimed):
            yield misuse.text.format(a=_text(subject, node, 0), b=_text(subject, node, 1)), None


def _tangent(subject: Any, leaf: Node, operand: Any) -> np.ndarray:
    """How an operand moves, entry by entry, when all entries of an input do."""
    if not isinstance(operand, Node):
        return np.asarray(0.0)
    (moved,) = push(subject.graph, {leaf: np.ones(shape_of(leaf)) if shape_of(leaf) else 1.0}, [operand])
    return np.asarray(0.0 if moved is None else value_of(moved))


def _operations(subject: Any) -> Iterator[tuple[Node, Misuse]]:
    for _, node in operations(subject):
        if node.primitive is not None and node.primitive.name in _MISUSES:
            yield node, _MISUSES[node.primitive.name]


def _text(subject: Any, node: Any, at: int) -> str:
    start, end = node.place.operands[at]
    return f"`{subject.program.source.text[start:end]}`"


def _same(one: Any, other: np.ndarray) -> bool:
    """Whether two derivatives are equal; entry by entry, however many outputs they are summed up to."""
    array = np.asarray(one)
    return array.shape == other.shape and bool(
        np.allclose(array, other, rtol=CLOSE, atol=1e-12 * np.max(np.abs(other), initial=0.0))
    )
