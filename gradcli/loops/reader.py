"""Reading a hot loop: its flat code, run on symbols, leaves segments, choices and repetitions behind.

The loop has run a few rounds already, so every value has a sample of its kind and shape; what it decides on
plain values is noted as an assumption, and what it would decide on symbols becomes a choice of the program.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from gradcli.language import code
from gradcli.language.code import UNBOUND
from gradcli.loops.frames import LOST, UNKNOWN, Frame, Inlined, Outside, Path
from gradcli.loops.liveness import Liveness, written_in
from gradcli.loops.places import Facts, part_of
from gradcli.loops.repetitions import Repetitions
from gradcli.loops.segments import Block, Given, RefusedError, Repeat, Symbol, Variable
from gradcli.records import NamedTuple

_ROUNDS = 12
T = TypeVar("T")


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
    def origins(self) -> list[Given | Variable]:
        """What the operands of the loop are: its given values, and the variables that it enters with."""
        return [*(symbol.origin for symbol in self.given), *(variable for _, variable in self.entries)]

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


class Reader(Repetitions):
    """One reading of a loop, in the frame `concrete` where it is running."""

    def __init__(self, facts: Facts, concrete: list[Any]) -> None:
        super().__init__(facts, concrete)
        self.returning: list[Callable[[Any], None]] = []

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
        if isinstance(op, code.For):
            # It runs once at least: what every round assigns need not be there before.
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
        around = self.repeat(op, at_head & written, named & written, first, heads)
        repeat, left = around.repeat, around.left
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

    def run(self, block: code.Block, start: int, then: Callable[[], None]) -> None:
        """Read a block from an instruction on, and then what follows it."""
        from gradcli.loops.branches import branch
        from gradcli.loops.statements import READERS

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

    def inline(self, function: Inlined, operands: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Read a call of a function of the program in place."""
        from gradcli.loops.inlining import inline

        return inline(self, function, operands, keywords)


def _exits(slot: int, variable: Any) -> list[tuple[Any, Variable]]:
    """The places in a frame that variables go to: slots, or parts of the tuples in them."""
    if isinstance(variable, tuple):
        return [((slot, position), each) for position, each in enumerate(variable)]
    return [(slot, variable)]
