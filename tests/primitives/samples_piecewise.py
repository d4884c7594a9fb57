"""Sample points of piecewise functions, away from their kinks and jumps; `detach` is among them."""

import numpy as np

ROW = np.array([-1.5, 0.25, 2.0])
COLUMN = np.array([[0.5], [-1.25]])
REAL = [((1.25,), {}), ((-0.5,), {}), ((3,), {}), ((ROW,), {})]
PAIRS = [((1.5, -2.5), {}), ((2.0, 3), {}), ((ROW, COLUMN), {}), ((1.0, ROW), {})]

SAMPLES = {
    **dict.fromkeys(("abs", "sign", "floor", "ceil", "trunc", "detach"), REAL),
    **dict.fromkeys(("maximum", "minimum", "fmax", "fmin", "copysign"), PAIRS),
    "heaviside": [*PAIRS, ((0, 0.75), {}), ((np.zeros(2, int), np.array([0.5, -1.5])), {})],
    "round": [((1.25,), {"decimals": 0}), ((-2.675,), {"decimals": 2}), ((ROW * 10,), {"decimals": -1})],
    "fmod": [((7.25, -3.0), {}), ((-7.5, 2), {}), ((ROW, np.array([[0.7], [-1.2]])), {})],
    "clip": [
        ((0.25, 0.0, 1.0), {}),
        ((-0.25, 0.0, 1.0), {}),
        ((1.25, 0, 1), {}),
        ((ROW, COLUMN, 3.0), {}),
        ((ROW, -np.inf, 1.0), {}),
        ((ROW, 1.0, 0.0), {}),
    ],
}
REFERENCES = {
    **{name: getattr(np, name) for name in SAMPLES if name not in ("detach", "clip")},
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "detach": lambda x: x,
}
