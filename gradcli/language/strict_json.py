"""Strict JSON to numbers, arrays and structures of them, with the place of whatever is not one.

Reading takes two steps: `json` decodes the whole text at its own speed, marking what strict JSON does not
allow; the tree is then turned into arrays, and only when something is wrong is the text walked again to find
the place of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias, TypeVar

import numpy as np

from gradcli.errors import InputError
from gradcli.language.source import Source, Span
from gradcli.limits import float_or_infinity
from gradcli.records import NamedTuple

Data: TypeAlias = "float | int | bool | np.ndarray | dict[str, Data] | list[Data]"
Path: TypeAlias = tuple[str | int, ...]
Made = TypeVar("Made")

NON_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_MAX_DIMENSIONS = 32  # so that a Hessian is an array as well
_SAFE_DIGITS = 300  # longer integers might not fit into a float: they go through float(), which gives inf


class _Duplicate(NamedTuple):
    """Stands for an object that gave a key twice."""

    key: str


class _Bare(NamedTuple):
    """Stands for a bare `NaN` or `Infinity`, which Python's decoder would let pass."""

    spelling: str


class NotJSONError(InputError):
    """Text that no JSON decoder would take, as opposed to JSON that holds something else than numbers."""


class DataError(Exception):
    """A value that cannot be data: what is wrong with it, and the path that leads to it."""

    def __init__(self, message: str, path: Path, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.help = help


def read(source: Source) -> Data:
    """The data that a JSON text holds; `InputError` with its place where the text is not strict JSON."""
    return read_as(source, to_data)


def read_as(source: Source, convert: Callable[[object], Made]) -> Made:
    """What `convert` makes of a decoded JSON text; a `DataError` that it raises gets its place."""
    text = source.text.removeprefix("\ufeff")
    shift = len(source.text) - len(text)
    try:
        return convert(_DECODER.decode(text))
    except json.JSONDecodeError as error:
        span = Span(error.pos + shift, min(error.pos + 1, len(text)) + shift)
        raise NotJSONError(f"not JSON: {_lower(error.msg)}", span=span, source=source) from None
    except DataError as error:
        start, end = _locate(text, error.path)
        span = Span(start + shift, end + shift)
        raise InputError(error.message, span=span, source=source, help=error.help) from None
    except RecursionError:
        raise InputError("the JSON is nested too deep", source=source) from None


def to_data(value: object, path: Path = ()) -> Data:
    """Turn decoded JSON or TOML into float64 scalars, arrays and structures; `DataError` where that fails."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float_or_infinity(value)
    if isinstance(value, list):
        return _list_data(value, path)
    if isinstance(value, dict):
        return {key: to_data(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, str) and value in NON_FINITE:
        return NON_FINITE[value]
    raise _complaint(value, path)


def _object(pairs: list[tuple[str, object]]) -> object:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    keys = [key for key, _ in pairs]
    return _Duplicate(next(key for i, key in enumerate(keys) if key in keys[:i]))


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _SAFE_DIGITS else float(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_Bare, parse_int=_integer)


def _complaint(value: object, path: Path) -> DataError:
    """What to say about something that is neither a number nor a structure of numbers."""
    if isinstance(value, _Duplicate):
        return DataError(f"the key `{value.key}` appears twice in one object", path)
    if isinstance(value, _Bare):
        help = f'JSON has no such number; the string "{value.spelling}" stands for it'
        return DataError(f"a bare `{value.spelling}` is not JSON", path, help)
    if value is None:
        return DataError("expected a number, found `null`", path)
    if isinstance(value, str):
        help = 'the only strings that stand for numbers are "NaN", "Infinity" and "-Infinity"'
        return DataError(f'expected a number, found the string "{value}"', path, help)
    return DataError(f"expected a number, found a {type(value).__name__}", path)


def _list_data(items: list[object], path: Path) -> Data:
    """A list as an array when it holds numbers, or arrays of one shape; as a list when it holds objects."""
    kinds = set(map(type, items))
    if kinds <= {int, float}:
        return _to_array(items)
    if kinds == {bool}:
        return np.array(items)
    made = [to_data(item, (*path, i)) for i, item in enumerate(items)]
    if any(isinstance(item, dict | list) for item in made):
        return made
    return _stack(made, path)


def _stack(made: list[Data], path: Path) -> np.ndarray:
    arrays = [np.asarray(item) for item in made]
    if arrays[0].ndim == _MAX_DIMENSIONS:
        raise DataError(f"an array has at most {_MAX_DIMENSIONS} dimensions, and this has more", path)
    for i, array in enumerate(arrays):
        if array.shape != arrays[0].shape:
            message = f"the list is ragged: entry {i} has {_size(array)}, entry 0 has {_size(arrays[0])}"
            raise DataError(message, (*path, i))
        if array.dtype != arrays[0].dtype:
            raise DataError("booleans and numbers are mixed in one array", (*path, i))
    return np.stack(arrays)


def _size(array: np.ndarray) -> str:
    if array.ndim == 0:
        return "a single number"
    return f"shape {array.shape}" if array.ndim > 1 else f"{array.size} numbers"


def _to_array(numbers: list[object]) -> np.ndarray:
    try:
        return np.array(numbers, dtype=np.float64)
    except OverflowError:
        return np.array([float_or_infinity(number) for number in numbers])


def _locate(text: str, path: Path) -> Span:
    """The span of the value at `path` in a text that decodes; a step that does not lead on ends the walk."""
    decoder = json.JSONDecoder()
    start = _skip(text, 0)
    for step in path:
        found = _child(text, start, step, decoder)
        if found is None:
            break
        start = found
    return Span(start, decoder.raw_decode(text, start)[1])


def _child(text: str, start: int, step: str | int, decoder: json.JSONDecoder) -> int | None:
    """Where the entry `step` of the list or object that begins at `start` begins."""
    at, position = _skip(text, start + 1), 0
    while text[at] not in "]}":
        key: str | int = position
        if text[start] == "{":
            key, at = decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if key == step:
            return at
        at = _skip(text, decoder.raw_decode(text, at)[1])
        at, position = _skip(text, at + (text[at] == ",")), position + 1
    return None


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
