"""One program over many data rows: recorded once for all rows that decide alike, and replayed on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.batch import Plan
from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.nodes import Node
from gradcli.errors import GradcliError
from gradcli.primitives.control import detach
from gradcli.program import Program
from gradcli.recording import Recording
from gradcli.records import NamedTuple
from gradcli.suites.row_files import Block

_Rows: TypeAlias = np.ndarray | range  # positions in a block
_EVERY_ROW = slice(None)


class Results(NamedTuple):
    """What came of a block: arrays with a leading axis of rows, and the errors of the rows that have none."""

    block: Block
    outputs: Mapping[str, np.ndarray]
    gradients: Mapping[str, np.ndarray]
    errors: Mapping[int, GradcliError]

    @property
    def numbers(self) -> range:
        """The numbers of the rows."""
        return range(self.block.first, self.block.first + self.block.size)

    def parts(self, size: int) -> Iterator[Results]:
        """The same, so many rows at a time."""
        for start in range(0, self.block.size, size):
            values, outputs, gradients = (
                {name: each[start : start + size] for name, each in arrays.items()}
                for arrays in (self.block.values, self.outputs, self.gradients)
            )
            errors = {row - start: each for row, each in self.errors.items() if 0 <= row - start < size}
            yield Results(Block(self.block.first + start, values), outputs, gradients, errors)


class _Recorded(NamedTuple):
    """A recorded run, the nodes of its results by kind and name, and the plan to replay it."""

    recording: Recording
    results: Mapping[tuple[str, str], Any]
    plan: Plan


class RowEvaluator:
    """Evaluates a program, and its gradient where that is wanted, over blocks of rows."""

    def __init__(
        self, program: Program, fixed: Mapping[str, Any], gradient: bool, options: Mapping[str, Any]
    ) -> None:
        self.program = program
        self.fixed = fixed
        self.gradient = gradient
        self.options = options  # of `Program.record`: wrt, const, seed and limits
        self._last: _Recorded | None = None

    def __call__(self, block: Block) -> Results:
        """The results of a block."""
        results = _Collected(block)
        waiting = self._tried(block, results)
        while waiting:
            rows = waiting.pop()
            try:
                waiting += self._alike(block, rows, results)
            except GradcliError as error:
                if len(rows) == 1:
                    results.errors[int(rows[0])] = error
                else:  # one of them cannot be evaluated: find out which
                    waiting += reversed(np.array_split(rows, min(len(rows), 16)))
        return results.made()

    def _tried(self, block: Block, results: _Collected) -> list[_Rows]:
        """The rows that are left when the run recorded for the block before has been replayed."""
        if self._last is not None:
            with suppress(GradcliError):
                return list(self._replayed(self._last, block, _EVERY_ROW, results))
        return [range(block.size)]

    def _alike(self, block: Block, rows: _Rows, results: _Collected) -> Iterator[_Rows]:
        """Evaluate the rows that decide as the first one does; the others, by what they decide."""
        recorded = self._record(block, int(rows[0]))
        if len(rows) == 1 or _is_held(recorded.recording):
            first = {key: np.asarray(_value(node))[None] for key, node in recorded.results.items()}
            results.put(rows[:1], first)
            yield from np.array_split(rows[1:], len(rows) - 1) if len(rows) > 1 else ()
            return
        self._last = recorded
        is_whole = len(rows) == block.size
        yield from self._replayed(recorded, block, _EVERY_ROW if is_whole else rows, results)

    def _record(self, block: Block, row: int) -> _Recorded:
        """A run on one row."""
        values = {
            name: each[row] if each.ndim > 1 else float(each[row]) for name, each in block.values.items()
        }
        recording = self.program.record({**self.fixed, **values}, unrolled=True, **self.options)
        results = _named("value", recording)
        if self.gradient:
            results |= _named("gradient", recording.differentiate())
        leaves = [recording.inputs[name] for name in values]
        plan = Plan(recording.graph, list(results.values()), leaves, choices=False)
        return _Recorded(recording, results, plan)

    def _replayed(
        self, recorded: _Recorded, block: Block, rows: _Rows | slice, results: _Collected
    ) -> Iterator[_Rows]:
        """Put the results of the rows that fit a recorded run; the others come back by what they decide."""
        inputs = recorded.recording.inputs
        moved = {inputs[name]: each[rows] for name, each in block.values.items()}
        with walking():
            replayed = recorded.plan(moved)
        values = dict(zip(recorded.results, replayed.outputs, strict=True))
        if not replayed.decisions or (replayed.flips < 0).all():
            results.put(rows, values)
            return
        fits, rows = replayed.flips < 0, np.arange(block.size)[rows]
        results.put(rows[fits], {key: each[fits] for key, each in values.items()})
        others, signatures = rows[~fits], replayed.signature[~fits]
        for signature in np.unique(signatures):
            yield others[signatures == signature]


class _Collected:
    """Results in the making."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.arrays: dict[tuple[str, str], np.ndarray] = {}
        self.errors: dict[int, GradcliError] = {}

    def put(self, rows: _Rows | slice, values: Mapping[tuple[str, str], np.ndarray]) -> None:
        """Store the values of some rows."""
        for key, each in values.items():
            if isinstance(rows, slice):
                self.arrays[key] = each
                continue
            shape = (self.block.size, *each.shape[1:])
            array = self.arrays.setdefault(key, np.full(shape, np.nan))
            if array.shape != shape:
                raise GradcliError(f"the result of row {self.block.first + int(rows[0])} has another shape")
            array[rows] = each

    def made(self) -> Results:
        """The results."""
        return Results(self.block, self._of("value"), self._of("gradient"), self.errors)

    def _of(self, kind: str) -> dict[str, np.ndarray]:
        return {name: each for (own, name), each in self.arrays.items() if own == kind}


def _named(kind: str, recording: Recording) -> dict[tuple[str, str], Any]:
    """The nodes of the outputs; a gradient by one input is called by its name."""
    only = next(iter(recording.wrt_nodes), "") if kind == "gradient" else ""
    return {(kind, name or only): node for name, node in recording.nodes.items()}


def _is_held(recording: Recording) -> bool:
    """Whether the graph has values that a replay holds as they were recorded: stopped gradients."""
    graph = recording.graph
    return bool(graph.stopped) or any(node.primitive is detach for node in graph.nodes)


def _value(node: Any) -> Any:
    return node.value if isinstance(node, Node) else node
