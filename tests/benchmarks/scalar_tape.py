"""A long chain of scalar operations, recorded and walked back, beside the same chain in other tapes."""

from __future__ import annotations

from collections.abc import Callable

import gradcli
from tests.benchmarks.harness import Result, medians, peer, speedup

STEPS = 1000
PROGRAM = f"""
y = x
for i in range({STEPS}):
    y = 0.5*y + sin(x*y) - y*y/3
y
"""


def chain(x: object, sin: Callable[..., object]) -> object:
    """The same program in Python: six operations a step."""
    y = x
    for _ in range(STEPS):
        y = 0.5 * y + sin(x * y) - y * y / 3  # type: ignore[operator]
    return y


def torch_gradient() -> Callable[[], object] | None:
    if (torch := peer("torch")) is None:
        return None
    torch.set_num_threads(1)

    def run() -> object:
        x = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        chain(x, torch.sin).backward()
        return x.grad

    return run


def autograd_gradient() -> Callable[[], object] | None:
    if (autograd := peer("autograd")) is None:
        return None
    gradient = autograd.grad(lambda x: chain(x, autograd.numpy.sin))
    return lambda: gradient(0.3)


def measure() -> list[Result]:
    program = gradcli.compile(PROGRAM)
    inputs = {"x": 0.3}
    peers = {"torch": torch_gradient(), "autograd": autograd_gradient()}
    present = {name: run for name, run in peers.items() if run is not None}
    ours, *theirs = medians(lambda: program.grad(inputs), *present.values())
    limits = {"torch": 8.0}
    return [
        speedup("scalar operations, forward and back", ours, name, time, limits.get(name))
        for name, time in zip(present, theirs, strict=True)
    ]
