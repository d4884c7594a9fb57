"""What the values of options may be: words, numbers in bounds, sizes, files; each says what it expected."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import click

from gradcli.commands.streams import writing
from gradcli.errors import UsageError, nearest


def called(param: click.Parameter | None) -> str:
    """How messages call the option whose value is read."""
    return param.opts[0] if param else "the option"


class OneOf(click.Choice[str]):
    """A choice of words; a word that is none of them gets the nearest suggested, or what `others` say."""

    def __init__(self, choices: Sequence[str], others: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(choices)
        self.others = others

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word itself; `UsageError` when it is not one of the choices."""
        if value in self.choices:
            return value
        option = called(param)
        known = ", ".join(self.choices)
        close = nearest(value, self.choices)
        help = self.others.get(value) or (f"did you mean `{close}`?" if close else None)
        raise UsageError(f"`{option}` is one of {known}, and `{value}` was given", help=help)


class WholeNumber(click.ParamType[int]):
    """A whole number between two bounds, both included."""

    name = "whole number"

    def __init__(self, least: int, most: int | None = None) -> None:
        self.least = least
        self.most = most

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; `UsageError` when it is none or out of bounds."""
        option = called(param)
        bounds = f"from {self.least}" if self.most is None else f"from {self.least} to {self.most}"
        try:
            number = int(value)
        except ValueError:
            number = self.least - 1
        if number < self.least or (self.most is not None and number > self.most):
            raise UsageError(f"`{option}` takes a whole number {bounds}, and `{value}` was given")
        return number


class NotNegative(click.ParamType[float]):
    """A number from 0."""

    name = "number"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; `UsageError` when it is none, negative or not finite."""
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0.0 <= number < float("inf"):
            raise UsageError(f"`{called(param)}` takes a number from 0, and `{value}` was given")
        return number


class Seconds(click.ParamType[float]):
    """A positive number of seconds."""

    name = "seconds"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; `UsageError` when it is none, or not positive and finite."""
        option = called(param)
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if not 0.0 < number < float("inf"):
            raise UsageError(f"`{option}` takes a positive number of seconds, and `{value}` was given")
        return number


class Size(click.ParamType[int]):
    """A number of bytes, with a unit: `500M`, `2G`."""

    name = "size"
    units: ClassVar[dict[str, int]] = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes; `UsageError` when it is no whole number with one of the units."""
        text = str(value)
        number, unit = text[:-1], text[-1:].upper()
        if unit not in self.units or not number.isdecimal() or not 0 < int(number) < 10**6:
            option = called(param)
            raise UsageError(f"`{option}` takes a size such as 500M or 2G, and `{value}` was given")
        return int(number) * self.units[unit]


class OutputFile(click.ParamType[str | None]):
    """The name of a file that results can be written to; standard output, in any of its names, is None."""

    name = "output file"
    standard = ("-", "/dev/stdout", "/dev/fd/1")

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str | None:
        """The name; `UsageError`, before anything is computed, when it cannot be that of a file."""
        if value in self.standard:
            return None
        if not os.path.basename(value):
            raise UsageError(f"`{called(param)}` takes the name of a file, and `{value}` was given")
        with writing(value):
            os.stat(os.path.join(os.path.dirname(value) or ".", ""))
            if os.path.isdir(value):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return value
