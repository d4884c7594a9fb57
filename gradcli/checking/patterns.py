"""The mistakes that people make in gradients, recognised by how claim and reference relate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from gradcli.checking.records import Diagnosis

CLOSE = 1e-7  # relative: a claim of eight digits still shows its pattern


@dataclass(frozen=True, slots=True)
class Pair:
    """What is claimed and what is right by one input, in the derivative's shape; which entries are wrong.

    `shape` is that of the input; `sizes` are what sums and means in the program may run over.
    """

    name: str
    claimed: np.ndarray
    right: np.ndarray
    error: np.ndarray
    wrong: np.ndarray
    shape: tuple[int, ...]
    sizes: frozenset[int] = frozenset()

    def agrees(self, claimed: np.ndarray, right: np.ndarray | None = None) -> bool:
        """Whether two derivatives are equal, but for what rounding explains."""
        right = self.right if right is None else right
        if claimed.shape != right.shape:
            return False
        scale = np.max(np.abs(right), initial=0.0)
        apart = np.abs(claimed - right)
        error = self.error if self.error.shape == right.shape else np.max(self.error)
        return bool((apart <= np.maximum(error, CLOSE * np.maximum(np.abs(right), 1e-6 * scale))).all())


Pattern: TypeAlias = Callable[[Pair], Diagnosis | None]


def explain(pairs: Sequence[Pair]) -> Diagnosis | None:
    """The first mistake that explains every wrong entry."""
    bad = [pair for pair in pairs if pair.wrong.any()]
    return _mixed_up(bad, pairs) or _first_alike(bad, PATTERNS)


def suspect(pairs: Sequence[Pair]) -> Diagnosis | None:
    """What is odd about the claim, where nothing explains its numbers."""
    return _first_alike([pair for pair in pairs if pair.wrong.any()], (_one_number,))


def _first_alike(bad: Sequence[Pair], patterns: Sequence[Pattern]) -> Diagnosis | None:
    """What the first pattern says that fits each input, where it is the same for all."""
    found = [next((d for pattern in patterns if (d := pattern(pair)) is not None), None) for pair in bad]
    if not found or found[0] is None or any(each is None or each.kind != found[0].kind for each in found):
        return None
    return found[0]


def _mixed_up(bad: Sequence[Pair], pairs: Sequence[Pair]) -> Diagnosis | None:
    for one in bad:
        for other in pairs:
            if other is not one and one.agrees(one.claimed, other.right) and np.any(one.right != other.right):
                text = f"inputs mixed up: the claim for `{one.name}` is the derivative by `{other.name}`"
                return Diagnosis("mixed up", text)
    return None


def _few_entries(pair: Pair) -> Diagnosis | None:
    """One entry off, or two, where at least as many are right."""
    count = int(pair.wrong.sum())
    if count > 2 or pair.wrong.size < 2 * count:
        return None
    if count > 1 and not pair.right[~pair.wrong].any() and (found := _constant_ratio(pair)) is not None:
        return found  # all the others are 0, with any factor
    places = [_place(index) for index in np.argwhere(pair.wrong)]
    if count == 2 and pair.agrees(np.sort(pair.claimed[pair.wrong]), np.sort(pair.right[pair.wrong])):
        text = f"permuted: entries {places[0]} and {places[1]} of `{pair.name}` are swapped"
        return Diagnosis("permuted", text)
    which = f"{'entry' if count == 1 else 'entries'} {' and '.join(places)} of `{pair.name}`"
    return Diagnosis("one entry", f"{which} {_entry_fault(pair, count)}; all others agree")


def _entry_fault(pair: Pair, count: int) -> str:
    """What is wrong with a few entries, after their names."""
    if pair.agrees(-pair.claimed[pair.wrong], pair.right[pair.wrong]):
        return "has the wrong sign" if count == 1 else "have the wrong sign"
    return "is off" if count == 1 else "are off"


def _place(index: np.ndarray) -> str:
    return f"[{','.join(map(str, index))}]"


def _constant_ratio(pair: Pair) -> Diagnosis | None:
    """The claim is the right gradient times a constant, which often tells why."""
    largest = np.unravel_index(np.argmax(np.abs(pair.right)), pair.right.shape)
    if pair.right[largest] == 0 or pair.claimed[largest] == 0:
        return _zero(pair)
    ratio = float(pair.claimed[largest] / pair.right[largest])
    if not pair.agrees(pair.claimed / ratio) or not np.isfinite(ratio):
        return None
    for value, kind, text in _ratios(pair):
        if abs(ratio - value) <= CLOSE * abs(value):
            return Diagnosis(kind, text)
    if abs(ratio - 1.0) < 1e-4:
        return _rounded(pair)
    if np.count_nonzero(pair.right) < 2:
        return None  # any two numbers have a ratio
    return Diagnosis("factor", f"a constant factor: the claim is {ratio:.6g} times the derivative")


def _zero(pair: Pair) -> Diagnosis | None:
    if pair.claimed.any() or not pair.right.any():
        return None
    return Diagnosis(
        "zero", f"the claim for `{pair.name}` is 0: no path from `{pair.name}` is taken into account"
    )


def _ratios(pair: Pair) -> Iterator[tuple[float, str, str]]:
    yield -1.0, "sign", "wrong sign: the claim is the negative of the derivative"
    yield 2.0, "factor", "a factor of 2 too much"
    yield 0.5, "factor", "a missing factor of 2: the claim is half of the derivative"
    yield -2.0, "factor", "wrong sign, and a factor of 2 too much"
    yield -0.5, "factor", "wrong sign, and a missing factor of 2"
    yield math.pi / 180.0, "degrees", "degrees: the claim is the derivative times pi/180"
    yield 180.0 / math.pi, "degrees", "degrees: the claim is the derivative times 180/pi"
    for n in sorted({math.prod(pair.shape), *pair.shape, *pair.sizes} - {0, 1, 2}):
        yield float(n), "factor", f"a factor of {n} too much, as if a sum stood where the mean is"
        yield 1.0 / n, "factor", f"a missing factor of {n}, as if the mean stood where the sum is"
    yield math.log(10.0), "factor", "a factor of log(10) too much: the logarithm to base 10"
    yield 1.0 / math.log(10.0), "factor", "a missing factor of log(10): the logarithm to base 10"
    yield math.log(2.0), "factor", "a factor of log(2) too much: the logarithm to base 2"
    yield 1.0 / math.log(2.0), "factor", "a missing factor of log(2): the logarithm to base 2"
    for n in (3, 4, 5, 6):
        yield float(n), "factor", f"a factor of {n} too much"
        yield 1.0 / n, "factor", f"a missing factor of {n}"


def _rounded(pair: Pair) -> Diagnosis | None:
    with np.errstate(all="ignore"):
        apart = np.nanmax(np.abs(pair.claimed / pair.right - 1.0), initial=0.0)
    if not 0 < apart < 1e-4:
        return _printed(pair)
    digits = int(-math.log10(apart))
    return Diagnosis(
        "rounded", f"the claim agrees to {digits} digits and no further; if it was rounded, give --rtol"
    )


def _printed(pair: Pair) -> Diagnosis | None:
    """Numbers as they are printed, with a few decimals."""
    for decimals in range(2, 9):
        if np.array_equal(np.round(pair.right, decimals), pair.claimed):
            text = f"the claim is rounded to {decimals} decimals: give --atol 6e-{decimals + 1}"
            return Diagnosis("rounded", text)
    return None


def _transposed(pair: Pair) -> Diagnosis | None:
    if len(pair.shape) != 2 or pair.right.ndim != 2 or pair.shape[0] != pair.shape[1]:
        return _jacobian_transposed(pair)
    if pair.agrees(pair.claimed.T):
        return Diagnosis(
            "transposed", f"transposed: the claim for `{pair.name}` must be flipped about its diagonal"
        )
    return None


def _jacobian_transposed(pair: Pair) -> Diagnosis | None:
    square = pair.right.ndim == 2 and pair.right.shape[0] == pair.right.shape[1]
    if square and pair.agrees(pair.claimed.T):
        return Diagnosis("transposed", f"transposed: rows of the Jacobian by `{pair.name}` belong to outputs")
    return None


def _moved(pair: Pair) -> Diagnosis | None:
    """The right numbers in other places."""
    if pair.right.size < 2 or pair.right.ndim == 0:
        return None
    for axis in range(pair.right.ndim):
        if pair.agrees(np.flip(pair.claimed, axis)):
            return Diagnosis(
                "reversed", f"reversed: the claim for `{pair.name}` runs backwards along axis {axis}"
            )
        for shift in (1, -1):
            if pair.agrees(np.roll(pair.claimed, shift, axis)):
                text = f"shifted: the claim for `{pair.name}` is off by one index along axis {axis}"
                return Diagnosis("shifted", text)
    if pair.agrees(np.sort(pair.claimed, axis=None), np.sort(pair.right, axis=None)):
        return Diagnosis(
            "permuted", f"permuted: the claim for `{pair.name}` has the right numbers in other places"
        )
    return _shifted_within(pair)


def _shifted_within(pair: Pair) -> Diagnosis | None:
    """Off by one without going round: one end is lost."""
    if pair.right.ndim != 1 or pair.right.size < 4:
        return None
    for claimed, right in ((pair.claimed[1:], pair.right[:-1]), (pair.claimed[:-1], pair.right[1:])):
        if pair.right.any() and np.allclose(claimed, right, rtol=CLOSE, atol=0.0):
            return Diagnosis(
                "shifted", f"shifted: the claim for `{pair.name}` is off by one index along axis 0"
            )
    return None


def _broadcast(pair: Pair) -> Diagnosis | None:
    """One number everywhere, or one row, where the derivative has many."""
    if pair.right.size < 2 or np.ptp(pair.right) == 0:
        return None
    if np.ptp(pair.claimed) == 0:
        number = float(pair.claimed.flat[0])
        for value, what in ((pair.right.sum(), "their sum"), (pair.right.mean(), "their mean")):
            if abs(number - value) <= CLOSE * abs(value):
                return Diagnosis(
                    "broadcast", f"broadcast: every entry of `{pair.name}` is claimed to be {what}"
                )
        return None
    for axis in range(pair.right.ndim):
        if pair.right.shape[axis] > 1 and np.all(np.ptp(pair.claimed, axis=axis) == 0):
            return Diagnosis(
                "broadcast", f"broadcast: the claim for `{pair.name}` is the same along axis {axis}"
            )
    return None


def _one_number(pair: Pair) -> Diagnosis | None:
    """One number everywhere where the derivative has many; which number it is tells nothing."""
    if pair.right.size < 2 or np.ptp(pair.right) == 0 or np.ptp(pair.claimed) != 0:
        return None
    return Diagnosis("broadcast", f"broadcast: one number is claimed for all entries of `{pair.name}`")


def _other_side(pair: Pair) -> Diagnosis | None:
    """Where the derivative is 0 and where it is not, the wrong way round."""
    here, there = pair.claimed != 0, pair.right != 0
    if not here.any() or not there.any() or (here == there).any():
        return None
    text = f"the other side of a branch or a clamp: the claim for `{pair.name}` is 0 where it must not be"
    return Diagnosis("other side", f"{text}, and nowhere else")


def _partly_signed(pair: Pair) -> Diagnosis | None:
    if pair.agrees(np.abs(pair.claimed), np.abs(pair.right)):
        return Diagnosis("sign", f"wrong sign in {int(pair.wrong.sum())} entries of `{pair.name}`")
    return None


# In this order: what is said of one entry is more exact than what is said of all.
PATTERNS: tuple[Pattern, ...] = (
    _transposed,
    _few_entries,
    _constant_ratio,
    _moved,
    _broadcast,
    _other_side,
    _partly_signed,
    _rounded,
)
