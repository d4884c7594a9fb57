"""Which arrays of a hot loop can stand in Python lists: those that are read and written entry by entry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gradcli.loops.reader import Reading
from gradcli.loops.segments import Given, Segment, Symbol, Variable, segments_of
from gradcli.primitives.indexing import getitem, setitem

_MOST_ENTRIES = 1_000_000  # a list costs four times the memory of an array


def choose_lists(reading: Reading) -> None:
    """Mark the variables and the given arrays of a loop that are to stand in lists."""
    segments = list(segments_of(reading.block))
    found = {id(origin): origin for segment in segments for origin in _origins(segment)}
    arrays = {key: origin for key, origin in found.items() if origin.kind == "array" and _fits(origin)}
    for segment in segments:
        for key in _misused(segment):
            arrays.pop(key, None)
    for origin in arrays.values():
        origin.listed = True


def is_entry(symbol: Symbol) -> bool:
    """Whether a read or a write is of a single entry."""
    index = symbol.static["index"]
    parts = index if type(index) is tuple else (index,)
    return len(parts) == np.ndim(symbol.operands[0].value) and all(
        type(part) is int or isinstance(part, Symbol) for part in parts
    )


def base_of(symbol: Symbol) -> Any:
    """The variable or given array of which a symbol is a version."""
    while symbol.primitive is setitem:
        symbol = symbol.operands[0]
    return symbol.origin


def _fits(origin: Any) -> bool:
    return (
        isinstance(origin, (Variable, Given))
        and origin.sample.ndim in (1, 2)
        and origin.sample.size <= _MOST_ENTRIES
        and (isinstance(origin, Given) or origin.sample.dtype == np.float64)
    )


def _origins(segment: Segment) -> Iterable[Any]:
    for symbol in segment.body:
        for operand in symbol.operands:
            if isinstance(operand, Symbol) and operand.origin is not None:
                yield operand.origin
    for variable, value in segment.sets:
        yield variable
        if isinstance(value, Symbol) and value.origin is not None:
            yield value.origin


def _misused(segment: Segment) -> set[int]:
    """The arrays that a segment uses otherwise than entry by entry, newest version first."""
    bad: set[int] = set()
    newest: dict[int, Symbol | None] = {}
    for symbol in segment.body:
        by_entry = symbol.primitive in (getitem, setitem) and is_entry(symbol)
        for position, operand in enumerate(symbol.operands):
            if isinstance(operand, Symbol) and operand.kind == "array":
                key = id(base_of(operand))
                if not by_entry or position or newest.get(key, operand) is not operand:
                    bad.add(key)
        if symbol.primitive is setitem:
            newest[id(base_of(symbol))] = symbol
            if isinstance(base_of(symbol), Given):
                bad.add(id(base_of(symbol)))
    settled = set()
    for variable, value in segment.sets:
        if isinstance(value, Symbol) and value.kind == "array":
            settled.add(id(value))
            if base_of(value) is not variable:
                bad |= {id(variable), id(base_of(value))}
    bad |= {key for key, symbol in newest.items() if id(symbol) not in settled}
    return bad
