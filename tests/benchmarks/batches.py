"""Many small programs, value and gradient, beside torch; one program over many data rows, beside NumPy."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import tempfile

import numpy as np

from gradcli.cli import run
from gradcli.memory import keep_freed_memory
from gradcli.program import compile
from gradcli.suites.row_files import BLOCK, Block
from gradcli.suites.rows import RowEvaluator
from tests.benchmarks.harness import Result, medians, peer, slowdown, speedup

PROGRAMS = 2_000
ROWS = 10**6
POINT = {"x": 0.5, "y": 1.5, "z": 2.0}
TEXT = "sin(x*1.5) + exp(-y)*x - 0.25*y**2 + log(1 + x*x)*z"


def expressions() -> list[str]:
    """Distinct programs of ten operations or a few more."""
    heads = ("sin", "cos", "tanh", "exp", "sqrt")
    return [
        f"{heads[i % 5]}(x*{i + 1}.5e-3) + exp(-y)*x - {i}.25*y**2 + log(1 + x*x)*z" for i in range(PROGRAMS)
    ]


def with_torch(texts: list[str]) -> str:
    """What a script does: the text evaluated with torch's functions, `backward()`, a line of JSON."""
    torch = peer("torch")
    assert torch is not None
    functions = {name: getattr(torch, name) for name in ("sin", "cos", "tanh", "exp", "sqrt", "log")}
    file = io.StringIO()
    for text in texts:
        leaves = {
            name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
            for name, value in POINT.items()
        }
        value = eval(text, functions, leaves)
        value.backward()
        gradients = {name: leaf.grad.item() for name, leaf in leaves.items()}
        file.write(json.dumps({"program": text, "value": value.item(), "gradients": gradients}) + "\n")
    return file.getvalue()


def with_gradcli(path: str) -> str:
    file = io.StringIO()
    with contextlib.redirect_stdout(file):
        words = ("--command", "grad", "--format", "jsonl", "--jobs", "1", "--quiet")
        assert run(["batch", path, *words]) == 0
    return file.getvalue()


def batch() -> list[Result]:
    if peer("torch") is None:
        return []
    texts = expressions()
    inputs = " | ".join(f"{name}={value}" for name, value in POINT.items())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "cases.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{text} | {inputs}\n" for text in texts)
        first, theirs = (
            json.loads(with_gradcli(path).split("\n")[0]),
            json.loads(with_torch(texts).split("\n")[0]),
        )
        assert all(math.isclose(first["gradients"][name], theirs["gradients"][name]) for name in POINT)
        ours, beside = medians(lambda: with_gradcli(path), lambda: with_torch(texts), repeats=5)
    return [speedup(f"{PROGRAMS} programs, value and gradient as jsonl", ours, "torch", beside, at_least=1)]


def by_hand(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.sin(x * 1.5) + np.exp(-y) * x - 0.25 * y**2 + np.log(1 + x * x) * z


def data_rows() -> list[Result]:
    keep_freed_memory()  # as the command does; it helps both
    generator = np.random.default_rng(0)
    columns = {name: generator.normal(size=ROWS) for name in POINT}
    program = compile(TEXT)
    starts = range(0, ROWS, BLOCK)

    def blocks() -> list[dict[str, np.ndarray]]:
        return [{name: each[start : start + BLOCK] for name, each in columns.items()} for start in starts]

    def ours(gradient: bool) -> None:
        evaluate = RowEvaluator(program, {}, gradient, {})
        for values in blocks():
            evaluate(Block(1, values))

    def theirs() -> None:
        for values in blocks():
            by_hand(**values)

    value, beside, gradient = medians(lambda: ours(False), theirs, lambda: ours(True), repeats=5)
    return [
        speedup(f"`{TEXT}` on 10^6 rows", value, "NumPy in blocks", beside, at_least=1),
        slowdown("value and gradient on 10^6 rows", gradient, "its value", value, at_most=5),
    ]


def measure() -> list[Result]:
    return [*batch(), *data_rows()]
