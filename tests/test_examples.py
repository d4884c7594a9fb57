"""Every file in examples/ is run, and its output must hold the numbers that the file states."""

from __future__ import annotations

import json
import math
import re
import runpy
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.documents import ROOT, Shell

EXAMPLES = ROOT / "examples"
FILES = sorted(path for path in EXAMPLES.rglob("*") if path.suffix in (".grad", ".sh", ".py"))
EXPECTATION = re.compile(r"# => (?P<path>\S+?)(?P<relation>:| ≈) (?P<value>.*)")
NUMBER = re.compile(r"-?\d+(?:\.(\d+))?")


@dataclass(slots=True)
class Case:
    """A command and what it must give: `path: value`, or `path ≈ value` to the digits shown."""

    command: str
    expectations: list[tuple[str, str, str]] = field(default_factory=list)


def cases(path: Path) -> Iterator[Case]:
    """The commands of a file: comments that begin with `$` in a program, the lines themselves in a script."""
    case = None
    for line in path.read_text("utf-8").splitlines():
        command = line.removeprefix("# $ ") if path.suffix == ".grad" else line
        if command.startswith("gradcli "):
            if case is not None:
                yield case
            case = Case(command)
        elif found := EXPECTATION.fullmatch(line):
            assert case is not None, f"{path.name}: {line} has no command before it"
            case.expectations.append((found["path"], found["relation"], found["value"]))
    assert case is not None, f"{path.name} has no command"
    yield case


def look_up(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def last_digit(text: str) -> float:
    """Half a unit of the last digit that the roughest number in a text shows."""
    return 0.5 * 10.0 ** -min(len(decimals) for decimals in NUMBER.findall(text))


def close(got: Any, want: Any, tolerance: float = 0.0) -> bool:
    """Whether two JSON values have the same structure and equal numbers, to rounding or to `tolerance`."""
    if type(got) is not type(want) and not (isinstance(got, int | float) and isinstance(want, int | float)):
        return False
    if isinstance(want, dict):
        return got.keys() == want.keys() and all(close(got[key], want[key], tolerance) for key in want)
    if isinstance(want, list):
        return len(got) == len(want) and all(close(*pair, tolerance) for pair in zip(got, want, strict=True))
    if isinstance(want, str):
        return bool(got == want)
    return math.isclose(got, want, rel_tol=1e-12, abs_tol=max(tolerance, 1e-14))


def check(case: Case, shell: Shell) -> Iterator[str]:
    """What a command falls short of."""
    output = shell.run(case.command)
    status = next((int(value) for path, _, value in case.expectations if path == "status"), 0)
    if shell.status != status:
        yield f"exit {shell.status}: {shell.errors}"
        return
    for path, relation, value in case.expectations:
        if path == "error" and value not in shell.errors:
            yield f"the error lacks {value!r}: {shell.errors}"
        elif path not in ("status", "error"):
            tolerance = last_digit(value) if relation == " ≈" else 0.0
            got = look_up(json.loads(output), path)
            if not close(got, json.loads(value), tolerance):
                yield f"{path} is {got}, expected {value}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_example(path, monkeypatch):
    if path.suffix == ".py":
        runpy.run_path(str(path), run_name="__main__")
        return
    shell = Shell(path.parent, apart=True)
    short = [f"{case.command}\n  {problem}" for case in cases(path) for problem in check(case, shell)]
    assert not short, "\n".join(short)


def test_commands_name_their_own_file():
    for path in FILES:
        if path.suffix == ".grad":
            files = [
                word for case in cases(path) for word in shlex.split(case.command) if word.endswith(".grad")
            ]
            assert set(files) == {path.name}


def test_readme_lists_every_example():
    for path in FILES:
        assert f"]({path.name})" in (path.parent / "README.md").read_text("utf-8")


def test_numbers_are_compared():
    assert close([1.0, {"a": 2}], [1, {"a": 2.0}])
    assert not close([1.0, 2.0], [1.0, 2.0000001])
    assert not close([1.0], 1.0)
    assert not close(1.0, [1.0])
    assert not close([1.0], [1.0, 1.0])
    assert not close("NaN", 1.0)
    assert close(1.7163, 1.716, last_digit("1.716"))
    assert not close(1.7166, 1.716, last_digit("1.716"))
