"""Control of what is differentiated: `detach` makes a value a constant to the derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.primitives.table import elementwise


def _same(x: Any) -> Any:
    return x.view() if type(x) is np.ndarray else x  # a view, so that a later write to x is noticed


detach = elementwise(
    "detach", _same, (), "control", "x as a constant: no derivative passes", derivative="0",
    convention="intended: a checker compares with x held fixed there", example="detach(3)*2",
    aliases=("stop_gradient",),
)  # fmt: skip
