"""The quick stencil: where a function is tame, four values along a direction prove its slope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradcli.checking.differences import EPS, Stencil, extrapolate, sample
from gradcli.checking.subject import Matrix, Subject, Vector

WANTED = 3e-7  # a relative error of 1e-6 must not go unseen, with some margin
PAIR = (14, 18)  # two steps that agree with an independent derivative to eight digits need no third
LADDER = (9, 12, 15, 24)  # a black box has nothing independent: three to extrapolate from, and a small one
COARSE = 2.0**-10  # a black box at a smaller point is not settled by steps that are all relative to it
FINE = 2.0**-13  # steps below this show noise before they show slopes


@dataclass(frozen=True, slots=True)
class Quick:
    """What the quick stencil gives by direction and output, and whether that settles the matter."""

    slope: Matrix
    error: Matrix
    settled: np.ndarray


def quick_pair(subject: Subject, directions: Matrix, expected: Matrix, sizes: Matrix) -> Quick:
    """Two central differences and their extrapolation, compared with slopes found without differences."""
    stencil = sample(subject, directions, PAIR)
    ahead, behind, (wide, narrow) = stencil.ahead, stencil.behind, stencil.steps
    across = ahead - behind
    coarse, fine = across[:, 0] / (2.0 * wide), across[:, 1] / (2.0 * narrow)
    step = (fine - coarse) / ((wide / narrow) ** 2 - 1.0)
    slope = fine + step
    noise = EPS * (np.abs(subject.value) + np.abs(ahead[:, 1]) + np.abs(behind[:, 1]))
    error = np.abs(step) + 2.0 * noise / narrow
    bend = np.abs(ahead + behind)  # the gap between the slopes on both sides, times the step
    flat = bend[:, 1] <= bend[:, 0] * (narrow / wide) ** 2 * 2.0 + 8.0 * noise + 1e-7 * narrow * np.abs(slope)
    settled = flat & (error <= 0.3 * allowance(expected, sizes, np.abs(slope), subject.value))
    settled &= np.abs(slope - expected) <= 3.0 * error
    return Quick(slope, error, settled & _whole(stencil))


def quick_ladder(subject: Subject, directions: Matrix, expected: Matrix, sizes: Matrix) -> Quick:
    """Four central differences, extrapolated, for a function of which nothing else is known."""
    stencil = sample(subject, directions, LADDER)
    floor = EPS * np.abs(subject.value)
    rough = stencil.roughness(floor)
    found = extrapolate(stencil.central, stencil.steps, rough, 2)
    gap = np.abs(stencil.forward - stencil.backward)
    level = np.nan_to_num(np.abs(stencil.central[:, -1]))
    settled = gap[:, -1] <= gap[:, -2] / 8.0 + 4.0 * rough[:, -1] + 1e-7 * level
    settled &= found.error <= 0.3 * allowance(expected, sizes, steepest(stencil), subject.value)
    settled &= np.abs(found.slope - expected) <= 3.0 * found.error
    settled &= (np.max(np.abs(directions), axis=1) >= COARSE)[:, None]
    return Quick(found.slope, found.error, settled & _whole(stencil))


def allowance(expected: Matrix, sizes: Matrix, steep: Matrix, value: Vector) -> Matrix:
    """How large an error may be and still prove a slope; for a slope of 0, what change of f is none."""
    unmoved = np.where(expected == 0, 1e-9 * np.abs(value), 0.0)
    return np.asarray(WANTED * sizes + 1e-13 * steep + unmoved)


def steepest(stencil: Stencil) -> Matrix:
    """The largest slopes around the point, by direction and output."""
    slopes = np.abs(stencil.central[:, stencil.steps > FINE])
    return np.asarray(np.max(np.where(np.isfinite(slopes), slopes, 0.0), axis=1, initial=0.0))


def _whole(stencil: Stencil) -> np.ndarray:
    """Whether no decision flips at the smaller steps, by direction."""
    return np.asarray(np.all(stencil.flips[:, -2:] < 0, axis=(1, 2)).reshape(-1, 1))
