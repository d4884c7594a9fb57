"""Programs that are checked again: a check on a graph that is there finds what one on a new graph finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.checking.check import Options, check
from gradcli.checking.program_subject import ProgramSubject, Settings
from gradcli.checking.records import Check, Verdict
from gradcli.checking.visits import Met, Visit

RNG = np.random.default_rng(11)
VECTOR = {"x": (5,)}
MATRIX = {"A": (4, 4)}

STEADY = {
    "sum(sin(x)*x)": VECTOR,
    "tanh(A @ x)": {"A": (3, 5), "x": (5,)},
    "a*b + exp(-a)": {"a": (), "b": ()},
    "sum(abs(x)) + max(x)": VECTOR,
    "sum(where(x > 0, x**2, -x))": VECTOR,
    "sum(sort(x) * arange(5))": VECTOR,
    "norm(x - mean(x))": VECTOR,
    "sum(detach(x) * x)": VECTOR,
    "with no_grad():\n    c = sum(x)\nsum(x * c)": VECTOR,
    "def f(t):\n    return t * sin(t)\nsum(f(x)) + f(x[2])": VECTOR,
    "s = 0\nfor i in range(5):\n    s += x[i] ** i\ns": VECTOR,
    "logdet(A @ A.T + eye(4))": MATRIX,
    "sum(x * randn(5))": VECTOR,
    "return dot(x, x), cumsum(x)": VECTOR,
}


def point(shapes: dict[str, tuple[int, ...]], scale: float = 1.0) -> dict[str, Any]:
    """Random inputs of these shapes."""
    return {name: RNG.normal(size=shape) * scale if shape else RNG.normal() for name, shape in shapes.items()}


def found(text: str, result: Check) -> list[Any]:
    """All that a check says, its arrays rounded as the order of operations may round them."""
    arrays = (result.point, result.value, result.claimed, result.reference)
    rest = (result.verdicts.tolist(), result.diagnosis, result.warnings, result.notes, result.order)
    return [text, *(np.round(each, 10).tolist() for each in arrays), *rest]


def kept(program: gradcli.Program) -> Any:
    """What the program's only visits have left."""
    (left,) = program.visits.values()
    return left


@pytest.mark.parametrize("text", STEADY)
def test_a_graph_that_is_there_gives_what_a_new_one_gives(text: str) -> None:
    program = gradcli.compile(text)
    subjects = []
    for _ in range(5):
        inputs = point(STEADY[text])
        assert found(text, check(program, inputs)) == found(text, check(gradcli.compile(text), inputs))
        subjects.append(kept(program))
    assert subjects[0] is Met.ONCE
    assert isinstance(subjects[1], ProgramSubject)
    assert all(each is subjects[1] for each in subjects[2:])


@pytest.mark.parametrize(
    "text",
    [
        "sum(x) if x[0] > 0 else sum(x**2)",
        "x[int(abs(x[0])) % 5] * 2",
        "s = 1\nwhile s < 2 + abs(x[1]):\n    s *= 1.5\ns * sum(x)",
        "x[0] = 3*x[1]\nsum(x)",
    ],
)
def test_a_run_that_looks_at_values_or_writes_is_recorded_each_time(text: str) -> None:
    program = gradcli.compile(text)
    for _ in range(4):
        inputs = point(VECTOR)
        assert found(text, check(program, inputs)) == found(text, check(gradcli.compile(text), inputs))
    assert kept(program) is Met.UNSTEADY


def test_a_kink_is_seen_at_a_later_visit() -> None:
    program = gradcli.compile("sum(abs(x)) + max(x)")
    for _ in range(3):
        assert check(program, point(VECTOR)).verdict is Verdict.PASS
    at_kink = check(program, {"x": np.array([0.5, 0.0, -1.0, 2.0, 1.0])})
    assert at_kink.verdict is Verdict.NONDIFFERENTIABLE
    assert "`abs(x)`" in at_kink.diagnosis.text
    at_tie = check(program, {"x": np.array([0.5, 2.0, -1.0, 2.0, 1.0])})
    assert at_tie.verdict is Verdict.NONDIFFERENTIABLE
    assert "`max(x)`" in at_tie.diagnosis.text


def test_a_claim_is_compared_at_a_later_visit() -> None:
    program = gradcli.compile("sum(x**3)")
    for _ in range(3):
        assert check(program, point(VECTOR), {"x": "3*x**2"}).verdict is Verdict.PASS
        assert check(program, point(VECTOR), {"x": "2*x**2"}).verdict is Verdict.WRONG


def test_shapes_and_settings_have_visits_of_their_own() -> None:
    program = gradcli.compile("sum(x*y)")
    for shape in ((3,), (4,)):
        for settings in (Settings(), Settings(wrt=("x",))):
            for _ in range(3):
                result = check(program, point({"x": shape, "y": shape}), None, Options(settings=settings))
                assert len(result.point) == shape[0] * (1 if settings.wrt else 2)
    assert len({id(each) for each in program.visits.values()}) == 4


def test_no_two_checks_share_a_graph() -> None:
    program = gradcli.compile("sum(sin(x))")
    for _ in range(2):
        check(program, point(VECTOR))
    subject = kept(program)
    first, second = (Visit(program, point(VECTOR), Settings()) for _ in range(2))
    assert first.subject is subject
    assert second.subject is not subject


def test_where_an_operation_fails_at_a_later_visit_a_new_run_explains_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = gradcli.compile("sum(sin(x)*x)")
    for _ in range(3):
        check(program, point(VECTOR))

    def fails(subject: ProgramSubject, inputs: Any) -> None:
        raise ValueError("as an operation may")

    monkeypatch.setattr(ProgramSubject, "move_to", fails)
    inputs = point(VECTOR)
    assert found("", check(program, inputs)) == found("", check(gradcli.compile("sum(sin(x)*x)"), inputs))
    assert not program.visits


def test_large_graphs_and_hot_loops_are_not_kept() -> None:
    large = gradcli.compile("sum(x*x)")
    loop = gradcli.compile("s = x[0]\nfor i in range(3000):\n    s = s + x[1]/(s*s + 1)\ns")
    for _ in range(3):
        check(large, {"x": RNG.normal(size=1 << 17)})
        check(loop, point(VECTOR))
    assert kept(large) is Met.UNSTEADY
    assert not any(isinstance(each, ProgramSubject) for each in loop.visits.values())
