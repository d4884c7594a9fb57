"""How a reader takes each instruction, one function each; `branch` takes an `if`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.autodiff.graph import shape_of
from gradcli.language import code
from gradcli.language.builtins import int_, range_
from gradcli.language.code import UNBOUND
from gradcli.language.library import ATTRIBUTES
from gradcli.language.signals import Builtin
from gradcli.language.subscripts import element, index_of, member
from gradcli.loops.frames import LOST, UNKNOWN, Frame, Inlined, Partial, Within, is_missing
from gradcli.loops.liveness import Slots, jumps
from gradcli.loops.operations import truncated
from gradcli.loops.reader import part_of
from gradcli.loops.segments import TRUTH, Choice, RefusedError, Symbol, Variable
from gradcli.primitives.extremes import max_, min_
from gradcli.primitives.indexing import read
from gradcli.primitives.piecewise import maximum, minimum

_OF_TWO = {max_: maximum, min_: minimum}


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


def _binary(reader: Any, op: code.Binary, live: Slots) -> None:
    reader.put(op.target, op.primitive(reader.get(op.left), reader.get(op.right)))


def _unary(reader: Any, op: code.Unary, live: Slots) -> None:
    reader.put(op.target, op.primitive(reader.get(op.operand)))


def _call(reader: Any, op: code.Call, live: Slots) -> None:
    operands = tuple(reader.get(slot) for slot in op.operands)
    keywords = {name: reader.get(slot) for name, slot in op.keywords}
    reader.put(op.target, called(reader, op.function, operands, keywords))


def called(reader: Any, function: Any, operands: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """The value of a call of a table function."""
    symbolic = any(isinstance(each, Symbol) for each in operands)
    if function is range_ and symbolic:
        return reader.range_of(operands)
    if function is int_ and symbolic:
        return reader.record(truncated, operands, {})
    if function in _OF_TWO and symbolic and len(operands) == 2 and not any(map(shape_of, operands)):
        return _OF_TWO[function](*operands)
    return function(*operands, **keywords)


def _invoke(reader: Any, op: code.Invoke, live: Slots) -> None:
    operands = tuple(reader.get(slot) for slot in op.operands)
    keywords = {name: reader.get(slot) for name, slot in op.keywords}
    function = reader.get(op.function)
    if isinstance(function, Builtin) and not function.function.context:
        value = called(reader, function.function.call, operands, keywords)
    elif isinstance(function, Inlined):
        frame = reader.frames[-1]
        frame.live = live | frame.liveness.named
        value = reader.inline(function, operands, keywords)
    else:
        raise RefusedError("it calls what cannot be read in place")
    reader.put(op.target, value)


def _get_attribute(reader: Any, op: code.GetAttribute, live: Slots) -> None:
    base = reader.get(op.base)
    value = member(base, op.name) if isinstance(base, dict) else ATTRIBUTES[op.name](base)
    reader.put(op.target, value)


def _get_item(reader: Any, op: code.GetItem, live: Slots) -> None:
    base = reader.get(op.base)
    index = index_of(op.parts, op.is_tuple, _Slots(reader))
    if isinstance(base, dict):
        reader.put(op.target, member(base, index))
    elif isinstance(base, (list, tuple, range)):
        reader.put(op.target, element(base, index))
    elif isinstance(base, Symbol) and base.kind == "array":
        reader.put(op.target, reader.item(base, index) if _is_symbolic(index) else read(base, index))
    else:
        raise RefusedError("something is indexed that is no array")


def _set_item(reader: Any, op: code.SetItem, live: Slots) -> None:
    base = reader.get(op.base)
    if not isinstance(base, Symbol) or base.kind != "array":
        raise RefusedError("entries are assigned of what is no array")
    index = index_of(op.parts, op.is_tuple, _Slots(reader))
    if not _is_symbolic(index):
        index = _static_index(index)
    reader.put(op.target, reader.entry(base, index, reader.get(op.value)))


def _static_index(index: Any) -> Any:
    from gradcli.primitives.indexing import as_index

    return as_index(index)


def _is_symbolic(index: Any) -> bool:
    parts = index if type(index) is tuple else (index,)
    if any(isinstance(bound, Symbol) for part in parts if type(part) is slice for bound in _bounds(part)):
        raise RefusedError("a slice has bounds that change")
    return any(isinstance(part, Symbol) for part in parts)


def _bounds(part: slice) -> tuple[Any, Any, Any]:
    return part.start, part.stop, part.step


class _Slots:
    """The present frame's slots, for functions that read from a frame."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader

    def __getitem__(self, slot: int) -> Any:
        return self.reader.get(slot)


def _copy(reader: Any, op: code.Copy, live: Slots) -> None:
    reader.put(op.target, reader.get(op.source))


def _outer(reader: Any, op: code.Outer, live: Slots) -> None:
    frame = reader.frames[-1].outer
    for _ in range(op.depth - 1):
        frame = frame.outer
    reader.put(op.target, frame.fetch(op.source))


def _bound(reader: Any, op: code.Bound, live: Slots) -> None:
    reader.get(op.source)


def _make_list(reader: Any, op: code.MakeList, live: Slots) -> None:
    values = [reader.get(slot) for slot in op.operands]
    reader.put(op.target, tuple(values) if op.is_tuple else values)


def _append(reader: Any, op: code.Append, live: Slots) -> None:
    reader.put(op.target, [*reader.get(op.target), reader.get(op.source)])


def _unpack(reader: Any, op: code.Unpack, live: Slots) -> None:
    source = reader.get(op.source)
    if isinstance(source, Symbol) and source.kind == "array":
        source = [read(source, position) for position in range(len(source.value))]
    if not isinstance(source, (list, tuple)) or len(source) != len(op.targets):
        raise RefusedError("something is unpacked that is no tuple of the right length")
    for slot, value in zip(op.targets, source, strict=True):
        reader.put(slot, value)


def _short_circuit(reader: Any, op: code.ShortCircuit, live: Slots) -> None:
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


def _loop(reader: Any, op: Any, live: Slots) -> None:
    reader.loop(op, live)


def _no_grad(reader: Any, op: code.NoGrad, live: Slots) -> None:
    if jumps(op.body):
        raise RefusedError("a jump leaves a `no_grad` block")
    before, reader.is_stopping = reader.is_stopping, True
    reader.no_grad += 1
    reader.run(op.body, 0, lambda: None)
    reader.no_grad -= 1
    reader.is_stopping = before


def _make_function(reader: Any, op: code.MakeFunction, live: Slots) -> None:
    defaults = tuple(reader.get(slot) for slot in op.defaults)
    reader.put(op.target, Inlined(op.code, defaults, Within(reader, reader.frames[-1])))


def _refuse(what: str) -> Callable[..., None]:
    def refuse(reader: Any, op: Any, live: Slots) -> None:
        raise RefusedError(what)

    return refuse


READERS: dict[type, Any] = {
    code.Binary: _binary,
    code.Unary: _unary,
    code.Call: _call,
    code.ContextCall: _refuse("it draws random numbers"),
    code.Invoke: _invoke,
    code.GetAttribute: _get_attribute,
    code.GetItem: _get_item,
    code.SetItem: _set_item,
    code.Copy: _copy,
    code.Outer: _outer,
    code.Bound: _bound,
    code.MakeList: _make_list,
    code.Append: _append,
    code.Unpack: _unpack,
    code.ShortCircuit: _short_circuit,
    code.While: _loop,
    code.For: _loop,
    code.NoGrad: _no_grad,
    code.MakeFunction: _make_function,
    code.Assert: _refuse("an assertion stands inside it"),
}
