"""Numbers and whole values as text on one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcli.language.strict_json import Data

DIGITS = 6  # significant ones, in formats that do not show all
_NON_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
# Of numbers for which three decimals, as the survey of traces has them, are too few or too many.
_BRIEF_DIGITS = 4
_MOST_ENTRIES = 4  # of an array that is written out in few words


def number(value: object, digits: int | None = None) -> str:
    """A number in the language's own spelling, with `digits` significant digits or with all that matter."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, float | np.floating):
        return str(value)
    text = repr(float(value)) if digits is None else f"{value:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else mantissa.removesuffix(".0")


def value_text(data: Data | str, digits: int | None = None) -> str:
    """A value as the command line takes it: `3`, `1,2`, `1,2;3,4`, JSON for structures; text as it is."""
    if isinstance(data, str):
        return data
    if isinstance(data, dict | list) or (np.ndim(data) and not _has_rows(np.asarray(data))):
        return json.dumps(plain_data(data, digits), ensure_ascii=False)
    if np.ndim(data) == 0:
        return number(np.asarray(data).item(), digits)
    rows = np.asarray(data).tolist() if np.ndim(data) == 2 else [np.asarray(data).tolist()]
    text = ";".join(",".join(number(each, digits) for each in row) for row in rows)
    if np.ndim(data) == 2:
        return text if len(rows) > 1 else f"{text};"
    return text if len(rows[0]) > 1 else f"{text},"


def brief(value: Any, digits: int | None = None) -> str:
    """A value in few words; of a long array its shape, its smallest and its largest entry."""
    if isinstance(value, tuple):
        return ", ".join(brief(each, digits) for each in value)
    array = np.asarray(value)
    if array.size <= _MOST_ENTRIES:
        return _brief_entries(array, digits)
    extremes = " … ".join(_brief_number(float(each), digits) for each in (array.min(), array.max()))
    return f"{shape_text(value)}: {extremes}"


def _brief_entries(array: np.ndarray, digits: int | None) -> str:
    if array.dtype == np.bool_:
        return str(array.tolist())
    if array.ndim == 0:
        return _brief_number(array.item(), digits)
    return f"[{', '.join(_brief_entries(each, digits) for each in array)}]"


def _brief_number(value: float, digits: int | None) -> str:
    if digits is None and 0.01 <= abs(value) < 1e5:
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return number(value, digits or _BRIEF_DIGITS)


def plain_data(value: Any, digits: int | None = None) -> Any:
    """A value as JSON can hold it: arrays as lists, numbers that are not finite as strings."""
    if isinstance(value, np.ndarray):
        if value.dtype != np.float64 or (digits is None and np.isfinite(value).all()):
            return value.tolist()
        return plain_data(value.tolist(), digits)
    if isinstance(value, Mapping):
        return {key: plain_data(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item, digits) for item in value]
    if isinstance(value, float):
        value = float(value)
        if value - value != 0:
            return _NON_FINITE[str(value)]
        return value if digits is None else float(f"{value:.{digits}g}")
    return value.item() if isinstance(value, np.generic) else value


def shape_text(data: Data) -> str:
    """`4`, `2×3`; nothing for a single number."""
    return "×".join(map(str, np.shape(data)))  # type: ignore[arg-type]


def _has_rows(array: np.ndarray) -> bool:
    """Whether commas and semicolons can spell an array."""
    return array.ndim <= 2 and array.size > 0 and array.dtype != np.bool_
