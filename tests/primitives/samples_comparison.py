"""Sample points of comparisons and logic."""

import numpy as np

PAIRS = [((1.0, 2.0), {}), ((2.0, 2), {}), ((np.array([[1.0], [2.0]]), np.array([2.0, 1.0, 3.0])), {})]
TRUTHS = [((True, False), {}), ((np.array([True, False]), True), {}), ((np.array([0.0, 2.0]), 1.0), {})]
ORDERINGS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")

SAMPLES = {
    **dict.fromkeys(ORDERINGS, PAIRS),
    "logical_and": TRUTHS,
    "logical_or": TRUTHS,
    "logical_not": [((True,), {}), ((np.array([0.0, 2.0]),), {})],
}
REFERENCES = {name: getattr(np, name) for name in SAMPLES}
