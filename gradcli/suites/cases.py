"""A case: one program with its inputs, what to compute, and what is expected of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, TypeAlias

from gradcli.errors import GradcliError, InputError
from gradcli.language.source import Position, Source
from gradcli.records import NamedTuple

# A value as a file states it: text in the syntax of options (`1,2;3,4`, `pi/2`, `@file.npy`), or plain data.
Stated: TypeAlias = Any

# What a case may ask for, and what it may not, and why.
COMMANDS = ("eval", "grad", "vjp", "jvp", "jacobian", "hessian", "check", "diff", "graph", "trace")
NOT_OF_CASES = {"plot": "a plot is drawn over a range, and a case has values: run `gradcli plot` by itself"}

RTOL = 1e-6  # as pytest.approx: right for expected values that were written by hand
ATOL = 1e-12
NOTHING: Mapping[str, Any] = {}  # never written to; a read-only proxy could not go to other processes


class Place(NamedTuple):
    """A line of a file, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def is_in_file(self) -> bool:
        """Whether there is such a file: `<program>` and `<stdin>` are none."""
        return not self.file.startswith("<")


class Excerpt(Source):
    """Some lines of a file; their positions count from the file's first line."""

    __slots__ = ("first",)

    def __init__(self, text: str, place: Place) -> None:
        super().__init__(text, place.file)
        self.first = place.line

    def position(self, offset: int) -> Position:
        """The line in the file, and the column."""
        line, column = super().position(offset)
        return Position(line + self.first - 1, column)

    def line(self, number: int) -> str:
        """The text of a line of the file that the excerpt holds."""
        return super().line(number - self.first + 1)


class Text(NamedTuple):
    """A program's text and the place of its first line."""

    text: str
    place: Place

    @property
    def source(self) -> Source:
        """The text with its place, for messages."""
        return Excerpt(*self)


class Expected(NamedTuple):
    """A result that a case states: what (`value`, or the kind of a derivative), by which names, its value.

    The kind `derivative` is whatever the command at hand computes.
    """

    kind: str
    names: tuple[str, ...]
    value: Stated
    line: int

    @property
    def label(self) -> str:
        """How messages call it: `value`, `grad x`."""
        return " ".join((self.kind, *self.names))


class Case(NamedTuple):
    """One case of a suite; `name` is unique in its file, `place` the line that a reader looks at first."""

    name: str
    place: Place
    program: Text
    inputs: Mapping[str, Stated] = NOTHING
    shared: Mapping[str, Stated] = NOTHING  # inputs for all cases of the file, for those that use them
    wrt: tuple[str, ...] | None = None
    const: tuple[str, ...] = ()
    v: Stated = None
    u: Stated = None
    command: str | None = None
    expected: tuple[Expected, ...] = ()
    error: str | None = None  # part of the message of the error that the case must end with
    verdict: str | None = None  # the verdict that a check must come to
    claims: Mapping[str, Stated] = NOTHING
    check: bool = True
    order: int = 1
    symmetric: tuple[str, ...] = ()
    rtol: float | None = None
    atol: float | None = None
    points: int = 1
    seed: int | None = None
    skip: str | None = None
    tags: tuple[str, ...] = ()


class Broken(NamedTuple):
    """A case, or a whole file, that cannot be read: it becomes a failed row, and the others still run."""

    name: str
    place: Place
    error: GradcliError


Item: TypeAlias = Case | Broken


class Line(NamedTuple):
    """A line of a file that has not been read yet: that is left to the process which runs its cases."""

    file: str
    number: int
    data: bytes
    read: Callable[[bytes, Place, Names], Iterator[Item]]


Entry: TypeAlias = Item | Line


def lines_of(
    data: Iterable[bytes], file: str, read: Callable[[bytes, Place, Names], Iterator[Item]]
) -> Iterator[Line]:
    """The lines of a file, with the function that reads the cases of one."""
    return (Line(file, number, each, read) for number, each in enumerate(data, 1))


def items_of(entries: Iterable[Entry], names: Names) -> Iterator[Item]:
    """The cases, those of unread lines among them; a case whose name was given before is `Broken`."""
    for entry in entries:
        if isinstance(entry, Line):
            yield from entry.read(entry.data, Place(entry.file, entry.number), names)
        else:
            yield entry


def digest(item: Item, settings: str) -> str:
    """A digest of everything that a result depends on: the case, and the settings of the run."""
    text = f"{_fields(item)}{settings}"
    return blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def _fields(item: Item) -> tuple[object, ...]:
    """What an item holds, in one tuple: that is written faster than records in records."""
    if isinstance(item, Broken):
        return tuple(item)
    name, place, program, *rest = item
    return (name, *place, program.text, *program.place, *rest)


class Names:
    """The names that files have given; one that ends in its own line number cannot repeat: it is not kept."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, str], int] = {}  # by file and name

    def check(self, name: str, place: Place) -> None:
        """`InputError` when another line of the file has given the name."""
        if name.endswith(f" {place.line}"):
            return
        first = self.lines.setdefault((place.file, name), place.line)
        if first != place.line:
            raise InputError(f"the name `{name}` is given twice in this file, first on line {first}")

    def add(self, others: Names) -> bool:
        """Whether names that another process has met are new here; the first that is not ends the search."""
        return all(self.lines.setdefault(key, line) == line for key, line in others.lines.items())


def matches(pattern: str, item: Item) -> bool:
    """Whether a word, or a pattern such as `log*`, means a case: by its name or by one of its tags."""
    from fnmatch import fnmatchcase

    names = (item.name, *(item.tags if isinstance(item, Case) else ()))
    return any(pattern == name or fnmatchcase(name, pattern) for name in names)
