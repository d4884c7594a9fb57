"""Cases as tables of keys, the same in TOML and in JSON; the one table of what the keys mean."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, Protocol

from gradcli.errors import InputError, nearest
from gradcli.language.files import read_program
from gradcli.language.strict_json import DataError, Path, to_data
from gradcli.records import NamedTuple
from gradcli.suites.cases import COMMANDS, NOT_OF_CASES, NOTHING, Case, Expected, Place, Text

VERDICTS = ("PASS", "WRONG", "NONDIFFERENTIABLE", "INCONCLUSIVE")


class Locator(Protocol):
    """Where the keys of a document stand."""

    file: str

    def line(self, path: Path) -> int:
        """The line of the key at a path, or of the nearest one above it."""

    def text_line(self, path: Path) -> int:
        """The line on which the text of a string begins."""


Reader = Callable[[Any, Path], Any]


def _text(value: Any, path: Path) -> str:
    if not isinstance(value, str):
        raise _expected("a text", value, path)
    return value


def _flag(value: Any, path: Path) -> bool:
    if not isinstance(value, bool):
        raise _expected("`true` or `false`", value, path)
    return value


def _tolerance(value: Any, path: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise _expected("a number that is not negative", value, path)
    return float(value)


def _whole(least: int, most: float = float("inf")) -> Reader:
    def read(value: Any, path: Path) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            bounds = f"from {least}" if most == float("inf") else f"from {least} to {most}"
            raise _expected(f"a whole number {bounds}", value, path)
        return value

    return read


def _one_of(words: tuple[str, ...], others: Mapping[str, str] = NOTHING) -> Reader:
    """A reader of some words; `others` says what is to be said about some that are none of them."""

    def read(value: Any, path: Path) -> str:
        if value not in words:
            close = nearest(value, words) if isinstance(value, str) else None
            help = others.get(str(value)) or (f"did you mean `{close}`?" if close else None)
            raise _expected(f"one of {', '.join(words)}", value, path, help)
        return str(value)

    return read


def _verdict(value: Any, path: Path) -> str:
    """One of the verdicts, in letters of either case, as `--allow` takes them."""
    upper = value.upper() if isinstance(value, str) else value
    return str(_one_of(VERDICTS)(upper if upper in VERDICTS else value, path))


def _names(value: Any, path: Path) -> tuple[str, ...]:
    """A list of names, or one text with commas between them."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _expected("a list of names", value, path)
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def _stated(value: Any, path: Path) -> Any:
    """A text in the syntax of options, or data; what is no data is found now, while its place is known."""
    if not isinstance(value, str):
        to_data(value, path)
    return value


def _by_name(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _expected("values by name", value, path)
    return {name: _stated(each, (*path, name)) for name, each in value.items()}


def _vector(value: Any, path: Path) -> Any:
    return _by_name(value, path) if isinstance(value, dict) else _stated(value, path)


def _skip(value: Any, path: Path) -> str | None:
    """The reason, where there is one."""
    if isinstance(value, bool):
        return "" if value else None
    return _text(value, path)


def _lists(value: Any, path: Path) -> dict[str, list[Any]]:
    """The values that an input takes in turn, by name."""
    for name, values in _table(value, path).items():
        if not isinstance(values, list) or not values:
            raise _expected("a list of values, one for each case", values, (*path, name))
        for position, each in enumerate(values):
            _stated(each, (*path, name, position))
    return dict(value)


def _table(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _expected("a table", value, path)
    return value


# What a case may say. The other fields of `Case` follow from the place, and from `file`, `expect`, `matrix`.
KEYS: dict[str, Reader] = {
    "name": _text,
    "program": _text,
    "file": _text,
    "inputs": _by_name,
    "wrt": _names,
    "const": _names,
    "v": _vector,
    "u": _vector,
    "command": _one_of(COMMANDS, NOT_OF_CASES),
    "expect": _table,
    "claim": _by_name,
    "check": _flag,
    "order": _whole(1, 2),
    "symmetric": _names,
    "rtol": _tolerance,
    "atol": _tolerance,
    "points": _whole(1),
    "seed": _whole(0),
    "skip": _skip,
    "tags": _names,
    "matrix": _lists,
}
NOT_IN_DEFAULTS = ("name", "program", "file")
MERGED = ("claim", "expect")  # by name: a case adds to the defaults
_FIELDS = {key: key for key in KEYS if key in Case._fields[5:]} | {"claim": "claims"}  # after `shared`
EXPECTED_BY_NAME = ("grad", "vjp", "jacobian", "hvp")
EXPECTED_WHOLE = ("value", "jvp")
EXPECTED_KEYS = (*EXPECTED_WHOLE, *EXPECTED_BY_NAME, "hessian", "error", "verdict")


class Defaults(NamedTuple):
    """What holds for every case that does not say otherwise, and where it was said."""

    values: Mapping[str, Any]
    path: Path


def read_table(table: Mapping[str, Any], path: Path, allowed: Mapping[str, Reader] = KEYS) -> dict[str, Any]:
    """The values of a table by key; `DataError` with the path of what is not as it should be."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in allowed:
            check_key(key, allowed, path)
        values[key] = allowed[key](value, (*path, key))
    return values


def check_key(key: str, allowed: Mapping[str, Any] | tuple[str, ...], path: Path) -> None:
    """`DataError` with the nearest name for a key that is not allowed."""
    if key not in allowed:
        close = nearest(key, allowed)
        help = f"did you mean `{close}`?" if close else f"the keys are {', '.join(allowed)}"
        raise DataError(f"unknown key `{key}`", (*path, key), help)


def read_defaults(table: Any, path: Path) -> Defaults:
    """The table `[defaults]`."""
    allowed = {key: reader for key, reader in KEYS.items() if key not in NOT_IN_DEFAULTS}
    return Defaults(read_table(_table(table, path), path, allowed), path)


def cases_of(
    table: Mapping[str, Any], path: Path, name: str, defaults: Defaults, locator: Locator
) -> Iterator[Case]:
    """The case of a table, or one for each combination of its `matrix`; `DataError` where something is wrong.

    `name` is what a case without a name is called.
    """
    own = read_table(table, path)
    values = {**defaults.values, **own}
    for key in MERGED:
        if key in values:
            values[key] = {**defaults.values.get(key, {}), **own.get(key, {})}
    fields = {_FIELDS[key]: value for key, value in values.items() if key in _FIELDS}
    if "expect" in values:
        fields |= _expectations(values["expect"], own, path, defaults, locator)
    case = Case(
        own.get("name", name),
        Place(locator.file, locator.line((*path, "name"))),
        _program(own, path, locator),
        own.get("inputs", {}),
        defaults.values.get("inputs", {}),
        **fields,
    )
    yield from _expanded(case, values.get("matrix", {}))


def _program(own: Mapping[str, Any], path: Path, locator: Locator) -> Text:
    """The program's text, or that of the file which the key `file` names, beside the suite."""
    if ("program" in own) == ("file" in own):
        found = "both are given" if "file" in own else "neither is given"
        raise DataError(f"a case needs `program` or `file`, and {found}", path)
    if "program" in own:
        return Text(own["program"], Place(locator.file, locator.text_line((*path, "program"))))
    file = os.path.join(os.path.dirname(locator.file), own["file"])
    try:
        return Text(read_program(file).text, Place(file, 1))
    except InputError as error:
        raise DataError(error.message, (*path, "file"), error.help) from None


def _expanded(case: Case, matrix: Mapping[str, list[Any]]) -> Iterator[Case]:
    """A case for each combination of values, numbered from 1 in its name."""
    if not matrix:
        yield case
        return
    for number, values in enumerate(product(*matrix.values()), 1):
        inputs = {**case.inputs, **dict(zip(matrix, values, strict=True))}
        yield case._replace(name=f"{case.name}/{number}", inputs=inputs)


def _expectations(
    table: Mapping[str, Any], own: Mapping[str, Any], path: Path, defaults: Defaults, locator: Locator
) -> dict[str, Any]:
    """What the table `expect` says, as fields of a case: results, an error, a verdict."""
    results: list[Expected] = []
    for key, value in table.items():
        base = path if key in own.get("expect", {}) else defaults.path
        place = (*base, "expect", key)
        check_key(key, EXPECTED_KEYS, place[:-1])
        results += (Expected(key, names, *rest) for names, *rest in _named(key, value, place, locator))
    error = _text(table["error"], (*path, "expect", "error")) if "error" in table else None
    verdict = _verdict(table["verdict"], (*path, "expect", "verdict")) if "verdict" in table else None
    return {"expected": tuple(results), "error": error, "verdict": verdict}


def _named(key: str, value: Any, path: Path, locator: Locator) -> Iterator[tuple[tuple[str, ...], Any, int]]:
    """The names, the value and the line of each result under a key of `expect`."""
    if key in EXPECTED_WHOLE:
        yield (), _vector(value, path), locator.line(path)
    elif key in EXPECTED_BY_NAME:
        for name, each in _by_name(value, path).items():
            yield (name,), each, locator.line((*path, name))
    elif key == "hessian":
        for name, row in _table(value, path).items():
            for second, each in _by_name(row, (*path, name)).items():
                yield (name, second), each, locator.line((*path, name, second))


def _expected(what: str, found: Any, path: Path, help: str | None = None) -> DataError:
    """The error about a value of the wrong kind."""
    if isinstance(found, tuple):
        to_data(found, path)  # stands for something that strict JSON does not allow, and says so
    kinds = {str: f"the text `{found}`", dict: "a table", list: "a list", bool: f"`{str(found).lower()}`"}
    shown = kinds.get(type(found), "`null`" if found is None else f"`{found}`")
    return DataError(f"`{path[-1]}`: expected {what}, found {shown}", path, help)
