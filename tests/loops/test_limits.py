"""Limits inside of hot loops: operations are counted as on the tape, and a lack of memory is foreseen."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

import gradcli
from gradcli.errors import LimitError
from gradcli.language.run import Machine
from gradcli.loops import room
from gradcli.loops.room import OutOfRoomError, Room
from tests.loops_compared import all_loops_hot

MANY = "for i in range(2000)"


@pytest.mark.parametrize(
    "text",
    [
        MANY + " { x = r*x*(1 - x) }; x",
        MANY
        + " { if x > 0.3 { x = r*x*(1 - x) } elif i % 2 { x = x*1.5; x = x + 0.01 } else { x += 0.01 } }; x",
        MANY + " { if x > 0.3 and i > 3 or x < 0.1 { x = 0.5*x }; x = x + 0.1 }; x",
        MANY + " { x = x + 0.01; if x > 5 { break } }; x",
        MANY + " { x = x + 0.01; if x > 5 { continue }; x = x + 0.01*r }; x",
        MANY + " { t = 0; while t < 3*r { t = t + x }; x = t - 2*r }; x",
        MANY + " { for j in range(i % 5) { x = x*0.99; if x < 0.1 { x = x + r } } }; x",
        "def f(u) { if u > 1 { return u*0.9 }; return u + 0.1*r }; " + MANY + " { x = f(x*r) }; x",
        "t = 0; while t < 2000 { t += 1; x = r*x*(1 - x); if x < 0.5 { x = 0.6 } }; x",
        "x*sum(r*sin(i) for i in range(2000) if i % 3)",
    ],
)
def test_operations_are_counted_as_on_the_tape(text, monkeypatch):
    machines = []

    def machine(*given):
        machines.append(Machine(*given))
        return machines[-1]

    monkeypatch.setattr("gradcli.program.Machine", machine)
    program = gradcli.compile(text)
    inputs = {name: {"x": 0.4, "r": 2.6}[name] for name in program.inputs}
    hot = program.record(inputs)
    program.record(inputs, unrolled=True)
    assert hot.graph.loops == 1
    assert machines[0].steps == machines[1].steps


def test_a_loop_that_ends_early_may_be_longer_than_the_limit():
    text = "for i in range(10**9) { x = 1.01*x; if x > 1e9 { break } }; x"
    assert gradcli.compile(text).grad({"x": 1.0})["x"] > 1e9
    with pytest.raises(LimitError, match="10,000 operations"):
        gradcli.compile(text).grad({"x": 1.0}, max_steps=10_000)


def test_a_loop_that_ends_early_may_call_functions_of_any_name():
    text = "v = [x, 2]; for i in range(999) { x = x + min(v)*0.01; if x > 5 { break } }; x"
    program = gradcli.compile(text)
    recording = program.record({"x": 1.0})
    assert recording.graph.loops == 1
    assert program._loops.failures == {}


@pytest.mark.parametrize(
    "text",
    [
        "for i in range(10**6) { x = r*x*(1 - x) }; x",
        "t = 0; while t < 10**6 { x = r*x*(1 - x); t += 1 }; x",
        "for i in range(10**6) { for j in range(3) { x = r*x*(1 - x) } }; x",
        "for i in range(10**6) { x = r*x*(1 - x); if x < 0 { break } }; x",
        "v = [x, 0.3]; for i in range(10**6) { v = r*v*(1 - v) }; v[0]",
    ],
)
def test_a_lack_of_memory_is_foreseen(text, monkeypatch):
    """The loop would go on for seconds; what it needs is known after a few rounds."""
    monkeypatch.setattr(room, "bytes_left", lambda: 1e6)
    monkeypatch.setattr(room, "_WORTH_A_LOOK", 1e4)
    program = gradcli.compile(text)
    with pytest.raises(LimitError, match="GiB of memory for its reverse pass") as raised:
        program.grad({"x": 0.3, "r": 2.8}, max_steps=10**9)
    assert "jvp" in raised.value.help
    assert "--max-memory" in raised.value.help
    assert text[raised.value.span.start :].startswith(("range(10**6)", "t < 10**6"))


def fill(stacks, rounds):
    """Let stacks grow as those of a loop do."""
    for part in Room(stacks).parts(rounds, False, True):
        stacks[0] = [1.0] * part.stop
        stacks[1] = bytearray(part.stop)
        stacks[2] = array("d", bytes(8 * part.stop))
        stacks[3] = [np.ones(10)] * part.stop


def test_what_is_foreseen_is_what_is_needed(monkeypatch):
    stacks = [[], bytearray(), array("d"), []]
    rounds, each = range(100_000), 32 + 1 + 8 + 128 + 80
    parts = Room(stacks).parts(rounds, False, True)
    seen = []
    for part in parts:
        seen += part
        stacks[0] += map(float, part)
        stacks[1] += bytes(len(part))
        stacks[2].extend(map(float, part))
        stacks[3] += [np.ones(10)] * len(part)
    assert seen == list(rounds)
    assert Room(stacks).parts(range(1000), True, True) == (range(1000),)
    monkeypatch.setattr(room, "bytes_left", lambda: 0.5 * len(rounds) * each)
    monkeypatch.setattr(room, "_WORTH_A_LOOK", 0)
    with pytest.raises(OutOfRoomError) as raised:
        fill(stacks, rounds)
    assert raised.value.needed == pytest.approx(each * len(rounds), rel=0.1)


def test_memory_that_is_there_is_no_limit(monkeypatch):
    assert room.bytes_left() > 1e6
    monkeypatch.setattr(room, "_left_by_machine", lambda: 2.0**30)
    monkeypatch.setattr(room, "_left_by_limit", lambda: 2.0**28)
    room.check_room(2.0**27)
    with pytest.raises(OutOfRoomError):
        room.check_room(2.0**29)


@pytest.mark.parametrize(("opening", "depth"), [("for i{0} in range(1):", 25), ("if x > -{0}:", 99)])
def test_blocks_deeper_than_python_takes_are_left_to_the_tape(opening, depth):
    lines = [f"{'    ' * level}{opening.format(level)}" for level in range(1, depth)]
    text = "\n".join(["for k in range(50):", *lines, "    " * depth + "x = sin(x)*r", "x"])
    program, inputs = gradcli.compile(text), {"x": 0.3, "r": 1.2}
    with all_loops_hot():
        found = [program.value_and_grad(inputs) for _ in range(3)]
    tape = program.record(inputs, unrolled=True)
    assert found == [(tape.value, pytest.approx(tape.grad(), rel=1e-12))] * 3
