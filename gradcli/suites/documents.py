"""Cases as documents: `*.grad.toml` and `*.jsonl`, with the place of whatever is wrong in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from gradcli.errors import GradcliError, InputError
from gradcli.language.files import decode, toml_document
from gradcli.language.source import Source, Span
from gradcli.language.strict_json import DataError, Path, read_as, to_data
from gradcli.suites.cases import Broken, Case, Excerpt, Item, Names, Place
from gradcli.suites.lines import default_name
from gradcli.suites.tables import Defaults, cases_of, check_key, read_defaults
from gradcli.suites.toml_lines import key_offsets

_TOP = ("case", "defaults")
_MULTILINE = re.compile(r"""[^=\n]*=\s*(?:\"""|''')\r?\n""")
_NO_DEFAULTS = Defaults({}, ())


class TomlLocator:
    """Where the keys of a TOML document stand."""

    def __init__(self, source: Source) -> None:
        self.file = source.name
        self.source = source

    @cached_property
    def offsets(self) -> dict[Path, int]:
        """The offset of every key."""
        return key_offsets(self.source.text)

    def offset(self, path: Path) -> int:
        """The offset of the key at a path, or of the nearest one above it."""
        while path and path not in self.offsets:
            path = path[:-1]
        return self.offsets.get(path, 0)

    def line(self, path: Path) -> int:
        """The line of a key."""
        return self.source.position(self.offset(path)).line

    def text_line(self, path: Path) -> int:
        """The line on which a string begins: the one after three quotes that end a line."""
        return self.line(path) + bool(_MULTILINE.match(self.source.text, self.offset(path)))

    def error(self, error: DataError) -> InputError:
        """The error with its place."""
        start = self.offset(error.path)
        end = start + len(self.source.text[start:].split("\n", 1)[0].rstrip())
        return InputError(error.message, span=Span(start, end), source=self.source, help=error.help)


class LineLocator:
    """A document on one line."""

    def __init__(self, place: Place) -> None:
        self.file = place.file
        self.place = place

    def line(self, path: Path) -> int:
        """The one line."""
        return self.place.line

    text_line = line


def read_toml(text: str, file: str) -> Iterator[Item]:
    """The cases of a TOML document; what is wrong with one leaves the others as they are."""
    source = Excerpt(text, Place(file, 1))
    locator = TomlLocator(source)
    try:
        document = toml_document(source)
        for key in document:
            check_key(key, _TOP, ())
        defaults = read_defaults(document.get("defaults", {}), ("defaults",))
        tables = document.get("case", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise DataError("`case`: expected tables, each under a line `[[case]]`", ("case",))
    except DataError as error:
        yield Broken("", Place(source.name, locator.line(error.path)), locator.error(error))
        return
    except InputError as error:
        line = source.position(error.span.start).line if error.span else 1
        yield Broken("", Place(source.name, line), error)
        return
    yield from _toml_cases(tables, defaults, locator)


def _toml_cases(tables: list[dict[str, Any]], defaults: Defaults, locator: TomlLocator) -> Iterator[Item]:
    names = Names()
    for position, table in enumerate(tables):
        path: Path = ("case", position)
        fallback = f"case {position + 1}"
        try:
            for case in cases_of(table, path, fallback, defaults, locator):
                names.check(case.name, case.place)
                yield case
        except DataError as error:
            yield Broken(_name(table, fallback), _place(locator, error.path), locator.error(error))
        except InputError as error:
            yield Broken(_name(table, fallback), _place(locator, (*path, "name")), error)


def _place(locator: TomlLocator, path: Path) -> Place:
    return Place(locator.file, locator.line(path))


def _name(table: dict[str, Any], fallback: str) -> str:
    name = table.get("name")
    return name if isinstance(name, str) else fallback


def read_json_line(data: bytes, place: Place, names: Names) -> Iterator[Item]:
    """The cases of the JSON object on a line of a file; what is none is `Broken`."""
    if not data.strip():
        return
    try:
        for case in read_as(Excerpt(decode(data, str(place)).rstrip("\r\n"), place), _converter(place)):
            names.check(case.name, place)
            yield case
    except GradcliError as error:
        yield Broken(default_name(place.line), place, error)


def _converter(place: Place) -> Callable[[object], list[Case]]:
    """What turns the document on a line into its cases."""

    def convert(document: object) -> list[Case]:
        if not isinstance(document, dict):
            to_data(document)
            raise DataError("expected an object with the keys of one case", ())
        return list(cases_of(document, (), default_name(place.line), _NO_DEFAULTS, LineLocator(place)))

    return convert
