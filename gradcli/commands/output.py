"""Where results go: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys

from gradcli.errors import UsageError


def write(text: str, path: str | None) -> None:
    """Write results to a file, or to standard output.

    Raises `UsageError` when that fails, and `BrokenPipeError` when nobody reads standard output any more.
    """
    try:
        if path is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        elif _is_replaceable(path):
            _replace(text, os.path.realpath(path))
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"the results cannot be written to `{path or '<stdout>'}`: {reason}") from None


def _is_replaceable(path: str) -> bool:
    """Whether a path is a file, or nothing yet; devices and pipes are written to as they are."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True


def _replace(text: str, path: str) -> None:
    """Write beside the file and move into its place, keeping its permissions."""
    temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{os.getpid()}.tmp")
    try:
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(text)
        if os.path.exists(path):
            os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
