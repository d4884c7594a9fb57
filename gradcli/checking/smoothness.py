"""What a function does at a point, told from the slopes on its two sides: smooth, kink, jump, edge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from gradcli.checking.differences import Estimate, Stencil, extrapolate
from gradcli.checking.subject import Vector

LEVELS = 4  # so many slopes in a row must tell the same story
STEADY = 0.25  # how far factors between neighbours may differ to be one and the same


class Kind(Enum):
    """What a function does at a point, in the words of a report."""

    SMOOTH = "smooth"
    KINK = "kink"
    JUMP = "jump"
    VERTICAL = "vertical tangent"
    EDGE = "domain edge"
    CORNER = "corner"
    UNDEFINED = "undefined"


@dataclass(frozen=True, slots=True)
class Finding:
    """The behaviour along one direction: the derivative with its error, and the slopes on either side.

    `left` and `right` are infinite where slopes grow without bound, NaN where there is no value on that side.
    `flip` is a decision that changes at the point (or, where smooth, the nearest one met), -1 for none.
    """

    kind: Kind
    slope: float
    error: float
    left: float
    right: float
    flip: int = -1

    @property
    def is_smooth(self) -> bool:
        """Whether there is a derivative."""
        return self.kind is Kind.SMOOTH


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the point: the limit of its slopes with an error, and what stands in the way of one."""

    slope: float
    error: float
    kind: Kind = Kind.SMOOTH


def examine(stencil: Stencil, noise: Vector, direction: int, output: int) -> Finding:
    """What one output does along one direction, sampled on the full ladder."""
    steps, flips = stencil.steps, stencil.flips[direction]
    own = noise[output : output + 1]
    behind, ahead = _sides(stencil, direction, output, own)
    at_point = flips[-1].max()
    flip = int(at_point if at_point >= 0 else flips.max())
    broken = _broken(behind, ahead)
    if broken is not None:
        return Finding(broken, np.nan, np.inf, behind.slope, ahead.slope, flip)
    if at_point >= 0:  # the point lies on a boundary: only the sides can tell
        gap, allowed = abs(ahead.slope - behind.slope), ahead.error + behind.error
        kind = Kind.KINK if gap > allowed else Kind.SMOOTH
        middle = (ahead.slope + behind.slope) / 2.0
        return Finding(kind, middle, gap / 2.0 + allowed, behind.slope, ahead.slope, flip)
    across = extrapolate(stencil.central[direction, :, output].reshape(1, -1, 1), steps, own, 2)
    kind = Kind.KINK if _is_kink(behind, ahead) else Kind.SMOOTH
    return Finding(kind, *_first(across), behind.slope, ahead.slope, flip)


def _sides(stencil: Stencil, direction: int, output: int, noise: Vector) -> tuple[Side, Side]:
    """What happens behind and ahead of the point."""
    slopes = (stencil.backward[direction, :, output], stencil.forward[direction, :, output])
    signatures = (stencil.signatures[direction, :, 1], stencil.signatures[direction, :, 0])
    steps = stencil.steps
    sides = [_side(own, steps, each, noise) for own, each in zip(slopes, signatures, strict=True)]
    for this, other in ((0, 1), (1, 0)):
        if sides[this].kind is Kind.JUMP and sides[other].kind is Kind.SMOOTH:
            height = abs(slopes[this][-1]) * steps[-1]
            if height < 4.0 * steps[-1] * abs(sides[other].slope):  # a kink just beside the point, no jump
                secants = _secants(slopes[this], steps)
                sides[this] = _side(secants, steps, signatures[this], noise)
    return sides[0], sides[1]


def _secants(slopes: Vector, steps: Vector) -> Vector:
    """Slopes between neighbouring points on one side, which do without f(x)."""
    return np.concatenate([slopes[:1], np.diff(slopes * steps) / np.diff(steps)])


def _broken(behind: Side, ahead: Side) -> Kind | None:
    """Why there is no derivative, where one side alone shows it."""
    kinds = {behind.kind, ahead.kind}
    if Kind.EDGE in kinds:
        return Kind.UNDEFINED if len(kinds) == 1 else Kind.EDGE
    return next((kind for kind in (Kind.JUMP, Kind.VERTICAL) if kind in kinds), None)


def _is_kink(behind: Side, ahead: Side) -> bool:
    gap = abs(ahead.slope - behind.slope)
    return bool(gap > 2.0 * (ahead.error + behind.error))


def _side(slopes: Vector, steps: Vector, signatures: np.ndarray, noise: Vector) -> Side:
    """The limit of the slopes on one side, over those of the smooth piece next to the point."""
    finite = np.isfinite(slopes)
    if not finite[-LEVELS:].any():
        return Side(np.nan, np.inf, Kind.EDGE)
    piece = np.where(finite & (signatures == signatures[-1]), slopes, np.nan)
    rough = 2.0 * noise[0] / steps
    if _is_jump(piece, steps, rough):
        return Side(float(np.sign(piece[-1]) * np.inf), np.inf, Kind.JUMP)
    factors = _growth(piece, rough)
    if factors is not None and abs(factors[-1] - steps[0] / steps[1]) < 0.5:
        piece = _secants(piece, steps)  # f(x) itself is off: go by the other points
        factors = _growth(piece, rough)
    if factors is not None and factors.min() > 0.95:
        return Side(float(np.sign(piece[-1]) * np.inf), np.inf, Kind.VERTICAL)
    slope, error = _first(extrapolate(piece.reshape(1, -1, 1), steps, noise, 1))
    if (
        factors is not None and factors[-1] > 0.3
    ):  # slow convergence, for which the extrapolation was not made
        rest = factors[-1] / (1.0 - factors[-1])
        error = max(error, 2.0 * rest * float(np.abs(np.diff(piece))[np.isfinite(np.diff(piece))][-1]))
    return Side(slope, error)


def _is_jump(slopes: Vector, steps: Vector, rough: Vector) -> bool:
    """Whether the difference from f(x), and not the slope, stays the same as steps fall."""
    heights = (slopes * steps)[-2 * LEVELS :]
    if not np.isfinite(heights).all():
        return False
    spread = np.ptp(heights)
    return bool(spread < 0.1 * np.abs(heights[-1]) and np.abs(slopes[-1]) > 100.0 * rough[-1])


def _growth(slopes: Vector, rough: Vector) -> Vector | None:
    """The factors by which increments of the slopes go on, where steady: 1 and more means without end.

    A power of the step gives steady factors, a logarithm factors of 1, a smooth function 1/8.
    """
    growth = np.diff(slopes)
    visible = np.flatnonzero(np.abs(growth) > 8.0 * (rough[1:] + rough[:-1]))
    if len(visible) < LEVELS + 1:
        return None
    unseen = 8.0 * rough[visible[-1] + 2 :] < np.abs(growth[visible[-1]])
    if np.count_nonzero(unseen) > 1:
        return None  # it has come to an end: smaller steps would have shown more
    last = growth[visible[-1] - LEVELS : visible[-1] + 1]
    if len(last) < LEVELS + 1 or not np.isfinite(last).all() or (last == 0).any():
        return None
    factors: Vector = last[1:] / last[:-1]
    return factors if np.ptp(factors) < STEADY * np.abs(factors).mean() else None


def _first(estimate: Estimate) -> tuple[float, float]:
    return float(estimate.slope.flat[0]), float(estimate.error.flat[0])
