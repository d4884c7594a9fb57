"""The function reference: what the table of functions says, with signatures and worked examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gradcli.errors import UsageError, nearest
from gradcli.language.library import OPERATORS, UNARY, constant, known_names, method, table_function
from gradcli.language.names import CONSTANTS
from gradcli.primitives.function_index import MODULE_OF
from gradcli.primitives.registry import MODULES
from gradcli.primitives.table import FUNCTIONS, Function
from gradcli.program import compile

_CONSTANTS = {
    "pi": "the circle constant",
    "e": "Euler's number",
    "inf": "infinity",
    "nan": "not a number",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A function as the reference has it; fields are empty where there is nothing to say.

    `value` is that of the example: a number, an array, or a list of them.
    """

    name: str
    signature: str
    family: str
    summary: str
    operator: str = ""
    aliases: tuple[str, ...] = ()
    derivative: str = ""
    domain: str = ""
    convention: str = ""
    example: str = ""
    value: Any = None


def reference() -> tuple[Entry, ...]:
    """Every function by families, in the order of the table, then the constants."""
    records = sorted({id(record): record for record in FUNCTIONS.values()}.values(), key=_module)
    families = list(dict.fromkeys(record.family for record in records))
    records.sort(key=lambda record: families.index(record.family))
    return (*map(_entry, records), *map(_constant_entry, CONSTANTS))


def _module(record: Function) -> int:
    """Where the module that defines a function stands among all; they are imported in any order."""
    module = MODULE_OF.get(record.name)
    return len(MODULES) if module is None else MODULES.index(module)


def find(name: str) -> tuple[Entry, ...]:
    """The functions that a name stands for: one, with or without a module's prefix, an operator, or a family.

    Raises `UsageError` with the nearest name when there is none.
    """
    root, _, last = name.rpartition(".")
    record = (
        method(last) if root == "x" else table_function(last, root.partition(".")[0]) or _of_operator(name)
    )
    if record is not None:
        return (_entry(record),)
    if constant(name) is not None:
        return (_constant_entry(name),)
    family = tuple(entry for entry in reference() if entry.family == name)
    if family:
        return family
    families = dict.fromkeys(record.family for record in FUNCTIONS.values())
    close = nearest(last, [*known_names(), *families])
    help = f"did you mean `{close}`?" if close else "`gradcli functions` lists all of them"
    raise UsageError(f"there is no function `{name}`", help=help)


def _of_operator(text: str) -> Function | None:
    call = OPERATORS.get(text)
    return next((record for record in FUNCTIONS.values() if record.call is call), None) if call else None


def _entry(record: Function) -> Entry:
    return Entry(
        name=record.name,
        signature=record.signature,
        family=record.family,
        summary=record.summary,
        operator=_operator(record),
        aliases=record.aliases,
        derivative=record.derivative,
        domain=record.domain,
        convention=record.convention,
        example=record.example,
        value=_value(record.example) if record.example else None,
    )


def _constant_entry(name: str) -> Entry:
    return Entry(name, name, "constants", _CONSTANTS[name], value=CONSTANTS[name], example=name)


def _value(example: str) -> Any:
    value = compile(example, "example").value({})
    return list(value) if isinstance(value, tuple) else value


def _operator(record: Function) -> str:
    """The operator that stands for a function: `x + y`, `-x`."""
    for symbol, call in OPERATORS.items():
        if call is record.call:
            return f"x {symbol} y"
    return next((f"{symbol}x" for symbol, call in UNARY.items() if call is record.call), "")
