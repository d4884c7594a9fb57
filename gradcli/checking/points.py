"""Random points: the first that fails is made simpler as long as it still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from gradcli.checking.records import Check, Verdict
from gradcli.errors import GradcliError
from gradcli.structures import leaves, rebuild

Inputs = Mapping[str, Any]
Run = Callable[[Inputs], Check]
MAX_TRIALS = 60  # runs that may be spent on making a point simpler


def simplest(run: Run, inputs: Inputs, check: Check) -> tuple[Inputs, Check]:
    """A simpler point with the same verdict and diagnosis: fewer digits, zeros, ones; and its check."""
    trials = MAX_TRIALS
    simpler = True
    while simpler and trials > 0:
        simpler = False
        for candidate in _simpler(inputs):
            trials -= 1
            found = _same_failure(run, candidate, check)
            if found is not None:
                inputs, check, simpler = candidate, found, True
                break
            if trials <= 0:
                break
    return inputs, check


def _same_failure(run: Run, inputs: Inputs, check: Check) -> Check | None:
    try:
        found = run(inputs)
    except GradcliError:
        return None
    same = found.verdict is check.verdict is Verdict.WRONG and found.diagnosis.kind == check.diagnosis.kind
    return found if same else None


def _simpler(inputs: Inputs) -> Iterator[Inputs]:
    """Candidates, the simplest first: whole inputs rounded, then entries set to 0 or 1."""
    for digits in (0, 1, 2, 3):
        yield from _changed(inputs, partial(np.round, decimals=digits))
    for name, value in inputs.items():
        for path, leaf in leaves(value, name):
            for at in range(np.size(leaf)):
                for number in (0.0, 1.0):
                    yield from _changed(inputs, _setting(at, number), path)


def _setting(at: int, number: float) -> Callable[[Any], Any]:
    def change(leaf: Any) -> Any:
        array = np.array(leaf, dtype=np.float64)
        if abs(array.flat[at]) not in (0.0, 1.0):
            array.flat[at] = number
        return array

    return change


def _changed(inputs: Inputs, change: Callable[[Any], Any], only: str | None = None) -> Iterator[Inputs]:
    """The inputs with their leaves, or only one of them, changed; nothing if that makes no difference."""
    moved = False

    def applied(path: str, leaf: Any) -> Any:
        nonlocal moved
        if (only is not None and path != only) or np.asarray(leaf).dtype != np.float64:
            return leaf
        array = np.asarray(change(leaf))
        moved = moved or bool((array != leaf).any())
        return array if array.ndim else float(array)

    result = {}
    for name, value in inputs.items():
        changed = iter([applied(path, leaf) for path, leaf in leaves(value, name)])
        result[name] = rebuild(value, partial(_next, changed))
    if moved:
        yield result


def _next(values: Iterator[Any], _: Any) -> Any:
    return next(values)
