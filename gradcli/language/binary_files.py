"""Arrays in NumPy's binary files, `.npy` and `.npz`.

Headers are checked before anything that they promise is read, and no pickle is ever loaded.
"""

from __future__ import annotations

import io
import math
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.lib import format as npy

from gradcli.errors import InputError, reading
from gradcli.language.strict_json import Data
from gradcli.limits import check_elements
from gradcli.records import NamedTuple

if TYPE_CHECKING:
    from zipfile import ZipFile

_LENGTHS = {(1, 0): 2, (2, 0): 4, (3, 0): 4}  # bytes that the header's length takes, by version
_LONGEST_HEADER = 10_000  # as in NumPy


def read_npy(path: str) -> Data:
    """The array in an `.npy` file."""
    with reading(path), open(path, "rb") as file:
        return _array(file, path)


def read_npz(path: str) -> dict[str, Data]:
    """All arrays of an `.npz` archive by name."""
    with _archive(path) as (archive, members):
        return {name: _member(archive, member, f"{path}:{name}") for name, member in members.items()}


def read_one_of_npz(path: str, key: str | None, name: str) -> Data:
    """The array called `key`, or the only one there is."""
    with _archive(path) as (archive, members):
        if key is None and len(members) == 1:
            key = next(iter(members))
        if key in members:
            return _member(archive, members[key], f"{path}:{key}")
        if not members:
            raise InputError(f"`{path}` holds no arrays")
        names = ", ".join(f"`{each}`" for each in members)
        if key is not None:
            raise InputError(f"`{path}` has no array `{key}`; it holds {names}")
        help = f"choose one: {name} @{path}:{next(iter(members))}"
        raise InputError(f"`{path}` holds {len(members)} arrays: {names}", help=help)


def map_npy(path: str) -> np.ndarray:
    """The array in an `.npy` file, or a structured one of numbers, of which only what is used is read."""
    with reading(path), open(path, "rb") as file:
        shape, is_fortran, dtype = _header(file, path)
        for field in [field for field, *_ in (dtype.fields or {}).values()] or [dtype]:
            _check_kind(field.base, path)
        if math.prod(shape) == 0:
            return np.zeros(shape, dtype)
        if os.fstat(file.fileno()).st_size < file.tell() + math.prod(shape) * dtype.itemsize:
            raise _short(path, shape)
        return np.memmap(path, dtype, "r", file.tell(), shape, "F" if is_fortran else "C")


@contextmanager
def _archive(path: str) -> Iterator[tuple[ZipFile, dict[str, str]]]:
    """An open `.npz` archive, and its members by the names of the arrays."""
    from zipfile import BadZipFile, ZipFile
    from zlib import error as ZlibError  # noqa: N812

    try:
        with reading(path), ZipFile(path) as archive:
            yield archive, _members(archive, path)
    except (BadZipFile, ZlibError, EOFError, RuntimeError) as error:  # damaged, cut off, encrypted, unknown
        raise InputError(f"`{path}` cannot be read as an .npz archive: {str(error).lower()}") from None


def _members(archive: ZipFile, path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for member in archive.namelist():
        if member.endswith(".npy"):
            name = member.removesuffix(".npy")
            if name in found:
                raise InputError(f"`{path}` holds two arrays `{name}`")
            found[name] = member
    return found


def _member(archive: ZipFile, member: str, name: str) -> Data:
    with archive.open(member) as file:
        return _array(file, name)


class _Header(NamedTuple):
    """What stands before the numbers of an array."""

    shape: tuple[int, ...]
    is_fortran: bool
    dtype: np.dtype[np.generic]


def _array(file: IO[bytes], name: str) -> Data:
    """Read one array after checking its header; its kind must be real numbers or booleans."""
    shape, is_fortran, dtype = _header(file, name)
    _check_kind(dtype, name)
    check_elements(shape)
    count = math.prod(shape)
    data = file.read(count * dtype.itemsize)
    if len(data) != count * dtype.itemsize:
        raise _short(name, shape)
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if is_fortran else "C")
    array = np.ascontiguousarray(array, np.bool_ if dtype.kind == "b" else np.float64)
    return array.reshape(shape) if shape else array.item()


def _check_kind(dtype: np.dtype[np.generic], name: str) -> None:
    if dtype.kind not in "fiub":
        raise InputError(f"`{name}` holds values of type {dtype}: expected real numbers")


def _short(name: str, shape: tuple[int, ...]) -> InputError:
    return InputError(f"`{name}` ends early: its header promises {math.prod(shape)} numbers of shape {shape}")


def _header(file: IO[bytes], name: str) -> _Header:
    start = file.read(npy.MAGIC_LEN)
    if not start.startswith(npy.MAGIC_PREFIX) or len(start) < npy.MAGIC_LEN:
        raise InputError(f"`{name}` is no .npy file: it does not begin like one")
    version = (start[-2], start[-1])
    if version not in _LENGTHS:
        raise InputError(f"`{name}` is an .npy file of version {start[-2]}.{start[-1]}: expected 1.0 to 3.0")
    length = file.read(_LENGTHS[version])
    text = file.read(min(int.from_bytes(length, "little"), _LONGEST_HEADER))
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers as Python 2 wrote them
            header = _Header(*read(io.BytesIO(length + text)))
    except Exception:  # a header is a Python dictionary, and so what parsing one may raise is Python's choice
        raise InputError(f"`{name}` is damaged: its header cannot be read") from None
    if not all(type(size) is int and size >= 0 for size in header.shape):
        raise InputError(f"`{name}` is damaged: no array has the shape {header.shape}")
    return header
