"""Which primitives round their results: what perturbed arithmetic moves, on the tape and in hot loops."""

from __future__ import annotations

import numpy as np

from gradcli.autodiff.primitive import Linear, Primitive

EPS = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).tiny)  # numbers below it are rounded to multiples of EPS times it
# Linear primitives that add; all others only move entries about, and their results are exact.
_SUMS = frozenset(("cumsum", "linspace", "scatter_add", "sum", "trace"))
_EXACT = frozenset(("negative", "positive", "chain", "detach"))


def is_exact(primitive: Primitive) -> bool:
    """Whether a primitive's result is one of its operands' entries, or has no rounding worth the name."""
    if primitive.choice is not None or primitive.name in _EXACT:
        return True
    return type(primitive.derivative) is Linear and primitive.name not in _SUMS
