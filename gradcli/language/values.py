"""Option text to value: `3`, `-1,2`, `1,2;3,4`, JSON, a closed expression, or `@file`.

Every number becomes float64. What the evaluator is needed for (`pi/2`, `linspace(0,1,5)`) is handed to the
function that the caller gives; plain numbers never get that far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeAlias

import numpy as np

from gradcli.errors import GradcliError, InputError
from gradcli.language.source import Source, Span
from gradcli.language.strict_json import Data, NotJSONError, read
from gradcli.limits import check_elements
from gradcli.primitives.arguments import describe
from gradcli.records import NamedTuple

Evaluate: TypeAlias = Callable[[str], Data]

_PLAIN = frozenset("0123456789+-.eE_,; \t\r\n")
_PLAIN_LIST = _PLAIN | frozenset("[]")
_JSON_WORDS = ('"', "{", "null", "NaN", "Infinity", "true", "false")
_OPENING, _CLOSING, _QUOTES = "([{", ")]}", "'\""
_NAMED = frozenset(
    f"{sign}{name}" for sign in ("", "+", "-") for name in ("inf", "nan", "Infinity", "NaN")
)  # as the language and as JSON have them


class _Cell(NamedTuple):
    """One entry of a value: the row it belongs to and its place in the text."""

    row: int
    start: int
    end: int


def parse_value(text: str, name: str, evaluate: Evaluate) -> Data:
    """The value that an option's text stands for.

    `name` is what messages call the text (`--x`); `evaluate` gives the value of a closed expression.
    Raises `InputError` with the place in the text.
    """
    if _PLAIN.issuperset(text):
        with suppress(ValueError):
            return float(text)
    source = Source(text, name)
    if not text.strip():
        raise InputError(f"{name} has an empty value", help="give a number, a list such as 1,2,3, or @FILE")
    if text.startswith("@"):
        from gradcli.language.files import read_array_file

        return read_array_file(text[1:], name)
    if _PLAIN.issuperset(text):
        return _plain_value(source, evaluate)
    if _is_json(text):
        return read(source)
    if _PLAIN_LIST.issuperset(text):
        return _list_value(source, evaluate)
    return _entries_value(source, evaluate)


def normalised(value: object) -> Data:
    """A value of the evaluator as an input: integers become float64, tuples arrays; structures stay.

    Raises `InputError` for what is no number, array, or structure of them.
    """
    if isinstance(value, dict):
        return {key: normalised(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normalised(item) for item in value]
    if isinstance(value, tuple):
        return _joined([normalised(item) for item in value])
    if isinstance(value, range):
        check_elements((len(value),))
    elif not isinstance(value, (int, float, np.ndarray)):
        raise InputError(f"expected numbers, found {describe(value)}")
    array = np.asarray(value)
    if array.dtype != np.bool_:
        array = array.astype(np.float64)
    return array if array.ndim else array.item()


def _joined(parts: list[Any]) -> Data:
    """The array of the values in a tuple."""
    arrays = [part for part in parts if not isinstance(part, dict | list)]
    if len(arrays) < len(parts) or len({np.shape(each) for each in arrays}) > 1:
        raise InputError("the entries of a tuple must be numbers, or arrays of one shape")
    return np.array(arrays, np.float64)


def _is_json(text: str) -> bool:
    """Whether the text must be JSON: an object, or a list with JSON's own words, strings or objects in it."""
    start = text.lstrip()[:1]
    return start == "{" or (start == "[" and any(word in text for word in _JSON_WORDS))


def _list_value(source: Source, evaluate: Evaluate) -> Data:
    """A list of plain numbers: JSON where it is strict JSON, else the language's (`[.5, 5.]`)."""
    try:
        return read(source)
    except NotJSONError:
        return _entries_value(source, evaluate)


def _plain_value(source: Source, evaluate: Evaluate) -> Data:
    """`3`, `-1,2`, `1,2;3,4`: numbers only, read without the language."""
    text = source.text
    try:
        if ";" in text or text.rstrip().endswith(","):
            return _entries_value(source, evaluate)
        return np.array([float(cell) for cell in text.split(",")])
    except ValueError:
        return _entries_value(source, evaluate)


def _entries_value(source: Source, evaluate: Evaluate) -> Data:
    """Entries separated by `,` and rows separated by `;`, each entry a number or a closed expression."""
    text = source.text
    cells = list(_cells(text))
    if len(cells) == 1:
        return normalised(_entry(source, cells[0], evaluate))
    is_matrix = cells[-1].row > 0
    if len(cells) > 1 and not text[cells[-1].start : cells[-1].end].strip():
        cells.pop()  # `3,` is a vector of one number and `1,2;` a matrix of one row, as a tuple is in Python
    rows: list[list[float]] = [[] for _ in range(cells[-1].row + 1)]
    for cell in cells:
        rows[cell.row].append(_number(source, cell, evaluate))
    _check_rows(source, cells, rows)
    return np.array(rows if is_matrix else rows[0], dtype=np.float64)


def _cells(text: str) -> Iterator[_Cell]:
    """The entries between the commas and semicolons that no bracket or quote encloses."""
    depth, row, start, quote = 0, 0, 0, ""
    for at, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif depth == 0 and character in ",;":
            yield _Cell(row, start, at)
            start, row = at + 1, row + (character == ";")
    yield _Cell(row, start, len(text))


def _number(source: Source, cell: _Cell, evaluate: Evaluate) -> float:
    value = _entry(source, cell, evaluate)
    if isinstance(value, dict | list) or np.ndim(value):
        size = "a structure" if isinstance(value, dict | list) else f"an array of shape {np.shape(value)}"
        message = f"an entry of a list must be a single number, and this one is {size}"
        raise InputError(message, span=Span(cell.start, cell.end), source=source)
    return float(value)


def _entry(source: Source, cell: _Cell, evaluate: Evaluate) -> Data:
    entry = source.text[cell.start : cell.end]
    stripped = entry.strip()
    if not stripped:
        span = Span(cell.start, max(cell.end, cell.start + 1))
        raise InputError("an entry of the list is empty", span=span, source=source)
    if stripped in _NAMED:
        return float(stripped)
    if _PLAIN.issuperset(stripped):
        with suppress(ValueError):
            return float(stripped)
        _check_blanks(source, cell, stripped)
    return _evaluated(source, cell, evaluate)


def _check_blanks(source: Source, cell: _Cell, entry: str) -> None:
    """Raise `InputError` for numbers with nothing but blanks between them."""
    words = entry.split()
    with suppress(ValueError):
        if len(words) > 1 and [float(word) for word in words]:
            message, help = "the numbers of a list are separated by commas", f"write {','.join(words)}"
            raise InputError(message, span=Span(cell.start, cell.end), source=source, help=help)


def _evaluated(source: Source, cell: _Cell, evaluate: Evaluate) -> Data:
    """The value of a closed expression; what is wrong with it is shown in the whole value."""
    entry = source.text[cell.start : cell.end]
    shift = cell.start + len(entry) - len(entry.lstrip())
    try:
        return evaluate(entry.strip())
    except GradcliError as error:
        if error.span is not None:
            error.span = Span(error.span.start + shift, error.span.end + shift)
        error.source = source
        raise


def _check_rows(source: Source, cells: list[_Cell], rows: list[list[float]]) -> None:
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            own = [cell for cell in cells if cell.row == number]
            raise InputError(
                f"the rows differ in length: row {number + 1} has {_count(row)}, row 1 has {_count(rows[0])}",
                span=Span(own[0].start, own[-1].end),
                source=source,
            )


def _count(row: list[float]) -> str:
    return f"{len(row)} {'number' if len(row) == 1 else 'numbers'}"
