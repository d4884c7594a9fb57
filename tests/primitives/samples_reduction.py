"""Sample points of the reductions and scans; references are NumPy's, SciPy's or definitions written out."""

import numpy as np
import scipy.special

RNG = np.random.default_rng(11)


def draw(*shape):
    return RNG.permutation(np.linspace(-2.0, 2.1, int(np.prod(shape)))).reshape(shape)


VECTOR, MATRIX, CUBE = draw(5), draw(3, 4), draw(2, 3, 4)
ALL = {"axis": (0,), "keepdims": False}
OVER_AXES = [
    ((VECTOR,), ALL),
    ((MATRIX,), {"axis": (0, 1), "keepdims": False}),
    ((CUBE,), {"axis": (0, 2), "keepdims": False}),
    ((CUBE,), {"axis": (1,), "keepdims": True}),
]
WITH_ZEROS = np.array([[1.5, 0.0, -2.0], [0.0, 0.5, 0.0], [3.0, 0.25, -1.0]])
PRODUCTS = [
    *OVER_AXES,
    ((WITH_ZEROS,), {"axis": (1,), "keepdims": False}),
    ((WITH_ZEROS,), {"axis": (0, 1), "keepdims": True}),
]
SCANS = [
    ((VECTOR,), {"axis": 0, "reverse": False}), ((MATRIX,), {"axis": 1, "reverse": True}),
    ((CUBE,), {"axis": 1, "reverse": False}), ((draw(1),), {"axis": 0, "reverse": False}),
]  # fmt: skip
SOFTMAXES = [
    ((VECTOR,), {"axis": (0,)}),
    ((CUBE,), {"axis": (0, 2)}),
    ((MATRIX,), {"axis": (1,)}),
    ((1.5,), {"axis": ()}),
]
TRUTHS = [
    ((np.array([[0.0, 1.0], [0.0, 0.0]]),), {"axis": (1,), "keepdims": False}),
    ((np.array([True, False]),), ALL),
    ((0.0,), {"axis": (), "keepdims": False}),
]
POSITIONS = [
    ((VECTOR,), {"axis": None, "keepdims": False}), ((MATRIX,), {"axis": 1, "keepdims": True}),
    ((np.array([1.0, 2.0, 2.0]),), {"axis": 0, "keepdims": False}),
]  # fmt: skip

SAMPLES = {
    **dict.fromkeys(("max", "min"), OVER_AXES),
    "kth_smallest": [(operands, {**static, "k": k}) for operands, static in OVER_AXES for k in (0, 2)],
    **dict.fromkeys(("any", "all", "count_nonzero"), TRUTHS),
    **dict.fromkeys(("argmax", "argmin"), POSITIONS),
    "argsort": [
        ((VECTOR,), {"axis": 0}), ((CUBE,), {"axis": 1}), ((np.array([1.0, 0.0, 1.0, 0.0]),), {"axis": 0}),
    ],
    "same": [((1.0, 1.0), {}), ((VECTOR, VECTOR[1]), {}), ((np.nan, np.array([1.0, np.nan])), {})],
    "prod": PRODUCTS,
    "cumsum": SCANS,
    "cumprod": [
        *SCANS, ((WITH_ZEROS,), {"axis": 1, "reverse": False}), ((WITH_ZEROS,), {"axis": 0, "reverse": True}),
    ],
    "cummax": SCANS,
    "logcumsumexp": [
        ((VECTOR,), {"axis": 0}), ((300.0 * MATRIX,), {"axis": 1}), ((CUBE,), {"axis": 1}),
    ],
    "recurrence": [
        ((draw(5), draw(5)), {"axis": 0, "reverse": False}),
        ((draw(3, 4), draw(3, 4)), {"axis": 1, "reverse": True}),
        ((WITH_ZEROS, draw(3, 3)), {"axis": 0, "reverse": False}),
    ],
    "norm": [*OVER_AXES, ((-2.5,), {"axis": (), "keepdims": False})],
    "p_norm": [
        ((VECTOR,), {"axis": (0,), "ord": 3.0}), ((MATRIX,), {"axis": (1,), "ord": 2.5}),
        ((CUBE,), {"axis": (0, 2), "ord": 0.5}), ((VECTOR,), {"axis": (0,), "ord": -1.5}),
    ],
    "ratio": [((1.25, -2.0), {}), ((VECTOR, 0.5), {}), ((2.0, VECTOR), {})],
    "logsumexp": [*OVER_AXES, ((300.0 * VECTOR,), ALL)],
    **dict.fromkeys(("softmax", "log_softmax"), SOFTMAXES),
    "signed_power": [
        ((VECTOR,), {"exponent": 1.5}), ((-2.5,), {"exponent": -0.5}), ((MATRIX,), {"exponent": 2.0}),
    ],
}  # fmt: skip


def kth(x, axis, keepdims, k):
    kept = [n for i, n in enumerate(x.shape) if i not in axis]
    rows = np.moveaxis(x, axis, range(x.ndim - len(axis), x.ndim)).reshape(*kept, -1)
    value = np.sort(rows, axis=-1)[..., k]
    return np.expand_dims(value, axis) if keepdims else value


def scan(accumulate):
    def reference(x, axis, reverse):
        return np.flip(accumulate(np.flip(x, axis), axis), axis) if reverse else accumulate(x, axis)

    return reference


def recurrence(a, b, axis, reverse):
    if reverse:
        return np.flip(recurrence(np.flip(a, axis), np.flip(b, axis), axis, False), axis)
    rows = list(np.moveaxis(b, axis, 0).copy())
    for i in range(1, len(rows)):
        rows[i] = rows[i] + np.moveaxis(a, axis, 0)[i] * rows[i - 1]
    return np.stack(rows, axis)


REFERENCES = {
    "log_softmax": lambda x, axis: scipy.special.log_softmax(x, axis=axis),
    "signed_power": lambda x, exponent: np.sign(x) * np.abs(x) ** exponent,
    "max": np.max,
    "min": np.min,
    "kth_smallest": kth,
    "any": np.any,
    "all": np.all,
    "count_nonzero": lambda x, axis, keepdims: np.sum(np.asarray(x) != 0, axis=axis, keepdims=keepdims),
    "argmax": np.argmax,
    "argmin": np.argmin,
    "argsort": lambda x, axis: np.argsort(x, axis, kind="stable"),
    "same": lambda x, y: np.isclose(x, y, rtol=0.0, atol=0.0, equal_nan=True),
    "prod": np.prod,
    "cumsum": scan(np.cumsum),
    "cumprod": scan(np.cumprod),
    "cummax": scan(np.maximum.accumulate),
    "logcumsumexp": lambda x, axis: np.logaddexp.accumulate(x, axis),
    "recurrence": recurrence,
    "norm": lambda x, axis, keepdims: np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims)),
    "p_norm": lambda x, axis, ord: np.sum(np.abs(x) ** ord, axis=axis) ** (1 / ord),
    "ratio": np.divide,
    "logsumexp": lambda x, axis, keepdims: scipy.special.logsumexp(x, axis=axis, keepdims=keepdims),
    "softmax": lambda x, axis: scipy.special.softmax(x, axis=axis),
}
