"""Hot loops, value and gradient, beside reverse sweeps written by hand, torch and autograd."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import gradcli
from tests.benchmarks.harness import Result, medians, peer, slowdown, speedup

ROUNDS = (1_000, 100_000, 1_000_000)
STEPS = 200  # of the loops over vectors
WITH_TORCH = 1_000  # rounds: torch takes ten seconds for a million

FOR = """
for i in range({rounds}):
    x = r*x*(1 - x) + 0.1
x
"""
WHILE = """
t = 0
while t < {rounds}:
    x = r*x*(1 - x) + 0.1
    t += 1
x
"""
CHAIN = """
def slope(q):
    return concatenate([q[{n}:], -sin(q[:{n}])*w + c*(q[1:{n} + 1] - q[:{n}])])
for k in range({steps}):
    a = slope(q)
    b = slope(q + 0.5*h*a)
    d = slope(q + 0.5*h*b)
    e = slope(q + h*d)
    q = q + h/6*(a + 2*b + 2*d + e)
dot(q, q)
"""
LSTM = """
for k in range({steps}):
    z = W @ h + U*sin(k) + b
    f = sigmoid(z[0:{n}])
    i = sigmoid(z[{n}:{n2}])
    o = sigmoid(z[{n2}:{n3}])
    c = f*c + i*tanh(z[{n3}:{n4}])
    h = o*tanh(c)
sum(h*h)
"""


def by_hand_for(r: float, x: float, rounds: int) -> tuple[float, float]:
    """The loop and its reverse sweep, as one would write them in Python."""
    saved = []
    for _ in range(rounds):
        saved.append(x)
        x = r * x * (1 - x) + 0.1
    to_x, to_r = 1.0, 0.0
    for x in reversed(saved):
        to_r += to_x * x * (1 - x)
        to_x = to_x * r * (1 - 2 * x)
    return to_r, to_x


def by_hand_while(r: float, x: float, rounds: int) -> tuple[float, float]:
    """The same with a condition."""
    saved = []
    t = 0
    while t < rounds:
        saved.append(x)
        x = r * x * (1 - x) + 0.1
        t += 1
    to_x, to_r = 1.0, 0.0
    while saved:
        x = saved.pop()
        to_r += to_x * x * (1 - x)
        to_x = to_x * r * (1 - 2 * x)
    return to_r, to_x


def in_torch(rounds: int) -> Callable[[], object] | None:
    if (torch := peer("torch")) is None:
        return None
    torch.set_num_threads(1)

    def run() -> object:
        r = torch.tensor(2.8, dtype=torch.float64, requires_grad=True)
        x = start = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        for _ in range(rounds):
            x = r * x * (1 - x) + 0.1
        x.backward()
        return r.grad, start.grad

    return run


def chain_inputs(size: int) -> dict[str, Any]:
    return {"q": np.linspace(0.1, 1.0, 2 * size), "w": 1.3, "c": 0.2, "h": 0.01}


def lstm_inputs(size: int) -> dict[str, Any]:
    draw = np.random.default_rng(1).standard_normal
    return {
        "W": draw((4 * size, size)) / size, "U": draw(4 * size), "b": draw(4 * size),
        "c": np.zeros(size), "h": np.zeros(size),
    }  # fmt: skip


def run_chain(lib: Any, size: int, q: Any, w: Any, c: Any, h: Any) -> Any:
    def slope(q: Any) -> Any:
        return lib.concatenate([q[size:], -lib.sin(q[:size]) * w + c * (q[1 : size + 1] - q[:size])])

    for _ in range(STEPS):
        a = slope(q)
        b = slope(q + 0.5 * h * a)
        d = slope(q + 0.5 * h * b)
        e = slope(q + h * d)
        q = q + h / 6 * (a + 2 * b + 2 * d + e)
    return (q * q).sum()


def run_lstm(lib: Any, size: int, W: Any, U: Any, b: Any, c: Any, h: Any) -> Any:
    def sigmoid(x: Any) -> Any:
        return 0.5 * (lib.tanh(0.5 * x) + 1)

    for k in range(STEPS):
        z = W @ h + U * math.sin(k) + b
        f, i, o = (sigmoid(z[j * size : (j + 1) * size]) for j in range(3))
        c = f * c + i * lib.tanh(z[3 * size :])
        h = o * lib.tanh(c)
    return (h * h).sum()


def peers_of(run: Callable[..., Any], size: int, inputs: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """The same loop over vectors in torch and in autograd, where they are installed."""
    found: dict[str, Callable[[], object]] = {}
    if (torch := peer("torch")) is not None:

        def torch_gradient() -> object:
            values = [torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in inputs.values()]
            run(torch, size, *values).backward()
            return [each.grad for each in values]

        found["torch"] = torch_gradient
    if (autograd := peer("autograd")) is not None:
        gradient = autograd.grad(lambda values: run(autograd.numpy, size, *values))
        found["autograd"] = lambda: gradient(tuple(inputs.values()))
    return found


def scalars() -> list[Result]:
    """A loop of five operations, run by `for` and by `while`."""
    rows = []
    inputs = {"r": 2.8, "x": 0.3}
    for text, by_hand, name, limit in (
        (FOR, by_hand_for, "for", 1.5), (WHILE, by_hand_while, "while", 3.0),
    ):  # fmt: skip
        for rounds in ROUNDS:
            program = gradcli.compile(text.format(rounds=rounds))
            ours, theirs = medians(
                partial(program.grad, inputs, max_steps=10**9),
                partial(by_hand, 2.8, 0.3, rounds),
                repeats=15 if rounds < 1_000_000 else 5,
            )
            rows.append(slowdown(f"`{name}`, {rounds:,} rounds of 5", ours, "Python by hand", theirs, limit))
    torch_gradient = in_torch(WITH_TORCH)
    if torch_gradient is not None:
        program = gradcli.compile(FOR.format(rounds=WITH_TORCH))
        ours, theirs = medians(lambda: program.grad(inputs), torch_gradient)
        rows.append(slowdown(f"`for`, {WITH_TORCH:,} rounds of 5", ours, "torch", theirs, 0.02))
    return rows


def machine_code() -> list[Result]:
    """A loop long enough to be compiled, beside the same by hand in numba and in C."""
    numba = peer("numba")
    if numba is None:
        return []
    rounds = 3_000_000
    program = gradcli.compile(FOR.format(rounds=rounds))
    ours = partial(program.grad, {"r": 2.8, "x": 0.3}, max_steps=10**9)
    by_hand = numba.njit(sweep_for_numba)
    peers: list[tuple[str, Callable[[], object], float]] = [
        ("numba by hand", partial(by_hand, 2.8, 0.3, rounds), 2.0)
    ]
    with TemporaryDirectory() as folder:
        in_c = sweep_in_c(Path(folder))
        if in_c is not None:
            peers.append(("C -O2", partial(in_c, 2.8, 0.3, rounds), 3.0))
        time, *theirs = medians(ours, *(run for _, run, _ in peers), repeats=5)
    return [
        slowdown(f"compiled, {rounds:,} rounds of 5", time, name, each, limit)
        for (name, _, limit), each in zip(peers, theirs, strict=True)
    ]


def sweep_for_numba(r: float, x: float, rounds: int) -> tuple[float, float]:
    """The loop and its reverse sweep as one would write them for numba."""
    saved = np.empty(rounds)
    for i in range(rounds):
        saved[i] = x
        x = r * x * (1 - x) + 0.1
    to_x, to_r = 1.0, 0.0
    for i in range(rounds - 1, -1, -1):
        x = saved[i]
        to_r += to_x * x * (1 - x)
        to_x = to_x * r * (1 - 2 * x)
    return to_r, to_x


C_SOURCE = """
#include <stdlib.h>
double sweep(double r, double x, long rounds) {
    double *saved = malloc(rounds * sizeof(double));
    for (long i = 0; i < rounds; i++) { saved[i] = x; x = r*x*(1 - x) + 0.1; }
    double to_x = 1.0, to_r = 0.0;
    for (long i = rounds - 1; i >= 0; i--) {
        x = saved[i];
        to_r += to_x*x*(1 - x);
        to_x = to_x*r*(1 - 2*x);
    }
    free(saved);
    return to_r + to_x;
}
"""


def sweep_in_c(folder: Path) -> Callable[..., object] | None:
    """The same in C, where a compiler is installed."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    (folder / "sweep.c").write_text(C_SOURCE)
    library = folder / "sweep.so"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, folder / "sweep.c"], check=True)
    sweep = ctypes.CDLL(str(library)).sweep
    sweep.restype, sweep.argtypes = ctypes.c_double, [ctypes.c_double, ctypes.c_double, ctypes.c_long]
    return sweep


def memory() -> Result:
    """What a run keeps for the way back, per operation."""
    rounds = 100_000
    program = gradcli.compile(FOR.format(rounds=rounds))
    inputs = {"r": 2.8, "x": 0.3}
    program.record(inputs)
    tracemalloc.start()
    recording = program.record(inputs)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    recording.grad()
    each = kept / (5 * rounds)
    return slowdown("kept per operation", each, "the limit", 20.0, at_most=1.0, unit="B")


def vectors() -> list[Result]:
    """Loops over short vectors: a chain of pendulums by RK4, an LSTM."""
    rows = []
    for size in (3, 100):
        for text, run, inputs, name in (
            (CHAIN, run_chain, chain_inputs(size), "pendulums"), (LSTM, run_lstm, lstm_inputs(size), "LSTM"),
        ):  # fmt: skip
            program = gradcli.compile(text.format(steps=STEPS, n=size, n2=2 * size, n3=3 * size, n4=4 * size))
            peers = peers_of(run, size, inputs)
            ours, *theirs = medians(partial(program.grad, inputs), *peers.values(), repeats=5)
            for peer_name, time in zip(peers, theirs, strict=True):
                rows.append(
                    speedup(f"{name}, {STEPS} steps of vectors of {size}", ours, peer_name, time, 3.0)
                )
    return rows


def measure() -> list[Result]:
    return [*scalars(), *machine_code(), memory(), *vectors()]
