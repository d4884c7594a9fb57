"""Straight code on numbers: the same value and gradient as the tape's, to the last bit, or none."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import EvaluationError, LimitError
from gradcli.program import Program, compile
from tests.command_line import invoke_json

POINT = {"x": 0.75, "y": -1.5, "z": 2.25}
STRAIGHT = (
    "x",
    "x*y - z/x",
    "x*x + x*x",
    "-x**2 + z**x",
    "sin(x)*exp(-y)/sqrt(z) + tanh(x - y)",
    "2*x + y*3 - 4/z",
    "hypot(x, y) + atan2(y, x) + pow(z, 3)",
    "sigmoid(x*y) + atan2(x, z)*relu(y) + y + z",
    "relu(y) + relu(x) + y",
    "y**3 + x % 0.5 + relu(z)",
    "pi*x + e",
    "a = x*y; b = sin(a); b*a + x",
    "x = x*y; x*x + y",
)
OTHERS = (
    "2", "x // 1 + y", "x < y", "sum(x)", "x*x if x > 0 else x", "x*y, x", "2*3*x", "clip(x, y, z)",
    "f = lambda a: a*a; f(x)", "1/(x - x)", "log(y)", "y**0.5", "exp(1000*x)", "0*z + x*inf", "floor(x) + y",
    "detach(x)*y", "x**2*0*y", "softplus(x)", "maximum(x, y)",
)  # fmt: skip


def taped(program: Program, inputs: dict[str, Any], **options: Any) -> tuple[Any, dict[str, Any]]:
    """Value and gradient by way of a recording."""
    recording = program.record(inputs, **options)
    return recording.value, recording.grad()


def used(program: Program) -> dict[str, Any]:
    """The values of a program's inputs."""
    return {name: POINT[name] for name in program.inputs}


@pytest.mark.parametrize("text", STRAIGHT)
def test_numbers_are_those_of_the_tape(text: str) -> None:
    program = compile(text)
    inputs = used(program)
    assert program.at_numbers(inputs) == taped(program, inputs)
    assert program.value_and_grad(inputs) == taped(program, inputs)


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_left_to_the_tape(text: str) -> None:
    program = compile(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert program.at_numbers(used(program)) is None


def operations(operand: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One operation on operands."""
    functions = st.sampled_from(["sin", "exp", "sqrt", "log", "tanh", "relu", "abs", "atan2", "hypot"])
    return st.one_of(
        st.tuples(operand, st.sampled_from(["+", "-", "*", "/", "**", "%"]), operand).map(
            "({0[0]}){0[1]}({0[2]})".format
        ),
        operand.map("-({})".format),
        st.tuples(functions, operand, operand).map(
            lambda each: f"{each[0]}({', '.join(each[1 : 3 if each[0] in ('atan2', 'hypot') else 2])})"
        ),
    )


@given(
    st.recursive(st.sampled_from(["x", "y", "z", "2", "0.5"]), operations, max_leaves=12),
    st.tuples(*[st.sampled_from([0.0, -0.0, 1.0, -2.0, 0.5, 1e200, math.inf, math.nan])] * 3),
)
def test_random_expressions_at_special_points(text: str, point: tuple[float, float, float]) -> None:
    program = compile(text)
    inputs = {name: value for name, value in zip("xyz", point, strict=True) if name in program.inputs}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = program.at_numbers(inputs)
    if found is not None:
        value, gradient = taped(program, inputs)
        assert repr(found) == repr((value, gradient))  # signs of zeros too


def test_what_to_differentiate_by() -> None:
    program = compile("x*y + z")
    assert program.at_numbers(POINT, wrt=["z", "x"]) == (1.125, {"z": 1.0, "x": -1.5})
    assert program.at_numbers(POINT, const=["y"]) == (1.125, {"x": -1.5, "z": 1.0})
    assert program.at_numbers(POINT, wrt=["w"]) is None
    assert program.at_numbers({"x": 1.0}) is None
    assert program.value_and_grad(POINT, ["z"])[1] == {"z": 1.0}


def test_the_limit_of_steps_holds() -> None:
    with pytest.raises(LimitError):
        compile("x*y + z").grad(POINT, max_steps=2)
    assert compile("x*y + z").grad(POINT, max_steps=3) == {"x": -1.5, "y": 0.75, "z": 1.0}


def test_notes_are_made_as_ever() -> None:
    assert invoke_json("grad", "x + 0*y", "--x", "1", "--y", "2")["notes"] == []
    (note,) = invoke_json("grad", "x + detach(y)", "--x", "1", "--y", "2")["notes"]
    assert "does not depend on `y`" in note
    (note,) = invoke_json("grad", "sqrt(x)*y", "--x", "0", "--y", "2")["notes"]
    assert "the gradient is not finite" in note


def test_what_is_no_number_is_told() -> None:
    with pytest.raises(EvaluationError, match="`add` takes numbers"):
        compile("None + 1").value_and_grad({})
