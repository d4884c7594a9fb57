"""Formulas: the short way records what the general way records, and leaves it whatever it does not know."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli import program
from gradcli.autodiff.nodes import Node
from gradcli.errors import GradcliError, ProgramError
from gradcli.language.formula import LONGEST, compile_formula
from gradcli.program import Program, compile
from gradcli.recording import Recording

INPUTS = {"x": 0.5, "y": 1.5, "z": np.array([0.25, 2.0, 3.0]), "A": np.eye(3) + 0.5, "e_1": 2.0, "e": 3.0}
FORMULAS = (
    "x",
    "(x)",
    " \t x + 1 \n",
    "2",
    "pi*x + e",
    "-x**2 + 2**-x**y",
    "- x * -y / +x - -y",
    "a_b1 - (((x - (y))))",
    "x**y**2**x",
    "x ^ 2 % 3 // 2",
    "A @ (z) @ z",
    "x*y < y*x",
    "(x < y) == (y >= x)",
    "where(z > 1, z, (-z))",
    "sum(z)*mean((z**2)) + max(z)",
    "maximum ( x , y ) * clip(x, 0, (1 + y))",
    "hypot(sin(x), (cos((y))))*e_1",
    "1.5e-3*x + .5e+2 + 7. - 9007199254740993 + 1e400",
    "log1p(x) + log1p(2)",
    "zeros(3) + x",
)
OTHERS = (
    "x; y", "x = 1", "x\ny", "(x\n+ y)", "x  # note", "x if y else z", "not x", "x and y", "x < y < z",
    "x[0]", "x.T", "x.sum()", "np.sin(x)", "[x, y]", "x, y", "(x, y)", "sum(z, axis=0)", "sin", "f(sin)",
    "sin*sin(x)", "max(sin)", "pi(x)", "lambda x: x", "lambda(x)", "True*x", "'x'", "1_000*x", "0x1F*x",
    "--x", "x - --y", "é*x", "randn()", "randn(3)", "stack(z)", "log1p(exp(x))", "x...", "pass", "x := 1",
    "x -> y", "()", "sin(x,)",
)  # fmt: skip
MISTAKES = (
    "", " ", "+", "x +", "x y", "2x", "2 x", "(x", "x)", "sin()", "sin(x", "sin(x, y)", "nosuch(x)",
    "where(x)", "x ** * y", ",x", "x,,y", "sum(,x)", "007*x", "1.2.3", "x $ y", "x!", "x <> y", "x = = y",
    "not", "if(x)", "x(2)(3", "-", "(-)", "1e*x", "x == == y",
)  # fmt: skip


def recorded(text: str) -> Recording:
    """A run at the inputs that the program needs."""
    compiled = compile(text)
    return compiled.record({name: INPUTS.get(name, 0.75) for name in compiled.inputs})


def described(recording: Recording) -> dict[str, Any]:
    """All that a run leaves behind, as data that can be compared."""

    def operand(value: Any) -> str:
        return f"node {value.index}" if isinstance(value, Node) else repr(value)

    return {
        "nodes": [
            (repr(node.primitive), [operand(each) for each in node.operands], node.active, repr(node.value))
            for node in recording.graph.nodes
        ],
        "static": [dict(node.static) for node in recording.graph.nodes],
        "places": [
            node.place and (node.place.start, node.place.end, node.place.operands)
            for node in recording.graph.nodes
        ],
        "outputs": {name: operand(node) for name, node in recording.nodes.items()},
        "variables": {name: operand(node) for name, node in recording.variables.items()},
        "wrt": recording.wrt,
    }


def both_ways(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """What the short way and the general way make of a text: a run, or an error."""

    def tried() -> Any:
        with np.errstate(all="ignore"):
            try:
                return described(recorded(text))
            except GradcliError as error:
                return type(error), error.message, error.span, error.help

    short = tried()
    with monkeypatch.context() as patch:
        patch.setattr(program, "compile_formula", lambda text: None)
        return short, tried()


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_record_the_same_graph(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compile_formula(text) is not None
    short, general = both_ways(text, monkeypatch)
    assert short == general


@pytest.mark.parametrize("text", OTHERS)
def test_other_programs_go_the_general_way(text: str) -> None:
    assert compile_formula(text) is None


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_left_to_the_general_way(text: str) -> None:
    assert compile_formula(text) is None
    with pytest.raises(ProgramError):
        compile(text)


def operations(operand: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One operation on operands."""
    operator = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "^", "@", "<", ">=", "==", "!="])
    return st.one_of(
        st.tuples(operand, operator, operand).map(" ".join),
        st.tuples(st.sampled_from("+-"), operand).map("".join),
        operand.map("({})".format),
        st.tuples(st.sampled_from(["sin", "sum", "log1p", "exp"]), operand).map(
            lambda each: f"{each[0]}({each[1]})"
        ),
        st.tuples(st.sampled_from(["maximum", "pow"]), operand, operand).map(
            lambda each: f"{each[0]}({each[1]}, {each[2]})"
        ),
    )


@given(st.recursive(st.sampled_from(["x", "y", "z", "A", "pi", "2", "0.5", "3."]), operations, max_leaves=12))
def test_random_expressions_record_the_same_graph(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        short, general = both_ways(text, patch)
    assert short == general


def test_a_constant_may_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = compile("e*x")
    assert (compiled.inputs, compiled.optional) == (("x",), ("e",))
    assert compiled.value({"x": 2.0}) == pytest.approx(2 * np.e)
    assert compiled.value({"x": 2.0, "e": 3.0}) == 6.0
    assert compiled.grad({"x": 2.0, "e": 3.0}) == {"e": 2.0, "x": 3.0}
    assert compiled.value({"x": 2.0}) == pytest.approx(2 * np.e)


def test_a_formula_has_a_tree_too() -> None:
    assert type(Program(compile("x*y").source).tree.body[0].value).__name__ == "Binary"


def test_long_texts_go_the_general_way() -> None:
    assert compile_formula("x" + "+1" * (LONGEST // 2)) is None
    assert compile_formula("x" + "+1" * (LONGEST // 2 - 1)) is not None


def test_temporaries_are_used_again() -> None:
    formula = compile_formula("+".join(f"x*{number}" for number in range(50)))
    assert formula is not None
    assert len(formula.code.template) == 1 + 50 + 2  # the input, the numbers, two products at a time
