"""The quick stencil: where a function is tame, four values along a direction prove its slope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.rounding import EPS
from gradcli.checking.differences import LEAST, Stencil, extrapolate, sample
from gradcli.checking.subject import Matrix, Subject, largest
from gradcli.records import NamedTuple

WANTED = 3e-7  # a relative error of 1e-6 must not go unseen, with some margin
NARROW, WIDE = 2.0**-18, 2.0**-14  # two steps that agree with an independent derivative need no third
TO_LIMIT = NARROW**2 / (WIDE**2 - NARROW**2)  # of the difference of two slopes, what is left to step 0
CURVED = 2.0 * (NARROW / WIDE) ** 2
BOTH_WAYS = np.array([1.0, -1.0])[:, None, None]
NEAR, FAR = NARROW * BOTH_WAYS, WIDE * BOTH_WAYS
LADDER = (9, 12, 15, 24)  # a black box has nothing independent: three to extrapolate from, and a small one
COARSE = 2.0**-10  # a black box at a smaller point is not settled by steps that are all relative to it
ONE_BY_ONE = 8  # so many numbers are handled faster by Python than by NumPy
FINE = 2.0**-13  # steps below this show noise before they show slopes


class Quick(NamedTuple):
    """What the quick stencil gives by direction and output, and whether that settles the matter."""

    slope: Matrix
    error: Matrix
    settled: np.ndarray


Judgement: TypeAlias = tuple[Any, Any, Any]  # the same for one number or for many


def quick_pair(subject: Subject, directions: Matrix, expected: Matrix, sizes: Matrix, paired: int) -> Quick:
    """Central differences, compared with slopes that were found without differences.

    The first `paired` directions are sampled at a second, wider step, which shows how far a difference is
    from its limit and whether both sides have one slope. What remains need only agree.
    """
    found = subject.evaluate(_points(subject, directions, paired))
    numbers = (found.values - subject.value, np.abs(subject.value), expected, sizes)
    rule: Callable[..., Judgement] = _at_once
    if expected.size <= ONE_BY_ONE:
        rule = _one_by_one
        differences, value, *known = [each.ravel().tolist() for each in numbers]
        value *= len(directions)
    else:
        differences, value, *known = [each.ravel() for each in numbers]
        value = np.tile(value, len(directions))
    judged = _judged(rule, differences, (value, *known), paired * expected.shape[1])
    slope, error, settled = np.array(judged).reshape(3, *expected.shape)
    settled = settled > 0.0
    if largest(found.flips) >= 0:
        settled &= _unmoved(found.flips, len(directions), paired)
    return Quick(slope, error, settled)


def _at_once(rule: Callable[..., Judgement], *numbers: Any) -> Judgement:
    return rule(*numbers)


def _one_by_one(rule: Callable[..., Judgement], *numbers: list[float]) -> Judgement:
    slope, error, settled = zip(*map(rule, *numbers), strict=True)
    return slope, error, settled


def _judged(
    apply: Callable[..., Judgement], differences: Any, known: Sequence[Any], paired: int
) -> Judgement:
    """Judge differences, of which the first `paired` have wide ones beside them."""
    count = len(known[0])
    ahead, behind = differences[:count], differences[count : 2 * count]
    wide = differences[2 * count : -paired], differences[-paired:]
    if paired == count:
        return apply(_by_two_steps, ahead, behind, *wide, *known)
    close = apply(_by_two_steps, ahead[:paired], behind[:paired], *wide, *(each[:paired] for each in known))
    rest = apply(_by_one_step, ahead[paired:], behind[paired:], *(each[paired:] for each in known))
    slope, error, settled = map(np.concatenate, zip(close, rest, strict=True))
    return slope, error, settled


# Operators only, so that they serve arrays and floats.


def _by_two_steps(
    ahead: Any, behind: Any, far_ahead: Any, far_behind: Any, value: Any, expected: Any, size: Any
) -> Judgement:
    """The extrapolated slope and its error; settled where both sides have that slope."""
    noise = LEAST + EPS * (value + abs(ahead) + abs(behind))
    fine = (ahead - behind) * (0.5 / NARROW)
    step = (fine - (far_ahead - far_behind) * (0.5 / WIDE)) * TO_LIMIT
    slope, error = fine + step, abs(step) + noise * (2.0 / NARROW)
    bend, curved = abs(ahead + behind), abs(far_ahead + far_behind)  # gaps of the slopes, times steps
    steep = abs(slope)
    smooth = bend <= curved * CURVED + 8.0 * noise + steep * (1e-7 * NARROW)
    good = error <= 0.3 * allowance(size, steep, (expected == 0) * value)
    return slope, error, smooth & good & (abs(slope - expected) <= 3.0 * error)


def _by_one_step(ahead: Any, behind: Any, value: Any, expected: Any, size: Any) -> Judgement:
    """The slope at one step; how far it is from what is expected counts as its error."""
    slope = (ahead - behind) * (0.5 / NARROW)
    noise = LEAST + EPS * (value + abs(ahead) + abs(behind))
    error = abs(slope - expected) + noise * (2.0 / NARROW)
    return slope, error, error <= 0.3 * allowance(size, abs(slope), (expected == 0) * value)


def _points(subject: Subject, directions: Matrix, paired: int) -> Matrix:
    """Small steps ahead along all directions, small steps back; then wide ones along the paired."""
    count, size = directions.shape
    points = np.empty((2 * (count + paired), size))
    np.multiply(NEAR, directions, out=points[: 2 * count].reshape(2, count, size))
    np.multiply(FAR, directions[:paired], out=points[2 * count :].reshape(2, paired, size))
    points += subject.point
    return points


def _unmoved(flips: np.ndarray, count: int, paired: int) -> np.ndarray:
    """Along which directions no decision flips."""
    moved = flips >= 0
    either = moved[:count] | moved[count : 2 * count]
    either[:paired] |= moved[2 * count : -paired] | moved[-paired:]
    return ~either[:, None]


def quick_ladder(subject: Subject, directions: Matrix, expected: Matrix, sizes: Matrix) -> Quick:
    """Four central differences, extrapolated, for a function of which nothing else is known."""
    stencil = sample(subject, directions, LADDER)
    floor = EPS * np.abs(subject.value)
    rough = stencil.roughness(floor)
    found = extrapolate(stencil.central, stencil.steps, rough, 2)
    gap = np.abs(stencil.forward - stencil.backward)
    level = np.nan_to_num(np.abs(stencil.central[:, -1]))
    settled = gap[:, -1] <= gap[:, -2] / 8.0 + 4.0 * rough[:, -1] + 1e-7 * level
    still = (expected == 0) * np.abs(subject.value)
    settled &= found.error <= 0.3 * allowance(sizes, steepest(stencil), still)
    settled &= np.abs(found.slope - expected) <= 3.0 * found.error
    settled &= (np.max(np.abs(directions), axis=1) >= COARSE)[:, None]
    return Quick(found.slope, found.error, settled & _whole(stencil))


def allowance(size: Any, steep: Any, still: Any) -> Any:
    """How large an error may be and still prove a slope.

    `size` is what errors are compared with, and `steep` the slope around the point. A slope of 0 has no
    size: what counts is how large f is, or by how much it changes (`still`, else 0).
    """
    return WANTED * size + 1e-13 * steep + 1e-9 * still


def steepest(stencil: Stencil) -> Matrix:
    """The largest slopes around the point, by direction and output."""
    slopes = np.abs(stencil.central[:, stencil.steps > FINE])
    return np.asarray(np.max(np.where(np.isfinite(slopes), slopes, 0.0), axis=1, initial=0.0))


def variation(stencil: Stencil) -> Matrix:
    """The largest slopes from the point to those around it, by direction and output."""
    slopes = np.fmax(np.abs(stencil.forward), np.abs(stencil.backward))[:, stencil.steps > FINE]
    return np.asarray(np.max(np.where(np.isfinite(slopes), slopes, 0.0), axis=1, initial=0.0))


def _whole(stencil: Stencil) -> np.ndarray:
    """Whether no decision flips at the smaller steps, by direction."""
    return np.asarray(np.all(stencil.flips[:, -2:] < 0, axis=(1, 2)).reshape(-1, 1))
