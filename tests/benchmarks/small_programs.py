"""Small programs that run once each, value and gradient, beside torch."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from gradcli.cli import run
from gradcli.program import compile
from tests.benchmarks.harness import Result, medians, on_all_cores, peer, shortest, slowdown, speedup

SHARE = 1_500  # programs that are measured at a time, in turn with torch
MANY = 10_000  # programs for processes that share the work
OPERATIONS = 10
POINT = {"x": 0.53, "y": 1.47, "z": 2.13}
FUNCTIONS = ("sin", "cos", "tanh", "exp", "sqrt", "log")
WORDS = ("--command", "grad", "--format", "jsonl", "--quiet")
Row = dict[str, Any]


def expressions(count: int) -> list[str]:
    """Distinct random expressions of ten operations, each with all three inputs."""
    generator = random.Random(0)
    found: dict[str, None] = {}
    while len(found) < count:
        text = ast.unparse(ast.parse(expression(generator, OPERATIONS), mode="eval"))  # no idle brackets
        if POINT.keys() <= set(re.findall(r"\w+", text)) and is_tame(text):
            found[text] = None
    return list(found)


def expression(generator: random.Random, operations: int) -> str:
    """A random expression of so many operations; numbers stand on the right, so that torch has tensors."""
    if operations == 0:
        return generator.choice(list(POINT))
    if generator.random() < 0.3:
        return f"{generator.choice(FUNCTIONS)}({expression(generator, operations - 1)})"
    if generator.random() < 0.3:
        other = generator.choice(["**2", "*{}", "+{}", "/{}"]).format(f"{generator.uniform(0.1, 3):.4g}")
        return f"({expression(generator, operations - 1)}){other}"
    left = generator.randrange(operations)
    first, second = expression(generator, left), expression(generator, operations - 1 - left)
    return f"({first}){generator.choice('+-*/')}({second})"


def is_tame(text: str) -> bool:
    """Whether nothing on the way is infinite, and value and gradient are ordinary numbers."""
    try:
        eval(text, {name: getattr(math, name) for name in FUNCTIONS}, POINT)
    except (ArithmeticError, ValueError):
        return False
    value, gradients = compile(text).value_and_grad(POINT)
    return 1e-6 < abs(value) < 1e6 and all(abs(each) < 1e6 for each in gradients.values())


def with_torch(texts: list[str]) -> Iterator[Row]:
    """What a script does: the text evaluated with torch's functions, then `backward()`."""
    torch = peer("torch")
    assert torch is not None
    functions = {name: getattr(torch, name) for name in FUNCTIONS}
    for text in texts:
        leaves = {
            name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
            for name, value in POINT.items()
        }
        value = eval(text, functions, leaves)
        value.backward()
        yield {
            "program": text,
            "value": value.item(),
            "gradients": {name: leaf.grad.item() for name, leaf in leaves.items()},
        }


def through_api(texts: list[str]) -> Iterator[Row]:
    for text in texts:
        value, gradient = compile(text).value_and_grad(POINT)
        yield {"program": text, "value": value, "gradients": gradient}


def as_lines(rows: Iterator[Row]) -> str:
    file = io.StringIO()
    file.writelines(json.dumps(row) + "\n" for row in rows)
    return file.getvalue()


def through_batch(path: str) -> str:
    file = io.StringIO()
    with contextlib.redirect_stdout(file):
        assert run(["batch", path, "--jobs", "1", *WORDS]) == 0
    return file.getvalue()


def assert_equal(theirs: Iterable[Row], ours: Iterable[Row]) -> None:
    for row, other in zip(theirs, ours, strict=True):
        assert math.isclose(row["value"], other["value"], rel_tol=1e-9)
        for name in POINT:
            found, expected = other["gradients"][name], row["gradients"][name]
            assert math.isclose(found, expected, rel_tol=1e-6, abs_tol=1e-9), (row, other)


def write_cases(path: str, texts: list[str]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps({"program": text, "inputs": POINT}) + "\n" for text in texts)


def one_process(path: str) -> list[Result]:
    """Through the API and through `batch`, in turn with torch."""
    texts = expressions(SHARE)
    write_cases(path, texts)
    theirs = list(with_torch(texts))
    assert_equal(theirs, through_api(texts))
    assert_equal(theirs, map(json.loads, through_batch(path).splitlines()))
    api, torch, batch, torch_lines = medians(
        lambda: list(through_api(texts)),
        lambda: list(with_torch(texts)),
        lambda: through_batch(path),
        lambda: as_lines(with_torch(texts)),
        repeats=9,
    )
    what = f"{SHARE} programs of {OPERATIONS} operations"
    return [
        slowdown(f"{what}, API", api, "torch", torch, at_most=0.7),
        speedup(f"{what}, `batch` to jsonl", batch, "torch", torch_lines, at_least=1),
    ]


def several_processes(path: str) -> list[Result]:
    """By one process and by two, on the clock, for two cores count as two.

    What two cores are worth on this machine is said by two commands that share nothing, with half of the
    cases each.
    """
    texts = expressions(MANY)
    halves = tuple(os.path.join(os.path.dirname(path), each) for each in ("even.jsonl", "odd.jsonl"))
    for name, part in ((path, texts), (halves[0], texts[::2]), (halves[1], texts[1::2])):
        write_cases(name, part)
    one, two, apart = shortest(
        lambda: as_commands(1, path), lambda: as_commands(2, path), lambda: as_commands(1, *halves)
    )
    what = f"{MANY} programs, `--jobs 2`"
    return [
        speedup(what, two, "--jobs 1", one, at_least=1.7),
        slowdown(what, two, "two commands, half of them each", apart),
    ]


def as_commands(jobs: int, *paths: str) -> None:
    """A command for each file, at the same time, on all cores; this process has been put on one."""
    command = [sys.executable, "-m", "gradcli", "batch", "--jobs", str(jobs), *WORDS]
    runs = [
        subprocess.Popen([*command, path], stdout=subprocess.DEVNULL, preexec_fn=on_all_cores)
        for path in paths
    ]
    for each in runs:
        assert each.wait() == 0


def measure() -> list[Result]:
    if peer("torch") is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "cases.jsonl")
        return [*one_process(path), *several_processes(path)]
