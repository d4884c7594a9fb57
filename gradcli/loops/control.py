"""Writing control flow: forward with what is saved for the way back, or backward by what was saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gradcli.autodiff.primitive import Operand
from gradcli.loops.segments import (
    Block,
    Break,
    Choice,
    Counter,
    RefusedError,
    Repeat,
    Segment,
    Stack,
    Symbol,
    Variable,
    asked_in,
    cost_of,
    segments_of,
    symbols_of,
)
from gradcli.loops.writer import Writer, short


class Control(Writer):
    """A function being written, with choices and repetitions; `open` are the repetitions around."""

    def __init__(self, name: str, saving: bool = False) -> None:
        super().__init__(name, saving)
        self.loops = 0
        self.open: list[tuple[Repeat, str]] = []

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
        watched = self.room and len(self.open) == 1
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


class Backward(Control):
    """A reverse sweep being written."""

    def __init__(self, name: str, saving: bool = False) -> None:
        super().__init__(name, saving)
        self._streams: set[str] = set()
        self.stacks_taken: set[str] = set()

    def takes(self, parameters: Sequence[str]) -> None:
        """State the parameters; stacks are read from the last entry on, and stay as they are."""
        super().takes(parameters)
        lines = []
        for name in parameters:
            if name in self._streams | self.stacks_taken:
                lines.append(f"    each_{name} = reversed({name})")
            if name in self.stacks_taken:
                lines.append(f"    next_{name} = each_{name}.__next__")
        self.lines[1:1] = lines

    def taken(self, stack: Stack) -> str:
        """The next entry of a stack."""
        self.stacks_taken.add(stack.name)
        return super().taken(stack)

    def tested(self, choice: Choice) -> str:
        """The way that was taken forward."""
        assert choice.tags is not None
        return self.taken(choice.tags)

    def repeat(self, repeat: Repeat) -> None:
        """Write a repetition in reverse; what every round takes from stacks comes with the rounds."""
        streams = self._rounds(repeat)
        for each in repeat.body:
            if isinstance(each, Segment):
                for stack in each.restored.values():
                    if stack.name not in self.zipped:
                        self.temporaries += 1
                        self.zipped[stack.name] = f"t{self.temporaries}"
                        self._streams.add(stack.name)
                        streams[self.zipped[stack.name]] = f"each_{stack.name}"
        counter = repeat.counter
        if not self.open and counter is not None and len(streams) > 1 and not _reads(repeat.body, counter):
            del streams[counter.name]
        if not streams:
            streams["_"] = "range(trips)"
        sources = ", ".join(streams.values())
        self.line(f"for {', '.join(streams)} in {f'zip({sources})' if len(streams) > 1 else sources}:")
        self.open.append((repeat, ""))
        self.indent += 1
        self.block(repeat.body)
        self.indent -= 1
        self.open.pop()

    def _rounds(self, repeat: Repeat) -> dict[str, str]:
        """What counts the rounds: first of all, for it is to end before it takes from others."""
        if not self.open:
            return {} if repeat.counter is None else {repeat.counter.name: "reversed(trips)"}
        if repeat.trips is None:
            assert repeat.counter is not None
            assert isinstance(repeat.iterable, range)
            return {repeat.counter.name: f"reversed({short(repeat.iterable)})"}
        trips = self.taken(repeat.trips)
        if repeat.counter is None:
            return {"_": f"range({trips})"}
        return {repeat.counter.name: f"reversed({trips})"}


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
    return counts - {symbol.origin for symbol in _used(repeat.body)}


def _reads(block: Block, counter: Counter) -> bool:
    """Whether anything in a block reads a counter."""
    return any(symbol.origin is counter for symbol in _used(block))


def _used(block: Block) -> Iterator[Symbol]:
    """The symbols that a block uses, and those that it saves."""
    for segment in segments_of(block):
        for statement in segment.body:
            yield from symbols_of(statement)
        yield from (value for _, value in segment.sets if isinstance(value, Symbol))
        yield from segment.saved
    yield from (each for each in asked_in(block) if isinstance(each, Symbol))
