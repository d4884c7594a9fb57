"""The errors that gradcli raises on purpose: a message, its place in the text, and what to do about it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from gradcli.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gradcli.language.source import Source, Span


class GradcliError(Exception):
    """A message that stands alone, and where known its place (`span` of `source`) and `help`."""

    status: ClassVar[Status] = Status.ERROR

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        source: Source | None = None,
        help: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.source = source
        self.help = help

    def at(self, span: Span | None, source: Source | None) -> GradcliError:
        """Give the error a place, unless it already has a more exact one; returns itself."""
        if self.span is None:
            self.span = span
        if self.source is None:
            self.source = source
        return self


class ProgramError(GradcliError):
    """Text that cannot be a program: malformed, too long, nested too deep, or with a name nobody knows."""


class EvaluationError(GradcliError):
    """A program that failed as it ran: shapes that do not fit, an index out of range, a failed assertion."""


class InputError(GradcliError):
    """An input value that is missing, surplus, malformed or unreadable."""


class UsageError(GradcliError):
    """A request that makes no sense for this program, such as the gradient of a vector."""


class LimitError(GradcliError):
    """A limit was reached while a program ran; the message names the option that raises it."""

    status = Status.LIMIT


class TimedOut(BaseException):
    """The time of `--timeout` is over; no `Exception`, for nothing that handles a failed case may go on."""

    help = "raise the limit with --timeout"


def reason_of(error: OSError) -> str:
    """Why the system refused, as messages say it."""
    return (error.strerror or str(error)).lower()


@contextmanager
def reading(path: str) -> Iterator[None]:
    """`InputError` when a file cannot be read."""
    try:
        yield
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {reason_of(error)}") from None
    except ValueError as error:  # what NumPy and zipfile raise for damaged files, and open() for NUL bytes
        raise InputError(f"`{path}` cannot be read: {error}") from None


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` was most likely meant to be, None when none is close."""
    from difflib import get_close_matches

    by_lower_case = {each.lower(): each for each in candidates}
    close = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.6)
    return by_lower_case[close[0]] if close else None
