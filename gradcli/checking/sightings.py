"""Claim and derivative at several points: what holds at one point only explains nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import value_of
from gradcli.checking.claims import Claim, read_claims
from gradcli.checking.patterns import Pair
from gradcli.checking.program_subject import ProgramSubject
from gradcli.checking.records import PASS, WRONG
from gradcli.checking.subject import Matrix, Part
from gradcli.errors import GradcliError
from gradcli.records import NamedTuple
from gradcli.structures import as_input, leaves, rebuild

POINTS = 3
REACH = 0.4  # how far from the point, as a part of each entry
MAX_NODES = 2000
MAX_ENTRIES = 10_000
APART = 1e-8  # relative: what is farther apart than this is wrong


class Sighting(NamedTuple):
    """What is claimed and what is right at one point, a row for each output; verdicts are places in `ORDER`.

    The subject is a program, or Python functions where nothing but patterns is looked for.
    """

    subject: Any
    claimed: Matrix
    right: Matrix
    error: Matrix
    verdicts: np.ndarray

    @property
    def wrong(self) -> np.ndarray:
        """Marks on the entries that are wrong."""
        return np.asarray(self.verdicts == WRONG)

    def pairs(self) -> list[Pair]:
        """Claim and derivative by input, in the shape of the derivative."""
        return [self.pair(part) for part in self.subject.inputs]

    def agrees(self) -> bool:
        """Whether the claim is right, but for what rounding explains."""
        return all(pair.agrees(pair.claimed) for pair in self.pairs())

    def pair(self, part: Part) -> Pair:
        """Claim and derivative by one input."""
        outputs = self.subject.outputs
        lead = outputs[0].shape if len(outputs) == 1 else (len(self.right),)
        cut, shape = slice(part.start, part.stop), (*lead, *part.shape)
        claimed, right, error, wrong = (
            each[:, cut].reshape(shape) for each in (self.claimed, self.right, self.error, self.wrong)
        )
        return Pair(part.name, claimed, right, error, wrong, part.shape, self._sizes())

    def _sizes(self) -> frozenset[int]:
        """How long the axes of all inputs are: what a mean may run over."""
        given = {name: as_input(value, name, borrow=True) for name, value in self.subject.given.items()}
        named = (pair for name, value in given.items() for pair in leaves(value, name))
        return frozenset(size for _, leaf in named for size in np.shape(leaf))


def elsewhere(subject: ProgramSubject, claims: Sequence[Claim], wrong: np.ndarray) -> list[Sighting]:
    """The same at a few random points around the given one.

    There are none where some wrong claim is made of numbers, which say nothing about other points.
    """
    texts: dict[str, Any] = {}
    for claim in claims:
        if claim.program is not None:
            texts[claim.name] = claim.program.source.text
        elif wrong[:, claim.columns].any():
            return []
    if not texts or len(subject.graph.nodes) > MAX_NODES or wrong.size > MAX_ENTRIES:
        return []
    generator = np.random.default_rng(0)
    found = (_sighting(subject, _moved(subject, generator), texts) for _ in range(POINTS))
    return [each for each in found if each is not None]


def _moved(subject: ProgramSubject, generator: np.random.Generator) -> dict[str, Any]:
    """The inputs, every number that is not whole by kind moved a little; signs and symmetry stay."""
    return {
        name: rebuild(each, lambda leaf: _shaken(value_of(leaf), generator))
        for name, each in subject.recording.inputs.items()
    }


def _shaken(value: Any, generator: np.random.Generator) -> Any:
    if type(value) is float:
        return float(_shaken(np.array(value), generator))
    if type(value) is not np.ndarray or value.dtype != np.float64:
        return value
    moves = generator.uniform(-REACH, REACH, value.shape)
    moved = np.where(value == 0.0, moves, value * (1.0 + moves))
    is_symmetric = value.ndim == 2 and value.shape == value.T.shape and (value == value.T).all()
    return (moved + moved.T) / 2.0 if is_symmetric else moved


def _sighting(
    subject: ProgramSubject, inputs: Mapping[str, Any], texts: Mapping[str, Any]
) -> Sighting | None:
    """One other point; None where the program or the claim has no value there, or another shape."""
    try:
        other = ProgramSubject(subject.program, inputs, subject.settings)
        claims = read_claims(other, texts)
    except GradcliError:
        return None
    right = other.jacobian()
    claimed = right.copy()
    for claim in claims:
        claimed[:, claim.columns] = claim.block
    if other.inputs != subject.inputs or other.outputs != subject.outputs or not np.isfinite(right).all():
        return None
    wrong = np.abs(claimed - right) > APART * np.maximum(np.abs(right), 1e-6 * np.max(np.abs(right)))
    verdicts = np.where(wrong, WRONG, PASS)
    return Sighting(other, claimed, right, np.zeros(right.shape), verdicts) if wrong.any() else None
