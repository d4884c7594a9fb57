"""Where results go: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import Enum
from io import FileIO
from typing import TYPE_CHECKING, Protocol

from gradcli.commands.streams import writing
from gradcli.errors import UsageError

if TYPE_CHECKING:
    from gradcli.commands.options import Settings
    from gradcli.render import Style
    from gradcli.status import Status


class Sink(Enum):
    """How a file takes text that comes in pieces."""

    WHOLE = "at the end, whole or not at all"
    ROWS = "piece by piece"
    APPEND = "piece by piece, after what it holds"


class PieceRun(Protocol):
    """What a command hands over whose text comes in pieces; `status` and `notes` are known after the last."""

    settings: Settings

    def pieces(self, style: Style) -> Iterable[str]:
        """The text, computed as it is asked for."""

    @property
    def sink(self) -> Sink:
        """How a file takes the pieces."""

    @property
    def notes(self) -> Sequence[str]:
        """What is said beside the results."""

    @property
    def status(self) -> Status:
        """The exit code."""


def write(text: str | bytes, path: str | None) -> None:
    """Write results to a file, or to standard output.

    Raises `UsageError` when that fails, and `BrokenPipeError` when nobody reads standard output any more.
    """
    with writing(path):
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
    it. Every row is added at the end, so that two runs that write one file spoil none of each other's. Raises
    what `write` raises.
    """
    if path is None:
        for piece in pieces:
            write(piece, None)
    elif sink is Sink.WHOLE:
        write("".join(pieces), path)
    else:
        opener = _open_empty if sink is Sink.ROWS else None
        with writing(path), open(path, "ab", buffering=0, opener=opener) as file:
            for piece in pieces:
                with writing(path):
                    _append(file, piece.encode(errors="backslashreplace"))


def check_apart(output: str | None, read: Iterable[str]) -> None:
    """`UsageError` when the output is one of the files that are read while it is written."""
    if output is None or not os.path.isfile(output):
        return
    for path in read:
        if os.path.isfile(path) and os.path.samefile(path, output):
            raise UsageError(f"`{path}` would be read and written at once", help="choose another --output")


def _open_empty(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_TRUNC, 0o666)


def _append(file: FileIO, data: bytes) -> None:
    """Write all of the data or, when that fails, nothing (to a pipe or a device, as much as it takes)."""
    start = file.seek(0, os.SEEK_END) if file.seekable() else None
    try:
        written = 0
        while written < len(data):
            written += file.write(data[written:]) or 0
    except OSError:
        if start is not None:
            with suppress(OSError):
                file.truncate(start)
        raise


def _is_replaceable(path: str) -> bool:
    """Whether a path is a file, or nothing yet; devices and pipes are written to as they are."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True


def _replace(data: bytes, path: str) -> None:
    """Write beside the file and move into its place, keeping its permissions."""
    temporary = os.path.join(os.path.dirname(path), f".gradcli-{os.urandom(8).hex()}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        if os.path.exists(path):
            os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
