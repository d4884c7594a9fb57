"""When a hot loop leaves the tape: the rest of its rounds run as generated code, and become one node.

The tape stays the reference. Where generated code would raise, gives NaN or meets anything else that it was
not written for, nothing has happened yet: the tape runs the loop.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.autodiff.graph import Graph, ValueGraph
from gradcli.autodiff.nodes import Buffer, Node, Overwritten, Recipe, value_of
from gradcli.autodiff.primitive import Joint, Primitive
from gradcli.errors import GradcliError
from gradcli.loops import FallbackError, Loops
from gradcli.loops.compiled import Loop
from gradcli.loops.frames import follow
from gradcli.loops.room import OutOfRoomError
from gradcli.loops.runs import Run
from gradcli.loops.segments import RefusedError
from gradcli.loops.writer import OutOfStepsError
from gradcli.primitives.outputs import output

_MOST_VARIANTS = 4
_MOST_FAILURES = 3
FAILURES = (
    FallbackError, RefusedError, GradcliError, ArithmeticError, ValueError, LookupError, TypeError,
    StopIteration,
)  # fmt: skip


def take(loops: Loops, machine: Any, op: Any, frame: list[Any], source: Any, has_run: bool) -> bool:
    """What `Loops.take` does, once there is reason to do it."""
    graph = machine.graph
    if graph.no_grad or not graph.sweeps:
        return False
    over_array = source is not None and not isinstance(frame[op.iterable], range)
    try:
        first = None if over_array or source is None else source[0]
        loop = _known(loops, op, frame, first) or (_read(loops, op, frame, first) if has_run else None)
        if loop is None:
            return False
        operands = loop.operands(frame)
        values = [_frozen(each) for each in operands]
        if graph.generator is not None:
            run = loop.perturbed(values, source, machine.steps, graph.generator)
        else:
            run = loop.run(values, source, machine.steps, type(graph) is not ValueGraph)
        if run.left < 0:
            raise OutOfStepsError
    except OutOfStepsError:
        raise machine.out_of_steps(op.body) from None
    except (OutOfRoomError, MemoryError) as error:
        raise machine.out_of_room(op, getattr(error, "needed", None)) from None
    except RefusedError as error:
        loops.refused[id(op)] = str(error)
        return False
    except FAILURES as error:
        return _failed(loops, op, str(error) or type(error).__name__)
    if any(map(_is_nan, run.exits)):
        return _failed(loops, op, "it computes something that is not a number")
    machine.steps = run.left
    _record(graph, run, operands, frame)
    return True


def _failed(loops: Loops, op: Any, reason: str) -> bool:
    """A loop that fails with these inputs may do with others; not for ever, for a failure costs a run."""
    loops.failures[id(op)] = loops.failures.get(id(op), 0) + 1
    if loops.failures[id(op)] >= _MOST_FAILURES:
        loops.refused[id(op)] = reason
    return False


def _known(loops: Loops, op: Any, frame: list[Any], first: Any) -> Loop | None:
    """The loop as it was read with such values before."""
    for loop in loops.known.get(id(op), ()):
        if loop.fits(frame, first):
            found: Loop = loop
            return found
    return None


def _read(loops: Loops, op: Any, frame: list[Any], first: Any) -> Loop:
    """The loop, read now."""
    known = loops.known.setdefault(id(op), [])
    if len(known) >= _MOST_VARIANTS:
        raise RefusedError("it is run with too many kinds of values")
    loop = Loop(op, frame, first)
    known.append(loop)
    return loop


def _record(graph: Graph, run: Run, operands: list[Any], frame: list[Any]) -> None:
    """Put what the loop has computed into the frame: as nodes, if anything it was given is one."""
    exits = zip(run.loop.reading.exits, run.exits, strict=True)
    if not any(isinstance(each, Node) for each in operands):
        for (place, _), value in exits:
            if value is not None:
                _put(frame, place, value)
        return
    for each in run.loop.frozen:
        decided = follow(frame, each.path)
        if isinstance(decided, Node):
            graph.guard(decided, "count", each.expected)
    active = any(isinstance(each, Node) and each.active for each in operands)
    node = graph.append(run.exits, active, Recipe(rounds, tuple(operands), {"run": run}))
    graph.loops += 1
    for position, ((place, variable), value) in enumerate(exits):
        if value is not None:
            recipe = Recipe(output, (node,), {"index": position})
            _put(frame, place, graph.append(value, active and variable.active, recipe))


def _put(frame: list[Any], place: Any, value: Any) -> None:
    """Into a slot, or as the next part of the tuple in a slot."""
    if type(place) is int:
        frame[place] = value
        return
    slot, position = place
    frame[slot] = (*(frame[slot] if position else ()), value)


def _frozen(operand: Any) -> Any:
    """An operand's plain value; one that a later write may change is copied."""
    if isinstance(operand, Node):
        return operand.value.copy() if type(operand) in (Buffer, Overwritten) else operand.value
    return operand


def _is_nan(value: Any) -> bool:
    if type(value) is float:
        return math.isnan(value)
    return (
        type(value) is np.ndarray
        and value.dtype == np.float64
        and bool(np.isnan(np.add.reduce(value, axis=None)))
    )


def _pull(wanted: tuple[bool, ...], cotangents: tuple[Any, ...], run: Run) -> list[Any]:
    try:
        return run.loop.pull(run, cotangents, wanted)
    except FAILURES:
        return [_nan_like(value) if asked else None for asked, value in zip(wanted, run.values, strict=True)]


def _push(tangents: tuple[Any, ...], run: Run) -> tuple[Any, ...]:
    try:
        return run.loop.push(run, tangents)
    except FAILURES:
        return tuple(map(_nan_like, run.exits))


def _nan_like(value: Any) -> Any:
    """What tells the reader of a derivative to ask the tape, which goes on where a sweep fails."""
    return np.full(np.shape(value), np.nan) if np.shape(value) else math.nan


def _record_pull(wanted: tuple[bool, ...], cotangents: tuple[Any, ...], node: Node) -> list[Any]:
    """The reverse sweep as a node of its own, and the cotangents that it gives as nodes of its outputs."""
    graph: Graph = node.graph
    run: Run = node.static["run"]
    plain = tuple(map(value_of, cotangents))
    found = _pull(wanted, plain, run)
    static = {"run": run, "wanted": wanted, "cotangents": plain}
    back = graph.append(tuple(found), True, Recipe(rounds_back, (*node.operands, *cotangents), static))
    return [
        None if value is None else graph.append(value, True, Recipe(output, (back,), {"index": position}))
        for position, value in enumerate(found)
    ]


def _push_back(
    tangents: tuple[Any, ...], run: Run, wanted: tuple[bool, ...], cotangents: tuple[Any, ...]
) -> tuple[Any, ...]:
    count = len(run.values)
    try:
        return tuple(run.loop.pull_and_push(run, cotangents, wanted, tangents[:count], tangents[count:]))
    except FAILURES:
        return tuple(
            _nan_like(value) if asked else None for asked, value in zip(wanted, run.values, strict=True)
        )


def _pull_back(
    asked: tuple[bool, ...],
    moved: tuple[Any, ...],
    run: Run,
    wanted: tuple[bool, ...],
    cotangents: tuple[Any, ...],
) -> list[Any]:
    """The reverse sweep of a reverse sweep.

    What that gives is linear in its cotangents, by the transposed Jacobian; by the loop's operands its
    derivative is symmetric. So both are found in forward mode, in the direction of what is pulled.
    """
    count = len(run.values)
    direction = tuple(map(value_of, moved))
    still = (None,) * len(cotangents)
    try:
        if run.loop.stops:
            raise FallbackError("what is held constant has no second derivative that is symmetric")
        back = run.loop.pull_and_push(run, cotangents, asked[:count], direction, still)
        return [*back, *run.loop.push(run, direction)]
    except FAILURES:
        return [*map(_nan_like, run.values), *map(_nan_like, run.exits)]


def _back_again(*values: Any, run: Run, wanted: tuple[bool, ...], cotangents: tuple[Any, ...]) -> Any:
    """What the reverse sweep gives at other values; `FallbackError` where the tape must tell."""
    count = len(run.values)
    try:
        found = run.loop.pull_again(run, values[:count], values[count:], wanted)
    except (*FAILURES, OutOfStepsError) as error:
        raise FallbackError(str(error)) from error
    if any(map(_is_nan, found)):
        raise FallbackError("it computes something that is not a number")
    return tuple(found)


def _again(*values: Any, run: Run) -> tuple[Any, ...]:
    """The exits of a loop at other values, and what was decided; `FallbackError` where the tape must tell."""
    try:
        found: tuple[Any, ...] = run.loop.again(run, values)
    except (*FAILURES, OutOfStepsError) as error:
        raise FallbackError(str(error)) from error
    if any(map(_is_nan, found)):
        raise FallbackError("it computes something that is not a number")
    return found


rounds = Primitive("loop", _again, Joint(_push, _pull, _record_pull))
rounds_back = Primitive("loop_reversed", _back_again, Joint(_push_back, _pull_back))
