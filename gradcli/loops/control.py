"""Writing control flow, forward: with what is saved for the way back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gradcli.autodiff.primitive import Operand
from gradcli.loops.segments import (
    Block,
    Break,
    Choice,
    RefusedError,
    Repeat,
    Segment,
    Stack,
    Symbol,
    Variable,
    cost_of,
    segments_of,
    used_in,
)
from gradcli.loops.writer import Writer


class Control(Writer):
    """A function being written, with choices and repetitions; `open` are the repetitions around.

    How often the outermost one runs, the caller knows, unless a whole program stands around it.
    """

    of_program = False

    def __init__(self, name: str, saving: bool = False) -> None:
        super().__init__(name, saving)
        self.loops = 0
        self.open: list[tuple[Repeat, str]] = [(Repeat([]), "")] if self.of_program else []

    def block(self, block: Block, condition: Operand = None) -> None:
        """Write a block; `condition` is asked for right behind it."""
        start = len(self.lines)
        block = [each for each in block if not isinstance(each, Segment) or each.body or each.sets]
        for position, each in enumerate(block):
            if isinstance(each, Segment):
                following = block[position + 1] if position + 1 < len(block) else None
                asked = following.condition if isinstance(following, Choice) else None
                self.segment(each, condition if following is None else asked)
            elif isinstance(each, Choice):
                self.choice(each)
            elif isinstance(each, Repeat):
                self.repeat(each)
            elif isinstance(each, Break):
                self.leave()
        if len(self.lines) == start:
            self.line("pass")

    def choice(self, choice: Choice) -> None:
        """Write a choice."""
        test = self.tested(choice)
        self.line(f"if {test}:")
        for way, tag in ((choice.then, 1), (choice.otherwise, 0)):
            self.indent += 1
            start = len(self.lines)
            self.tag(choice, tag)
            self.spend(cost_of(way))
            if way or len(self.lines) == start:
                self.block(way)
            self.indent -= 1
            if tag:
                self.line("else:")
        if self.lines[-1].strip() == "pass" and self.lines[-2].strip() == "else:":
            del self.lines[-2:]

    def tested(self, choice: Choice) -> str:
        """What a choice depends on."""
        raise NotImplementedError

    def tag(self, choice: Choice, tag: int) -> None:
        """Note which way is taken."""

    def spend(self, cost: int) -> None:
        """Count the instructions of a way."""

    def repeat(self, repeat: Repeat) -> None:
        """Write a repetition."""
        raise NotImplementedError

    def leave(self) -> None:
        """Write a `break`."""
        raise NotImplementedError


class Forward(Control):
    """A forward sweep being written; `root_trips` counts the rounds of the outermost repetition."""

    root_trips = "0"
    room = False  # whether a parameter `parts` watches what is saved

    def tested(self, choice: Choice) -> str:
        """Its condition."""
        return self.operand(choice.condition)

    def tag(self, choice: Choice, tag: int) -> None:
        """Save the way taken, if the way back asks for it."""
        if self.saving and choice.tags is not None:
            self.push(choice.tags, str(tag))

    def spend(self, cost: int) -> None:
        """Take the instructions of a way from the steps that are left."""
        if cost:
            self.line(f"left -= {cost}")

    def repeat(self, repeat: Repeat) -> None:
        """Write a repetition that counts its rounds."""
        self.loops += 1
        count = f"n{self.loops}"
        self.open.append((repeat, count))
        if repeat.counter is not None:
            self._for(repeat, count)
        else:
            self._while(repeat, count)
        self.open.pop()
        self.ran(repeat, count)
        if not self.open:
            self.root_trips = count
        elif self.saving and repeat.trips is not None:
            self.push_trips(repeat.trips, repeat, count)

    def ran(self, repeat: Repeat, count: str) -> None:
        """Note how often a repetition ran."""

    def push_trips(self, stack: Stack, repeat: Repeat, count: str) -> None:
        """Save the rounds of a repetition inside: what its counter ran through, or their number."""
        self.push(stack, count if repeat.counter is None else self.first(count))

    def _for(self, repeat: Repeat, count: str) -> None:
        self.line(f"r{count} = {'source' if repeat.iterable is None else self.operand(repeat.iterable)}")
        self.line(f"{count} = len(r{count})")
        counter: Any = repeat.counter
        numbers = f"r{count}"
        if repeat.breaks:
            self.line(f"if {count} > left // {repeat.cost}: {count} = left // {repeat.cost} + 1")
            numbers = self.first(count)
        else:
            self._paid(count, repeat)
        if repeat.breaks and counter.kind != "int":
            raise RefusedError("a `break` leaves a loop over values")
        last = _last_counts(repeat)
        self.set_behind |= {(each, counter) for each in last}
        with self.rounds(repeat, counter.name, numbers):
            self.block(repeat.body)
        if repeat.breaks:
            self._paid(count, repeat)
        if last:
            self.line(f"if {count}: {' = '.join(sorted(each.name for each in last))} = {counter.name}")

    def _paid(self, count: str, repeat: Repeat) -> None:
        """Take the rounds of a repetition from the steps that are left."""
        self.line(f"left -= {count} * {repeat.cost}")
        self.line("if left < 0: raise OutOfStepsError")

    def first(self, count: str) -> str:
        """The first numbers of what a repetition runs through."""
        return f"r{count}[:{count}]"

    def _while(self, repeat: Repeat, count: str) -> None:
        with self.rounds(repeat, count, f"range(left // {repeat.cost} + 1)"):
            self.block(repeat.test, repeat.condition)
            condition = self.operand(repeat.condition)
            self.line(f"if not {condition}:")
            self.indent += 1
            self.spend(cost_of(repeat.test))
            self.line("break")
            self.indent -= 1
            self.block(repeat.body)
        self.line("else: raise OutOfStepsError")
        self.line(f"left -= {count} * {repeat.cost}")

    @contextmanager
    def rounds(self, repeat: Repeat, name: str, numbers: str) -> Iterator[None]:
        """Write a `for` around what is written inside; what it saves is watched if it is the outermost."""
        watched = self.room and len(self.open) == 1 + self.of_program
        is_left = repeat.breaks or repeat.counter is None
        if watched:
            self.line(f"for part in parts({numbers}, {repeat.is_simple}, {repeat.counter is not None}):")
            self.indent += 1
        self.line(f"for {name} in {'part' if watched else numbers}:")
        self.indent += 1
        yield
        self.indent -= 1
        if watched:
            if is_left:
                self.line("else: continue")
                self.line("break")
            self.indent -= 1

    def leave(self) -> None:
        """Write a `break`."""
        repeat, count = self.open[-1]
        if repeat.counter is not None:
            self.line(f"{count} = r{count}.index({repeat.counter.name}) + 1")
        else:
            self.line(f"{count} += 1")
        self.line("break")


class Saving(Forward):
    """A forward sweep that saves what the way back needs, as long as there is room for it."""

    room = True
    extra_parameters = ("parts",)


def _last_counts(repeat: Repeat) -> set[Variable]:
    """The variables that every round ends by setting to the counter, so that once behind the loop will do."""
    end = repeat.body[-1] if repeat.body else None
    if repeat.breaks or not isinstance(end, Segment):
        return set()
    counts = {
        each for each, value in end.sets if isinstance(value, Symbol) and value.origin is repeat.counter
    }
    for segment in segments_of(repeat.body):
        counts -= {each for each, _ in segment.sets if segment is not end}
    return counts - {symbol.origin for symbol in used_in(repeat.body)}
