"""Frames as the reader of a hot loop sees them: what stands in their slots, and where that was found."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.nodes import Node, value_of
from gradcli.language.code import UNBOUND, FunctionCode
from gradcli.language.signals import Builtin, Closure
from gradcli.loops.liveness import Liveness, Slots
from gradcli.loops.segments import Given, RefusedError, Symbol, Variable, make_symbol
from gradcli.records import NamedTuple

Path: TypeAlias = tuple[Any, ...]


class Step:
    """A step of a path that is no index: to the frame or to the defaults of a function."""

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute


FRAME = Step("frame")
DEFAULTS = Step("defaults")


def follow(frame: Any, path: Path) -> Any:
    """What stands at the end of a path that starts at a frame."""
    found = frame
    for step in path:
        found = getattr(found, step.attribute) if type(step) is Step else found[step]
    return found


class Unknown:
    """What stands in a slot that is not read again, or whose value the reader cannot follow."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = Unknown()
LOST = Unknown()  # something was assigned that has no variable: nothing may read it, and nobody may miss it


class Partial(NamedTuple):
    """What stands in a slot that only some of the ways assign: those put it into the variable."""

    variable: Variable


class Inlined:
    """A function of the program, as a value: its code, its defaults, and the frame around it."""

    __slots__ = ("code", "defaults", "outside")  # no tuple: programs take those apart

    def __init__(self, code: FunctionCode, defaults: tuple[Any, ...], outside: Outside | Within) -> None:
        self.code = code
        self.defaults = defaults
        self.outside = outside


class Frame:
    """The slots of one call while it is being read; `live` is what is read of it behind the present place."""

    def __init__(self, number: int, slots: list[Any], liveness: Liveness) -> None:
        self.number = number
        self.slots = slots
        self.liveness = liveness
        self.live: Slots = frozenset()
        self.outer: Any = None


class Assumption(NamedTuple):
    """Something plain that the generated code relies on: it holds where `found(value)` is `expected`."""

    path: Path
    expected: Any

    def holds(self, frame: Any) -> bool:
        """Whether it is so in a frame, too."""
        found: bool = fingerprint(follow(frame, self.path)) == self.expected
        return found


def fingerprint(value: Any) -> Any:
    """What must be the same for code generated with one value to serve for another."""
    if isinstance(value, Node):
        return ("node", value.active, _form(value.value))
    if isinstance(value, Closure):
        return ("function", id(value.code))
    if isinstance(value, Builtin):
        return ("function", id(value.function))
    if isinstance(value, (tuple, list)):
        return (type(value), len(value))
    if isinstance(value, dict):
        return ("structure", tuple(value))
    if isinstance(value, (str, bool)) or value is None:
        return ("constant", value)
    return ("plain", _form(value))


def _form(value: Any) -> Any:
    return (value.shape, value.dtype.char) if type(value) is np.ndarray else type(value)


class Lifting:
    """Turns what stands in a running frame into what the reader works with, and notes what it relies on."""

    def __init__(self, frame: Any, owner: Any, frozen: set[Path]) -> None:
        self.frame = frame
        self.owner = owner
        self.frozen = frozen  # numbers that the code may rely on, because it cannot do without
        self.given: dict[Path, Symbol] = {}
        self.assumptions: list[Assumption | Equal] = []
        self._frames: dict[int, Frame] = {}

    def at(self, path: Path) -> Any:
        """The value at a path, lifted."""
        return self.lift(follow(self.frame, path), path)

    def lift(self, value: Any, path: Path) -> Any:
        """A number becomes a given symbol; functions and containers are known through and through."""
        if value is UNBOUND:
            return UNKNOWN
        if path in self.frozen:
            self.assumptions.append(Assumption(path, fingerprint(value)))
            self.assumptions.append(Equal(path, value_of(value)))
            return value_of(value)
        if isinstance(value, (Node, np.ndarray, float, int, range)) and type(value) is not bool:
            return self._given(value, path)
        self.assumptions.append(Assumption(path, fingerprint(value)))
        if isinstance(value, (tuple, list)):
            return type(value)(self.lift(each, (*path, i)) for i, each in enumerate(value))
        if isinstance(value, dict):
            return {key: self.lift(each, (*path, key)) for key, each in value.items()}
        if isinstance(value, Closure):
            defaults = self.lift(value.defaults, (*path, DEFAULTS))
            return Inlined(value.code, defaults, Outside(self.owner(), (*path, FRAME), value.frame))
        if isinstance(value, (Builtin, str, bool)) or value is None:
            return value
        raise RefusedError(f"a value of type {type(value).__name__}")

    def entry(self, value: Any, path: Path) -> Any:
        """What a variable starts from that the loop changes; None unless it is made of numbers."""
        if type(value) is tuple:
            parts = tuple(self.entry(each, (*path, i)) for i, each in enumerate(value))
            self.assumptions.append(Assumption(path, fingerprint(value)))
            return None if None in parts else parts
        if not isinstance(value, (Node, np.ndarray, float, int, range)):
            return None
        symbol = self._given(value, path)
        del self.given[path]
        return symbol

    def _given(self, value: Any, path: Path) -> Symbol:
        if path not in self.given:
            self.assumptions.append(Assumption(path, fingerprint(value)))
            plain = value_of(value)
            active = isinstance(value, Node) and value.active
            symbol = make_symbol(self.owner, None, (), {}, plain)
            symbol.active = active
            symbol.origin = Given(f"a{len(self.given)}", path, plain, active)
            self.given[path] = symbol
        return self.given[path]


class Outside:
    """A frame around the loop's, or around a function that is read in place; it may be the loop's own."""

    def __init__(self, reader: Any, path: Path, concrete: list[Any]) -> None:
        self.reader = reader
        self.path = path
        self.concrete = concrete

    def fetch(self, slot: int) -> Any:
        """What stands in a slot, as a function inside would see it now."""
        if self.concrete is self.reader.concrete:
            return self.reader.fetch(self.reader.frames[0], slot)
        value = self.reader.lifting.at((*self.path, slot))
        if value is UNKNOWN:
            raise RefusedError("a variable may have no value")
        return value

    @property
    def outer(self) -> Outside:
        """The next frame out."""
        return Outside(self.reader, (*self.path, -1), self.concrete[-1])


class Within:
    """A frame that is being read, as a function sees it that is made there."""

    def __init__(self, reader: Any, frame: Frame) -> None:
        self.reader = reader
        self.frame = frame

    def fetch(self, slot: int) -> Any:
        """What stands in a slot now."""
        if self.frame not in self.reader.frames:
            raise RefusedError("a function is called when the one around it has ended")
        return self.reader.fetch(self.frame, slot)

    @property
    def outer(self) -> Outside | Within:
        """The next frame out."""
        outer: Outside | Within = self.frame.outer
        return outer


class Equal(NamedTuple):
    """The assumption that a plain number is this one."""

    path: Path
    expected: Any

    def holds(self, frame: Any) -> bool:
        """Whether it is so in a frame, too."""
        found: bool = value_of(follow(frame, self.path)) == self.expected
        return found


def is_missing(state: Any) -> bool:
    """Whether nothing that could be read stands in a slot."""
    return state is UNKNOWN or state is UNBOUND or state is LOST or isinstance(state, Partial)


def is_settled(state: Any, home: Variable | None) -> bool:
    """Whether what stands in a slot stays valid when a segment ends."""
    if isinstance(state, Symbol):
        return state.origin is not None and (state.origin is home or not isinstance(state.origin, Variable))
    if type(state) in (tuple, list):
        return all(is_settled(each, None) for each in state)
    if isinstance(state, dict):
        return all(is_settled(each, None) for each in state.values())
    return True
