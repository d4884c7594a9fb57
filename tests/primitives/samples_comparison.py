"""Sample points of comparisons and logic."""

import numpy as np

PAIRS = [((1.0, 2.0), {}), ((2.0, 2), {}), ((np.array([[1.0], [2.0]]), np.array([2.0, 1.0, 3.0])), {})]
TRUTHS = [((True, False), {}), ((np.array([True, False]), True), {}), ((np.array([0.0, 2.0]), 1.0), {})]
ORDERINGS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
ROW = np.array([-1.5, 0.25, 2.0])

NUMBERS = [((1.0,), {}), ((np.nan,), {}), ((-np.inf,), {}), ((np.array([np.nan, 0.0, np.inf]),), {})]
CLOSE = [
    ((1.0, 1.0 + 1e-9, 1e-5, 1e-8), {"equal_nan": False}),
    ((np.array([1.0, np.nan, np.inf]), np.array([1.1, np.nan, np.inf]), 1e-5, 1e-8), {"equal_nan": True}),
    ((np.array([[1.0], [2.0]]), np.array([1.0, 2.0]), 1e-5, 1e-8), {"equal_nan": False}),
]

SAMPLES = {
    **dict.fromkeys(ORDERINGS, PAIRS),
    "logical_and": TRUTHS,
    "logical_or": TRUTHS,
    "logical_xor": TRUTHS,
    **dict.fromkeys(("isnan", "isinf", "isfinite"), NUMBERS),
    **dict.fromkeys(("isclose", "allclose"), CLOSE),
    "array_equal": [((ROW, ROW), {}), ((ROW, -ROW), {}), ((ROW, 1.5), {})],
    "logical_not": [((True,), {}), ((np.array([0.0, 2.0]),), {})],
}
REFERENCES = {name: getattr(np, name) for name in SAMPLES}
