"""Reading the loops inside of a loop, and the ways out of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.language import code
from gradcli.loops.frames import LOST, UNKNOWN, Frame, Partial, is_missing
from gradcli.loops.liveness import Slots, blocks_of, jumps, written_in
from gradcli.loops.places import Facts, Places, variables_of
from gradcli.loops.segments import Break, Counter, RefusedError, Repeat, Symbol, Variable
from gradcli.records import NamedTuple

_FEW = 8  # values of a sum that is read once for each of them
_LONGEST = 64  # of the lists over which a loop is read once for each value


class Around(NamedTuple):
    """The repetition being read: the slots it must leave in their variables, and for what.

    `heads` has the variables in which slots stand at its head, `left` also those that rounds end with;
    `partial` are slots that some rounds may end without.
    """

    frame: Frame
    repeat: Repeat
    at_head: Slots
    behind: Slots
    heads: dict[int, Any]
    left: dict[int, Any]
    partial: set[int]


class Repetitions(Places):
    """Reads repetitions; `around` are those that are being read, from the outermost in."""

    def __init__(self, facts: Facts, concrete: list[Any]) -> None:
        super().__init__(facts, concrete)
        self.around: list[Around] = []
        self.counters = 0

    def run(self, block: code.Block, start: int, then: Callable[[], None]) -> None:
        """Read a block from an instruction on, and then what follows it."""
        raise NotImplementedError

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
        heads = {slot: variables_of(frame.slots[slot]) for slot in carried}
        around = self.repeat(op, carried, behind & written, iterable, heads)
        self.block.append(around.repeat)
        self.start_segment()
        certain = carried | (written - around.partial if _runs(iterable) else frozenset())
        for slot in written:
            variable = around.left.get(slot)
            if slot not in behind or variable is None:
                frame.slots[slot] = UNKNOWN
            else:
                frame.slots[slot] = self.read(variable) if slot in certain else Partial(variable)

    def repeat(
        self, op: Any, at_head: Slots, behind: Slots, iterable: Any, heads: dict[int, Variable]
    ) -> Around:
        """Read the rounds of a loop."""
        result = Repeat([])
        frame = self.frames[-1]
        self.around.append(Around(frame, result, at_head, behind, heads, dict(heads), set()))
        if isinstance(op, code.For):
            self._count(op, result, iterable)
        else:
            with self.writing() as result.test:
                self.run(op.test, 0, lambda: self._test(op, result))
        with self.writing() as result.body:
            if isinstance(op, code.For):
                self.put(op.target, self._element(result, iterable))
            self.run(op.body, 0, self.end_round)
        return self.around.pop()

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

    def _leave(self, around: Around, slots: Slots) -> None:
        """Put what the next round, or what follows, reads into its variables."""
        states = around.frame.slots
        self.settle_all(around.frame, frozenset(slot for slot in slots if not is_missing(states[slot])))
        for slot in slots:
            state = states[slot]
            if is_missing(state):
                around.partial.add(slot)
            if state is LOST or (slot in around.heads and state is UNKNOWN):
                raise RefusedError("a list or a function changes in the loop")
            if not is_missing(state) or isinstance(state, Partial):
                variable = state.variable if isinstance(state, Partial) else variables_of(state)
                if around.left.setdefault(slot, variable) != variable:
                    raise RefusedError("a variable changes its shape or its kind")


def _runs(iterable: Any) -> bool:
    """Whether a loop over this runs once at least."""
    if isinstance(iterable, Symbol):
        return iterable.kind == "array" and len(iterable.value) > 0
    return isinstance(iterable, range) and len(iterable) > 0


def _is_short(op: code.For, numbers: range) -> bool:
    """Whether a loop is that of a list, which is known entry by entry, or of a sum of a few values."""
    return _collects(op.body) or (bool(op.kept) and len(numbers) <= _FEW and not jumps(op.body))


def _collects(block: code.Block) -> bool:
    """Whether a block makes a list longer, as comprehensions do."""
    return any(isinstance(op, code.Append) or any(map(_collects, blocks_of(op))) for op in block)
