"""Arrays as blocks of aligned numbers, and reports as rows of them: what tables are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from gradcli.language.strict_json import Data
from gradcli.records import NamedTuple
from gradcli.render.numbers import number, shape_text
from gradcli.render.sparks import spark
from gradcli.reports import Report
from gradcli.structures import leaves

MAX_LINES = 24  # longer vectors and matrices show only their ends
EDGE = 3
GAP = "  "
_DOWN, _ACROSS, _DIAGONAL = "⋮", "⋯", "⋱"

Grid = list[list[str]]


class Row(NamedTuple):
    """A row of a table: an output or an input, or a part of a structured one; its entry in each column."""

    name: str
    is_output: bool
    cells: tuple[Data | None, ...]

    @property
    def shape(self) -> str:
        """The shape of the first entry."""
        return next((shape_text(cell) for cell in self.cells if cell is not None), "")


def rows_of(report: Report) -> list[Row]:
    """The rows of a report: its outputs, then its inputs, structures taken apart."""
    columns = report.columns()
    return [
        *_rows([column.outputs for column in columns], is_output=True),
        *_rows([column.inputs for column in columns], is_output=False),
    ]


def titles_of(report: Report) -> list[str]:
    """The titles of the columns."""
    return [column.title for column in report.columns()]


def _rows(columns: Sequence[Mapping[str, Data]], is_output: bool) -> Iterator[Row]:
    parts = [dict(leaf for name, data in column.items() for leaf in leaves(data, name)) for column in columns]
    for name in dict.fromkeys(name for part in parts for name in part):
        yield Row(name, is_output, tuple(part.get(name) for part in parts))


def blocks(cells: Sequence[Data | None], digits: int, width: int) -> list[list[str]]:
    """The lines of each cell of a column, all of one length; numbers and vectors share one alignment."""
    shown = [[] if cell is None else list(_grids(np.asarray(cell), digits, width)) for cell in cells]
    lines = [_even([line for index, grid in each for line in _titled(index, align(grid))]) for each in shown]
    narrow = [at for at, each in enumerate(shown) if _is_narrow(each, lines[at])]
    texts = iter(_aligned([text for at in narrow for (text,) in shown[at][0][1]]))
    for at in narrow:
        lines[at] = [next(texts) for _ in lines[at]]
    longest = max((len(line) for each in lines for line in each), default=0)
    return [[f"{line:>{longest}}" for line in each] for each in lines]


def _is_narrow(grids: list[Any], lines: list[str]) -> bool:
    """Whether a cell is one column of numbers, with no title above."""
    return len(grids) == 1 and len(grids[0][1][0]) == 1 and len(grids[0][1]) == len(lines)


def is_wide(data: Data | None) -> bool:
    """Whether an entry needs more than the width of a number."""
    return data is not None and np.ndim(data) > 1  # type: ignore[arg-type]


def _even(lines: list[str]) -> list[str]:
    width = max(map(len, lines), default=0)
    return [f"{line:<{width}}" for line in lines]


def _titled(index: str, lines: list[str]) -> list[str]:
    return [index, *lines] if index else lines


def _grids(array: np.ndarray, digits: int, width: int) -> Iterator[tuple[str, Grid]]:
    """The grids that show an array: one, or one per matrix of a higher rank with its index before it."""
    if array.size == 0:
        yield "", [["[]"]]
    elif array.ndim <= 1:
        yield "", _vector(array.reshape(-1), digits)
    elif array.ndim == 2:
        yield "", _matrix(array, digits, width)
    else:
        count = int(np.prod(array.shape[:-2]))
        for position in _ends(count, MAX_LINES // array.shape[-2]):
            if position is None:
                yield _DOWN, []
            else:
                place = np.unravel_index(position, array.shape[:-2])
                yield f"[{', '.join(map(str, place))}]", _matrix(array[place], digits, width)


def align(grid: Grid) -> list[str]:
    """The lines of a grid, each column aligned at its decimal points."""
    columns = [_aligned(column) for column in zip_longest(*grid, fillvalue="")]
    return [GAP.join(line) for line in zip(*columns, strict=True)]


def _aligned(texts: Sequence[str]) -> list[str]:
    """The texts padded to one width, with their decimal points below each other."""
    parts = [_split(text) for text in texts]
    before = max((len(head) for head, _ in parts), default=0)
    after = max((len(tail) for _, tail in parts), default=0)
    return [f"{head:>{before}}{tail:<{after}}" for head, tail in parts]


def _split(text: str) -> tuple[str, str]:
    """A number's digits before its decimal point (or exponent), and the rest."""
    if not text[-1:].isdigit():  # `inf`, `nan`, dots, spark lines
        return text, ""
    end = next((at for at, character in enumerate(text) if character in ".e"), len(text))
    return text[:end], text[end:]


def _ends(length: int, limit: int) -> list[int | None]:
    """All positions, or the first and the last few with None between them."""
    if length <= max(limit, 2 * EDGE + 1):
        return list(range(length))
    return [*range(EDGE), None, *range(length - EDGE, length)]


def _vector(array: np.ndarray, digits: int) -> Grid:
    """One number a line; where the middle is left out, a spark line shows the course of the whole."""
    places = _ends(array.size, MAX_LINES)
    return [[spark(array) if at is None else number(array[at].item(), digits)] for at in places]


def _matrix(array: np.ndarray, digits: int, width: int) -> Grid:
    """As many columns as fit into the width: all, or the first and last few, but never a part of a number."""
    rows = _ends(array.shape[0], MAX_LINES)
    count = array.shape[1]
    most = max(width // (len(GAP) + 1), 2)  # a column takes a digit and a gap at least
    if count <= most:
        grid = _cells(array, rows, list(range(count)), digits)
        if count <= 2 or len(align(grid)[0]) <= width:
            return grid
    for edge in range(max(min(count - 1, most) // 2, 1), 0, -1):
        across = [*range(edge), None, *range(count - edge, count)]
        grid = _cells(array, rows, across, digits)
        if len(align(grid)[0]) <= width:
            break
    return grid


def _cells(array: np.ndarray, rows: list[int | None], across: list[int | None], digits: int) -> Grid:
    return [[_cell(array, i, j, digits) for j in across] for i in rows]


def _cell(array: np.ndarray, row: int | None, column: int | None, digits: int) -> str:
    if row is None:
        return _DIAGONAL if column is None else _DOWN
    return _ACROSS if column is None else number(array[row, column].item(), digits)
