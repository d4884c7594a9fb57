"""Matrices as pictures: colours from blue over white to red, or shades where there is no colour."""

from __future__ import annotations

import numpy as np
from rich.color import Color
from rich.style import Style as RichStyle
from rich.text import Text

from gradcli.render.numbers import number

_LINES = 24  # of a picture, two rows of the matrix each
_ENLARGED = 12  # small matrices are drawn in about so many columns
_BLUE, _WHITE, _RED = np.array([33, 102, 172]), np.array([247, 247, 247]), np.array([178, 24, 43])
_UNKNOWN = Color.from_rgb(128, 128, 128)  # NaN
_SHADES = " ░▒▓█"


def picture(matrix: np.ndarray, width: int, color: bool, digits: int) -> Text:
    """A matrix as a picture at most `width` columns wide, its smallest and largest entry below it.

    Colours are symmetric about 0; shades run from the smallest entry to the largest. Entries that do not fit
    are averaged in blocks.
    """
    with np.errstate(all="ignore"):  # NaN, infinities and differences that overflow are drawn, too
        if color:
            drawn = _halves(_resized(matrix, 2 * _LINES, width))
        else:
            drawn = _shades(_resized(matrix, _LINES, max(width // 2, 1)))
    finite = matrix[np.isfinite(matrix)]
    low, high = (finite.min(), finite.max()) if finite.size else (np.nan, np.nan)
    return drawn.append(f"\n{number(low, digits)} … {number(high, digits)}", style="dim")


def _resized(matrix: np.ndarray, most_rows: int, most_columns: int) -> np.ndarray:
    """The matrix with whole blocks averaged where it is large and entries repeated where it is small."""
    for axis, most in enumerate((most_rows, most_columns)):
        blocks = np.array_split(matrix, min(most, matrix.shape[axis]), axis=axis)
        matrix = np.stack([block.mean(axis=axis) for block in blocks], axis=axis)
    times = max(1, min(_ENLARGED, most_columns) // max(matrix.shape))
    return np.repeat(np.repeat(matrix, times, axis=0), times, axis=1)


def _halves(cells: np.ndarray) -> Text:
    """Two rows a line, by half blocks whose two halves have colours of their own."""
    finite = np.abs(cells[np.isfinite(cells)])
    scale = finite.max() if finite.size and finite.max() > 0 else 1.0
    text = Text(no_wrap=True)
    for top in range(0, len(cells), 2):
        text.append("\n" if top else "")
        for column in range(cells.shape[1]):
            upper = _color(cells[top, column] / scale)
            lower = _color(cells[top + 1, column] / scale) if top + 1 < len(cells) else None
            text.append("▀", style=RichStyle.from_color(upper, lower))
    return text


def _color(value: float) -> Color:
    """The colour of a number from -1 to 1; infinities have that of the end they belong to."""
    if np.isnan(value):
        return _UNKNOWN
    share = min(abs(value), 1.0)
    red, green, blue = (1 - share) * _WHITE + share * (_RED if value > 0 else _BLUE)
    return Color.from_rgb(red, green, blue)


def _shades(cells: np.ndarray) -> Text:
    """One row a line, two characters an entry, the darker the larger."""
    finite = cells[np.isfinite(cells)]
    low, span = (finite.min(), np.ptp(finite) or 1.0) if finite.size else (0.0, 1.0)
    level = np.clip(np.nan_to_num((cells - low) / span, nan=0.0) * len(_SHADES), 0, len(_SHADES) - 1).astype(
        int
    )
    return Text("\n".join("".join(2 * _SHADES[each] for each in row) for row in level), no_wrap=True)
