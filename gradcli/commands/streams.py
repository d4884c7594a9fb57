"""The standard streams as a process finds them: closed, full, read by nobody, or short of letters."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import TextIO

from gradcli.errors import UsageError, reason_of

# How a closed stream is opened: the wrong way round, so that who needs it is told; messages just vanish.
_CLOSED = (("stdin", os.O_WRONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY))

# What stands for the signs of tables and trees where the terminal has no such letters.
_ASCII = {
    **dict.fromkeys("│", "|"),
    **dict.fromkeys("─┈", "-"),
    **dict.fromkeys("╭╮╰╯├┤┬┴┼└", "+"),
    **dict(zip("₀₁₂₃₄₅₆₇₈₉₋", "0123456789-", strict=True)),
    "…": "...",
    "×": "*",
    "∂": "d",
    "\u0307": "'",
    "\u0304": "~",
}


class Results(TextIOWrapper):
    """Standard output; `UsageError` where it cannot be written."""

    def write(self, text: str) -> int:
        """Write text, at the latest when the stream is flushed."""
        with writing(None):
            return super().write(text)

    def flush(self) -> None:
        """Write what has been kept."""
        with writing(None):
            super().flush()


class Messages(TextIOWrapper):
    """Standard error; what cannot be told is left untold, and changes no exit code."""

    def write(self, text: str) -> int:
        """Write text, or do nothing."""
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Write what has been kept, or do nothing."""
        with suppress(OSError):
            super().flush()


def prepare_streams() -> None:
    """Make the three streams ready for a process that writes results to one and messages to another.

    A descriptor that is closed would otherwise be given to the next file that is opened, and what is meant
    for the terminal would be written into that.
    """
    for descriptor, (name, direction) in enumerate(_CLOSED):
        if getattr(sys, name) is None:
            _open(descriptor, name, direction)
    codecs.register_error("gradcli", _spelt_out)
    sys.stdout = _become(Results, sys.stdout)
    sys.stderr = _become(Messages, sys.stderr)


def use_utf8() -> None:
    """Write what follows in UTF-8, whatever the terminal has."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


@contextmanager
def writing(path: str | None) -> Iterator[None]:
    """`UsageError` when results cannot be written; `BrokenPipeError` stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        name = "<stdout>" if path is None else path
        raise UsageError(f"the results cannot be written to `{name}`: {reason_of(error)}") from None


def _open(descriptor: int, name: str, direction: int) -> None:
    opened = os.open(os.devnull, direction)
    if opened != descriptor:
        os.dup2(opened, descriptor)
        os.close(opened)
    os.set_inheritable(descriptor, True)
    mode = "r" if name == "stdin" else "w"
    stream = open(descriptor, mode, encoding="utf-8")  # noqa: SIM115  # as long as the process lasts
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def _become(kind: type[TextIOWrapper], stream: TextIO) -> TextIOWrapper:
    """The stream as another kind of text stream over the same bytes."""
    return kind(stream.buffer, stream.encoding, "gradcli", line_buffering=True)


def _spelt_out(error: UnicodeError) -> tuple[str, int]:
    r"""What is written for letters that the terminal's encoding lacks: `|` for `│`, `\u03b8` for `θ`."""
    assert isinstance(error, UnicodeEncodeError)
    missing = error.object[error.start : error.end]
    return "".join(_ASCII.get(letter) or ascii(letter)[1:-1] for letter in missing), error.end
