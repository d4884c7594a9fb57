"""A hot loop as generated functions: one that only computes, one that also saves, and reverse sweeps."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.loops import native, sweeps
from gradcli.loops.adjoint import Reverse, Stacks, reverse
from gradcli.loops.backward import Backward
from gradcli.loops.control import Forward, Saving
from gradcli.loops.frames import Equal, follow
from gradcli.loops.listing import choose_lists
from gradcli.loops.machine_code import MachineCode
from gradcli.loops.perturbed import Perturbed, PerturbedBackward, PerturbedForward, Rounding
from gradcli.loops.reader import settled
from gradcli.loops.room import Room
from gradcli.loops.runs import Run, new_stack
from gradcli.loops.segments import RefusedError, Stack, Variable, segments_of
from gradcli.loops.tangent import Tangents
from gradcli.loops.watched import Watched
from gradcli.loops.writer import OutOfStepsError, Writer
from gradcli.primitives.control import detach


class Loop:
    """One loop, read once, for frames of which the same assumptions hold."""

    def __init__(self, op: Any, frame: list[Any], first: Any) -> None:
        """Read the loop where it is running; `first` is the next number of a `for` over a range.

        Raises `RefusedError` for what the second tier cannot do.
        """
        self._reader, self.reading = settled(frame, lambda reader: reader.root(op, first))
        self._kind_of_first = type(first)
        choose_lists(self.reading)
        self.origins: list[Any] = self.reading.origins
        self.given = [symbol.origin for symbol in self.reading.given]
        self.exits = [variable for _, variable in self.reading.exits]
        self.frozen = [each for each in self.reading.assumptions if isinstance(each, Equal)]
        self.stacks = Stacks()
        self.active = any(variable.active for variable in self.exits)
        self._sweeps: dict[Any, Callable[..., Any]] = {}
        self._reversed: dict[Any, Reverse] = {}
        self._tangents: dict[Any, Any] = {}
        self._machine_code = MachineCode(self)
        self.texts: dict[str, str] = {}
        if self.active:
            self.reverse(self.exits, self.origins)  # lays out the stacks

    def fits(self, frame: list[Any], first: Any) -> bool:
        """Whether the code serves for this frame, too."""
        if type(first) is not self._kind_of_first:
            return False
        try:
            return all(each.holds(frame) for each in self.reading.assumptions)
        except (LookupError, AttributeError, TypeError):
            return False

    def operands(self, frame: list[Any]) -> list[Any]:
        """The given values and those of the entries, nodes or plain, as they stand in a frame."""
        entries = [follow(frame, path) for path, _ in self.reading.entries]
        return [*(follow(frame, each.path) for each in self.given), *entries]

    def run(self, values: Sequence[Any], source: Any, steps: int, saving: bool) -> Run:
        """The forward sweep from plain values.

        Raises what its operations raise, `FallbackError` and `OutOfStepsError`.
        """
        saving = saving and self.active
        if steps <= native.WORTH_IT or not native.is_there():
            return self._run_in_python(values, source, steps, saving)
        if source is None or len(source) * self.reading.repeat.cost < native.WORTH_IT:
            try:
                return self._run_in_python(values, source, native.WORTH_IT, saving, steps)
            except OutOfStepsError:
                pass
        run = self._machine_code.run(values, source, steps, saving)
        return run or self._run_in_python(values, source, steps, saving)

    def _run_in_python(
        self, values: Sequence[Any], source: Any, steps: int, saving: bool, budget: int | None = None
    ) -> Run:
        count = 0 if source is None else len(source)
        stacks = [new_stack(each, count) for each in self.stacks.all] if saving else []
        made = self._made("forward" if saving else "value", (), self._forward, saving)
        room = (Room(stacks).parts,) if saving else ()
        *exits, trips, left = made(*room, *values, source, steps, *stacks)
        left += 0 if budget is None else budget - steps
        return Run(self, values, tuple(exits), stacks, source, trips, left, budget or steps)

    def again(self, run: Run, values: Sequence[Any]) -> tuple[Any, ...]:
        """The exits from other values than those of a run, and a number for all that was decided."""
        made = self._made("watched", (), sweeps.forward, self.reading, [], Watched)
        *exits, _, _, decided = made(*values, run.source, run.steps)
        return (*exits, decided)

    def perturbed(
        self, values: Sequence[Any], source: Any, steps: int, generator: np.random.Generator
    ) -> Run:
        """The forward sweep in perturbed arithmetic, which the reverse sweeps of that run are in, too.

        Raises what `run` raises.
        """
        rounding = Rounding(generator)
        stacks = [new_stack(each, 0) for each in self.stacks.all]
        made = self._made("perturbed", (), sweeps.forward, self.reading, self.stacks.all, Perturbed)
        *exits, trips, left, decided = made(*rounding.factors, *values, source, steps, *stacks)
        run = Run(self, values, tuple(exits), stacks, source, trips, left, steps)
        run.rounding, run.decided = rounding, decided
        return run

    @property
    def stops(self) -> bool:
        """Whether anything inside is held constant: by `no_grad` or by `detach`."""
        bodies = (segment.body for segment in segments_of(self.reading.block))
        detached = (getattr(each, "primitive", None) is detach for body in bodies for each in body)
        return bool(self._reader.stopped) or any(detached)

    def pull(self, run: Run, cotangents: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """The cotangents of the operands, given those of the exits; None where there is none."""
        seeded, seeds = self._seeds(cotangents)
        targets = self._targets(wanted)
        if run.is_native:
            try:
                return self._by_origin(targets, self._machine_code.pull(run, seeded, seeds, targets))
            except RefusedError:
                run = self._run_in_python(run.values, run.source, sys.maxsize, saving=True)
        name, kind = ("perturbed back", PerturbedBackward) if run.rounding else ("reverse", Backward)
        made = self._made(name, _names(seeded, targets), self._backward, seeded, targets, kind)
        found = made(*run.factors, *run.values, run.trips, *run.stacks, *seeds)
        return self._by_origin(targets, found)

    def pull_again(
        self, run: Run, values: Sequence[Any], cotangents: Sequence[Any], wanted: Sequence[bool]
    ) -> list[Any]:
        """What `pull` gives from other values than those of the run."""
        return self.pull(self._run_in_python(values, run.source, run.steps, True), cotangents, wanted)

    def push(self, run: Run, tangents: Sequence[Any]) -> tuple[Any, ...]:
        """The tangents of the exits, given those of the operands; None where there is none."""
        moving, present = self._moving(tangents)
        name, kind = ("perturbed and pushed", PerturbedForward) if run.rounding else ("pushed", Forward)
        made = self._made(name, _names(moving), self._pushed, moving, kind)
        found = made(*run.factors, *run.values, *present, run.source, sys.maxsize)
        return tuple(found[len(self.exits) :])

    def pull_and_push(
        self,
        run: Run,
        cotangents: Sequence[Any],
        wanted: Sequence[bool],
        tangents: Sequence[Any],
        moved: Sequence[Any],
    ) -> list[Any]:
        """The tangents of what `pull` gives, given those of the operands and of the cotangents."""
        seeded, seeds = self._seeds(cotangents)
        targets = self._targets(wanted)
        moving, present = self._moving(tangents)
        first, second, beside = self._second(seeded, targets, moving, run.rounding is not None)
        count = 0 if run.source is None else len(run.source)
        stacks = [new_stack(each, count) for each in (*self.stacks.all, *beside)]
        first(*run.factors, *run.values, *present, run.source, sys.maxsize, *stacks)
        given = zip(self.exits, cotangents, moved, strict=True)
        steps = [_zeros_like(g) if u is None else u for each, g, u in given if each in seeded]
        found = second(*run.factors, *run.values, *present, run.trips, *stacks, *seeds, *steps)
        return self._by_origin(targets, found[len(targets) :])

    def _second(
        self, seeded: Sequence[Variable], targets: Sequence[Any], moving: Sequence[Any], perturbed: bool
    ) -> tuple[Callable[..., Any], Callable[..., Any], list[Stack]]:
        key = (*_names(seeded, targets, moving), perturbed)
        if key not in self._tangents:
            sweep = self.reverse(seeded, targets)
            tangents = Tangents(
                self._reader, [*moving, *self._moving_variables(), *sweep.cotangents.values()]
            )
            ahead, behind = (PerturbedForward, PerturbedBackward) if perturbed else (Forward, Backward)
            texts = sweeps.pushed(self.reading, self.stacks.all, tangents, ahead)
            stacks = list(tangents.stacks.values())
            back = sweeps.pulled(self.reading, self.stacks.all, sweep, tangents, behind)
            self.texts |= {"pushed and saved": texts.text, "pulled and pushed": back.text}
            self._tangents[key] = texts.made(), back.made(), stacks
        made: tuple[Callable[..., Any], Callable[..., Any], list[Stack]] = self._tangents[key]
        return made

    def _moving(self, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The operands that move, with their tangents; variables that are active do in any case."""
        pairs = [
            (origin, _zeros_like(origin.sample) if u is None else u)
            for origin, u in zip(self.origins, tangents, strict=True)
            if u is not None or (isinstance(origin, Variable) and origin.active)
        ]
        return [origin for origin, _ in pairs], [u for _, u in pairs]

    def _moving_variables(self) -> list[Variable]:
        return [each for each in self._reader.homes.values() if each.active]

    def _made(self, name: str, key: Any, write: Callable[..., Writer], *how: Any) -> Callable[..., Any]:
        """A generated function, written when it is first needed."""
        if (name, key) not in self._sweeps:
            function = write(*how)
            self.texts[name] = function.text
            self._sweeps[name, key] = function.made()
        return self._sweeps[name, key]

    def _forward(self, saving: bool) -> Writer:
        if saving:
            return sweeps.forward(self.reading, self.stacks.all, Saving)
        return sweeps.forward(self.reading, [])

    def _pushed(self, moving: Sequence[Any], kind: type[Forward]) -> Writer:
        tangents = Tangents(self._reader, [*moving, *self._moving_variables()])
        return sweeps.pushed(self.reading, [], tangents, kind)

    def _backward(self, seeded: Sequence[Variable], targets: Sequence[Any], kind: type[Backward]) -> Writer:
        return sweeps.reverse(self.reading, self.stacks.all, self.reverse(seeded, targets), kind)

    def reverse(self, seeded: Sequence[Variable], targets: Sequence[Any]) -> Reverse:
        """The reverse sweep for cotangents of the exits `seeded`, as far as the targets depend on them."""
        key = _names(seeded, targets)
        if key not in self._reversed:
            self._reversed[key] = reverse(self.reading, self._reader, self.stacks, seeded, targets)
        return self._reversed[key]

    def _seeds(self, cotangents: Sequence[Any]) -> tuple[list[Variable], list[Any]]:
        """The exits that have a cotangent, and these."""
        pairs = [
            (exit, g) for exit, g in zip(self.exits, cotangents, strict=True) if g is not None and exit.active
        ]
        return [exit for exit, _ in pairs], [g for _, g in pairs]

    def _targets(self, wanted: Sequence[bool]) -> list[Any]:
        """The operands whose cotangents are wanted, of those that have one."""
        return [each for each, asked in zip(self.origins, wanted, strict=True) if asked and each.active]

    def _by_origin(self, targets: Sequence[Any], found: Sequence[Any]) -> list[Any]:
        by_name = dict(zip((each.name for each in targets), found, strict=True))
        return [by_name.get(each.name) for each in self.origins]


def _names(*groups: Sequence[Any]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(each.name for each in group) for group in groups)


def _zeros_like(value: Any) -> Any:
    return np.zeros(np.shape(value)) if np.shape(value) else 0.0
