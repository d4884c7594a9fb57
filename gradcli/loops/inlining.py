"""Reading a call of a function of the program in place, as if its text stood there."""

from __future__ import annotations

from typing import Any

from gradcli.language.code import UNBOUND, Return
from gradcli.loops.frames import Frame, Inlined
from gradcli.loops.liveness import Liveness, jumps
from gradcli.loops.segments import RefusedError, Symbol

_DEEPEST = 20


def inline(reader: Any, function: Inlined, operands: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """The value of a call; its segments are written where the call stands."""
    if len(reader.frames) > _DEEPEST:
        raise RefusedError("its calls are nested too deep")
    code = function.code
    liveness = Liveness(frozenset())
    live = liveness.block(code.body, frozenset())
    frame = reader.new_frame(code.template, liveness)
    frame.outer = function.outside
    _bind(frame, function, operands, keywords)
    straight = not any(jumps([op]) for op in code.body[:-1])
    straight &= bool(code.body) and isinstance(code.body[-1], Return)
    results: list[Any] = []
    if straight:
        reader.frames.append(frame)
        reader.returning.append(results.append)
        reader.run(code.body, 0, lambda: results.append(None))
    else:
        reader.frames.append(frame)
        reader.flush(live)
        reader.returning.append(lambda value: results.append(_kept(reader, frame, value)))
        reader.run(code.body, 0, lambda: results.append(None))
    reader.returning.pop()
    reader.frames.pop()
    if straight:
        return _valued(results[0])
    reader.start_segment()
    return _joined(reader, frame, results)


def _bind(frame: Frame, function: Inlined, operands: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    """Put the arguments into the slots of the parameters; a call that does not fit is left to the tape."""
    names = function.code.parameters
    if len(operands) > len(names) or not set(keywords) <= set(names[len(operands) :]):
        raise RefusedError("a call does not fit")
    frame.slots[: len(operands)] = operands
    for name, value in keywords.items():
        frame.slots[names.index(name)] = value
    first = len(names) - function.code.optional
    for position in range(len(names)):
        if frame.slots[position] is UNBOUND:
            if position < first:
                raise RefusedError("a call does not fit")
            frame.slots[position] = function.defaults[position - first]


def _kept(reader: Any, frame: Frame, value: Any) -> Any:
    """Put a value that a function returns on one of several ways into a variable for all of them."""
    if isinstance(value, tuple):
        return tuple(_keep(reader, frame, f"r{i}", each) for i, each in enumerate(value))
    return _keep(reader, frame, "r", value)


def _keep(reader: Any, frame: Frame, slot: str, value: Any) -> Any:
    if not isinstance(value, (Symbol, float, int, bool)):
        raise RefusedError("a function returns something else than numbers on one of its ways")
    variable = reader.home(frame, slot, value)
    reader.set(variable, value)
    reader.new_segment()
    return variable


def _joined(reader: Any, frame: Frame, results: list[Any]) -> Any:
    first = _valued(results[0])
    if any(result != first for result in results[1:]):
        raise RefusedError("a function returns now one number and now several")
    if isinstance(first, tuple):
        return tuple(map(reader.read_of, first))
    return reader.read_of(first)


def _valued(result: Any) -> Any:
    if result is None:
        raise RefusedError("a function may end without a value")
    return result
