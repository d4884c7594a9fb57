"""Comparisons and logic: results are booleans, and no derivative passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.limits import check_elements
from gradcli.primitives.table import elementwise, plain

FAMILY = "comparison"


def _compare(scalar: Callable[[Any, Any], bool], array: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def evaluate(x: Any, y: Any) -> Any:
        if type(x) is np.ndarray or type(y) is np.ndarray:
            check_elements(np.broadcast_shapes(np.shape(x), np.shape(y)))
            return plain(array(x, y))
        return scalar(x, y)

    return evaluate


less = elementwise(
    "less", _compare(lambda x, y: x < y, np.less), (), FAMILY, "`x < y`", parameters="x y", example="less(1, 2)",
)  # fmt: skip
less_equal = elementwise(
    "less_equal", _compare(lambda x, y: x <= y, np.less_equal), (), FAMILY, "`x <= y`", parameters="x y",
    example="less_equal(1, 2)",
)  # fmt: skip
greater = elementwise(
    "greater", _compare(lambda x, y: x > y, np.greater), (), FAMILY, "`x > y`", parameters="x y",
    example="greater(1, 2)",
)  # fmt: skip
greater_equal = elementwise(
    "greater_equal", _compare(lambda x, y: x >= y, np.greater_equal), (), FAMILY, "`x >= y`", parameters="x y",
    example="greater_equal(1, 2)",
)  # fmt: skip
equal = elementwise(
    "equal", _compare(lambda x, y: x == y, np.equal), (), FAMILY, "`x == y`", parameters="x y", example="equal(1, 1)",
)  # fmt: skip
not_equal = elementwise(
    "not_equal", _compare(lambda x, y: x != y, np.not_equal), (), FAMILY, "`x != y`", parameters="x y",
    example="not_equal(1, 2)",
)  # fmt: skip
logical_and = elementwise(
    "logical_and", lambda x, y: plain(np.logical_and(x, y)), (), FAMILY, "both are true, entry by entry",
    parameters="x y", example="logical_and(True, False)",
)  # fmt: skip
logical_or = elementwise(
    "logical_or", lambda x, y: plain(np.logical_or(x, y)), (), FAMILY, "at least one is true, entry by entry",
    parameters="x y", example="logical_or(True, False)",
)  # fmt: skip
logical_not = elementwise(
    "logical_not", lambda x: plain(np.logical_not(x)), (), FAMILY, "x is false or zero, entry by entry",
    example="logical_not(True)",
)  # fmt: skip
