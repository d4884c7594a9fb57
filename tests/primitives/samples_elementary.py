"""Sample points of the elementary functions; references are NumPy's."""

import numpy as np

ROW = np.array([-1.5, 0.25, 2.0])
POSITIVE = np.array([[0.5], [1.25]])
REAL = [((1.25,), {}), ((-0.5,), {}), ((ROW,), {})]
ABOVE_ZERO = [((1.25,), {}), ((POSITIVE,), {})]

SAMPLES = {
    **dict.fromkeys(("exp", "sin", "cos", "square"), REAL),
    **dict.fromkeys(("log", "sqrt"), ABOVE_ZERO),
    "power": [((1.5, 2.5), {}), ((POSITIVE, ROW), {}), ((ROW, 3), {}), ((2.0, ROW), {}), ((-1.5, 2), {})],
}
REFERENCES = {name: getattr(np, name) for name in SAMPLES}
