"""Programs with their values, gradients and errors: each file in tests/cases/programs is a case.

Lines that begin with `#:` say what is expected: `NAME = JSON` is an input, `value = …`, `gradient NAME = …`
what must come out, `error = LINE:COLUMN-LINE:COLUMN message` the error and its exact extent.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import gradcli
from gradcli.errors import GradcliError
from gradcli.structures import leaves

CASES = sorted((Path(__file__).parents[1] / "cases" / "programs").glob("*.grad"))


class Case(NamedTuple):
    text: str
    inputs: dict[str, Any]
    value: Any
    gradients: dict[str, Any]
    error: str | None


def read(path: Path) -> Case:
    text = path.read_text(encoding="utf-8")
    program = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#:"))
    said = dict(line[2:].split("=", 1) for line in text.splitlines() if line.startswith("#:"))
    given = {key.strip(): value.strip() for key, value in said.items()}
    error, value = given.pop("error", None), given.pop("value", None)
    gradients = {key.split()[1]: number(given.pop(key)) for key in list(given) if key.startswith("gradient ")}
    inputs = {name: number(each) for name, each in given.items()}
    return Case(program, inputs, number(value or "null"), gradients, error)


def number(text: str) -> Any:
    return float(text) if text in ("inf", "-inf", "nan") else json.loads(text)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_program(path: Path) -> None:
    case = read(path)
    if case.error is not None:
        assert described(case) == case.error
        return
    program = gradcli.compile(case.text)
    recording = program.record(case.inputs)
    assert program.value(case.inputs) == pytest.approx(case.value, rel=1e-12)
    assert recording.value == pytest.approx(case.value, rel=1e-12)
    found = recording.grad()
    for name, gradient in case.gradients.items():
        compare(found[name], gradient)
    assert set(case.gradients) <= set(found)


def compare(found: Any, expected: Any) -> None:
    """Compare leaf by leaf: structures come back as they went in."""
    if isinstance(expected, dict):
        assert [path for path, _ in leaves(found)] == [path for path, _ in _numbers(expected)]
        for (_, one), (_, other) in zip(leaves(found), _numbers(expected), strict=True):
            compare(one, other)
    else:
        assert np.shape(found) == np.shape(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def _numbers(expected: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(expected, dict):
        return [
            leaf
            for key, each in expected.items()
            for leaf in _numbers(each, f"{path}.{key}" if path else key)
        ]
    if isinstance(expected, list) and any(isinstance(each, dict) for each in expected):
        return [leaf for i, each in enumerate(expected) for leaf in _numbers(each, f"{path}[{i}]")]
    return [(path, expected)]


def described(case: Case) -> str:
    """The error of a program, with the lines and columns of its extent."""
    with pytest.raises(GradcliError) as caught:
        gradcli.compile(case.text).record(case.inputs).grad()
    error = caught.value
    assert error.source is not None
    if error.span is None:
        return error.message
    start, end = error.source.position(error.span.start), error.source.position(error.span.end)
    return f"{start.line}:{start.column}-{end.line}:{end.column} {error.message}"
