"""Sample points of curves; references are NumPy's and definitions written out."""

import numpy as np

ROW, LONGER = np.array([-1.5, 0.25, 2.0]), np.array([0.5, -2.0, 1.25, 3.0, -0.75])
PLACES = np.array([[-3.0, 0.0], [0.25, 7.0]])

SAMPLES = {
    "convolve": [((ROW, LONGER), {}), ((LONGER, ROW), {}), ((ROW, np.array([2.5])), {})],
    "interval": [((0.5, ROW), {}), ((PLACES, ROW), {})],
}
REFERENCES = {
    "convolve": lambda x, y: [
        sum(x[i] * y[k - i] for i in range(len(x)) if 0 <= k - i < len(y)) for k in range(len(x) + len(y) - 1)
    ],
    "interval": lambda x, xp: np.vectorize(lambda at: min(max(sum(at >= xp) - 1, 0), len(xp) - 2))(x),
}
