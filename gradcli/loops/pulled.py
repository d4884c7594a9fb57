"""The way up through one segment of a hot loop: cotangents of what it sets become those of what it reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Linear, Operand
from gradcli.autodiff.reverse import pullback
from gradcli.loops.listing import base_of
from gradcli.loops.operations import added_at
from gradcli.loops.segments import AddAt, Given, PutAt, RefusedError, Segment, Symbol, Variable
from gradcli.primitives.arithmetic import add
from gradcli.primitives.indexing import Scatter, entry_cotangent, getitem, setitem
from gradcli.primitives.shape import sum_to


class Pulled:
    """The cotangents inside one segment, on their way up."""

    def __init__(self, adjoint: Any, segment: Segment) -> None:
        self.adjoint = adjoint
        self.recorder = adjoint.recorder
        self.segment = segment
        self.cotangents: dict[Any, Operand] = {}  # by symbol, or by the origin of a leaf

    def seed(self, alive: set[Variable]) -> set[Variable]:
        """Start from the variables that the segment sets; returns those that it passes over."""
        over = set(alive)
        for variable, value in self.segment.sets:
            if variable in alive and not variable.listed:
                over.discard(variable)
                if self.adjoint.passes(value):
                    self.add(value, self.recorder.read_of(self.adjoint.of(variable)))
        return over

    def finish(self, alive: set[Variable]) -> set[Variable]:
        """End at the variables and given values that the segment reads."""
        sets = self.recorder.segment.sets
        alive = set(alive)
        for origin, total in self.cotangents.items():
            if isinstance(origin, (Variable, Given)):
                place = self.adjoint.of(origin)
                if isinstance(origin, Given) and origin.kind == "array":
                    self.recorder.segment.body.append(AddAt(place, ..., total))
                    continue
                if isinstance(origin, Given) or origin in alive:
                    total = add(self.recorder.read_of(place), total)
                sets.append((place, total))
                if isinstance(origin, Variable):
                    alive.add(origin)
        return alive

    def add(self, operand: Symbol, cotangent: Any) -> None:
        """Add to what an operand has received so far."""
        key = operand if operand.origin is None else operand.origin
        if isinstance(cotangent, Scatter):
            self._scatter(operand, key, cotangent)
            return
        before = self.cotangents.get(key)
        self.cotangents[key] = cotangent if before is None else add(before, cotangent)

    def _scatter(self, operand: Symbol, key: Any, cotangent: Scatter) -> None:
        """The cotangent of an entry."""
        base = base_of(operand)
        if base is not None and (base.listed or (isinstance(base, Given) and operand.origin is base)):
            place = self.adjoint.of(base)
            self.recorder.segment.body.append(AddAt(place, cotangent.index, cotangent.value))
            return
        before = self.cotangents.get(key)
        if before is None:
            before = np.zeros(shape_of(operand))
        operands = (before, cotangent.value)
        static = {"index": cotangent.index}
        total = self.recorder.symbol(added_at, operands, static, np.zeros(shape_of(operand)))
        self.cotangents[key] = total

    def pull(self, symbol: Symbol) -> None:
        """Pass a symbol's cotangent on to its operands."""
        if not symbol.active:
            return
        if symbol.primitive is setitem:
            self._pull_write(symbol)
            return
        g = self.cotangents.pop(symbol, None)
        if g is None:
            return
        derivative: Any = symbol.primitive.derivative  # type: ignore[union-attr]
        operands = symbol.operands
        if type(derivative) is Linear and callable(derivative.transposes):
            for operand, cotangent in zip(
                operands, derivative.transposes(g, *operands, **symbol.static), strict=True
            ):
                if self.adjoint.passes(operand):
                    self.add(operand, cotangent)
            return
        for position, operand in enumerate(operands):
            if self.adjoint.passes(operand):
                cotangent = pullback(derivative, position, g, symbol, operands, symbol.static)
                if cotangent is not None:
                    self.add(operand, cotangent)

    def _pull_write(self, symbol: Symbol) -> None:
        """`base[index] = value`: the entry's cotangent goes to the value, the others to the base."""
        base, value = symbol.operands
        index = symbol.static["index"]
        origin = base_of(symbol)
        if origin is not None and origin.listed:
            place = self.recorder.read_of(self.adjoint.of(origin))
            if self.adjoint.passes(value):
                entry = self.recorder.symbol(getitem, (place,), {"index": index}, 1.0)
                self.add(value, entry)
            self.recorder.segment.body.append(PutAt(self.adjoint.of(origin), index, 0.0))
            return
        g = self.cotangents.pop(symbol, None)
        if g is None:
            return
        if self.adjoint.passes(value):
            self.add(value, self._entry_cotangent(g, index, shape_of(value)))
        if self.adjoint.passes(base):
            self.add(base, self.recorder.entry(g, index, 0.0))

    def _entry_cotangent(self, g: Any, index: Any, shape: tuple[int, ...]) -> Any:
        if not isinstance(g, Symbol):
            raise RefusedError("a constant cotangent of an array")
        parts = index if type(index) is tuple else (index,)
        if any(isinstance(part, Symbol) for part in parts):
            return sum_to(self.recorder.item(g, index), shape)
        return entry_cotangent(g, index, shape)
