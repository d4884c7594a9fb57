"""Random programs of loops: the second tier against the tape, and against torch.

As many short programs as FUZZ_PROGRAMS says, with every loop handed over at once, and a quarter as many with
loops that are hot by themselves.
"""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import pytest

import gradcli
from tests.fuzz.loop_programs import program, program_of_numbers
from tests.loops_compared import GRADIENT, STEPS, all_loops_hot, compare, compare_evaluations

PROGRAMS = int(os.environ.get("FUZZ_PROGRAMS", "40"))
SHARE = 0.85  # of the programs, at least, whose outer loop runs on the second tier
SHARE_OF_NUMBERS = 0.75  # of programs of numbers, at least, that can be read as a whole
SHORT, LONG = 7, 150  # rounds of the outer loop


def outer_loop_was_taken(done, text):
    """Whether the last loop at top level, in which a random program spends its time, left the tape."""
    given = frozenset(done.program.inputs)
    loops = [op for op in done.program.lowered(given).body if type(op).__name__ in ("For", "While")]
    return done.recording.graph.loops > 0 and id(loops[-1]) not in done.program._loops.refused


def compare_many(seeds, rounds):
    """Compare random programs; the share of them whose outer loop was taken must be large."""
    reasons, taken, run = Counter(), 0, 0
    for seed in seeds:
        text, inputs = program(seed, rounds)
        try:
            done = compare(text, inputs, max_steps=STEPS)
        except gradcli.errors.LimitError:
            continue  # an endless loop: tests/loops/test_errors.py has those
        run += 1
        taken += outer_loop_was_taken(done, text)
        reasons.update(done.refused)
    print(
        f"{taken} of {run} programs of {rounds} rounds ran on the second tier; {dict(reasons.most_common())}"
    )
    assert taken >= SHARE * run, reasons


@pytest.mark.fuzz
def test_short_loops():
    with all_loops_hot():
        compare_many(range(PROGRAMS), SHORT)


@pytest.mark.fuzz
def test_hot_loops():
    compare_many(range(1_000_000, 1_000_000 + PROGRAMS // 4), LONG)


@pytest.mark.fuzz
def test_programs_of_numbers():
    reasons = Counter()
    for seed in range(3_000_000, 3_000_000 + PROGRAMS):
        text, inputs = program_of_numbers(seed, SHORT)
        points = [{name: value * scale for name, value in inputs.items()} for scale in (1.0, 1.1, 0.7)]
        try:
            reasons[compare_evaluations(text, points, max_steps=STEPS)] += 1
        except gradcli.errors.LimitError:
            continue
    print(f"{reasons['']} of {reasons.total()} programs of numbers were read as a whole; {reasons}")
    assert reasons[""] >= SHARE_OF_NUMBERS * reasons.total(), reasons


@pytest.mark.parametrize("seed", range(2_000_000, 2_000_010))
def test_gradients_are_those_of_torch(seed):
    pytest.importorskip("torch")
    from tests.fuzz.torch_oracle import value_and_gradient

    text, inputs = program(seed, SHORT)
    with all_loops_hot():
        try:
            done = compare(text, inputs, max_steps=STEPS)
        except gradcli.errors.LimitError:
            pytest.skip("an endless loop")
    value, expected = value_and_gradient(text, inputs)
    np.testing.assert_allclose(done.recording.value, value, 1e-11, 1e-11, err_msg=text)
    size = max([1.0, *(float(np.max(np.abs(each))) for each in expected.values())])
    for name, own in done.recording.grad().items():
        np.testing.assert_allclose(own, expected[name], GRADIENT, GRADIENT * size, err_msg=f"{name}\n{text}")
