"""Writing control flow, backward: by what was saved on the way forward."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.loops.control import Control
from gradcli.loops.segments import Block, Choice, Counter, Repeat, Segment, Stack, used_in
from gradcli.loops.writer import short


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


def _reads(block: Block, counter: Counter) -> bool:
    """Whether anything in a block reads a counter."""
    return any(symbol.origin is counter for symbol in used_in(block))
