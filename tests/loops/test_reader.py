"""Which loops are read, and for what reasons others are left to the tape."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.language import code
from tests.loops_compared import all_loops_hot, compare

INPUTS = {"x": 0.4, "y": 0.7, "v": np.array([0.5, -0.25, 1.0]), "A": np.arange(9.0).reshape(3, 3) / 9}

READ = {
    "a condition in a name": "    b = x > 0.1\n    x = y if b else 0.5*x",
    "`not`": "    x = 0.5*x if not x > 0.1 else y",
    "`and`, `or`, chains": "    x = 0.9*x if 0.1 < x < 0.9 and y > x or i % 3 == 1 else y",
    "a number as a condition": "    if i % 3:\n        x = sin(x)",
    "an integer that becomes a float": "    s = 0\n    if x > 0.2: s = sin(x)\n    x = 0.5*x + 0.1*s",
    "a name that one way assigns": "    if i > 5:\n        late = sin(x)\n        x = 0.5*x + late",
    "a flag": "    if not done:\n        x = 0.9*x\n    done = x < 0.3",
    "a tuple in a name": "    p = (x, y*x)\n    x = 0.3*p[0] + p[1]",
    "a tuple that one way assigns": "    if x > 0.35:\n        p = (x, y)\n    x = 0.8*x",
    "a tuple from the round before": "    a, b = q\n    q = (0.5*b, a*x)\n    x = 0.9*x + 0.1*a",
    "a comprehension": "    x = 0.1*sum(v[j]*x for j in range(3) if j != 1) + 0.5*x",
    "a list as an array": "    x = 0.1*sum([x, y, x*y])",
    "rows of an array that changes": "    for row in M:\n        M = 0.5*M + x\n        x = 0.1*sum(row)",
    "a `for` over pairs": "    for a, b in zip(v, v[::-1]):\n        x = 0.5*x + 0.1*a*b",
    "a `for` over numbered rows": "    for j, (a, b) in enumerate(zip(M, v)):\n        x = 0.5*x + j*a[1]*b",
    "a `for` backwards": "    for a in reversed(v):\n        x = 0.5*x + 0.1*a",
    "`abs` of both kinds": "    k = (abs(k - 4) + k + 1) % 11\n    x = 0.1*sum(abs(v)) + x*v[k % 3]/2",
    "`break`": "    for j in range(4):\n        x = 0.9*x\n        if x < 0.1*j: break",
    "`continue`": "    if x > 0.3:\n        x = 0.7*x\n        continue\n    x = x + 0.05*y",
    "a `while` inside": "    k = 0\n    while k < 3 and x > 0.1 { x = 0.8*x; k += 1 }\n    x = x + 0.1*y",
    "a function with two ways": "    x = f(x, y)",
    "a function of computed values": "    x = f(0.5 + x, x*y)*0.5",
    "a function that sees variables": "    x = 0.5*g(x)",
    "a function from a library": "    x = 0.5*maximum(x, y) + 0.1*min(x, 0.2)",
    "entries": "    v[i % 3] = 0.5*v[-1 - i % 3] + 0.1*x\n    x = 0.5*x + 0.1*v[0]",
    "entries named twice": "    x = 0.2*x + 0.1*sum(v[[0, 0, 1]]) + 0.1*sum((v*x)[[2, 2, 0]])",
    "entries written by a list": "    v[[2, 0]] = 0.5*v[:2]\n    M[[0, 1], [1, 1]] += v[:2]\n    x = M[0, 1]",
    "rows and columns": "    M[i % 3] = 0.5*M[:, 1]\n    M[i % 3, 0] += 0.1*x\n    x = 0.2*M[1, 2] + 0.5*x",
    "slices": "    v[1:] = 0.5*v[:2]\n    v[::-1] *= 0.9\n    x = 0.5*x + v[2]*0.1",
    "matrices": "    M = 0.3*M @ M.T + outer(v, v)*x*0.1\n    x = 0.1*trace(M)",
    "`no_grad`": "    with no_grad():\n        c = sin(x)\n    x = 0.5*x*c + 0.1*x",
    "one expression in `no_grad` and outside": "    with no_grad(): c = x*x\n    x = 0.5*(x*x) + 0.1*c",
    "`detach`": "    x = 0.5*detach(x)*x + 0.1*x",
    "powers": "    x = 0.5*x**2 + 0.1*x**3 + (0.1 + x)**(i % 3)*0.1 + 0.1*(1 + x)**y",
    "names that trade places": "    x, y = 0.9*y, 0.8*x",
}  # fmt: skip

SETTING = """
def f(a, b):
    if a > b: return 0.5*a*b
    c = a
    for k in range(2):
        c = 0.5*c + 0.1*b
    return c
def g(a): return a*y + z
z, q, done, M, k = 2*x, (x, y), False, 0.5*A, 1
"""

REFUSED = {
    "it draws random numbers": "    x = 0.5*x + rand()",
    "an assertion stands inside it": "    assert x < 9\n    x = 0.5*x",
    "a list or a function changes in the loop": "    w = x\n    if x > 0.2: w = v\n    x = 0.9*x",
    "it computes with a number that is a truth value at times": "    x = 0.5*x + 0.1*(x > 0.2 and i % 3)",
    "a slice has bounds that change": "    x = 0.5*x + 0.1*sum(v[:i % 3 + 1])",
}  # fmt: skip


def outer_loop(program):
    """The id of the last loop at top level; one inside may have been asked before it, on its own."""
    lowered = program.lowered(frozenset(program.inputs))
    return id([op for op in lowered.body if isinstance(op, code.For)][-1])


def loop(body):
    return f"{SETTING}for i in range(12):\n{body}\nx + y + sum(v)*0.1 + sum(M)*0.1\n"


@pytest.mark.parametrize("body", READ.values(), ids=READ.keys())
def test_loops_that_are_read(body):
    with all_loops_hot():
        done = compare(loop(body), INPUTS)
    assert not {outer_loop(done.program)} & done.program._loops.refused.keys()
    assert done.recording.graph.loops


@pytest.mark.parametrize(("reason", "body"), REFUSED.items(), ids=REFUSED.keys())
def test_loops_that_are_not_read(reason, body):
    with all_loops_hot():
        done = compare(loop(body), INPUTS)
    assert reason in done.refused


def test_a_short_loop_is_not_read():
    program = gradcli.compile("for i in range(20):\n    x = sin(x)\nx")
    assert program.record({"x": 1.0}).graph.loops == 0
    assert not program._loops.known


def test_the_unrolled_picture_is_there_when_asked_for():
    program = gradcli.compile("for i in range(2000):\n    x = sin(x)\nx")
    assert len(program.record({"x": 1.0}).graph.nodes) < 20
    assert len(program.record({"x": 1.0}, unrolled=True).graph.nodes) == 2001


def test_decisions_on_plain_values_are_assumptions():
    """`n` decides how long an array is; the code for one `n` does not serve for another."""
    program = gradcli.compile("u = ones(int(n))*x; for i in range(900) { u = 0.9*u + 0.1*sum(u)/n }; sum(u)")
    for n in (2.0, 3.0, 2.0):
        inputs = {"n": n, "x": 0.5}
        hot, tape = program.record(inputs), program.record(inputs, unrolled=True)
        assert hot.graph.loops == 1
        assert hot.value == pytest.approx(tape.value, rel=1e-12)
        assert hot.grad()["x"] == pytest.approx(tape.grad()["x"], rel=1e-12)
