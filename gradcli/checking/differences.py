"""Finite differences over a ladder of steps: each slope comes with an estimate of its error.

A step is 2**-e times a direction whose components are short dyadic numbers of the size of the point's
entries, so that x + h*u is exact. Slopes are extrapolated to step 0 (Richardson; the tableau of Ridders,
"Accurate computation of F'(x) and F'(x)F''(x)", 1982), and what is chosen must agree with all smaller steps:
`sin` at 1e10 converges splendidly, and falsely, at steps that are far too large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import shake_128

import numpy as np

from gradcli.autodiff.rounding import EPS, TINY
from gradcli.checking.subject import Matrix, Subject, Vector

LEAST = EPS * TINY  # numbers below TINY are rounded to multiples of this
STRIDE = 3  # neighbours on the full ladder differ by a factor of 8
COMPONENTS = np.tile(np.concatenate([1.0 + np.arange(8) / 8.0, -1.0 - np.arange(8) / 8.0]), 16)  # by byte
EXPONENT = np.int64(0x7FF << 52)  # the bits of a number that say which power of two it is at least
RESTLESS = 0.01  # of the largest change
FINEST = 45  # beyond that steps would be lost in the rounding of x
STEEPEST = 2.0**1018  # what a slope times a size may be
FINEST_AT_ZERO = 99  # around 0 there is no such rounding


@dataclass(frozen=True, slots=True)
class Stencil:
    """Values at f(x + h*u) and f(x - h*u), indexed by direction, step (falling) and output.

    `ahead` and `behind` are differences from f(x); `flips` and `signatures` are indexed by direction, step
    and side.
    """

    steps: Vector
    ahead: np.ndarray
    behind: np.ndarray
    flips: np.ndarray
    signatures: np.ndarray

    @property
    def forward(self) -> np.ndarray:
        """The slopes ahead of the point."""
        return np.asarray(self.ahead / self.steps[:, None])

    @property
    def backward(self) -> np.ndarray:
        """The slopes behind it."""
        return np.asarray(-self.behind / self.steps[:, None])

    @property
    def central(self) -> np.ndarray:
        """The slopes across the point; NaN where a decision flips on either side."""
        slopes = (self.ahead - self.behind) / (2.0 * self.steps[:, None])
        whole = np.asarray(self.flips < 0).all(axis=2, keepdims=True)
        return np.where(whole, slopes, np.nan)

    def roughness(self, noise: Vector) -> np.ndarray:
        """What noise may do to a slope: that of f(x), by output, and the rounding of larger values."""
        largest = np.fmax(np.abs(self.ahead), np.abs(self.behind))
        total = noise + LEAST + EPS * np.where(np.isfinite(largest), largest, 0.0)
        return np.asarray(2.0 * total / self.steps[:, None])

    def is_restless(self, output: int, noise: float) -> bool:
        """Whether the changes of f do not shrink with the steps: it varies between neighbouring floats.

        Noise does not shrink either, and where f is constant it is all there is.
        """
        changes = np.fmax(np.abs(self.ahead), np.abs(self.behind))[..., output]
        changes = np.where(np.isfinite(changes), changes, 0.0)
        return any(
            row[-2:].max() > max(RESTLESS * _typical(row[row > 0.0][:5]), 4.0 * noise) for row in changes
        )

    def is_drowned(self, output: int, noise: float) -> bool:
        """Whether all changes of f are so small, or its noise so large, that slopes prove nothing."""
        changes = np.fmax(np.abs(self.ahead), np.abs(self.behind))[..., output]
        return bool(noise > RESTLESS * np.max(changes, where=np.isfinite(changes), initial=0.0))


def _typical(changes: Vector) -> float:
    """What large steps change, but for what a pole nearby may do."""
    return float(np.median(changes)) if len(changes) else 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Derivatives and their errors, by direction and output."""

    slope: np.ndarray
    error: np.ndarray


def sample(subject: Subject, directions: Matrix, exponents: Sequence[int]) -> Stencil:
    """Evaluate the stencil of all directions at once."""
    steps = np.exp2(-np.array(exponents, dtype=np.float64))
    moves = directions[:, None, :] * steps[None, :, None]
    count, levels, size = moves.shape
    points = np.empty((count, levels, 2, size))
    np.add(subject.point, moves, out=points[:, :, 0])
    np.subtract(subject.point, moves, out=points[:, :, 1])
    found = subject.evaluate(points.reshape(-1, size))
    values = found.values.reshape(count, levels, 2, -1) - subject.value
    return Stencil(
        steps,
        values[:, :, 0],
        values[:, :, 1],
        found.flips.reshape(count, levels, 2),
        found.signature.reshape(count, levels, 2),
    )


def extrapolate(slopes: np.ndarray, steps: Vector, rough: np.ndarray, order: int) -> Estimate:
    """The limit of slopes whose error is a series in h**order.

    Slopes, and `rough`, what noise may do to them, are indexed by direction, step and output; NaN is not
    used. Of all entries of the tableau the one with the least error is taken; no error is less than the
    disagreement with a smaller step.
    """
    first = _neville(slopes, slopes, steps, 1, order)
    second = _neville(first, first, steps, 2, order)
    best = np.full(slopes.shape[::2], np.nan)
    least = np.full(best.shape, np.inf)
    doubt = abs(first - slopes) + rough
    for values, error in ((first, _ridders(first, slopes)), (second, _ridders(second, first))):
        total = np.maximum(error, _disagreement(values, first, doubt, rough)) + rough
        total = np.where(np.isfinite(values), total, np.inf)
        at = np.argmin(total, axis=1)[:, None]
        smallest = np.take_along_axis(total, at, axis=1)[:, 0]
        better = smallest < least
        best = np.where(better, np.take_along_axis(values, at, axis=1)[:, 0], best)
        least = np.where(better, smallest, least)
    return Estimate(best, least + 4.0 * EPS * abs(np.nan_to_num(best)))


def _neville(fine: np.ndarray, coarse: np.ndarray, steps: Vector, back: int, order: int) -> np.ndarray:
    """One column of the tableau of polynomial extrapolation in h**order."""
    column = np.full(fine.shape, np.nan)
    ratio = (steps[:-back] / steps[back:]) ** order - 1.0
    column[:, back:] = fine[:, back:] + (fine[:, back:] - coarse[:, back - 1 : -1]) / ratio[:, None]
    return column


def _ridders(column: np.ndarray, before: np.ndarray) -> np.ndarray:
    """How far an entry of the tableau is from those that it was made of."""
    error = np.asarray(abs(column - before))
    error[:, 1:] = np.maximum(error[:, 1:], abs(column[:, 1:] - before[:, :-1]))
    return error


def _disagreement(values: np.ndarray, finer: np.ndarray, doubt: np.ndarray, rough: np.ndarray) -> np.ndarray:
    """How far each entry lies outside of what smaller steps allow."""
    result = np.zeros(values.shape)
    for level in range(1, values.shape[1]):
        beyond = abs(values[:, :level] - finer[:, level, None]) - doubt[:, level, None]
        result[:, :level] = np.fmax(result[:, :level], beyond)
    return result


# Directions and steps ---------------------------------------------------------------------------------------


def scales(subject: Subject) -> Vector:
    """The size of a step in each entry: the power of two below |x|; at x = 0 what is typical of its array."""
    powers: Vector = (subject.point.view(np.int64) & EXPONENT).view(np.float64)
    if powers.dot(1.0 / powers) == len(powers):  # NaN if one is 0 or infinite
        return powers
    size = np.abs(subject.point)
    usable = np.isfinite(size) & (size > 0)
    for part in subject.inputs:
        own, cut = usable[part.start : part.stop], slice(part.start, part.stop)
        typical = np.median(size[cut][own]) if own.any() else 1.0
        size[cut] = np.where(own, size[cut], typical)
    return np.asarray(np.maximum(np.ldexp(0.5, np.frexp(size)[1]), TINY))  # smaller steps underflow


def within_range(sizes: Vector, magnitudes: Matrix) -> Vector:
    """Sizes that keep slopes of these magnitudes below overflow: f changes so fast that these are ample."""
    steepest = np.max(magnitudes, axis=0, where=np.isfinite(magnitudes), initial=1.0)
    room = STEEPEST / len(sizes) / steepest
    return np.asarray(np.minimum(sizes, np.ldexp(0.5, np.frexp(room)[1])))


def random_directions(count: int, sizes: Vector, seed: int) -> Matrix:
    """Signed directions: components are short dyadic numbers from 1 to 2 times the scale, never near 0.

    They come from a hash of the seed, which is the same everywhere and quick to begin. Each direction is the
    one before it shifted by one: a random Toeplitz matrix serves as well as one of independent rows, and
    costs no more than a single row.
    """
    components = _components(count + len(sizes) - 1, seed)
    shifted = np.ndarray((count, len(sizes)), buffer=components, strides=components.strides * 2)
    return np.asarray(shifted * sizes)


@lru_cache(2)
def _components(count: int, seed: int) -> Vector:
    """So many components; checks at several points ask for the same."""
    drawn = shake_128(b"%d" % seed).digest(count)
    return COMPONENTS.take(np.frombuffer(drawn, np.uint8))


def ladder(subject: Subject, direction: Vector) -> tuple[int, ...]:
    """The exponents of the full ladder for one direction.

    It begins at an eighth of the entries' size, or of 1 where all that move are smaller, and ends where
    rounding of x does.
    """
    moves = direction != 0
    size = float(np.max(np.abs(direction[moves]), initial=0.0))
    coarse = STRIDE - max(0, STRIDE * round(-np.log2(size) / STRIDE)) if 0 < size < 1 else STRIDE
    finest = FINEST if subject.point[moves].any() else FINEST_AT_ZERO
    smaller = np.frexp(subject.point[moves])[1] - np.frexp(direction[moves])[1]
    finest -= int(np.max(smaller, initial=1, where=subject.point[moves] != 0.0)) - 1  # else lost in x as well
    return tuple(range(max(coarse, -900), finest + 1, STRIDE))


def measured_noise(stencil: Stencil, value: Vector) -> Vector:
    """The noise of a black box, by output, from how unlike its neighbours each slope is.

    Where truncation rules, slopes of neighbouring steps grow alike quickly (8**2 a step); where noise rules
    their difference times the step stays where it is (compare ECnoise: Moré & Wild, "Estimating computational
    noise", 2011). What varies as much as the value itself is no noise, nor is what grows by the very factor
    of the steps: that is a kink or a jump nearby.
    """
    floor = EPS * np.maximum(np.abs(value), np.nanmax(abs(stencil.ahead), axis=(0, 1), initial=0.0) * EPS)
    slopes = np.where(np.isfinite(stencil.central), stencil.central, 0.0)
    growth = np.diff(slopes, axis=1)
    spread = np.abs(growth) * stencil.steps[1:, None]
    tallest = np.maximum.accumulate(spread[:, ::-1], axis=1)[:, ::-1]
    size = np.maximum(np.abs(value), TINY)
    ratio = 2.0**STRIDE
    level = (tallest[:, :-1] < ratio * tallest[:, 1:]) & (tallest[:, :-1] < 1e-5 * size)
    nearby = np.abs(growth[:, 1:] - ratio * growth[:, :-1]) <= np.abs(growth[:, :-1])
    nearby[:, 1:] |= nearby[:, :-1]  # the step at which it ends belongs to it
    level &= ~nearby
    noise = np.max(np.where(level, tallest[:, :-1], 0.0), axis=(0, 1), initial=0.0)
    return np.asarray(np.maximum(floor, noise))
