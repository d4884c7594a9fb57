"""One case a line: `name: program | x=0,1,2,3 | A=1,2;3,4 | => 28 | x => 0,4,8,12`.

Everything after the program may be left out; `#` begins a comment. A `|` inside brackets or quotes belongs to
the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

from gradcli.errors import GradcliError, InputError
from gradcli.language.files import decode
from gradcli.language.source import Source, Span
from gradcli.records import NamedTuple
from gradcli.suites.cases import Broken, Case, Excerpt, Expected, Item, Names, Place, Text

_NAME = re.compile(r"\s*([^\W\d][\w.-]*)\s*:")
_DELIMITERS = re.compile(r"[|#()\[\]{}\"']")
_EXPECTED = re.compile(r"\s*([^\W\d][\w.]*(?:\[\d+\][\w.]*)*)?\s*=>(.*)", re.DOTALL)
_INPUT = re.compile(r"\s*([^\W\d]\w*)\s*=(?![=>])(.*)", re.DOTALL)
_FORMS = "expected NAME=VALUE, => VALUE or NAME => DERIVATIVE"


class Field(NamedTuple):
    """What stands between two separators, and where it begins in the line."""

    text: str
    start: int


def read_one_line_case(data: bytes, place: Place, names: Names) -> Iterator[Item]:
    """The case on a line of a file, if there is one; what is none is `Broken`."""
    try:
        line = decode(data, str(place)).rstrip("\r\n")
        case = read_line(line.removeprefix("\ufeff") if place.line == 1 else line, place)
        if case is not None:
            names.check(case.name, place)
            yield case
    except GradcliError as error:
        yield Broken(default_name(place.line), place, error)


def default_name(number: int) -> str:
    """What a case without a name is called."""
    return f"line {number}"


def read_line(line: str, place: Place) -> Case | None:
    """The case on a line, None where there is only a comment; `InputError` with the place in the line."""
    fields = list(split(line))
    if len(fields) == 1 and not fields[0].text.strip():
        return None
    source = Excerpt(line, place)
    name, program = _named(fields[0], place, source)
    inputs: dict[str, str] = {}
    expected: dict[tuple[str, ...], Expected] = {}
    for field in fields[1:]:
        if found := _EXPECTED.fullmatch(field.text):
            names = (found[1],) if found[1] else ()
            if names in expected:
                _complain(f"{_what(names)} is expected twice", field, source)
            value = _value(found[2], field, source)
            expected[names] = Expected("derivative" if names else "value", names, value, place.line)
        elif found := _INPUT.fullmatch(field.text):
            if found[1] in inputs:
                _complain(f"the input `{found[1]}` is given twice", field, source)
            inputs[found[1]] = _value(found[2], field, source)
        else:
            found_text = f"`{field.text.strip()}`" if field.text.strip() else "nothing"
            _complain(f"{_FORMS}, found {found_text}", field, source)
    return Case(name, place, program, inputs, expected=tuple(expected.values()))


def split(line: str) -> Iterator[Field]:
    """The fields of a line, up to its comment."""
    start, depth, quote = 0, 0, ""
    for found in _DELIMITERS.finditer(line):
        character = found[0]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "#":
            line = line[: found.start()]
            break
        elif depth <= 0:
            yield Field(line[start : found.start()], start)
            start = found.end()
    yield Field(line[start:], start)


def _named(field: Field, place: Place, source: Source) -> tuple[str, Text]:
    """The name before the colon (or `line 3`), and the program."""
    found = _NAME.match(field.text)
    text = field.text[found.end() :] if found else field.text
    if not text.strip():
        _complain("the program is missing", field, source)
    return found[1] if found else default_name(place.line), Text(text.strip(), place)


def _what(names: tuple[str, ...]) -> str:
    return f"the derivative by `{names[0]}`" if names else "the value"


def _value(text: str, field: Field, source: Source) -> str:
    if not text.strip():
        _complain("the value is missing", field, source)
    return text.strip()


def _complain(message: str, field: Field, source: Source) -> NoReturn:
    text = field.text
    start = field.start + len(text) - len(text.lstrip())
    end = max(field.start + len(text.rstrip()), start + 1)
    raise InputError(message, span=Span(start, end), source=source)
