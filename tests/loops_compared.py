"""Both tiers of a program compared: hot loops as generated code, and every operation on the tape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

import gradcli
from gradcli.autodiff.derivatives import walking
from gradcli.language import run
from gradcli.loops.evaluations import Evaluation
from gradcli.loops.takeover import FAILURES
from gradcli.program import Program
from gradcli.recording import Recording

STEPS = 100_000  # that a program may take
# What the order in which cotangents are summed up makes of a gradient, relative to its size.
GRADIENT = 1e-9
# Values are computed by the same operations in the same order; `x**2` is Python's here and NumPy's there.
VALUE = 1e-12


class Compared(NamedTuple):
    """A program that has been run on both tiers, and why loops were left to the tape."""

    program: Program
    recording: Recording
    refused: list[str]


@contextmanager
def all_loops_hot() -> Iterator[None]:
    """Hand over every loop after two rounds, however short it is."""
    before = run._WORTH_READING, run._WORTH_RUNNING
    run._WORTH_READING = run._WORTH_RUNNING = 0
    try:
        yield
    finally:
        run._WORTH_READING, run._WORTH_RUNNING = before


def compare(text: str, inputs: Mapping[str, Any], **settings: Any) -> Compared:
    """Run a program on both tiers; their values and gradients must agree. Errors must be the same."""
    program = gradcli.compile(text)
    given = {name: inputs[name] for name in program.inputs}
    tape = program.record(given, unrolled=True, **settings)
    hot = program.record(given, **settings)
    agree(tape.value, hot.value, VALUE, 1.0, text)
    agree(tape.value, program.value(given, **settings), VALUE, 1.0, text)
    expected = tape.grad()
    finite = [np.abs(each[np.isfinite(each)]) for each in map(np.asarray, expected.values())]
    size = max((float(np.max(each)) for each in finite if each.size), default=0.0)
    for gradient in (hot.grad(), hot.grad()):  # a recording can be pulled again
        assert gradient.keys() == expected.keys()
        for name, own in gradient.items():
            assert np.shape(own) == np.shape(expected[name])
            agree(expected[name], own, GRADIENT, size, f"{name}\n{text}")
    return Compared(program, hot, list(program._loops.refused.values()))


def compare_evaluations(text: str, points: Sequence[Mapping[str, float]], **settings: Any) -> str:
    """Evaluate a program of numbers at points, as a whole and on the tape, which must agree.

    It is read at the first point. The result is why the tape had to do it, "" where it had not.
    """
    program = gradcli.compile(text)
    first, *_ = given = [{name: point[name] for name in program.inputs} for point in points]
    graph = program.record(first, unrolled=True, **settings).graph
    try:
        with walking():
            whole = Evaluation(program.lowered(frozenset(first)), first, tuple(first), graph)
    except FAILURES as error:
        return str(error) or type(error).__name__
    for point in given:
        tape = program.record(point, unrolled=True, **settings)
        found = whole.value_and_grad(point, settings.get("max_steps", STEPS))
        if found is None:
            return "an evaluation was left to the tape"
        value, gradient = found
        agree(tape.value, value, VALUE, 1.0, text)
        expected = tape.grad()
        assert list(gradient) == list(expected)
        size = max((abs(each) for each in expected.values()), default=0.0)
        for name, own in gradient.items():
            agree(expected[name], own, GRADIENT, size, f"{name}\n{text}")
    return ""


def agree(expected: Any, own: Any, tolerance: float, size: float, message: str) -> None:
    """Fail where two values differ by more than the tolerance, relative to their size."""
    np.testing.assert_allclose(own, expected, tolerance, tolerance * size, err_msg=message)


def failure(text: str, inputs: Mapping[str, Any], **settings: Any) -> tuple[str, str]:
    """The error of a program that fails, which must be the same on both tiers: its message and its place."""
    program = gradcli.compile(text)
    found = []
    for unrolled in (True, False):
        try:
            program.record(inputs, unrolled=unrolled, **settings)
        except gradcli.errors.GradcliError as error:
            found.append((str(error), text[error.span.start : error.span.end]))
    assert len(found) == 2, f"on one tier there is no error: {found}"
    assert found[0] == found[1]
    return found[0]
