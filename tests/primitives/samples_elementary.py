"""Sample points of the elementary and trigonometric functions; references are NumPy's and mpmath's."""

import mpmath
import numpy as np

ROW = np.array([-1.5, 0.25, 2.0])
POSITIVE = np.array([[0.5], [1.25]])
INSIDE = np.array([[0.5], [-0.75]])
REAL = [((1.25,), {}), ((-0.5,), {}), ((ROW,), {})]
ABOVE_ZERO = [((1.25,), {}), ((POSITIVE,), {})]
BELOW_ONE = [((0.25,), {}), ((INSIDE,), {})]
PAIRS = [((1.5, -2.5), {}), ((POSITIVE, ROW), {}), ((ROW, 2), {}), ((2.0, ROW), {})]


def sinc_derivative(x, order):
    return [float(mpmath.diff(mpmath.sincpi, t, order)) for t in np.ravel(x)]


SAMPLES = {
    **dict.fromkeys(("exp", "exp2", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh"), REAL),
    **dict.fromkeys(("square", "reciprocal", "cbrt", "asinh", "atan"), REAL),
    **dict.fromkeys(("log", "log2", "log10", "log1p", "sqrt", "rsqrt"), ABOVE_ZERO),
    **dict.fromkeys(("asin", "acos", "atanh"), BELOW_ONE),
    **dict.fromkeys(("hypot", "atan2"), PAIRS),
    "acosh": [((1.25,), {}), ((POSITIVE + 1.0,), {})],
    "power": [((1.5, 2.5), {}), ((POSITIVE, ROW), {}), ((ROW, 3), {}), ((2.0, ROW), {}), ((-1.5, 2), {})],
    "xlogy": [((1.5, 2.5), {}), ((ROW, POSITIVE), {}), ((0.0, 2.0), {}), ((2, POSITIVE), {})],
    "sinc": [
        *(((x,), {"order": order}) for order in range(3) for x in (0.0, 1e-5, 0.3, -0.7, 2.5)),
        ((np.array([[-0.1, 1.0], [3.25, 0.0]]),), {"order": 0}),
        ((np.array([-0.1, 0.499, 0.501, 6.5]),), {"order": 1}),
    ],
}
OTHER_NAMES = {"rsqrt": lambda x: 1 / np.sqrt(x), "xlogy": lambda x, y: x * np.log(y)}
REFERENCES = {
    **{name: OTHER_NAMES.get(name) or getattr(np, name) for name in SAMPLES if name != "sinc"},
    "sinc": sinc_derivative,
}
