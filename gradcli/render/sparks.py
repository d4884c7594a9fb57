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
        known = np.isfinite(means)
        low, span = (means[known].min(), np.ptp(means[known]) or 1.0) if known.any() else (0.0, 1.0)
        shares = np.nan_to_num((means - low) / span) * known
        levels = (shares * (len(_BARS) - 1)).round().astype(int)
    return "".join(_BARS[level] if is_known else "?" for level, is_known in zip(levels, known, strict=True))
