"""Data rows from files, in blocks: the values of inputs by name, each with a leading axis of rows."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import IO, Any

import numpy as np

from gradcli.errors import GradcliError, InputError, reason_of
from gradcli.language.files import decode, lines_in, standard_input
from gradcli.language.strict_json import read
from gradcli.records import NamedTuple
from gradcli.suites.cases import Excerpt, Place

BLOCK = 1 << 16  # rows of text that are held at a time
ENTRIES = 1 << 21  # of arrays: enough blocks for several threads
SUFFIXES = (".csv", ".jsonl", ".npy", ".npz")
_COLUMN = re.compile(r"\s*([^\W\d]\w*)\s*(?:\[([0-9,\s]+)\])?\s*")
_LONGEST_NAME = 1000  # of a column, with its index
_PLACE = re.compile(r"could not convert string '(.*)' to float64 at row (\d+), column (\d+)")


class Block(NamedTuple):
    """Some rows: the number of the first (from 1), and the values by name."""

    first: int
    values: Mapping[str, np.ndarray]

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(next(iter(self.values.values())))


def read_rows(path: str, missing: Sequence[str]) -> Iterator[Block]:
    """The rows of a file; an array without names belongs to the one input in `missing`.

    Raises `InputError` with row and column for what is no number.
    """
    suffix = os.path.splitext(path)[1].lower()
    if path == "-":
        yield from _read_text(standard_input().buffer, "<stdin>")
    elif suffix not in SUFFIXES:
        raise InputError(f"`{path}` is no kind of file that is known here: expected {', '.join(SUFFIXES)}")
    elif suffix == ".npy":
        yield from _read_npy(path, missing)
    elif suffix == ".npz":
        yield from _read_npz(path)
    else:
        try:
            with open(path, "rb") as file:
                yield from (_read_csv if suffix == ".csv" else _read_json_lines)(lines_in(file, path), path)
        except OSError as error:
            raise InputError(f"`{path}` cannot be read: {reason_of(error)}") from None


def _read_text(file: IO[bytes], name: str) -> Iterator[Block]:
    """Rows of either kind: a line of JSON begins with a brace, which no name does."""
    lines = lines_in(file, name)
    first = next(lines, b"")
    is_json = first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    yield from (_read_json_lines if is_json else _read_csv)(chain([first], lines), name)


def _read_csv(rows: Iterator[bytes], path: str) -> Iterator[Block]:
    """Columns called `x`, or `x[0]` and `x[0,1]` for the entries of arrays."""
    names = _header(decode(next(rows, b""), path).lstrip("\ufeff"), path)
    first = 1
    while lines := list(islice(rows, BLOCK)):
        table = _numbers(lines, first, len(names), path)
        if len(table):
            yield Block(first, _arrays(names, table))
        first += len(table)


def _header(line: str, path: str) -> list[tuple[str, tuple[int, ...]]]:
    """The name and the index of each column."""
    import csv

    try:
        cells = next(csv.reader([line], skipinitialspace=True), [])
    except csv.Error as error:
        raise InputError(f"`{path}`, row 1: {error}") from None
    names = []
    for number, cell in enumerate(cells, 1):
        found = _COLUMN.fullmatch(cell)
        if found is None or len(cell) > _LONGEST_NAME:
            message = (
                f"`{path}`, row 1, column {number}: expected the name of an input, found `{cell.strip()}`"
            )
            raise InputError(
                message, help="the first row of --data names the inputs, such as x,y or x[0],x[1]"
            )
        names.append((found[1], tuple(int(each) for each in (found[2] or "").split(",") if each.strip())))
    if len(set(names)) < len(names) or not names:
        raise InputError(f"`{path}`: the first row must name each input once")
    return names


def _numbers(lines: list[bytes], first: int, width: int, path: str) -> np.ndarray:
    """The table that the lines hold."""
    text = [line for line in lines if line.strip()]
    if not text:
        return np.empty((0, width))
    try:
        table = np.loadtxt(text, delimiter=",", ndmin=2, comments=None)
    except ValueError as error:
        raise _bad_cell(str(error), first, path) from None
    if table.shape[1] != width:
        raise InputError(
            f"`{path}`, row {first + 1}: {table.shape[1]} cells, where the first row has {width}"
        )
    return table


def _bad_cell(message: str, first: int, path: str) -> InputError:
    """What NumPy says about a cell, with the row of the file (the header is row 1)."""
    found = _PLACE.search(message)
    if found is None:
        return InputError(f"`{path}`, after row {first}: {message[:1].lower()}{message[1:]}")
    row, column = int(found[2]) + first + 1, found[3]
    data = found[1].encode("latin-1").decode("unicode_escape").encode("latin-1")  # as NumPy has taken it
    cell = data.decode("utf-8", "backslashreplace")
    return InputError(f"`{path}`, row {row}, column {column}: expected a number, found `{cell}`")


def _arrays(names: Sequence[tuple[str, tuple[int, ...]]], table: np.ndarray) -> dict[str, np.ndarray]:
    """Columns gathered into arrays by their indices; an entry without a column is 0."""
    arrays: dict[str, np.ndarray] = {}
    for name in dict.fromkeys(name for name, _ in names):
        own = [(index, column) for column, (each, index) in enumerate(names) if each == name]
        rank = len(own[0][0])
        if any(len(index) != rank for index, _ in own):
            raise InputError(f"the columns of `{name}` have different numbers of indices")
        shape = tuple(max(index[axis] for index, _ in own) + 1 for axis in range(rank))
        if len(own) != int(np.prod(shape)):
            raise InputError(f"the columns of `{name}` do not fill an array of shape {shape}")
        arrays[name] = np.empty((len(table), *shape))
        for index, column in own:
            entry: tuple[Any, ...] = (slice(None), *index)
            arrays[name][entry] = table[:, column]
    return arrays


def _read_npy(path: str, missing: Sequence[str]) -> Iterator[Block]:
    """Rows along the first axis: the fields of a structured array, or the one input that has no value."""
    from gradcli.language.binary_files import map_npy

    array = map_npy(path)
    if array.ndim == 0:
        raise InputError(f"`{path}` holds a single number: expected rows along the first axis")
    if array.dtype.names is None and len(missing) != 1:
        listed = ", ".join(f"`{name}`" for name in missing) or "no input"
        raise InputError(
            f"`{path}` holds one array, and the rows must give {listed}",
            help="give the other inputs a value, or use a structured array",
        )
    yield from _blocks({name: array[name] for name in array.dtype.names or ()} or {missing[0]: array})


def _read_npz(path: str) -> Iterator[Block]:
    """Arrays by name, with the rows along their first axes."""
    from gradcli.language.binary_files import read_npz

    columns = {name: np.asarray(each) for name, each in read_npz(path).items()}
    lengths = {name: each.shape[0] if each.ndim else None for name, each in columns.items()}
    if len(set(lengths.values())) != 1 or None in lengths.values():
        shapes = ", ".join(f"`{name}` {each.shape}" for name, each in columns.items())
        raise InputError(f"`{path}` holds no rows: expected arrays of one length, found {shapes or 'none'}")
    yield from _blocks(columns)


def _blocks(columns: Mapping[str, np.ndarray]) -> Iterator[Block]:
    """Arrays of one length, cut into blocks."""
    size = max(ENTRIES // max(sum(math.prod(each.shape[1:]) for each in columns.values()), 1), 1)
    for start in range(0, len(next(iter(columns.values()))), size):
        rows = {name: each[start : start + size] for name, each in columns.items()}
        yield Block(start + 1, {name: np.ascontiguousarray(each, np.float64) for name, each in rows.items()})


def _read_json_lines(every: Iterator[bytes], path: str) -> Iterator[Block]:
    """One object with the inputs by name on each line."""
    first, number = 1, 0
    while lines := list(islice(every, BLOCK)):
        rows: list[Any] = []
        for line in lines:
            number += 1
            if line.strip():
                rows.append(_json_row(decode(line, f"{path}:{number}"), Place(path, number)))
        if rows:
            yield Block(first, _stacked(rows, path, first))
        first += len(rows)


def _json_row(line: str, place: Place) -> Mapping[str, Any]:
    row = read(Excerpt(line, place))
    if not isinstance(row, dict):
        raise InputError(f"{place}: expected an object with the inputs by name")
    return row


def _stacked(rows: Sequence[Mapping[str, Any]], path: str, first: int) -> dict[str, np.ndarray]:
    """The values of all rows by name."""
    for number, row in enumerate(rows, first):
        if row.keys() != rows[0].keys():
            raise InputError(f"`{path}`, row {number}: the inputs are not those of row {first}")
    try:
        return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0]}
    except (ValueError, TypeError):
        message = f"`{path}`: the rows must hold numbers or arrays of one shape for each input"
        raise GradcliError(message) from None
