"""Replays on registers give what replays in fresh arrays give, bit for bit, and leave earlier results be."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli import threads
from gradcli.autodiff import batch
from gradcli.autodiff.batch import Plan, Replay
from gradcli.program import compile
from gradcli.recording import Recording

POINT = {"x": 0.75, "y": 1.25, "z": 2.0}
SMOOTH = (
    "sin(x*1.5) + exp(-y)*x - 0.25*y**2 + log(1 + x*x)*z",
    "x*x*x - x*x/x",  # operands that end in the operation that they are in twice
    "sigmoid(x*y) + sigmoid(sigmoid(x)) * sigmoid(z)",  # its array cannot be the one that it reads
    "x*y + 2*3",
)
WRITABLE = (
    *SMOOTH,
    "tanh(x) + sqrt(z)**y - 3/z",
    "relu(x)*y + x",  # a decision, whose operand is kept
)
OTHERS = ("sum([x, y])*z", "x*y if x > z else y", "clip(x, y, z)*2", "where(x > y, x, y*z)")


def plan_of(text: str) -> tuple[Recording, Plan]:
    """A plan for the value of a program, and for its gradient where that is smooth."""
    program = compile(text)
    recording = program.record({name: POINT[name] for name in program.inputs})
    outputs = [*recording.nodes.values(), 7.0]
    if text in SMOOTH:
        outputs += recording.differentiate().nodes.values()
    return recording, Plan(recording.graph, outputs, list(recording.inputs.values()))


def replayed(recording: Recording, plan: Plan, count: int, seed: int = 0) -> Replay:
    """The plan at random rows."""
    generator = np.random.default_rng(seed)
    return plan({leaf: generator.uniform(0.1, 3.0, count) for leaf in recording.inputs.values()})


@pytest.mark.parametrize("text", WRITABLE)
def test_the_same_as_in_fresh_arrays(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recording, plan = plan_of(text)
    counts = (5_000, 4_100, 70_000)
    found = [replayed(recording, plan, count, seed) for seed, count in enumerate(counts)]
    assert plan.registers is not None
    monkeypatch.setattr(batch, "_WORTH_REGISTERS", 100_000)
    for seed, (count, replay) in enumerate(zip(counts, found, strict=True)):
        fresh = replayed(recording, plan, count, seed)
        for field in ("outputs", "flips", "broken", "signature"):
            np.testing.assert_array_equal(getattr(replay, field), getattr(fresh, field))


@pytest.mark.parametrize("text", WRITABLE)
def test_threads_give_what_one_gives(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recording, plan = plan_of(text)
    crews = []
    share = threads.share
    monkeypatch.setattr(threads, "available", lambda: 3)
    monkeypatch.setattr(threads, "WORTH", 1 << 30)
    monkeypatch.setattr(threads, "share", lambda *given: crews.append(given[-1]) or share(*given))
    alone = replayed(recording, plan, 140_000)
    monkeypatch.setattr(threads, "WORTH", 1)
    together = replayed(recording, plan, 140_000)
    assert crews == [1, 3]
    for field in ("outputs", "flips", "broken", "signature"):
        np.testing.assert_array_equal(getattr(alone, field), getattr(together, field))


@pytest.mark.parametrize("text", OTHERS)
def test_what_has_no_registers(text: str) -> None:
    recording, plan = plan_of(text)
    replayed(recording, plan, 5_000)
    assert plan.registers is None


def test_few_rows_need_none() -> None:
    recording, plan = plan_of("x*y + z")
    replayed(recording, plan, 10)
    assert plan.registers is None


def test_arrays_are_shared() -> None:
    recording = compile("+".join(["tanh(x*y)*z"] * 20)).record(POINT)
    plan = Plan(recording.graph, list(recording.nodes.values()), list(recording.inputs.values()))
    replayed(recording, plan, 5_000)
    assert plan.registers is not None
    assert len(plan.registers.shared) == 1
