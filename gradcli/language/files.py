"""Files of numbers: `.npy`, `.npz`, `.csv`, `.json` for one value, `.json`, `.toml`, `.npz` for many.

Sizes are checked from the headers before anything is allocated, and no pickle is ever loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import IO, Any, TextIO

import numpy as np

from gradcli.errors import GradcliError, InputError, LimitError, reading
from gradcli.language.source import Source, Span
from gradcli.language.strict_json import Data, DataError, read, to_data
from gradcli.limits import MAX_PROGRAM_BYTES, MAX_SUITE_BYTES, max_text_bytes

VALUE_SUFFIXES = (".npy", ".npz", ".csv", ".json")
INPUTS_SUFFIXES = (".json", ".toml", ".npz")

_taken: TextIO | None = None  # the standard input that has found its reader


def read_program(path: str) -> Source:
    """The text of a program, from a file or for `-` standard input; what is too long is not read whole."""
    return _read_text(path, MAX_PROGRAM_BYTES, InputError, "the limit for a program")


def read_suite(path: str) -> Source:
    """The text of a file of cases that has to be read whole."""
    return _read_text(path, MAX_SUITE_BYTES, InputError, "the limit for a suite")


def _read_numbers(path: str) -> Source:
    """The text of a file of numbers, which has as many bytes as the array's size allows."""
    return _read_text(path, max_text_bytes(), LimitError, "more than numbers take")


def _read_text(path: str, limit: int, error: type[GradcliError], reason: str) -> Source:
    """A file of text; `InputError` says what is unreadable and at which byte."""
    name = "<stdin>" if path == "-" else path
    with reading(name):
        if path == "-":
            data = _standard_input(limit + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(limit + 1)
    if len(data) > limit:
        help = "raise the limit with --max-elements" if error is LimitError else None
        raise error(f"{name} has more than {limit:,} bytes, {reason}", help=help)
    return Source(decode(data, name), name)


def lines_in(file: IO[bytes], name: str) -> Iterator[bytes]:
    """The lines of a file that is not read whole; `InputError` for one that does not come to an end."""
    number = 0
    while line := file.readline(MAX_SUITE_BYTES + 1):
        number += 1
        if len(line) > MAX_SUITE_BYTES:
            raise InputError(
                f"line {number} of {name} has more than {MAX_SUITE_BYTES:,} bytes, the limit for a suite"
            )
        yield line


def decode(data: bytes, name: str) -> str:
    """UTF-8 text, or an `InputError` that names the first byte that is not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        message = f"{name} is not valid UTF-8: byte 0x{byte:02x} at offset {error.start}"
        found = "it begins like UTF-16: " if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise InputError(message, help=f"{found}save it as UTF-8") from None


def read_array_file(path: str, name: str) -> Data:
    """The value in `path`, as in `--x @file.npy`; `file.npz:key` for one array of several."""
    if path == "-":
        return _from_text(_read_numbers(path))
    from gradcli.language import binary_files

    file, key = _split_key(path)
    suffix = os.path.splitext(file)[1].lower()
    if suffix == ".npy":
        return binary_files.read_npy(file)
    if suffix == ".npz":
        return binary_files.read_one_of_npz(file, key, name)
    if suffix == ".json":
        return read(_read_numbers(file))
    if suffix == ".csv":
        return _read_csv(_read_numbers(file))
    raise _unknown_suffix(path, VALUE_SUFFIXES)


def read_inputs_file(path: str) -> dict[str, Data]:
    """Many inputs at once, by name: a JSON object, a TOML document or an `.npz` archive."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".npz":
        from gradcli.language.binary_files import read_npz

        return read_npz(path)
    if suffix == ".toml":
        return _toml_inputs(_read_numbers(path))
    if suffix != ".json" and path != "-":
        raise _unknown_suffix(path, INPUTS_SUFFIXES)
    source = _read_numbers(path)
    data = read(source)
    if not isinstance(data, dict):
        raise InputError("expected an object with the inputs by name", span=Span(0, 1), source=source)
    return data


def standard_input() -> TextIO:
    """Standard input, for its one reader; `InputError` for a second one, who would find nothing."""
    global _taken
    if sys.stdin is _taken:
        raise InputError("standard input is read twice", help="give all but one of what is read by files")
    _taken = sys.stdin
    return sys.stdin


def _standard_input(size: int) -> bytes:
    """At most so many bytes of standard input."""
    stream = standard_input()
    return stream.buffer.read(size) if hasattr(stream, "buffer") else stream.read(size).encode("utf-8")


def _unknown_suffix(path: str, suffixes: tuple[str, ...]) -> InputError:
    known = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
    return InputError(f"`{path}` is no kind of file that is known here: expected {known}")


def _split_key(path: str) -> tuple[str, str | None]:
    file, colon, key = path.rpartition(":")
    return (file, key) if colon and file.lower().endswith(".npz") else (path, None)


def _from_text(source: Source) -> Data:
    """Standard input as a value: JSON when it begins like JSON, else numbers by rows."""
    start = source.text.removeprefix("\ufeff").lstrip()[:1]
    return read(source) if start and start in "[{" else _read_csv(source)


def toml_document(source: Source) -> dict[str, Any]:
    """A TOML document; `InputError` with the place where it is none."""
    import tomllib

    try:
        return tomllib.loads(source.text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(str(error), source) from None
    except RecursionError:
        raise InputError("the TOML is nested too deep", source=source) from None
    except ValueError:  # Python's limit for the digits of whole numbers
        raise InputError("not TOML: a whole number has thousands of digits", source=source) from None


def _no_toml(message: str, source: Source) -> InputError:
    """What is wrong with a document, as `tomllib` says it, at the place that it names."""
    import re

    at = r" \(at (?:line (\d+), column (\d+)|end of document)\)"
    found = re.search(at, message)
    offset = len(source.text.rstrip())
    if found and found[1]:
        offset = source.line_starts[int(found[1]) - 1] + int(found[2]) - 1
    text = re.sub(at, "", message)
    span = Span(offset, offset + 1)
    return InputError(f"not TOML: {text[:1].lower()}{text[1:]}", span=span, source=source)


def _toml_inputs(source: Source) -> dict[str, Data]:
    try:
        return {key: to_data(value, (key,)) for key, value in toml_document(source).items()}
    except DataError as error:
        place = ".".join(map(str, error.path))
        raise InputError(f"`{source.name}`: `{place}`: {error.message}", help=error.help) from None


def _read_csv(source: Source) -> Data:
    """Numbers by rows; one row or one column is a vector, anything else a matrix."""
    import csv

    text = source.text.removeprefix("\ufeff")
    lines = enumerate(csv.reader(text.splitlines()), 1)
    try:
        table = [(number, cells) for number, cells in lines if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise InputError(f"`{source.name}` is not CSV: {error}") from None
    if not table:
        raise InputError(f"`{source.name}` holds no numbers")
    rows = [_csv_row(source.name, number, cells, number == table[0][0]) for number, cells in table]
    for (number, _), row in zip(table, rows, strict=True):
        if len(row) != len(rows[0]):
            raise InputError(
                f"`{source.name}`, row {number}: {len(row)} cells, where the first row has {len(rows[0])}"
            )
    array = np.array(rows)
    return array.reshape(-1) if 1 in array.shape else array


def _csv_row(name: str, number: int, cells: list[str], first: bool) -> list[float]:
    row = [_csv_cell(cell) for cell in cells]
    for column, (cell, value) in enumerate(zip(cells, row, strict=True), 1):
        if value is None:
            message = f"`{name}`, row {number}, column {column}: expected a number, found `{cell.strip()}`"
            header = "the first row looks like a header: a file of values has numbers only"
            is_header = first and all(each is None for each in row)
            raise InputError(message, help=header if is_header else None)
    return [value for value in row if value is not None]


def _csv_cell(cell: str) -> float | None:
    """The number in a cell, in ASCII digits: `float` alone would take full-width ones and underscores."""
    try:
        return float(cell) if cell.isascii() and "_" not in cell else None
    except ValueError:
        return None
