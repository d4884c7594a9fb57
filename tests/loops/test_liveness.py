"""Which variables are read behind a place: the others need none."""

from __future__ import annotations

import pytest

import gradcli
from gradcli.language import code
from gradcli.loops.liveness import Liveness, jumps, returns, written_in

LOOPS = {
    "read before it is written": ("s = 0", "s = s + x", {"s"}),
    "written before it is read": ("t = 0", "t = x*x; x = t", {"x"}),
    "written in one way only": ("t = 0", "if x > 1 { t = x }; x = 0.5*t", {"t", "x"}),
    "written in both ways": ("t = 0", "if x > 1 { t = x } else { t = 2 }; x = 0.5*t", {"x"}),
    "read behind `continue`": ("t = 0; s = 0", "if x > 1 { continue }; s = t; t = x; x = s", {"t", "x"}),
    "written before `continue`": ("t = 0", "if x > 1 { t = 1; continue }; t = x; x = t", {"x"}),
    "read in the second part of `and`": ("t = 0", "x = 1 if x > 0 and t > 1 else 2; t = x", {"t", "x"}),
    "read in an inner loop": (
        "t = 0; s = 0",
        "for j in range(3) { s = s + t }; t = x; x = s",
        {"s", "t", "x"},
    ),
    "entries keep the others": ("b = zeros(3)", "b[0] = x; x = b[1]", {"b", "x"}),
}


def read_loop(before, body):
    """A loop's instruction and the slots of the program's variables."""
    program = gradcli.compile(f"{before}; for i in range(9) {{ {body} }}; 1")
    lowered = program.lowered(frozenset(program.inputs))
    (loop,) = [op for op in lowered.body if type(op) is code.For]
    return loop, lowered.variables


@pytest.mark.parametrize(("before", "body", "expected"), LOOPS.values(), ids=LOOPS.keys())
def test_what_a_round_needs_of_the_one_before(before, body, expected):
    loop, variables = read_loop(before, body)
    liveness = Liveness(frozenset())
    liveness.block([loop], frozenset())
    changed = {name for name, slot in variables.items() if slot in written_in([loop])}
    live = {name for name, slot in variables.items() if slot in liveness.at_head[id(loop)]}
    assert live & changed == expected & changed


def test_what_is_read_behind_a_loop_is_live_at_its_head():
    loop, variables = read_loop("t = 0", "t = x")
    liveness = Liveness(frozenset())
    liveness.block([loop], frozenset({variables["t"]}))
    assert variables["t"] in liveness.at_head[id(loop)]


def test_a_call_may_read_every_variable():
    program = gradcli.compile("def f(a): return a*k\nk = 2\nfor i in range(9):\n    x = f(x)\nx")
    lowered = program.lowered(frozenset(program.inputs))
    loop = lowered.body[-1] if type(lowered.body[-1]) is code.For else lowered.body[-2]
    liveness = Liveness(frozenset(lowered.variables.values()))
    liveness.block([loop], frozenset())
    assert lowered.variables["k"] in liveness.at_head[id(loop)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x = 1", False),
        ("if x > 1 { break }", True),
        ("if x > 1 { continue }", True),
        ("for j in range(3) { if x > j { break } }", False),
        ("while x > 3 { continue }", False),
    ],
)
def test_jumps(body, expected):
    loop, _ = read_loop("y = 0", body)
    assert jumps(loop.body) is expected
    assert returns(loop.body) is False
