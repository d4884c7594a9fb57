"""What differences prove about a derivative: of single entries, and of whole rows of a Jacobian."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from gradcli.autodiff.rounding import EPS
from gradcli.checking.smoothness import Finding, Kind
from gradcli.checking.subject import Matrix
from gradcli.records import NamedTuple

ALL_DIGITS = 15.0  # that a proof can have: a derivative of 0 where nothing moves
NOT_LOOKED_AT = Finding(Kind.SMOOTH, np.nan, np.inf, np.nan, np.nan)


class State(Enum):
    """What differences say about a derivative."""

    PROVEN = "proven"
    CONTRADICTED = "contradicted"
    BROKEN = "broken"  # there is no derivative
    UNPROVEN = "unproven"


class Aim(NamedTuple):
    """Directions, with the slopes that the Jacobian gives along them and the sums of their terms' sizes.

    Slopes and terms are indexed by direction and output.
    """

    directions: Matrix
    expected: Matrix
    terms: Matrix


@dataclass(slots=True)
class Proof:
    """What is known: about entries that were looked at closely, and about whole rows of the Jacobian.

    `slopes` and `errors` are the differences by output and input where every entry was moved on its own.
    `loose` are the outputs for which some direction stayed unproven and no entry is to blame.
    `is_conventional` says that what they contradict is what conventions give at a single point.
    """

    least: float = np.inf
    states: dict[tuple[int, int], State] = field(default_factory=dict)
    findings: dict[tuple[int, int], Finding] = field(default_factory=dict)
    slopes: Matrix | None = None
    errors: Matrix | None = None
    loose: dict[int, Finding] = field(default_factory=dict)
    is_conventional: bool = False

    def note(self, errors: np.ndarray, sizes: np.ndarray) -> None:
        """Slopes of these sizes are proven up to these errors."""
        worst = float((errors / sizes).max(where=sizes > 0, initial=-1.0))
        if worst >= 0.0:
            self.least = min(self.least, max(0.0, -math.log10(max(worst, EPS))))

    @property
    def digits(self) -> float:
        """To how many digits differences prove what they prove; 0 when that is nothing."""
        if np.isinf(self.least):
            return 0.0 if self.states or self.loose else ALL_DIGITS
        return self.least
