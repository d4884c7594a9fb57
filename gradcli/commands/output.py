"""Where results go: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from io import FileIO

from gradcli.errors import UsageError, reason_of


class Sink(Enum):
    """How a file takes text that comes in pieces."""

    WHOLE = "at the end, whole or not at all"
    ROWS = "piece by piece"
    APPEND = "piece by piece, after what it holds"


def write(text: str | bytes, path: str | None) -> None:
    """Write results to a file, or to standard output.

    Raises `UsageError` when that fails, and `BrokenPipeError` when nobody reads standard output any more.
    """
    with _writing(path):
        data = text.encode() if isinstance(text, str) and path is not None else text
        if isinstance(data, str):
            sys.stdout.write(data)
            sys.stdout.flush()
        elif path is None:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        elif _is_replaceable(path):
            _replace(data, os.path.realpath(path))
        else:
            with open(path, "wb") as file:
                file.write(data)


def write_pieces(pieces: Iterable[str], path: str | None, sink: Sink) -> None:
    """Write results that come in pieces, to standard output as they come.

    A file that takes rows never keeps a part of one: when a row cannot be written whole, the file ends before
    it. Raises what `write` raises.
    """
    if path is None:
        for piece in pieces:
            write(piece, None)
    elif sink is Sink.WHOLE:
        write("".join(pieces), path)
    else:
        with _writing(path), open(path, "ab" if sink is Sink.APPEND else "wb", buffering=0) as file:
            for piece in pieces:
                with _writing(path):
                    _append(file, piece.encode(errors="backslashreplace"))


def _append(file: FileIO, data: bytes) -> None:
    """Write all of the data or, when that fails, nothing."""
    start = file.tell()
    try:
        written = 0
        while written < len(data):
            written += file.write(data[written:]) or 0
    except OSError:
        if file.seekable():
            file.truncate(start)
        raise


@contextmanager
def _writing(path: str | None) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(
            f"the results cannot be written to `{path or '<stdout>'}`: {reason_of(error)}"
        ) from None


def _is_replaceable(path: str) -> bool:
    """Whether a path is a file, or nothing yet; devices and pipes are written to as they are."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True


def _replace(data: bytes, path: str) -> None:
    """Write beside the file and move into its place, keeping its permissions."""
    temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{os.getpid()}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        if os.path.exists(path):
            os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
