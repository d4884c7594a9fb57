"""Exit codes: what a gradcli process says to the shell when it ends."""

from collections.abc import Iterable
from enum import IntEnum


class Status(IntEnum):
    """Process exit codes, listed in docs/commands.md."""

    OK = 0
    WRONG = 1  # a check is WRONG, or an expectation failed
    ERROR = 2  # usage, program, input or run-time error
    UNDECIDED = 3  # undecided verdicts, none WRONG
    LIMIT = 4  # a limit was reached while running
    NOTHING = 5  # no cases
    INTERNAL = 70
    INTERRUPTED = 130
    CLOSED_PIPE = 141
    TERMINATED = 143


_GRAVEST_FIRST = (Status.WRONG, Status.ERROR, Status.LIMIT, Status.UNDECIDED, Status.NOTHING, Status.OK)


def gravest(statuses: Iterable[Status]) -> Status:
    """The exit code of several results: a wrong one counts most, then errors, limits and undecided ones."""
    return min(statuses, key=_GRAVEST_FIRST.index, default=Status.OK)
