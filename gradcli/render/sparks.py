"""Vectors as lines of little bars."""

from __future__ import annotations

import numpy as np

_BARS = "▁▂▃▄▅▆▇█"


def spark(vector: np.ndarray, width: int = 8) -> str:
    """The course of a vector: the means of `width` parts of it, from the lowest bar to the highest.

    A part that is not finite is a `?`, a constant vector a line of lowest bars.
    """
    with np.errstate(all="ignore"):
        means = np.array([part.mean() for part in np.array_split(vector, min(width, vector.size))])
    finite = means[np.isfinite(means)]
    if not finite.size:
        return "?" * means.size
    low, span = finite.min(), np.ptp(finite) or 1.0
    levels = np.nan_to_num((means - low) / span * (len(_BARS) - 1), posinf=0, neginf=0).round().astype(int)
    return "".join(
        _BARS[level] if known else "?" for level, known in zip(levels, np.isfinite(means), strict=True)
    )
