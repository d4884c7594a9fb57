"""Missing factors that are no constants: a value of the program, or the derivative of an inner expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gradcli.autodiff.forward import push
from gradcli.autodiff.nodes import Node, shape_of, value_of
from gradcli.checking.program_subject import ProgramSubject
from gradcli.checking.records import Diagnosis
from gradcli.checking.sightings import Sighting
from gradcli.checking.subject import Part, Vector
from gradcli.records import NamedTuple
from gradcli.structures import leaves

CLOSE = 1e-7
LARGEST = 12  # the numerator and denominator of a coefficient that anyone would forget
MAX_VALUES = 60
MAX_TEXT = 30
ENOUGH = 3  # entries, at all points together, that must agree

_ATOM = re.compile(r"[\w.]+|[\w.]*\([^()]*\)|[\w.]+\[[^\[\]]*\]")  # what needs no parentheses

# What is done to a value to make a factor, and how that is written.
_FORMS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("{}", lambda v: v),
    ("{}**2", lambda v: v * v),
    ("(1 - {})", lambda v: 1.0 - v),
    ("(1 - {}**2)", lambda v: 1.0 - v * v),
    ("(1 + {})", lambda v: 1.0 + v),
    ("(1 + {}**2)", lambda v: 1.0 + v * v),
)


class Factor(NamedTuple):
    """A factor that explains a claim: coefficient times name; the claim lacks it, or has it too much."""

    name: str
    coefficient: Fraction
    is_missing: bool

    @property
    def text(self) -> str:
        """The factor as an expression."""
        top, bottom = self.coefficient.numerator, self.coefficient.denominator
        sign = "-" if top < 0 else ""
        times = "" if abs(top) == 1 else f"{abs(top)}*"
        over = "" if bottom == 1 else f"/{bottom}"
        return f"{sign}{times}{self.name}{over}"


def factor_at_fault(sightings: Sequence[Sighting]) -> Diagnosis | None:
    """The factor that every wrong claim lacks, or has too much, at every point."""
    here = sightings[0]
    bad = [part for part in here.subject.inputs if here.wrong[:, part.start : part.stop].any()]
    found = [_of_part(part, sightings) for part in bad]
    texts = [text for text in found if text is not None]
    return Diagnosis("factor", "; ".join(dict.fromkeys(texts))) if texts and len(texts) == len(bad) else None


def _of_part(part: Part, sightings: Sequence[Sighting]) -> str | None:
    """What is wrong with the claim by one input, in words."""
    pairs = [sighting.pair(part) for sighting in sightings]
    claimed = np.concatenate([pair.claimed.ravel() for pair in pairs])
    right = np.concatenate([pair.right.ravel() for pair in pairs])
    if np.count_nonzero(right) < ENOUGH or not claimed.any():
        return None
    shape = pairs[0].right.shape
    inner = _found(_common([_inner_derivatives(part, each) for each in sightings]), shape, claimed, right)
    value = _found(_common([_values(each) for each in sightings]), shape, claimed, right)
    if inner is not None and inner.is_missing and abs(inner.coefficient) == 1:
        sign = "" if inner.coefficient == 1 else " with its sign"
        named = value is not None and value.is_missing and value.text != inner.name
        which = f", `{value.text}`," if named and value is not None else ""
        return f"chain rule: the derivative of `{inner.name}`{which} is missing as a factor{sign}"
    if value is None:
        return None
    return f"a missing factor `{value.text}`" if value.is_missing else f"a factor `{value.text}` too much"


def _found(
    candidates: Iterator[tuple[str, list[Any]]], shape: tuple[int, ...], claimed: Vector, right: Vector
) -> Factor | None:
    """The first candidate that makes the claim of the derivative, or the derivative of the claim."""
    for name, values in candidates:
        if not _fits(np.shape(values[0]), shape):
            continue
        factor = np.concatenate([_stretched(value, shape).ravel() for value in values])
        if not np.isfinite(factor).all() or np.ptp(factor) == 0.0:
            continue
        for is_missing, whole, bare in ((True, right, claimed), (False, claimed, right)):
            coefficient = _coefficient(whole, bare * factor)
            if coefficient is not None:
                return Factor(name, coefficient, is_missing)
    return None


def _coefficient(whole: Vector, product: Vector) -> Fraction | None:
    """The simple number by which a product must be multiplied to give the whole, entry by entry."""
    largest = int(np.argmax(np.abs(whole)))
    if product[largest] == 0.0:
        return None
    ratio = float(whole[largest] / product[largest])
    if not 0.0 < abs(ratio) < 2.0 * LARGEST:
        return None
    simple = Fraction(ratio).limit_denominator(LARGEST)
    if simple == 0 or abs(simple.numerator) > LARGEST:
        return None
    apart = np.abs(whole - float(simple) * product)
    allowed = CLOSE * np.abs(whole) + 1e-12 * abs(whole[largest])
    return simple if bool((apart <= allowed).all()) else None


def _fits(own: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether a value may be a factor of a derivative: one number, or one for each input or output entry."""
    return own in (shape[: len(own)], shape[len(shape) - len(own) :])


def _stretched(value: Any, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(value, dtype=np.float64)
    if array.shape != shape[len(shape) - array.ndim :]:  # by output entry
        array = array.reshape(*array.shape, *(1,) * (len(shape) - array.ndim))
    return np.broadcast_to(array, shape)


# What may be a factor ---------------------------------------------------------------------------------------


def _common(tables: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
    """What has a value at every point, and one of a shape that may be a factor."""
    for name in tables[0]:
        if all(name in table for table in tables):
            yield name, [table[name] for table in tables]


def _values(sighting: Sighting) -> dict[str, Any]:
    """Inputs, variables and intermediate values by their text, in all forms."""
    subject: Any = sighting.subject
    values = _named(subject)
    found: dict[str, Any] = {}
    for form, make in _FORMS:
        for text, value in values.items():
            found[form.format(text)] = make(np.asarray(value, dtype=np.float64))
    return found


def _named(subject: ProgramSubject) -> dict[str, Any]:
    """Values by their text in the program: names first, then operations, the first ones first."""
    known = {**subject.recording.inputs, **subject.recording.variables}
    named = {path: value_of(leaf) for name, each in known.items() for path, leaf in leaves(each, name)}
    for text, node in operations(subject):
        if len(named) < MAX_VALUES:
            named.setdefault(text if _ATOM.fullmatch(text) else f"({text})", node.value)
    return {text: value for text, value in named.items() if isinstance(value, (float, int, np.ndarray))}


def operations(subject: ProgramSubject) -> Iterator[tuple[str, Node]]:
    """The operations on the way, in few enough words to be named, with their text."""
    for node in subject.graph.nodes:
        if node.primitive is not None and node.active and node.place is not None:
            text = subject.program.source.text[node.place.start : node.place.end]
            if len(text) <= MAX_TEXT and text.isprintable():
                yield text, node


def _inner_derivatives(part: Part, sighting: Sighting) -> dict[str, Any]:
    """The derivatives of intermediate values that are functions of the input, entry by entry."""
    subject: Any = sighting.subject
    leaf = subject.leaves[subject.inputs.index(part)]
    inner = {text: node for text, node in operations(subject) if shape_of(node) == part.shape}
    ones = np.ones(part.shape) if part.shape else 1.0
    tangents = push(subject.graph, {leaf: ones}, list(inner.values()))
    return {text: value_of(each) for text, each in zip(inner, tangents, strict=True) if each is not None}
