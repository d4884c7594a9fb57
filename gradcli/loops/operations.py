"""What flat code calls that is no primitive, but that a hot loop can do all the same."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Primitive
from gradcli.primitives.arguments import as_int
from gradcli.primitives.indexing import is_basic


def _whole(value: Any) -> int:
    """An index or a bound as an integer; anything but a whole number is left to the tape, which explains."""
    return value if type(value) is int else as_int(value)


def _truncated(value: float) -> int:
    if not math.isfinite(value):
        raise ValueError("not finite")
    return int(value)


def put(base: Any, value: Any, *, index: Any) -> Any:
    """A new array with `base[index] = value`."""
    result = base.copy()
    result[index] = value
    return result


def add_at(array: Any, value: Any, *, index: Any) -> Any:
    """The array itself, with the value added to its entries at the index, as often as that names them."""
    if is_basic(index):
        array[index] += value
    else:
        np.add.at(array, index, value)
    return array


def _added_at(base: Any, value: Any, *, index: Any) -> Any:
    return add_at(base.copy(), value, index=index)


whole = Primitive("whole", _whole, None)
truncated = Primitive("int", _truncated, None)
counting = Primitive("range", lambda *bounds: range(*map(_whole, bounds)), None)
copied = Primitive("copied", lambda array: array.copy(), None)  # of a constant that may be written to
added_at = Primitive("added_at", _added_at, None)  # `base[index] += value` as a new array
