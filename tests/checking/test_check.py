"""Verdicts on programs and claims, and what each report says."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.checking.check import Options, check
from gradcli.checking.program_subject import Settings
from gradcli.checking.records import Check, Tolerance, Verdict
from gradcli.errors import InputError, UsageError


def checked(text: str, claims=None, options=None, **inputs) -> Check:
    return check(gradcli.compile(text), inputs, claims, options)


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("2*dot(x,x)", {"x": [0, 1, 2, 3]}),
        ("sum(sin(x))", {"x": [1e8, 2e8]}),
        ("sin(x)", {"x": 1e10}),
        ("1e8 + sin(x)", {"x": 0.3}),
        ("sin(1e6*x)", {"x": 0.7}),
        ("log(x)", {"x": 1e-5}),
        ("abs(x)", {"x": -1e-9}),
        ("relu(x - 1)", {"x": 1 + 1e-9}),
        ("x*abs(x)", {"x": 0}),
        ("if x > 0 {y = x**2} else {y = 0*x}; y", {"x": 0}),
        ("sum(sort(x)**2)", {"x": [1, 1, 2]}),
        ("exp(-1/x**2)", {"x": 0}),
        ("sum(sin(x)*x)", {"x": np.linspace(0.1, 3, 100)}),
        ("A @ x", {"A": [[1, 2], [3, 4]], "x": [1, 1]}),
        ("return sum(x), x*x", {"x": [1, 2]}),
        ("sum(p.W @ p.b)", {"p": {"W": [[1, 2], [3, 4]], "b": [1, -1]}}),
        ("b = 2*a\nwhile norm(b) < 1000:\n    b = 2*b\nsum(b)", {"a": [1, 2, 3]}),
        ("b = zeros(3)\nfor i in range(3):\n    b[i] = x[i]*b[i-1] + x[i]\nsum(b)", {"x": [1, 2, 3]}),
        ("logdet(A) + trace(inv(A))", {"A": [[2, 1], [1, 3]]}),
    ],
)
def test_right_derivatives_pass(text, inputs):
    report = checked(text, **inputs)
    assert report.verdict is Verdict.PASS, report.diagnosis
    assert report.digits > 6


@pytest.mark.parametrize(
    ("text", "inputs", "kind"),
    [
        ("abs(x)", {"x": 0}, "kink"),
        ("relu(x)", {"x": 0}, "kink"),
        ("norm(x)", {"x": [0, 0]}, "kink"),
        ("max(x)", {"x": [1, 2, 2]}, "kink"),
        ("sum(abs(x))", {"x": np.arange(-20, 20)}, "kink"),
        ("if x > 1 {y = x} else {y = 2*x - 1}; y", {"x": 1}, "kink"),
        ("floor(x)", {"x": 2}, "jump"),
        ("floor(x + 0.5) + x", {"x": 1.5}, "jump"),
        ("where(x == 0, 1, 0*x)", {"x": 0}, "jump"),
        ("cbrt(x)", {"x": 0}, "vertical tangent"),
        ("cbrt(x - 2)", {"x": 2}, "vertical tangent"),
        ("sqrt(abs(x))", {"x": 0}, "vertical tangent"),
        ("sqrt(x)", {"x": 0}, "domain edge"),
        ("acos(x)", {"x": 1}, "domain edge"),
        ("sqrt(abs(x*y))", {"x": 0, "y": 0}, "kink"),
        ("where(x**2 + y**2 > 0, x**2*y/(x**2 + y**2), 0)", {"x": 0, "y": 0}, "corner"),
        ("log(x)", {"x": -1}, "undefined"),
    ],
)
def test_points_without_a_derivative_are_named(text, inputs, kind):
    report = checked(text, **inputs)
    assert (report.verdict, report.diagnosis.kind) == (Verdict.NONDIFFERENTIABLE, kind)


def test_a_kink_shows_its_slopes_and_its_place():
    text = "y = 3*x\nabs(y)"
    report = checked(text, x=0)
    entry = report.entry(0, 0)
    assert (entry.finding.left, entry.finding.right) == (-3, 3)
    span = report.diagnosis.span
    assert text[span.start : span.end] == "abs(y)"
    assert "0 lies between" in report.diagnosis.text
    assert "5 does not lie between" in checked(text, {"x": "5"}, x=0).diagnosis.text


def test_a_guard_that_flips_is_named():
    text = "if x > 1 {y = x} else {y = 2*x - 1}; y"
    assert "the condition `x > 1` changes there" in checked(text, x=1).diagnosis.text


def test_cancellation_is_inconclusive():
    report = checked("(1 - cos(x))/x**2", {"x": "-x/12"}, x=1e-4)
    assert (report.verdict, report.diagnosis.kind) == (Verdict.INCONCLUSIVE, "cancellation")


@pytest.mark.parametrize("text", ["where(x==0, 0, x*sin(1/x))", "y = 0*x; if x != 0 {y = x*sin(1/x)}; y"])
def test_slopes_that_swing_for_ever_prove_nothing(text):
    for claims in (None, {"x": "0"}, {"x": "1"}):
        assert checked(text, claims, x=0).verdict is Verdict.INCONCLUSIVE


def test_stopped_gradients_are_meant_and_listed():
    report = checked("u = detach(x*x); sum(u*x)", x=[0.5, 1, 2, 3])
    assert report.verdict is Verdict.PASS
    assert any("`detach(x*x)`" in note for note in report.notes)


def test_one_nan_does_not_spoil_the_other_outputs():
    report = checked("log(x)", x=[-1, 2])
    assert report.verdict is Verdict.PASS
    assert report.counts == {Verdict.PASS: 4}
    assert np.isnan(report.reference[0]).all()
    assert np.isnan(report.error[0]).all()
    assert np.allclose(report.reference[1], [0, 0.5])


def test_a_wrong_rule_of_our_own_is_found(monkeypatch):
    from gradcli.autodiff.primitive import Elementwise
    from gradcli.autodiff.slopes import slopes_of
    from gradcli.primitives.trigonometry import cos, sin

    spoilt = (lambda out, x: cos(x) * (1 + 1e-6),)
    monkeypatch.setattr(sin, "derivative", Elementwise(spoilt))
    monkeypatch.setattr(sin, "partials", spoilt)
    slopes_of.cache_clear()
    report = checked("sin(x)*3", x=0.7)
    slopes_of.cache_clear()
    assert (report.verdict, report.diagnosis.kind) == (Verdict.WRONG, "own derivative")


# Claims -----------------------------------------------------------------------------------------------------


def test_claims_may_use_variables_of_the_program():
    assert checked(
        "r = A @ x - y; sum(r**2)", {"x": "2*A.T @ r"}, A=[[1, 2], [3, 4]], x=[1, 1], y=[0, 3]
    ).verdict is (Verdict.PASS)


@pytest.mark.parametrize(
    "claim", ["2, 4", "[2, 4]", [2, 4], np.array([2.0, 4.0]), "2*x", "y = x\ny + x", "2, 2*2", "[2, 2*x[1]]"]
)
def test_claims_in_every_spelling(claim):
    assert checked("sum(x**2)", {"x": claim}, x=[1, 2]).verdict is Verdict.PASS


def test_a_claim_from_a_file(tmp_path):
    path = tmp_path / "gradient.json"
    path.write_text("[2, 4]")
    assert checked("sum(x**2)", {"x": f"@{path}"}, x=[1, 2]).verdict is Verdict.PASS


def test_a_claim_about_a_jacobian():
    inputs = {"A": [[1, 2], [3, 4]], "x": [1, 1]}
    assert checked("A @ x", {"x": "A"}, **inputs).verdict is Verdict.PASS
    wrong = checked("A @ x", {"x": "A.T"}, **inputs)
    assert (wrong.verdict, wrong.diagnosis.kind) == (Verdict.WRONG, "transposed")


def test_a_claim_about_a_part_of_a_structure():
    inputs = {"p": {"W": [1.0, 2.0], "b": 3.0}}
    assert checked("sum(p.W)*p.b", {"p.W": "[3, 3]"}, **inputs).verdict is Verdict.PASS
    assert checked("sum(p.W)*p.b", {"p": {"W": [3, 3], "b": 4}}, **inputs).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"x": "1"}, "has shape (), not (2,)"),
        ({"x": "[1, 2, 3]"}, "has shape (3,), not (2,)"),
        ({"z": "1"}, "no input of the program"),
        ({"x": "w*x"}, "uses `w`"),
        ({"x": "1/(x - 1)"}, "not finite"),
        ({"y": "1"}, "held constant"),
    ],
)
def test_claims_that_do_not_fit(claims, message):
    options = Options(settings=Settings(const=("y",)))
    with pytest.raises(InputError) as caught:
        checked("sum(x)*y", claims, options, x=[1, 2], y=1)
    assert message in caught.value.message


def test_claims_need_one_output():
    with pytest.raises(UsageError):
        checked("return x, 2*x", {"x": "1"}, x=1)


# Tolerances -------------------------------------------------------------------------------------------------


def test_errors_of_a_millionth_are_wrong_unless_tolerated():
    claim = {"x": np.array([2.0, 4.0, 6.0]) * (1, 1, 1 + 1e-6)}
    assert checked("sum(x**2)", claim, x=[1, 2, 3]).verdict is Verdict.WRONG
    tolerant = Options(tolerance=Tolerance(rtol=1e-5))
    assert checked("sum(x**2)", claim, tolerant, x=[1, 2, 3]).verdict is Verdict.PASS


def test_a_vacuous_tolerance_is_warned_about():
    report = checked("1e-9*x", {"x": "2e-9"}, Options(tolerance=Tolerance(atol=1e-6)), x=3)
    assert report.verdict is Verdict.PASS
    assert "proves nothing" in report.warnings[0]
    assert not checked("x", {"x": "1"}, Options(tolerance=Tolerance(atol=1e-6)), x=3).warnings


# Other ways to check ----------------------------------------------------------------------------------------


def test_second_order():
    second = Options(settings=Settings(order=2))
    report = checked("sum(x**3*y)", None, second, x=[1, 2], y=2)
    assert report.verdict is Verdict.PASS
    assert report.label(0, 2) == "d²/dx[0]dy"
    assert report.reference[0, 0] == 12


def test_second_order_sees_a_kink_of_the_gradient():
    report = checked("x*abs(x)", None, Options(settings=Settings(order=2)), x=0)
    assert report.verdict is Verdict.NONDIFFERENTIABLE


def test_claims_of_second_order_are_about_the_derivative_of_the_gradient():
    second = Options(settings=Settings(order=2))
    assert checked("sum(x**3)", {"x": "6*diag(x)"}, second, x=[1, 2]).verdict is Verdict.PASS
    wrong = checked("sum(x**3)", {"x": "3*diag(x)"}, second, x=[1, 2, 5])
    assert (wrong.verdict, wrong.label(0, 1)) == (Verdict.WRONG, "d²/dx[0]dx[1]")
    of_all = checked("x**2*y", {"y": "[2*x, 0]"}, second, x=3, y=2)  # a row for each entry of each input
    assert of_all.verdict is Verdict.PASS
    with pytest.raises(InputError, match="the gradient has shape"):
        checked("sum(x**3)", {"x": "3*x**2"}, second, x=[1, 2])


def test_second_order_does_not_pass_a_rule_that_has_none():
    second = Options(settings=Settings(order=2))
    at_zero = checked("norm(r)**2", None, second, r=[0, 0])
    assert at_zero.verdict is Verdict.NONDIFFERENTIABLE  # of norm, whose derivative is taken for 0 there
    assert at_zero.diagnosis.kind == "convention"
    assert "`norm(r)` has none" in at_zero.diagnosis.text
    assert at_zero.entry(0, 0).claimed == 0
    assert at_zero.entry(0, 0).reference == pytest.approx(2)
    for order in (1, 2):
        by_q = Options(settings=Settings(wrt=("q",), order=order))
        at_an_entry = checked("quantile(x, q)", None, by_q, x=[1, 2, 4], q=0.5)
        assert at_an_entry.verdict is Verdict.NONDIFFERENTIABLE


def test_directions_only():
    report = checked("sum(sin(x)*x)", None, Options(directional=8), x=np.linspace(0.1, 3, 50))
    assert report.verdict is Verdict.PASS


def test_symmetric_inputs_stay_symmetric():
    text, inputs = "logdet(A)", {"A": [[2, 1], [1, 3]]}
    report = checked(text, {"A": "inv(A)"}, Options(symmetric=("A",)), **inputs)
    assert report.verdict is Verdict.PASS
    assert [report.label(0, i) for i in range(3)] == ["d/dA[0,0]", "d/dA[0,1]", "d/dA[1,1]"]
    np.testing.assert_allclose(report.reference, [[0.6, -0.4, 0.4]])
    with pytest.raises(InputError, match="no symmetric matrix"):
        checked(text, None, Options(symmetric=("A",)), A=[[2, 1], [0, 3]])
    with pytest.raises(InputError, match="not positive definite"):
        checked(text, None, Options(positive_definite=("A",)), A=[[-2, 1], [1, 3]])


def test_the_same_check_gives_the_same_report():
    runs = [checked("sum(sin(x)*x)", {"x": "sin(x)"}, x=np.linspace(0.1, 3, 40)) for _ in range(2)]
    assert runs[0].diagnosis == runs[1].diagnosis
    np.testing.assert_array_equal(runs[0].error, runs[1].error)


MINIMA = [
    ("(1 - x)**2 + 100*(y - x**2)**2", {"x": 1, "y": 1}),
    ("(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2", {"x": 3, "y": 0.5}),
    ("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", {"x": np.ones(50)}),
    ("(x - 2)**4 + 1e6", {"x": 2}),
]


@pytest.mark.parametrize(("text", "inputs"), MINIMA)
def test_a_gradient_of_zero_at_a_minimum_passes(text, inputs):
    report = checked(text, **inputs)
    assert report.verdict is Verdict.PASS, report.diagnosis
    assert not report.reference.any()


@pytest.mark.parametrize(("text", "inputs"), MINIMA)
def test_a_small_gradient_claimed_at_a_minimum_is_wrong(text, inputs):
    assert checked(text, {"x": 1e-9 * np.ones_like(inputs["x"])}, **inputs).verdict is Verdict.WRONG


def test_a_claim_of_zero_at_a_minimum_is_warned_about():
    report = checked("(x - 2)**2", {"x": "4*(x - 2)"}, x=2)
    assert report.verdict is Verdict.PASS
    assert "check at another point" in report.warnings[0]
    assert not checked("(x - 2)**2", {"x": "2*(x - 2)"}, x=3).warnings


def test_worst_entries_come_first():
    report = checked("sum(x**2)", {"x": "2, 4.1, 6, 9"}, x=[1, 2, 3, 4])
    assert [entry.name for entry in report.worst_entries(2)] == ["d/dx[3]", "d/dx[1]"]
