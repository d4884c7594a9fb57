"""Sample points of the special functions; the references are mpmath's, to 30 digits."""

import mpmath
import numpy as np

ROW = np.array([-1.5, 0.25, 2.0])
POSITIVE = np.array([[0.5], [1.25]])
REAL = [((1.25,), {}), ((-0.5,), {}), ((0.0,), {}), ((ROW,), {})]
BETWEEN_POLES = [((1.25,), {}), ((-0.5,), {}), ((ROW,), {}), ((17.5,), {})]
PAIRS = [((1.25, 2.5), {}), ((POSITIVE, np.array([0.75, 3.0])), {}), ((2, POSITIVE), {})]

ORDERS = [((2.0, 1.25), {}), ((0.5, POSITIVE), {}), ((np.array([[1.0], [3.0]]), ROW), {})]


def by_mpmath(function):
    """The function applied to each entry, in 30 digits."""

    def precise(*operands):
        with mpmath.workdps(30):
            return float(mpmath.re(function(*map(float, operands))))

    return np.vectorize(precise, otypes=[float])


SAMPLES = {
    **dict.fromkeys(("erf", "erfc", "erfcx", "i0", "i1", "j0", "j1", "log_ndtr"), REAL),
    "erfinv": [((0.25,), {}), ((np.array([[0.5], [-0.9]]),), {})],
    "ndtri": [((0.25,), {}), ((np.array([[0.5], [0.9]]),), {})],
    **dict.fromkeys(("gamma", "lgamma", "digamma"), BETWEEN_POLES),
    "polygamma": [((1.0, 1.25), {}), ((2, ROW), {}), ((np.array([[1.0], [3.0]]), ROW), {})],
    "beta": PAIRS,
    "betaln": [*PAIRS, ((0.25, 0.5), {})],  # where the slope is large enough to show a millionth
    "iv": ORDERS,
    "jv": ORDERS,
}
REFERENCES = {
    "erf": by_mpmath(mpmath.erf),
    "erfc": by_mpmath(mpmath.erfc),
    "erfinv": by_mpmath(mpmath.erfinv),
    "gamma": by_mpmath(mpmath.gamma),
    "lgamma": by_mpmath(lambda x: mpmath.log(abs(mpmath.gamma(x)))),
    "digamma": by_mpmath(mpmath.digamma),
    "polygamma": by_mpmath(lambda n, x: mpmath.polygamma(int(n), x)),
    "beta": by_mpmath(mpmath.beta),
    "betaln": by_mpmath(lambda a, b: mpmath.log(mpmath.beta(a, b))),
    "iv": by_mpmath(mpmath.besseli),
    "jv": by_mpmath(mpmath.besselj),
    "j0": by_mpmath(lambda x: mpmath.besselj(0, x)),
    "j1": by_mpmath(lambda x: mpmath.besselj(1, x)),
    "erfcx": by_mpmath(lambda x: mpmath.exp(x * x) * mpmath.erfc(x)),
    "log_ndtr": by_mpmath(lambda x: mpmath.log(mpmath.ncdf(x))),
    "ndtri": by_mpmath(lambda x: mpmath.sqrt(2) * mpmath.erfinv(2 * x - 1)),
    "i0": by_mpmath(lambda x: mpmath.besseli(0, x)),
    "i1": by_mpmath(lambda x: mpmath.besseli(1, x)),
}
