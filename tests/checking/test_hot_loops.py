"""Checks of programs with loops: generated code and the tape must come to the same verdicts."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.checking import check as checking
from gradcli.checking.check import Options, check
from gradcli.checking.program_subject import ProgramSubject, Settings
from gradcli.checking.records import Verdict
from gradcli.checking.roundoff import RoundOff
from gradcli.loops.replays import watch
from tests.loops_compared import all_loops_hot

PASS, BROKEN = Verdict.PASS, Verdict.NONDIFFERENTIABLE
FIVE = "for i in range(5)"

# The program, the point, and the verdict; each has a loop that generated code can run.
PROGRAMS = [
    (FIVE + " { x = r*x*(1 - x) }; x", {"x": 0.3, "r": 2.8}, PASS),
    (FIVE + " { s = s + sin(s*x[i]) }; s", {"s": 0.4, "x": np.linspace(0.1, 0.9, 5)}, PASS),
    (FIVE + " { x = tanh(A @ x) }; dot(x, x)", {"x": np.ones(3), "A": np.eye(3) * 1.2}, PASS),
    ("y = x; " + FIVE + " { if y > 0.5 { y = y*y } else { y = y + x } }; y", {"x": 0.3}, PASS),
    # kinks inside of the loop: at the point, beside it, and far from it
    ("s = 0; " + FIVE + " { s = s + abs(x - i) }; s", {"x": 2.0}, BROKEN),
    ("s = 0; " + FIVE + " { s = s + abs(x - i) }; s", {"x": 2.5}, PASS),
    ("s = 0; " + FIVE + " { s = s + abs(x - i) }; s", {"x": 2.00001}, None),
    ("s = 0; " + FIVE + " { s = s + relu(x - 0.5*i) }; s", {"x": 1.0}, BROKEN),
    ("s = 0; " + FIVE + " { s = max(s, x*i) }; s", {"x": 0.0}, BROKEN),
    ("s = 0; " + FIVE + " { s = s + where(x > 1, x, 2*x) }; s", {"x": 1.0}, BROKEN),
    ("s = 0; " + FIVE + " { s = s + floor(x) + x }; s", {"x": 2.0}, BROKEN),
    ("s = 0; " + FIVE + " { s = s + x*floor(10*x + 0.1) }; s", {"x": 0.55}, PASS),
    ("s = 0; " + FIVE + " { s = s + sum(abs(x - i)) }; s", {"x": np.array([0.5, 2.0])}, BROKEN),
    ("s = 0; " + FIVE + " { s = s + sum(sort(x)*x) }; s", {"x": np.array([0.5, 0.5, 2.0])}, None),
    ("s = x; " + FIVE + " { if s < 1 and x > 0.5 { s = 2*s } else { s = s + 1 } }; s", {"x": 0.5}, BROKEN),
    # how often a loop runs
    ("t = 0; n = 0; while t < x { t = t + 0.125; n = n + t*x }; n", {"x": 1.0}, BROKEN),
    ("t = 0; n = 0; while t < x { t = t + 0.125; n = n + t*x }; n", {"x": 1.06}, PASS),
    ("t = 0; n = 0; while t < x { t = t + 0.125; n = n + t*x }; n", {"x": 1.00001}, None),
    ("y = a; while abs(y*y - a) > 1e-12 { y = y - (y*y - a)/(2*y) }; y", {"a": 7.0}, PASS),
    ("s = 0; " + FIVE + " { k = 0; while k < x { k = k + 1; s = s + x*k } }; s", {"x": 3.0}, BROKEN),
    ("s = 0; " + FIVE + " { for j in range(int(x)) { s = s + x*x } }; s", {"x": 2.0}, BROKEN),
    ("s = 0; " + FIVE + " { for j in range(int(x)) { s = s + x*x } }; s", {"x": 2.5}, PASS),
    # leaving early
    ("s = x; " + FIVE + " { s = 1.5*s; if s > 3.375 { break } }; s", {"x": 1.0}, BROKEN),
    ("s = x; " + FIVE + " { s = 1.5*s; if s > 3.375 { break } }; s", {"x": 1.1}, PASS),
    ("s = x; " + FIVE + " { if s > 2 { continue }; s = 2*s }; s", {"x": 1.0}, BROKEN),
    # around the loop
    ("n = int(x); s = 0; for i in range(10) { s = s + sum(ones(n))*x }; s", {"x": 3.0}, BROKEN),
    ("n = int(x); s = 0; for i in range(10) { s = s + sum(ones(n))*x }; s", {"x": 3.5}, PASS),
    ("s = x; if x > 1 { for i in range(10) { s = s*x } }; s", {"x": 1.0}, BROKEN),
    # what only the tape can do
    ("s = x; " + FIVE + " { s = s*detach(x) }; s", {"x": 1.3}, PASS),
    ("s = x; " + FIVE + " { with no_grad() { c = s*x }; s = s*c }; s", {"x": 1.3}, PASS),
    ("s = 0; " + FIVE + " { s = s + sqrt(x*x) }; s", {"x": 0.0}, BROKEN),
]  # fmt: skip


@pytest.mark.parametrize(("text", "inputs", "verdict"), PROGRAMS)
def test_verdicts_are_those_of_the_tape(text, inputs, verdict, monkeypatch):
    with all_loops_hot():
        found = check(gradcli.compile(text), inputs)
    monkeypatch.setattr(checking, "_by_sweeps", lambda *_: None)
    expected = check(gradcli.compile(text), inputs)
    np.testing.assert_array_equal(found.verdicts, expected.verdicts)
    assert verdict in (None, found.verdict)
    np.testing.assert_allclose(found.reference, expected.reference, 1e-9, 1e-12)
    assert found.verdict is PASS or found.diagnosis == expected.diagnosis


SECOND = Options(settings=Settings(order=2))


@pytest.mark.parametrize(("text", "inputs"), [each[:2] for each in PROGRAMS[::3]])
def test_verdicts_of_second_order_are_those_of_the_tape(text, inputs, monkeypatch):
    with all_loops_hot():
        found = check(gradcli.compile(text), inputs, None, SECOND)
    monkeypatch.setattr(checking, "_by_sweeps", lambda *_: None)
    expected = check(gradcli.compile(text), inputs, None, SECOND)
    np.testing.assert_array_equal(found.verdicts, expected.verdicts)
    np.testing.assert_allclose(found.reference, expected.reference, 1e-9, 1e-12)


def test_second_order_goes_through_sweeps_of_sweeps(monkeypatch):
    text = (
        "for i in range(9) { x = tanh(A @ x)*r }; y = dot(x, x); for i in range(9) { y = r*y*(1 - y/9) }; y"
    )
    inputs = {"x": np.array([0.4, -0.2]), "A": np.array([[1.0, 0.3], [-0.2, 0.8]]), "r": 1.2}
    program = gradcli.compile(text)
    with all_loops_hot():
        subject = ProgramSubject(program, inputs, SECOND.settings, unrolled=False)
    tape = ProgramSubject(program, inputs, SECOND.settings)
    assert (subject.graph.loops, tape.graph.loops) == (2, 0)
    expected = tape.jacobian()
    np.testing.assert_allclose(expected, expected.T, 1e-11, 1e-13)
    np.testing.assert_allclose(subject.jacobian(), expected, 1e-11, 1e-13)
    np.testing.assert_allclose(subject.recorded_jacobian(), expected, 1e-11, 1e-13)
    u = np.linspace(-1.0, 1.0, len(expected))
    np.testing.assert_allclose(subject.push(u), expected @ u, 1e-11, 1e-13)
    points = subject.point + 1e-3 * np.array([u, -u])
    np.testing.assert_allclose(subject.evaluate(points).values, tape.evaluate(points).values, 1e-12, 1e-14)


@pytest.mark.parametrize("order", [1, 2])
def test_rounding_is_measured_as_on_the_tape(order):
    settings = Settings(order=order)
    program = gradcli.compile("for i in range(60) { x = x + 0.1*sin(r*x) }; x")
    sizes = []
    for unrolled in (False, True):
        with all_loops_hot():
            subject = ProgramSubject(program, {"x": 0.3, "r": 2.8}, settings, unrolled=unrolled)
            assert watch(subject.graph)
            measured = RoundOff(subject, subject.jacobian())
            sizes.append((measured.noise, measured.bars))
    for by_sweeps, on_the_tape in zip(*sizes, strict=True):
        ratio = by_sweeps / on_the_tape
        assert np.all((ratio > 0.1) & (ratio < 10.0))


@pytest.mark.parametrize("text", ["x**4", "x**4 + 1e-6*x"])
def test_claims_are_judged_as_on_the_tape(text, monkeypatch):
    program = "y = 1; " + FIVE + " { y = y*x }; y"
    with all_loops_hot():
        found = check(gradcli.compile(program), {"x": 1.3}, {"x": f"5*({text})"})
    monkeypatch.setattr(checking, "_by_sweeps", lambda *_: None)
    expected = check(gradcli.compile(program), {"x": 1.3}, {"x": f"5*({text})"})
    assert (found.verdict, found.diagnosis.kind) == (expected.verdict, expected.diagnosis.kind)


def test_a_long_loop_is_checked_without_the_tape(monkeypatch):
    recorded = []
    record = ProgramSubject._record
    monkeypatch.setattr(
        ProgramSubject,
        "_record",
        lambda self, *given: (recorded.append(self.is_unrolled), record(self, *given))[1],
    )
    found = check(gradcli.compile("for i in range(2000) { x = x + 1e-3*sin(r*x) }; x"), {"x": 0.3, "r": 2.8})
    assert found.verdict is PASS
    assert recorded == [False]
    assert [each.source for each in found.evidence] == ["forward mode", "differences"]


@pytest.mark.parametrize(
    ("body", "x", "beyond"),
    [
        ("s = s + abs(x)", 0.5, -0.5), ("s = s + x*max(x, 1)", 0.5, 1.5),
        ("s = s + where(x > 1, 1, x)", 0.5, 1.5), ("s = s + floor(x)*x", 0.5, 1.5),
        ("s = s + int(x)*x", 0.5, 1.5), ("if x > 1 { s = s + x }", 0.5, 1.5),
        ("s = s + x; if s > 2.2 { break }", 0.5, 1.5),
        ("k = 0; while k < x { k = k + 1; s = s + x }", 0.5, 1.5),
        ("s = s + sum(clip([x, 2*x], 0, 1))", 0.4, 0.7), ("if i > 2 and x > 1 { s = s + x }", 0.5, 1.5),
        ("if i % 2 == 0 { s = s + x }", 0.5, None),
    ],
)  # fmt: skip
def test_a_replay_tells_whether_a_loop_decides_alike(body, x, beyond):
    text = f"s = 0.0*x; for i in range(6) {{ {body} }}; s"
    with all_loops_hot():
        subject = ProgramSubject(gradcli.compile(text), {"x": x}, Settings(), unrolled=False)
        assert subject.graph.loops == 1
        assert watch(subject.graph)
        points = np.array([x, x + 0.01, 1.5 if beyond is None else beyond])
        found = subject.evaluate(points[:, None])
        values = [gradcli.compile(text).value({"x": float(each)}) for each in points]
    np.testing.assert_allclose(found.values[:, 0], values, 1e-15)
    assert (found.flips < 0).tolist() == [True, True, beyond is None]
    assert found.signature[0] == found.signature[1]
    assert bool(found.signature[0] == found.signature[2]) is (beyond is None)
