"""Lines drawn with braille characters, two dots across and four down in each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800


class Canvas:
    """A grid of dots over a rectangle of the plane."""

    def __init__(self, columns: int, rows: int, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.columns, self.rows = columns, rows
        self.x, self.y = x, y
        self._cells = np.zeros((rows, columns), dtype=int)

    def line(self, xs: np.ndarray, ys: np.ndarray, breaks: Sequence[float]) -> None:
        """Connect points that are finite, but not over `breaks` and poles, which lead from edge to edge."""
        low, high = self.y
        for at in range(len(xs) - 1):
            ends = ys[at : at + 2]
            is_broken = any(xs[at] <= each <= xs[at + 1] for each in breaks)
            is_pole = ends.min() < low and ends.max() > high
            if np.isfinite(ends).all() and not is_broken and not is_pole:
                self._segment(xs[at : at + 2], ends)

    def _segment(self, xs: np.ndarray, ys: np.ndarray) -> None:
        across, down = self._across(xs), self._down(ys)
        steps = int(min(max(abs(np.diff(across))[0], abs(np.diff(down))[0]), 8 * self.rows)) + 1
        for share in np.linspace(0.0, 1.0, steps + 1):
            self._dot(across[0] + share * (across[1] - across[0]), down[0] + share * (down[1] - down[0]))

    def _across(self, xs: np.ndarray) -> np.ndarray:
        left, right = self.x
        return (xs - left) / (right - left) * (2 * self.columns - 1)

    def _down(self, ys: np.ndarray) -> np.ndarray:
        low, high = self.y
        reach = 4 * self.rows
        return np.clip((high - ys) / (high - low) * (reach - 1), -reach, 2 * reach)

    def _dot(self, across: float, down: float) -> None:
        column, row = round(across), round(down)
        if 0 <= column < 2 * self.columns and 0 <= row < 4 * self.rows:
            self._cells[row // 4, column // 2] |= _DOTS[row % 4][column % 2]

    def column_of(self, x: float) -> int:
        """The column of characters that a place falls into."""
        return round(float(self._across(np.array([x]))[0])) // 2

    def text_rows(self) -> list[str]:
        """The rows as text; the zero line is dotted where nothing else is."""
        blank = [" "] * self.rows
        low, high = self.y
        if low < 0 < high:
            blank[round(float(self._down(np.zeros(1))[0])) // 4] = "┈"
        return [
            "".join(chr(_BLANK + cell) if cell else blank[number] for cell in row)
            for number, row in enumerate(self._cells)
        ]


def extent(numbers: np.ndarray) -> tuple[float, float]:
    """The range of an axis: all finite numbers, but for poles, of which only the feet are shown."""
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return -1.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    inner_low, inner_high = (float(each) for each in np.quantile(finite, (0.05, 0.95)))
    reach = 3 * (inner_high - inner_low)
    if reach > 0:
        low, high = max(low, inner_low - reach), min(high, inner_high + reach)
    if high == low:
        return low - max(abs(low), 1.0) / 2, high + max(abs(high), 1.0) / 2
    return low, high
