"""How a reader takes choices: `if`, `and` and `or`, with what stands in the slots where the ways join."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.language import code
from gradcli.language.code import UNBOUND
from gradcli.loops.frames import LOST, UNKNOWN, Frame, Partial, is_missing
from gradcli.loops.liveness import Slots, jumps
from gradcli.loops.places import part_of
from gradcli.loops.segments import TRUTH, Choice, Symbol, Variable


def branch(reader: Any, op: code.If, live: Slots, then: Callable[[], None]) -> bool:
    """Read an `if`; true when what follows it has been read too, in each arm that goes on there."""
    if any(jumps(arm.body) for arm in op.arms) or jumps(op.otherwise):
        _arms(reader, op, 0, live, then)
        return True
    _arms(reader, op, 0, live, None)
    return False


def _arms(reader: Any, op: code.If, position: int, live: Slots, then: Callable[[], None] | None) -> None:
    """Read the arms from one on; without `then` their slots are joined behind them."""

    def go_on() -> None:
        if then is not None:
            then()

    if position == len(op.arms):
        reader.run(op.otherwise, 0, go_on)
        return
    arm = op.arms[position]
    reader.run(arm.test, 0, lambda: None)
    condition = reader.truth(reader.get(arm.condition))
    if not isinstance(condition, Symbol):
        if condition:
            reader.run(arm.body, 0, go_on)
        else:
            _arms(reader, op, position + 1, live, then)
        return
    before = reader.frames[-1].liveness.before
    following = op.arms[position + 1].test if position + 1 < len(op.arms) else op.otherwise
    needed = before[id(arm.body)] | before[id(following)]
    choose(
        reader, condition, needed, live if then is None else None,
        lambda: reader.run(arm.body, 0, go_on), lambda: _arms(reader, op, position + 1, live, then),
    )  # fmt: skip


def choose(
    reader: Any,
    condition: Symbol,
    needed: Slots,
    joined: Slots | None,
    first: Callable[[], None],
    second: Callable[[], None],
) -> None:
    """Read a choice between two ways; with `joined`, the slots that are read behind them."""
    reader.flush(needed)
    with reader.writing() as then:
        first()
        ends = [_end(reader, joined)]
    with reader.writing() as otherwise:
        second()
        ends.append(_end(reader, joined))
    reader.block.append(Choice(condition, then, otherwise))
    reader.start_segment()
    if joined is not None:
        _join(reader, ends)


def _end(reader: Any, joined: Slots | None) -> Any:
    """What stands in the slots at the end of a way, and the segment to which assignments can be added."""
    if joined is None:
        return None
    reader.flush(joined)
    return reader.segment, [list(frame.slots) for frame in reader.frames]


def _join(reader: Any, ends: list[Any]) -> None:
    """Slots that hold the same whatever way was taken keep it; others go to their variables."""
    segments = [segment for segment, _ in ends]
    for number, frame in enumerate(reader.frames):
        for slot, before in enumerate(frame.slots):
            states = [slots[number][slot] for _, slots in ends]
            if states[0] is states[1]:
                frame.slots[slot] = states[0]
            elif before is UNBOUND and frame.number == 0:
                pass  # from outside, and looked at in one of the ways only
            elif slot not in frame.live:
                frame.slots[slot] = UNKNOWN
            else:
                frame.slots[slot] = _joined(reader, frame, slot, states, segments)


def _joined(reader: Any, frame: Frame, slot: Any, states: list[Any], segments: list[Any]) -> Any:
    """What stands in a slot behind two ways, at the ends of which it holds these."""
    one, other = states
    if one is other or _same(one, other):
        return one
    if type(one) is tuple and type(other) is tuple and len(one) == len(other):
        parts = tuple(
            _joined(reader, frame, part_of(slot, i), [one[i], other[i]], segments) for i in range(len(one))
        )
        return LOST if any(map(is_missing, parts)) else parts
    variables = [_variable(reader, frame, slot, state) for state in states]
    if LOST in variables:
        return LOST
    known = [each for each in variables if each is not None]
    if not known:
        return UNKNOWN
    home = known[0]
    partial = len(known) < 2 or any(isinstance(state, Partial) for state in states)
    if known[-1] != home:
        if partial or not all(_is_scalar(each) for each in known):
            return LOST
        homes = [reader.home(frame, slot, state, TRUTH) for state in states]  # one, told of both
        home = homes[0]
    for state, segment in zip(states, segments, strict=True):
        _assign(reader, home, state, segment)
    return Partial(home) if partial else reader.read(home)


def _variable(reader: Any, frame: Frame, slot: Any, state: Any) -> Any:
    """The variable in which a state stands or will stand, several for a tuple; None for no state."""
    if state in (UNKNOWN, UNBOUND):
        return None
    if type(state) is tuple:
        parts = tuple(_variable(reader, frame, part_of(slot, i), each) for i, each in enumerate(state))
        return LOST if LOST in parts or None in parts else parts
    if isinstance(state, Partial):
        return state.variable
    return reader.home(frame, slot, state) if isinstance(state, (Symbol, float, int, bool)) else LOST


def _assign(reader: Any, home: Any, state: Any, segment: Any) -> None:
    """Let a segment put a state into a variable where it does not stand there already."""
    if type(state) is tuple:
        for variable, each in zip(home, state, strict=True):
            _assign(reader, variable, each, segment)
    elif not is_missing(state) and (not isinstance(state, Symbol) or state.origin is not home):
        reader.segment, present = segment, reader.segment
        reader.set(home, state)
        reader.segment = present


def _is_scalar(variable: Any) -> bool:
    return isinstance(variable, Variable) and variable.kind in ("bool", "int", "float", "number", TRUTH)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Symbol) or isinstance(other, Symbol):
        both = isinstance(one, Symbol) and isinstance(other, Symbol)
        return both and one.origin is not None and one.origin is other.origin
    return type(one) is type(other) and isinstance(one, (float, int, bool, str)) and one == other


def short_circuit(reader: Any, op: code.ShortCircuit, live: Slots) -> None:
    """Read `and` or `or`."""
    _parts(reader, op, 0, live)


def _parts(reader: Any, op: code.ShortCircuit, position: int, live: Slots) -> None:
    block, slot, _ = op.parts[position]
    reader.run(block, 0, lambda: None)
    value = reader.get(slot)
    reader.put(op.target, value)
    if position == len(op.parts) - 1:
        return
    condition = reader.truth(value)
    if not isinstance(condition, Symbol):
        if condition is not op.until:
            _parts(reader, op, position + 1, live)
        return
    needed = live | {op.target} | reader.frames[-1].liveness.before[id(op.parts[position + 1][0])]
    ways = [lambda: _parts(reader, op, position + 1, live), lambda: None]
    choose(reader, condition, needed, live | {op.target}, *(ways[::-1] if op.until else ways))
