"""What passes between running blocks: functions of the program, and the ways a block can end early."""

from __future__ import annotations

from typing import Any, NamedTuple

from gradcli.language.code import FunctionCode


class Closure(NamedTuple):
    """A function of the program: its code, the frame it was made in, the values of its defaults."""

    code: FunctionCode
    frame: list[Any]
    defaults: tuple[Any, ...]


class Returned(NamedTuple):
    """The signal that a block ended with `return`."""

    value: Any
    names: tuple[str, ...] | None


BREAK = object()
CONTINUE = object()
NOTHING = object()  # the value of a call of a function that returns none
