"""Sample points of activations; references are formulas in 50 digits."""

import mpmath
import numpy as np

ROW = np.array([-1.5, 0.25, 2.0])
REAL = [((1.25,), {}), ((-0.5,), {}), ((-30.0,), {}), ((30.0,), {}), ((ROW,), {})]
PAIRS = [((1.5, -2.5), {}), ((ROW, np.array([[0.5], [-1.25]])), {}), ((1.0, 40.0), {}), ((1.0, ROW), {})]


def in_50_digits(formula):
    def precise(*operands):
        with mpmath.workdps(50):
            return float(formula(*map(mpmath.mpf, map(float, operands))))

    return np.vectorize(precise, otypes=[float])


SAMPLES = {
    **dict.fromkeys(("sigmoid", "log1pexp", "logsigmoid", "relu", "tanhshrink"), REAL),
    **dict.fromkeys(("logaddexp", "logaddexp2"), PAIRS),
    "log_odds": [((0.1,), {}), ((0.5000001,), {}), ((np.array([0.2, 0.7, 0.9]),), {})],
}
REFERENCES = {
    "sigmoid": in_50_digits(lambda x: 1 / (1 + mpmath.exp(-x))),
    "log1pexp": in_50_digits(lambda x: mpmath.log(1 + mpmath.exp(x))),
    "logsigmoid": in_50_digits(lambda x: -mpmath.log(1 + mpmath.exp(-x))),
    "relu": lambda x: np.maximum(x, 0.0),
    "tanhshrink": lambda x: x - np.tanh(x),
    "logaddexp": in_50_digits(lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y))),
    "logaddexp2": in_50_digits(lambda x, y: mpmath.log(2**x + 2**y) / mpmath.log(2)),
    "log_odds": in_50_digits(lambda x: mpmath.log(x / (1 - x))),
}
