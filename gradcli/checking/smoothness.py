"""What a function does at a point, told from the slopes on its two sides: smooth, kink, jump, edge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from gradcli.checking.differences import Stencil, extrapolate
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
    flips = stencil.flips[direction]
    rough = stencil.roughness(noise)[direction, :, output]
    behind, ahead = _sides(stencil, direction, output, rough)
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
    kind = Kind.KINK if _is_kink(behind, ahead) else Kind.SMOOTH
    across = _limit(stencil.central[direction, :, output], stencil.steps, rough, 2)
    return Finding(kind, *across, behind.slope, ahead.slope, flip)


def _sides(stencil: Stencil, direction: int, output: int, rough: Vector) -> tuple[Side, Side]:
    """What happens behind and ahead of the point."""
    slopes = (stencil.backward[direction, :, output], stencil.forward[direction, :, output])
    signatures = (stencil.signatures[direction, :, 1], stencil.signatures[direction, :, 0])
    steps = stencil.steps
    sides = [_side(own, steps, each, rough) for own, each in zip(slopes, signatures, strict=True)]
    for this, other in ((0, 1), (1, 0)):
        if sides[this].kind is Kind.JUMP and sides[other].kind is Kind.SMOOTH:
            height = abs(slopes[this][-1]) * steps[-1]
            if height < 4.0 * steps[-1] * abs(sides[other].slope):  # a kink just beside the point, no jump
                secants = _secants(slopes[this], steps)
                sides[this] = _side(secants, steps, signatures[this], rough)
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


def _side(slopes: Vector, steps: Vector, signatures: np.ndarray, rough: Vector) -> Side:
    """The limit of the slopes on one side, over those of the smooth piece next to the point."""
    finite = np.isfinite(slopes)
    if not finite[-LEVELS:].any():
        return Side(np.nan, np.inf, Kind.EDGE)
    piece = np.where(finite & (signatures == signatures[-1]), slopes, np.nan)
    endless = float(np.sign(piece[-1]) * np.inf)
    if _is_jump(piece, steps, rough):
        return Side(endless, np.inf, Kind.JUMP)
    factors = _growth(piece, rough)
    if factors is not None and abs(factors[-1] - steps[0] / steps[1]) < 0.5:
        piece = _secants(piece, steps)  # f(x) itself is off: go by the other points
        factors = _growth(piece, rough)
    if factors is not None and factors.min() > 0.95:
        return Side(endless, np.inf, Kind.VERTICAL)
    slope, error = _limit(piece, steps, rough, 1)
    return Side(slope, error if factors is None else max(error, _rest(piece, factors[-1])))


def _rest(slopes: Vector, factor: float) -> float:
    """How far off the limit may be where convergence is too slow for extrapolation: a geometric series."""
    growth = np.diff(slopes)
    last = float(np.abs(growth[np.isfinite(growth)][-1]))
    return 2.0 * last * factor / (1.0 - factor) if factor > 0.3 else 0.0


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


def _limit(slopes: Vector, steps: Vector, rough: Vector, order: int) -> tuple[float, float]:
    """The limit of one series of slopes, and its error."""
    found = extrapolate(slopes.reshape(1, -1, 1), steps, rough.reshape(1, -1, 1), order)
    return float(found.slope.flat[0]), float(found.error.flat[0])
