"""Sample points of arithmetic."""

import numpy as np

ROW = np.array([-1.5, 0.25, 2.0])
COLUMN = np.array([[0.5], [-1.25]])
PAIRS = [((1.25, -2.0), {}), ((0.75, 2), {}), ((ROW, COLUMN), {}), ((ROW, 3.0), {}), ((2.5, COLUMN), {})]
SINGLES = [((1.25,), {}), ((ROW,), {}), ((COLUMN,), {})]
BINARY = ("add", "subtract", "multiply", "divide")
BETWEEN_JUMPS = [
    ((1.25, -2.0), {}),
    ((7.5, 2), {}),
    ((ROW, np.array([[0.7], [-1.2]])), {}),
    ((2.6, COLUMN), {}),
]

SAMPLES = {
    **dict.fromkeys(BINARY, PAIRS),
    "floor_divide": BETWEEN_JUMPS,
    "remainder": BETWEEN_JUMPS,
    "chain": PAIRS,
    "zero_product": PAIRS,
    "negative": SINGLES,
    "positive": SINGLES,
}
REFERENCES = {
    **{name: getattr(np, name) for name in SAMPLES if "pro" not in name and name != "chain"},
    **dict.fromkeys(("chain", "zero_product"), np.multiply),
}
