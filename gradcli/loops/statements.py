"""How a reader takes each instruction, one function each; `branches` has those that decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.autodiff.nodes import shape_of
from gradcli.language import code
from gradcli.language.builtins import int_, range_
from gradcli.language.signals import Builtin
from gradcli.language.subscripts import attribute, element, index_of, member
from gradcli.loops.branches import short_circuit
from gradcli.loops.frames import Inlined, Within
from gradcli.loops.liveness import Slots, jumps
from gradcli.loops.operations import truncated
from gradcli.loops.segments import RefusedError, Symbol
from gradcli.primitives.extremes import max_, min_
from gradcli.primitives.indexing import as_index, read
from gradcli.primitives.piecewise import maximum, minimum

_OF_TWO = {max_: maximum, min_: minimum}


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
    reader.put(op.target, attribute(reader.get(op.base), op.name))


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
        index = as_index(index)
    reader.put(op.target, reader.entry(base, index, reader.get(op.value)))


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
    code.ShortCircuit: short_circuit,
    code.While: _loop,
    code.For: _loop,
    code.NoGrad: _no_grad,
    code.MakeFunction: _make_function,
    code.Assert: _refuse("an assertion stands inside it"),
}
