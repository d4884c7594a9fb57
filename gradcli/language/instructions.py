"""What each instruction does, one function each, but for plain calls, which `run` does itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, shape_of
from gradcli.language import code
from gradcli.language.builtins import iterate
from gradcli.language.code import UNBOUND
from gradcli.language.signals import BREAK, CONTINUE, NOTHING, Closure, Returned
from gradcli.language.subscripts import attribute, element, index_of, member
from gradcli.primitives.arguments import describe
from gradcli.primitives.indexing import getitem, read, write

_FIRST_ROUNDS = 2  # of a loop, on the tape: then its variables are of the kinds that they stay
_ROWS_AT_FIRST = 5  # of an array that a loop runs over, read one by one


def _context_call(machine: Any, op: code.ContextCall, frame: list[Any]) -> None:
    machine.graph.place = op.place
    operands = [frame[i] for i in op.operands]
    frame[op.target] = op.function(machine, *operands, **{name: frame[slot] for name, slot in op.keywords})


def _invoke(machine: Any, op: code.Invoke, frame: list[Any]) -> None:
    machine.graph.place = op.place
    operands = tuple(frame[i] for i in op.operands)
    keywords = {name: frame[slot] for name, slot in op.keywords}
    value = machine.invoke(frame[op.function], operands, keywords)
    if value is NOTHING and op.used:
        raise machine.error(f"`{machine.callee(op.place)}` has no value: it ends without `return`", op.place)
    frame[op.target] = value


def _get_attribute(machine: Any, op: code.GetAttribute, frame: list[Any]) -> None:
    machine.graph.place = op.place
    frame[op.target] = attribute(frame[op.base], op.name)


def _get_item(machine: Any, op: code.GetItem, frame: list[Any]) -> None:
    machine.graph.place = op.place
    base = frame[op.base]
    index = index_of(op.parts, op.is_tuple, frame)
    if isinstance(base, dict):
        frame[op.target] = member(base, index)
    elif isinstance(base, (list, tuple, range)):
        frame[op.target] = element(base, index)
    elif isinstance(base, (np.ndarray, Node)) and shape_of(base):
        frame[op.target] = read(base, index)
    else:
        raise machine.error(f"{describe(base)} cannot be indexed")


def _set_item(machine: Any, op: code.SetItem, frame: list[Any]) -> None:
    machine.graph.place = op.place
    base = frame[op.base]
    if not isinstance(base, (np.ndarray, Node)) or not shape_of(base):
        raise machine.error(f"{describe(base)} has no entries that can be assigned")
    index = index_of(op.parts, op.is_tuple, frame)
    frame[op.target] = write(base, index, frame[op.value], machine.graph)


def _copy(machine: Any, op: code.Copy, frame: list[Any]) -> None:
    frame[op.target] = frame[op.source]


def _outer(machine: Any, op: code.Outer, frame: list[Any]) -> None:
    outer = frame
    for _ in range(op.depth):
        outer = outer[-1]
    value = outer[op.source]
    if value is UNBOUND:
        raise machine.error(f"`{op.name}` has no value yet when this function reads it", op.place)
    frame[op.target] = value


def _bound_check(machine: Any, op: code.Bound, frame: list[Any]) -> None:
    if frame[op.source] is UNBOUND:
        raise machine.error(
            f"`{op.name}` has no value here: the way the program took does not assign it", op.place
        )


def _make_list(machine: Any, op: code.MakeList, frame: list[Any]) -> None:
    values = [frame[i] for i in op.operands]
    frame[op.target] = tuple(values) if op.is_tuple else values


def _append(machine: Any, op: code.Append, frame: list[Any]) -> None:
    frame[op.target].append(frame[op.source])


def _unpack(machine: Any, op: code.Unpack, frame: list[Any]) -> None:
    machine.graph.place = op.place
    values = iterate(frame[op.source])
    if len(values) != len(op.targets):
        raise machine.error(f"{len(op.targets)} names for {len(values)} values")
    for slot, value in zip(op.targets, values, strict=True):
        frame[slot] = value


def _if(machine: Any, op: code.If, frame: list[Any]) -> Any:
    for arm in op.arms:
        if arm.test:
            machine.block(arm.test, frame)
        if machine.truth(frame[arm.condition], arm.place):
            return machine.block(arm.body, frame)
    return machine.block(op.otherwise, frame) if op.otherwise else None


def _short_circuit(machine: Any, op: code.ShortCircuit, frame: list[Any]) -> None:
    for position, (block, slot, place) in enumerate(op.parts):
        machine.block(block, frame)
        frame[op.target] = frame[slot]
        if position < len(op.parts) - 1 and machine.truth(frame[slot], place) is op.until:
            return


def _while(machine: Any, op: code.While, frame: list[Any]) -> Any:
    rounds, asked_at, steps = 0, _FIRST_ROUNDS, machine.steps
    while True:
        if rounds == asked_at:
            if machine.is_hot(op, steps - machine.steps) and machine.takes_over(op, frame, None, rounds):
                return None
            asked_at *= 2
        rounds += 1
        if op.test:
            machine.block(op.test, frame)
        if not machine.truth(frame[op.condition], op.place):
            return None
        signal = machine.block(op.body, frame)
        if signal is not None and signal is not CONTINUE:
            return None if signal is BREAK else signal


def _for(machine: Any, op: code.For, frame: list[Any]) -> Any:
    machine.graph.place = op.place
    values = frame[op.iterable]
    asked_at, steps = 0 if machine.has_read(op) else _FIRST_ROUNDS, machine.steps
    for rounds, each in enumerate(_elements(values)):
        frame[op.target] = each
        if rounds == asked_at:
            rest = _rest(values, rounds)
            each_round = (steps - machine.steps) // rounds if rounds else len(op.body) + 1
            if (
                rest
                and machine.is_hot(op, each_round * len(rest))
                and machine.takes_over(op, frame, rest, rounds)
            ):
                return None
            asked_at = 2 * rounds or _FIRST_ROUNDS
        signal = machine.block(op.body, frame)
        if signal is not None and signal is not CONTINUE:
            return None if signal is BREAK else signal
    return None


def _elements(values: Any) -> Iterable[Any]:
    """The elements of what a loop runs over; most rows of an array are read when the loop gets so far."""
    return _rows(values) if isinstance(values, Node) and shape_of(values) else iterate(values)


def _rows(array: Node) -> Iterator[Any]:
    """The rows of an array; the first few one by one, for then the second tier may take over."""
    count = shape_of(array)[0]
    for position in range(min(_ROWS_AT_FIRST, count)):
        yield getitem(array, index=position)
    yield from [getitem(array, index=position) for position in range(_ROWS_AT_FIRST, count)]


def _rest(values: Any, position: int) -> range:
    """What a loop has yet to run through: whole numbers, or the positions of the rows of an array."""
    if isinstance(values, range):
        return values[position:]
    shape = shape_of(values)
    return range(position, shape[0]) if shape else range(0)


def _no_grad(machine: Any, op: code.NoGrad, frame: list[Any]) -> Any:
    machine.graph.no_grad += 1
    try:
        return machine.block(op.body, frame)
    finally:
        machine.graph.no_grad -= 1


def _make_function(machine: Any, op: code.MakeFunction, frame: list[Any]) -> None:
    frame[op.target] = Closure(op.code, frame, tuple(frame[i] for i in op.defaults))


def _assert(machine: Any, op: code.Assert, frame: list[Any]) -> None:
    if machine.truth(frame[op.condition], op.place):
        return
    machine.block(op.explain, frame)
    text = "assertion failed" if op.message is None else f"assertion failed: {frame[op.message]}"
    shown = ", ".join(f"{name} = {_shown(frame[slot])}" for name, slot in op.shown)
    raise machine.error(f"{text} ({shown})" if shown else text, op.place)


def _shown(value: Any) -> str:
    plain = value.value if isinstance(value, Node) else value
    return np.array2string(plain, threshold=6) if isinstance(plain, np.ndarray) else str(plain)


def _return(machine: Any, op: code.Return, frame: list[Any]) -> Returned:
    return Returned(NOTHING if op.source is None else frame[op.source], op.names)


HANDLERS: dict[type, Any] = {
    code.ContextCall: _context_call,
    code.Invoke: _invoke,
    code.GetAttribute: _get_attribute,
    code.GetItem: _get_item,
    code.SetItem: _set_item,
    code.Copy: _copy,
    code.Outer: _outer,
    code.Bound: _bound_check,
    code.MakeList: _make_list,
    code.Append: _append,
    code.Unpack: _unpack,
    code.If: _if,
    code.ShortCircuit: _short_circuit,
    code.While: _while,
    code.For: _for,
    code.NoGrad: _no_grad,
    code.MakeFunction: _make_function,
    code.Assert: _assert,
    code.Return: _return,
    code.Break: lambda machine, op, frame: BREAK,
    code.Continue: lambda machine, op, frame: CONTINUE,
}
