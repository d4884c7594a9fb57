"""Whether a result is what a case expects: entry by entry, to a tolerance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from gradcli.language.strict_json import Data
from gradcli.records import NamedTuple
from gradcli.structures import leaves
from gradcli.suites.cases import ATOL, RTOL

_SHOWN = 3  # entries of one array that are worth a line


class Tolerance(NamedTuple):
    """Close means |found - expected| <= max(rtol*|expected|, atol); NaN is close to NaN."""

    rtol: float = RTOL
    atol: float = ATOL


class Difference(NamedTuple):
    """What differs, in words, and by how much relative to what is expected."""

    subject: str
    text: str
    distance: float


def differences(
    found: Data | str, expected: Data | str, subject: str, tolerance: Tolerance
) -> Iterator[Difference]:
    """Where a result differs from what is expected, the farthest entries of each array first."""
    if isinstance(found, str) or isinstance(expected, str):
        if found != expected:
            yield Difference(subject, f"expected `{expected}`, found `{found}`", np.inf)
        return
    have, want = dict(leaves(found)), dict(leaves(expected))
    if have.keys() != want.keys():
        yield Difference(subject, f"expected {_parts(want)}, found {_parts(have)}", np.inf)
        return
    for path, each in want.items():
        joint = f"{subject}.{path}" if path and not path.startswith("[") else subject + path
        yield from _array(np.asarray(have[path]), np.asarray(each), joint, tolerance)


def _array(
    found: np.ndarray, expected: np.ndarray, subject: str, tolerance: Tolerance
) -> Iterator[Difference]:
    if found.shape != expected.shape:
        yield Difference(subject, f"expected {_size(expected)}, found {_size(found)}", np.inf)
        return
    if found.dtype == np.bool_ or expected.dtype == np.bool_:
        apart = np.where(found == expected, 0.0, np.inf)
    else:
        apart = _apart(found, expected, tolerance)
    places = np.argsort(-apart, axis=None, kind="stable")[: np.count_nonzero(apart)]
    for place in places[:_SHOWN]:
        index = np.unravel_index(place, apart.shape)
        at = f"[{','.join(map(str, index))}]" if index else ""
        text = f"expected {_number(expected[index])}, found {_number(found[index])}"
        yield Difference(subject + at, text, float(apart[index]))
    if len(places) > _SHOWN:
        more = len(places) - _SHOWN
        yield Difference(subject, f"{more} more entries differ", float(apart.flat[places[_SHOWN]]))


def _apart(found: np.ndarray, expected: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """The relative distance of each entry, 0 where it is close enough."""
    with np.errstate(all="ignore"):
        distance = np.abs(found - expected)
        allowed = np.maximum(tolerance.rtol * np.abs(expected), tolerance.atol)
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
        close = same | ((distance <= allowed) & np.isfinite(expected))
        relative = distance / np.maximum(np.abs(found), np.abs(expected))
    return np.where(close, 0.0, np.nan_to_num(relative, nan=np.inf, posinf=np.inf))


def _number(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _size(array: np.ndarray) -> str:
    return f"an array of shape {array.shape}" if array.ndim else "a single number"


def _parts(leaf_by_path: Mapping[str, Data]) -> str:
    if list(leaf_by_path) == [""]:
        return _size(np.asarray(leaf_by_path[""]))
    return f"the parts {', '.join(leaf_by_path)}"
