"""What passes between running blocks: functions of the program, and the ways a block can end early."""

from __future__ import annotations

from typing import Any

from gradcli.language.code import FunctionCode
from gradcli.primitives.table import Function
from gradcli.records import NamedTuple


class Closure:
    """A function of the program: its code, the frame it was made in, the values of its defaults."""

    __slots__ = ("code", "defaults", "frame")  # no tuple: programs take those apart

    def __init__(self, code: FunctionCode, frame: list[Any], defaults: tuple[Any, ...]) -> None:
        self.code = code
        self.frame = frame
        self.defaults = defaults


class Builtin:
    """A function of the table where a program passes it on as a value."""

    __slots__ = ("function",)

    def __init__(self, function: Function) -> None:
        self.function = function


class Returned(NamedTuple):
    """The signal that a block ended with `return`."""

    value: Any
    names: tuple[str, ...] | None


BREAK = object()
CONTINUE = object()
NOTHING = object()  # the value of a call of a function that returns none
