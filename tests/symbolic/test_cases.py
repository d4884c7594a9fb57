"""The formulas of `tests/cases/diff`: their text, their value, their length, and that they are programs."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import gradcli
from gradcli.cli import run
from gradcli.language.values import parse_value
from gradcli.render.numbers import plain_data
from gradcli.symbolic import formulas
from gradcli.symbolic.examples import KINDS, example_inputs
from gradcli.symbolic.expression import ExpressionPrinter

FOLDER = Path(__file__).parents[1] / "cases" / "diff"
MOST_ADDED = 1.3  # operations of the printed formula over those of a textbook's


class Case(NamedTuple):
    place: str
    program: str
    inputs: str
    wrt: str
    expected: str
    textbook: str


def read_cases() -> list[Case]:
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                found.append(Case(f"{path.stem}:{number}", *(part.strip() for part in line.split("|"))))
    return found


CASES = read_cases()


def subject(case: Case) -> formulas.Subject:
    program = gradcli.compile(case.program)
    given = dict(each.split("=") for each in case.inputs.split())
    values = {name: parse_value(text, name, None) for name, text in given.items() if text not in KINDS}
    kinds = {name: given.get(name, "scalar") for name in program.inputs if name not in values}
    return formulas.Subject(program, values, kinds, (case.wrt,))


def operations(text: str) -> int:
    """How many operations a formula writes: operators, calls and transposes."""
    kinds = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Attribute, ast.Compare)
    return sum(isinstance(node, kinds) for node in ast.walk(ast.parse(text)))


@pytest.fixture(params=CASES, ids=lambda case: case.place)
def case(request: Any) -> Case:
    return request.param


def printed(case: Case) -> str:
    derivation = formulas.gradient(subject(case))
    return ExpressionPrinter(derivation.inputs)(derivation.derivatives[case.wrt,])


def test_there_are_enough_cases() -> None:
    matrix = [case for case in CASES if case.place.startswith("matrix")]
    assert len(CASES) >= 40
    assert len(matrix) >= 25


def test_the_formula_is_the_expected_one(case: Case) -> None:
    assert printed(case) == case.expected


def test_the_formula_is_a_program_with_the_gradient_as_its_value(case: Case) -> None:
    about = subject(case)
    inputs = example_inputs(about.program, about.given, about.kinds) if about.kinds else dict(about.given)
    gradient = about.program.grad(inputs, (case.wrt,))[case.wrt]
    formula = gradcli.compile(printed(case))
    value = formula.value({name: inputs[name] for name in formula.inputs})
    # Both sides round differently; the inputs are of order 1 and the matrices well conditioned.
    np.testing.assert_allclose(value, gradient, rtol=1e-10, atol=1e-12)


def test_the_formula_passes_as_a_claim(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    about = subject(case)
    inputs = example_inputs(about.program, about.given, about.kinds) if about.kinds else dict(about.given)
    values = [
        word for name, each in inputs.items() for word in ("--var", f"{name}={json.dumps(plain_data(each))}")
    ]
    claim = f"{case.wrt}={printed(case)}"
    assert run(["check", case.program, "--claim", claim, "--wrt", case.wrt, *values]) == 0, (
        capsys.readouterr()
    )


def test_the_formula_is_not_longer_than_a_textbooks(case: Case) -> None:
    assert operations(printed(case)) <= max(MOST_ADDED * operations(case.textbook), 1)
