"""Reading a hot loop: its flat code, run on symbols, leaves segments, choices and repetitions behind.

The loop has run a few rounds already, so every value has a sample of its kind and shape; what it decides on
plain values is noted as an assumption, and what it would decide on symbols becomes a choice of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import numpy as np

from gradcli.language import code
from gradcli.language.code import UNBOUND
from gradcli.loops.frames import (
    LOST,
    UNKNOWN,
    Frame,
    Inlined,
    Lifting,
    Outside,
    Partial,
    Path,
    is_missing,
    is_settled,
)
from gradcli.loops.liveness import Liveness, Slots, blocks_of, jumps, written_in
from gradcli.loops.operations import copied
from gradcli.loops.recorder import Recorder
from gradcli.loops.segments import (
    TRUTH,
    Block,
    Break,
    Counter,
    Given,
    RefusedError,
    Repeat,
    Segment,
    Symbol,
    Variable,
    kind_of,
)
from gradcli.records import NamedTuple

_FEW = 8  # values of a sum that is read once for each of them
_LONGEST = 64  # of the lists over which a loop is read once for each value
_SCALARS = ("float", "int", "bool", "number")
T = TypeVar("T")
_ROUNDS = 12
_LITERAL = "literal"  # the kind of a variable that has been set to whole constants only


class Reading(NamedTuple):
    """A loop as read: its repetition, what it is given, and the variables by their places in the frame.

    `entries` stand before the loop, `exits` behind it; the latter may also go to a part of a tuple in a slot.
    A whole program, too, can be read so; its `block` then has more than one repetition.
    """

    block: Block
    given: tuple[Symbol, ...]
    entries: tuple[tuple[Path, Variable], ...]
    exits: tuple[tuple[Any, Variable], ...]
    assumptions: tuple[Any, ...]

    @property
    def is_loop(self) -> bool:
        """Whether it is one repetition and nothing else."""
        return len(self.block) == 1 and isinstance(self.block[0], Repeat)

    @property
    def repeat(self) -> Repeat:
        """The repetition of a loop."""
        (repeat,) = self.block
        assert isinstance(repeat, Repeat)
        return repeat


class Facts:
    """What readings of a loop find out for the next one: kinds and activity of variables, frozen numbers."""

    def __init__(self) -> None:
        self.kinds: dict[Any, tuple[str, Any, bool]] = {}
        self.frozen: set[Path] = set()
        self.changed = False


class _Around(NamedTuple):
    """The repetition being read: the slots it must leave in their variables, and for what.

    `heads` has the variables in which slots stand at its head, `left` also those that rounds end with.
    """

    frame: Frame
    repeat: Repeat
    at_head: Slots
    behind: Slots
    heads: dict[int, Any]
    left: dict[int, Any]


def settled(frame: list[Any], read: Callable[[Reader], T]) -> tuple[Reader, T]:
    """Read in a frame, again and again with what the last reading has found out, until it finds out no more.

    Raises `RefusedError` when it always does, and what `read` raises.
    """
    facts = Facts()
    for _ in range(_ROUNDS):
        facts.changed = False
        reader = Reader(facts, frame)
        found = read(reader)
        if not facts.changed:
            return reader, found
    raise RefusedError("the kinds of its variables do not settle")


class Reader(Recorder):
    """One reading of a loop, in the frame `concrete` where it is running."""

    def __init__(self, facts: Facts, concrete: list[Any]) -> None:
        super().__init__()
        self.facts = facts
        self.concrete = concrete
        self.lifting = Lifting(concrete, self.owner, facts.frozen)
        self.frames: list[Frame] = []
        self.homes: dict[tuple[int, Any, Any], Variable] = {}
        self.literals: set[Any] = set()  # variables that have been set to whole constants only
        self._named: dict[tuple[int, Any], int] = {}
        self.around: list[_Around] = []
        self.returning: list[Callable[[Any], None]] = []
        self.counters = 0
        self.made = 0

    def guard(self, node: Any, kind: str, outcome: Any) -> None:
        """A decision on a value: fine where the value is a plain number from outside, else not for us."""
        origin = node.origin
        if node.primitive is None and isinstance(origin, Given) and not origin.active:
            self.facts.frozen.add(origin.path)
            self.facts.changed = True
            return
        raise RefusedError("a shape or a count depends on what the loop computes")

    # Slots --------------------------------------------------------------------------------------------------

    def get(self, slot: int) -> Any:
        """What stands in a slot of the present frame."""
        return self.fetch(self.frames[-1], slot)

    def fetch(self, frame: Frame, slot: int) -> Any:
        """What stands in a slot of a frame; what stands outside the loop is lifted when first read."""
        state = frame.slots[slot]
        if state is UNBOUND and frame.number == 0:
            state = frame.slots[slot] = self.lifting.at((slot,))
        if is_missing(state):
            raise RefusedError("a variable may have no value, or not one of a fixed kind")
        return state

    def put(self, slot: int, value: Any) -> None:
        """Assign a slot of the present frame."""
        if isinstance(value, np.ndarray):
            value = self.symbol(copied, (value,), {}, value)
        self.frames[-1].slots[slot] = value

    def home(self, frame: Frame, slot: Any, value: Any, form: Any = None) -> Variable:
        """The variable of a slot, which is to take the value; values of another form have another one."""
        key = (frame.number, slot, form or _form(value))
        sample = value.value if isinstance(value, Symbol) else value
        kind = form or self._kind_of(value)
        active = isinstance(value, Symbol) and value.active
        before = self.facts.kinds.get(key)
        now = (kind, sample, active) if before is None else _joined(before, kind, sample, active)
        if before is None or now[0] != before[0] or now[2] != before[2]:
            self.facts.kinds[key] = now
            self.facts.changed |= key in self.homes
        if key not in self.homes:
            count = self._named[key[:2]] = self._named.get(key[:2], 0) + 1
            name = f"v{frame.number}_{slot}" + ("" if count == 1 else f"_{count}")
            variable = Variable(name, now[1], now[2])
            variable.kind = now[0]
            if now[0] == _LITERAL:
                variable.kind = "int"
                self.literals.add(variable)
            self.homes[key] = variable
        return self.homes[key]

    def _kind_of(self, value: Any) -> str:
        """The kind of a value; whole constants are taken for floats where floats join them."""
        if isinstance(value, Symbol):
            return _LITERAL if value.origin in self.literals else str(value.kind)
        return _LITERAL if type(value) is int else kind_of(value)

    def read(self, variable: Any) -> Any:
        """A symbol that reads a variable; a tuple of them for several."""
        return tuple(map(self.read, variable)) if type(variable) is tuple else self.read_of(variable)

    def flush(self, live: Slots) -> None:
        """End the segment: what is read later goes to its variables, `live` in the present frame."""
        self.frames[-1].live = live
        for frame in self.frames:
            for slot, state in enumerate(frame.slots):
                if is_missing(state) or self._is_settled(frame, slot, state):
                    continue
                frame.slots[slot] = self._settle(frame, slot, state) if slot in frame.live else UNKNOWN
        self.new_segment()

    def _home_of(self, frame: Frame, slot: Any, state: Any) -> Variable | None:
        """The variable that a slot has for such values, if there is one."""
        return self.homes.get((frame.number, slot, _form(state)))

    def _is_settled(self, frame: Frame, slot: Any, state: Any) -> bool:
        """Whether what stands in a slot stays valid when a segment ends."""
        if type(state) is tuple:
            return all(self._is_settled(frame, part_of(slot, i), each) for i, each in enumerate(state))
        return is_settled(state, self._home_of(frame, slot, state))

    def _settle(self, frame: Frame, slot: Any, state: Any) -> Any:
        """Put a value into the variable of a slot, or each of several into one of its own."""
        if type(state) is tuple:
            return tuple(self._settle(frame, part_of(slot, i), each) for i, each in enumerate(state))
        if not isinstance(state, (Symbol, float, int, bool)):
            return LOST
        variable = self.home(frame, slot, state)
        self.set(variable, state)
        return self.read_of(variable)

    def set(self, variable: Variable, value: Any) -> None:
        """Let the segment set a variable."""
        if variable.kind == "float" and type(value) is int:
            value = float(value)
        self.segment.sets.append((variable, value))

    @contextmanager
    def writing(self) -> Iterator[Block]:
        """Write a block of its own; the slots are afterwards as they were."""
        outer = self.block, self.segment, self.known
        slots = [list(frame.slots) for frame in self.frames]
        self.segment = Segment()
        self.block, self.known = [self.segment], {}
        block = self.block
        try:
            yield block
        finally:
            self.block, self.segment, self.known = outer
            for frame, before in zip(self.frames, slots, strict=False):
                frame.slots[:] = before

    def settle_all(self, frame: Frame, slots: Slots) -> None:
        """Put these slots into their variables, whatever stands in them."""
        for slot in sorted(slots):
            settled = frame.slots[slot] = self._settle(frame, slot, frame.slots[slot])
            if is_missing(settled):
                raise RefusedError("a list or a function changes in the loop")

    # Loops --------------------------------------------------------------------------------------------------

    def root(self, op: Any, first: Any) -> Reading:
        """Read the outermost loop."""
        template = op.layout.template
        frame = Frame(0, [*template, UNBOUND], Liveness(frozenset(range(op.layout.named))))
        named = frame.liveness.named | frozenset(op.kept)
        frame.liveness.block([op], named)
        frame.outer = Outside(self, (-1,), self.concrete[-1])
        self.frames.append(frame)
        written = frozenset(written_in([op]))
        at_head = frame.liveness.at_head[id(op)]
        if isinstance(
            op, code.For
        ):  # it runs once at least: what every round assigns need not be there before
            at_head = frame.liveness.before[id(op.body)] - {op.target}
        entries: list[tuple[Path, Variable]] = []
        for slot in written:
            frame.slots[slot] = UNKNOWN
        heads = {}
        for slot in sorted(written & at_head):
            if self.concrete[slot] is not UNBOUND:
                entry = self.lifting.entry(self.concrete[slot], (slot,))
                if entry is None:
                    frame.slots[slot] = LOST
                else:
                    heads[slot] = self._enter(frame, slot, (slot,), entry, entries)
                    frame.slots[slot] = self.read(heads[slot])
        if isinstance(op, code.For) and first is None:
            first = self.lifting.at((op.iterable,))
        if isinstance(op, code.For) and op.iterable in written and isinstance(first, Symbol):
            raise RefusedError("the array that it runs over changes")
        repeat, left = self.repeat(op, at_head & written, named & written, first, heads)
        repeat.iterable = None
        behind = sorted(slot for slot in named & written if slot in left)
        exits = tuple(each for slot in behind for each in _exits(slot, left[slot]))
        given = tuple(self.lifting.given.values())
        return Reading([repeat], given, tuple(entries), exits, tuple(self.lifting.assumptions))

    def _enter(self, frame: Frame, slot: Any, path: Path, entry: Any, entries: list[Any]) -> Any:
        """The variable of a slot that has a value before the loop; several for a tuple."""
        if type(entry) is tuple:
            return tuple(
                self._enter(frame, part_of(slot, i), (*path, i), each, entries)
                for i, each in enumerate(entry)
            )
        variable = self.home(frame, slot, entry)
        entries.append((path, variable))
        return variable

    def loop(self, op: Any, behind: Slots) -> None:
        """Read a loop inside; `behind` is what is read after it."""
        frame = self.frames[-1]
        written = frozenset(written_in([op]))
        at_head = frame.liveness.at_head[id(op)]
        iterable = self.get(op.iterable) if isinstance(op, code.For) else None
        if isinstance(iterable, (list, tuple)) or (isinstance(iterable, range) and _is_short(op, iterable)):
            self._unrolled(op, iterable)
            return
        self.flush(at_head if iterable is None else at_head | {op.iterable})
        if iterable is not None:
            iterable = self.get(op.iterable)
            if op.iterable in written and isinstance(iterable, Symbol) and iterable.kind == "array":
                iterable = self._settle(frame, f"{op.iterable}_over{self.counters}", iterable)
        carried = frozenset(slot for slot in at_head & written if not is_missing(frame.slots[slot]))
        for slot in written - carried:
            frame.slots[slot] = UNKNOWN
        self.settle_all(frame, carried)
        self.new_segment()
        heads = {slot: _variables(frame.slots[slot]) for slot in carried}
        repeat, left = self.repeat(op, carried, behind & written, iterable, heads)
        self.block.append(repeat)
        self.start_segment()
        for slot in written:
            if slot not in behind or slot not in left:
                frame.slots[slot] = UNKNOWN
            else:
                frame.slots[slot] = self.read(left[slot]) if slot in carried else Partial(left[slot])

    def repeat(
        self, op: Any, at_head: Slots, behind: Slots, iterable: Any, heads: dict[int, Variable]
    ) -> tuple[Repeat, dict[int, Variable]]:
        """Read the rounds of a loop; also gives the variables in which it leaves its slots."""
        result = Repeat([])
        frame = self.frames[-1]
        self.around.append(_Around(frame, result, at_head, behind, heads, dict(heads)))
        if isinstance(op, code.For):
            self._count(op, result, iterable)
        else:
            with self.writing() as result.test:
                self.run(op.test, 0, lambda: self._test(op, result))
        with self.writing() as result.body:
            if isinstance(op, code.For):
                self.put(op.target, self._element(result, iterable))
            self.run(op.body, 0, self.end_round)
        return result, self.around.pop().left

    def _test(self, op: code.While, result: Repeat) -> None:
        result.condition = self.truth(self.get(op.condition))
        self.flush(frozenset())

    def _count(self, op: code.For, result: Repeat, iterable: Any) -> None:
        self.counters += 1
        if not isinstance(iterable, Symbol):
            sample = iterable[0] if isinstance(iterable, range) and len(iterable) else iterable
            result.iterable = iterable if isinstance(iterable, range) else None
        elif isinstance(iterable.value, range):
            sample, result.iterable = (iterable.value[0] if len(iterable.value) else 0), iterable
        elif iterable.kind == "array" and iterable.value.ndim:
            sample, result.iterable = 0, range(len(iterable.value))
        else:
            raise RefusedError("it runs over something else than a range or an array")
        result.counter = Counter(f"c{self.counters}", sample)

    def _element(self, result: Repeat, iterable: Any) -> Any:
        counter = self.read_of(result.counter)  # type: ignore[arg-type]
        if isinstance(iterable, Symbol) and iterable.kind == "array":
            return self.item(iterable, counter)
        return counter

    def _unrolled(self, op: code.For, items: Any) -> None:
        """A loop over a list of values is read once for each."""
        if len(items) > _LONGEST or jumps(op.body):
            raise RefusedError("it runs over a list of values that is long, or that it leaves early")
        for item in items:
            self.put(op.target, item)
            self.run(op.body, 0, lambda: None)

    def end_round(self) -> None:
        """The end of the body, or `continue`."""
        around = self.around[-1]
        self.flush(around.at_head | around.behind)
        self._leave(around, around.at_head | around.behind)

    def leave_loop(self) -> None:
        """`break`."""
        around = self.around[-1]
        self.flush(around.behind)
        self._leave(around, around.behind)
        around.repeat.breaks = True
        self.block.append(Break())

    def _leave(self, around: _Around, slots: Slots) -> None:
        """Put what the next round, or what follows, reads into its variables."""
        states = around.frame.slots
        self.settle_all(around.frame, frozenset(slot for slot in slots if not is_missing(states[slot])))
        for slot in slots:
            state = states[slot]
            if state is LOST or (slot in around.heads and state is UNKNOWN):
                raise RefusedError("a list or a function changes in the loop")
            if not is_missing(state) or isinstance(state, Partial):
                variable = state.variable if isinstance(state, Partial) else _variables(state)
                if around.left.setdefault(slot, variable) != variable:
                    raise RefusedError("a variable changes its shape or its kind")

    # Blocks -------------------------------------------------------------------------------------------------

    def run(self, block: code.Block, start: int, then: Callable[[], None]) -> None:
        """Read a block from an instruction on, and then what follows it."""
        from gradcli.loops.statements import READERS, branch

        frame = self.frames[-1]
        if not start and block:
            self.segment.cost += len(block) + 1
        for position in range(start, len(block)):
            op = block[position]
            live = frame.liveness.after[id(block)][position]
            if isinstance(op, code.If):
                if branch(self, op, live, partial(self.run, block, position + 1, then)):
                    return
            elif isinstance(op, code.Break):
                self.leave_loop()
                return
            elif isinstance(op, code.Continue):
                self.end_round()
                return
            elif isinstance(op, code.Return):
                self.returning[-1](None if op.source is None else self.get(op.source))
                return
            else:
                READERS[type(op)](self, op, live)
        then()

    def truth(self, value: Any) -> Any:
        """A condition: a plain truth value, or a symbol that has one."""
        if isinstance(value, Symbol):
            if value.kind not in _SCALARS and value.kind != TRUTH:
                raise RefusedError("a condition is an array")
            return value
        if isinstance(value, (bool, int, float)):
            return bool(value)
        raise RefusedError("a condition is no number")

    def inline(self, function: Inlined, operands: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Read a call of a function of the program in place."""
        from gradcli.loops.inlining import inline

        return inline(self, function, operands, keywords)

    def new_frame(self, template: list[Any], liveness: Liveness) -> Frame:
        """A frame for a function that is read in place."""
        self.made += 1
        return Frame(self.made, [*template, UNBOUND], liveness)


def _joined(before: tuple[str, Any, bool], kind: str, sample: Any, active: bool) -> tuple[str, Any, bool]:
    """The kind of a variable that takes values of two kinds."""
    old, example, was_active = before
    if "other" in (old, kind):
        raise RefusedError("a variable is no number")
    if old != kind and _LITERAL in (old, kind) and {old, kind} <= {_LITERAL, "int", "float", "number"}:
        other = kind if old == _LITERAL else old
        return other, example if old == other else sample, was_active or active
    return kind if old == kind else "number", example, was_active or active


def part_of(slot: Any, position: int) -> str:
    """What stands for a slot where the parts of a tuple have variables of their own."""
    return f"{slot}_{position}"


def _variables(state: Any) -> Any:
    """The variable in which a settled value stands; several for a tuple."""
    return tuple(map(_variables, state)) if type(state) is tuple else state.origin


def _exits(slot: int, variable: Any) -> list[tuple[Any, Variable]]:
    """The places in a frame that variables go to: slots, or parts of the tuples in them."""
    if isinstance(variable, tuple):
        return [((slot, position), each) for position, each in enumerate(variable)]
    return [(slot, variable)]


def _is_short(op: code.For, numbers: range) -> bool:
    """Whether a loop is that of a list, which is known entry by entry, or of a sum of a few values."""
    return _collects(op.body) or (bool(op.kept) and len(numbers) <= _FEW and not jumps(op.body))


def _collects(block: code.Block) -> bool:
    """Whether a block makes a list longer, as comprehensions do."""
    return any(isinstance(op, code.Append) or any(map(_collects, blocks_of(op))) for op in block)


def _form(value: Any) -> Any:
    """What values of one variable have in common: being numbers, or arrays of one shape, ..."""
    sample = value.value if isinstance(value, Symbol) else value
    kind = value.kind if isinstance(value, Symbol) else kind_of(value)
    if kind == "array":
        return sample.shape, sample.dtype.char
    return "number" if kind in ("int", "float") else kind
