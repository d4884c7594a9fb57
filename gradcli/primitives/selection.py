"""Selection: functions that pass on one of their operands, and so have kinks where the choice changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.limits import check_elements
from gradcli.primitives.comparison import logical_not, not_equal
from gradcli.primitives.table import elementwise, plain

FAMILY = "selection"


def _where(condition: Any, x: Any, y: Any) -> Any:
    if type(condition) is np.ndarray or type(x) is np.ndarray or type(y) is np.ndarray:
        check_elements(np.broadcast_shapes(np.shape(condition), np.shape(x), np.shape(y)))
        return plain(np.where(condition, x, y))
    return x if condition else y


where = elementwise(
    "where", _where,
    (
        None,
        lambda out, condition, x, y: not_equal(condition, 0),
        lambda out, condition, x, y: logical_not(condition),
    ),
    FAMILY, "x where the condition holds, y elsewhere", parameters="condition x y",
    derivative="(none), condition, not condition",
    convention="the branch not taken contributes nothing, even where it is infinite or NaN",
    example="where(2 > 1, 10, 20)", choice=lambda condition, x, y: np.not_equal(condition, 0),
)  # fmt: skip
