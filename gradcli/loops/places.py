"""Where values stand while a loop is read: the slots of its frames, and the variables of slots."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradcli.language.code import UNBOUND
from gradcli.loops.frames import LOST, UNKNOWN, Frame, Lifting, Path, is_missing, is_settled
from gradcli.loops.liveness import Liveness, Slots
from gradcli.loops.operations import copied
from gradcli.loops.recorder import Recorder
from gradcli.loops.segments import TRUTH, Block, Given, RefusedError, Segment, Symbol, Variable, kind_of

_SCALARS = ("float", "int", "bool", "number")
_LITERAL = "literal"  # the kind of a variable that has been set to whole constants only


class Facts:
    """What readings of a loop find out for the next one: kinds and activity of variables, frozen numbers."""

    def __init__(self) -> None:
        self.kinds: dict[Any, tuple[str, Any, bool]] = {}
        self.frozen: set[Path] = set()
        self.changed = False


class Places(Recorder):
    """What stands in the slots of the frames that are read; `concrete` is the frame of the running loop."""

    def __init__(self, facts: Facts, concrete: list[Any]) -> None:
        super().__init__()
        self.facts = facts
        self.concrete = concrete
        self.lifting = Lifting(concrete, self.owner, facts.frozen)
        self.frames: list[Frame] = []
        self.homes: dict[tuple[int, Any, Any], Variable] = {}
        self.literals: set[Any] = set()  # variables that have been set to whole constants only
        self.made = 0
        self._named: dict[tuple[int, Any], int] = {}

    def new_frame(self, template: list[Any], liveness: Liveness) -> Frame:
        """A frame for a function that is read in place."""
        self.made += 1
        return Frame(self.made, [*template, UNBOUND], liveness)

    def guard(self, node: Any, kind: str, outcome: Any) -> None:
        """A decision on a value: fine where the value is a plain number from outside, else not for us."""
        origin = node.origin
        if node.primitive is None and isinstance(origin, Given) and not origin.active:
            self.facts.frozen.add(origin.path)
            self.facts.changed = True
            return
        raise RefusedError("a shape or a count depends on what the loop computes")

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

    def truth(self, value: Any) -> Any:
        """A condition: a plain truth value, or a symbol that has one."""
        if isinstance(value, Symbol):
            if value.kind not in _SCALARS and value.kind != TRUTH:
                raise RefusedError("a condition is an array")
            return value
        if isinstance(value, (bool, int, float)):
            return bool(value)
        raise RefusedError("a condition is no number")


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


def variables_of(state: Any) -> Any:
    """The variable in which a settled value stands; several for a tuple."""
    return tuple(map(variables_of, state)) if type(state) is tuple else state.origin


def _form(value: Any) -> Any:
    """What values of one variable have in common: being numbers, or arrays of one shape, ..."""
    sample = value.value if isinstance(value, Symbol) else value
    kind = value.kind if isinstance(value, Symbol) else kind_of(value)
    if kind == "array":
        return sample.shape, sample.dtype.char
    return "number" if kind in ("int", "float") else kind
