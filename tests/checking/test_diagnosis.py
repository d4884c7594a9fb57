"""The diagnosis names what is wrong with a claim."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.checking.check import Options, check
from gradcli.checking.program_subject import Settings
from gradcli.checking.records import Tolerance
from gradcli.errors import InputError

X = np.array([0.3, -1.2, 2.5, 0.7, 1.9])
SECOND = Options(Settings(order=2))
MATRIX = np.array([[1.0, -2.0, 0.5], [0.3, 1.5, -1.0], [2.0, 0.2, -0.7]])


def diagnosis(text, claims, **inputs):
    report = check(gradcli.compile(text), inputs, claims)
    assert report.verdict.value == "WRONG"
    return report.diagnosis


@pytest.mark.parametrize(
    ("text", "claim", "kind", "words"),
    [
        ("2*dot(x, x)", "2*x", "factor", "missing factor of 2"),
        ("dot(x, x)", "4*x", "factor", "factor of 2 too much"),
        ("sum(cos(x))", "sin(x)", "sign", "wrong sign"),
        ("mean(x**2)", "2*x", "factor", "a factor of 5 too much, as if a sum stood where the mean is"),
        ("sum(x**2)", "2*x/5", "factor", "a missing factor of 5"),
        ("sum(log10(x**2))", "2/x", "factor", "log(10)"),
        ("sum(sin(x))", "cos(x)*pi/180", "degrees", "degrees"),
        ("sum(x**2)", "0*x", "zero", "no path from `x`"),
        ("sum(x**2)", "2*x + [0, 0, 1e-3, 0, 0]", "one entry", "entry [2] of `x` is off"),
        ("sum(x**2)", "2*x[::-1]", "reversed", "backwards"),
        ("sum(x**2)", "2*roll(x, 1)", "shifted", "off by one"),
        ("sum(x**2)", "2*x[[3, 0, 4, 1, 2]]", "permuted", "other places"),
        ("sum(x**2)", "ones(5)*mean(2*x)", "broadcast", "their mean"),
        ("sum(x**2)", "ones(5)*pi", "broadcast", "one number"),
        ("sum(x/norm(x))", "ones(5)/norm(x)", "missing term", "`norm(x)` in `x/norm(x)`"),
        ("sum(x**2)", "2*abs(x)", "one entry", "entry [1] of `x` has the wrong sign"),
        ("with no_grad() { s = sum(x) }; s*sum(x**2)", "2*s*x + x@x", "detach", "goes through `sum(x)`"),
        ("u = detach(x); v = detach(x*x); sum(u*v*x)", "4*x**3", "detach", "`detach(x)`, `detach(x*x)`"),
        ("einsum('i,i,j->', x, x, x)", "x", "unknown", "no common mistake"),
        ("sum(exp(x))", "round(exp(x), 6)", "rounded", "--rtol"),
        ("sum(x*sin(x))", "sin(x)", "missing term", "`sin(x)` in `x*sin(x)` is not taken into account"),
        ("sum(x*sin(x))", "x*cos(x)", "missing term", "`x` in `x*sin(x)`"),
        ("sum(x**2*exp(x))", "2*x*exp(x) - x**2*exp(x)", "sign", "wrong sign of one term"),
        ("sum(detach(x**2)*x)", "3*x**2", "detach", "goes through `detach(x**2)`"),
    ],
)  # fmt: skip
def test_common_mistakes(text, claim, kind, words):
    found = diagnosis(text, {"x": claim}, x=X)
    assert found.kind == kind, found
    assert words in found.text


def test_a_mean_over_the_rows_of_another_input():
    found = diagnosis("mean((A[:2]@w)**2)", {"w": "2*A[:2].T@(A[:2]@w)*1.5"}, A=MATRIX, w=X[:3])
    assert found.text == "a factor of 3 too much, as if a sum stood where the mean is"
    rows = diagnosis("mean((M@w)**2)", {"w": "2*M.T@(M@w)"}, M=np.ones((7, 2)) * [[1.0, 2.0]], w=X[:2])
    assert rows.text == "a factor of 7 too much, as if a sum stood where the mean is"


def test_numbers_as_they_are_printed():
    x = np.array([0.3, 1.7, -0.8, 2.2])
    found = diagnosis("sum(sin(x))", {"x": np.round(np.cos(x), 4)}, x=x)
    assert (found.kind, found.text) == ("rounded", "the claim is rounded to 4 decimals: give --atol 6e-5")
    assert diagnosis("sum(sin(x))", {"x": np.round(np.cos(x), 1)}, x=x).kind != "rounded"


def test_a_missing_term_has_its_line():
    found = diagnosis("y = exp(x)\nz = sin(x)\nsum(y*z)", {"x": "y*z"}, x=X)
    assert found.kind == "missing term"
    assert "`z` in `y*z` (line 3)" in found.text


def test_transposed_and_mixed_up():
    text = "sum(sin(A) * B)"
    assert diagnosis(text, {"A": "(cos(A)*B).T"}, A=MATRIX, B=MATRIX + 1).kind == "transposed"
    found = diagnosis("sum(x*x*y)", {"x": "x*x", "y": "2*x*y"}, x=X, y=X + 3)
    assert found.kind == "mixed up"
    assert "`x`" in found.text
    assert "`y`" in found.text


# The text, the claim, the point; the kind of diagnosis, and words of it.
SLIPS = [
    ("log(1 + exp(x))", "1/(1 + exp(x))", 0.5, "factor", "`x` in the claim for `x` should be `-x`"),
    ("log(1 + exp(x))", "1/(1 + exp(x))", 0.5, "factor", "the derivative of `exp(x)` is missing as a factor"),
    ("sum(sin(x**2))", "cos(x**2)", X, "factor", "the derivative of `x**2`, `2*x`, is missing as a factor"),
    ("sum(sigmoid(x))", "sigmoid(x)", X, "factor", "a missing factor `(1 - sigmoid(x))`"),
    ("s = sigmoid(x); s", "s", 0.5, "factor", "a missing factor `(1 - s)`"),
    ("x**3", "3*x", 2.0, "factor", "a missing factor `x`"),
    ("x**3", "3*x**3", 2.0, "factor", "a factor `x` too much"),
    ("exp(-x**2/2)", "exp(-x**2/2)", 0.7, "factor", "a missing factor `-x`"),
    ("sum(tanh(x))", "1 - tanh(x)", X, "factor", "should be `tanh(x)**2`"),
    ("sum(relu(x))", "1.0*(x < 0)", X, "other side", "the other side of a branch or a clamp"),
    ("sum(clip(x, -1, 1))", "1.0*(abs(x) > 1)", X, "other side", "the other side of a branch or a clamp"),
    ("sum(sin(x))", "cos(x*pi/180)", 20*X, "degrees", "`x*pi/180` in the claim for `x` should be `x`"),
    ("x - 2*sin(x)", "1 - 2*sin(x)", 0.7, "wrong function", "`sin` in the claim for `x` should be `cos`"),
    ("x**2/(1 + x**2)", "2*x/(1 - x**2)**2", 0.7, "wrong operator", "should be `+`"),
    ("sum(where(x > 0, x**2, -x**3))", "where(x > 0, 2*x, 3*x**2)", X, "one entry", "should be `-3*x**2`"),
    ("sum(x**2/2)", "x//1", X, "integer division", "`//` in the claim for `x` should be `/`"),
    ("x**3/3", "(1//3)*3*x**2", 2.0, "zero", "`//` in the claim for `x` should be `/`"),
    ("2**x", "x*2**(x - 1)", 3.0, "rule", "power rule: it does not hold for `x`, an exponent"),
    ("sin(x)*cos(x)", "-cos(x)*sin(x)", 1.3, "rule", "multiplies the derivatives of `sin(x)` and `cos(x)`"),
    ("exp(2*x)/sin(x)", "2*exp(2*x)/cos(x)", 0.4, "rule", "quotient rule: the claim divides"),
    ("r = 2*x + b; r**2", "4*(2*x)", 0.4, "a forgotten term", "as in `4*((2*x) + b)`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "claim", "x", "kind", "words"), SLIPS)
def test_what_one_point_cannot_tell_is_told_by_several(text, claim, x, kind, words):
    others = {"b": 0.3} if "b" in gradcli.compile(text).inputs else {}
    found = diagnosis(text, {"x": claim}, x=x, **others)
    assert found.kind == kind, found
    assert words in found.text


@pytest.mark.parametrize(
    ("text", "claims", "words"),
    [
        ("r = A @ x - b; sum(r**2)", {"x": "2*A @ r"}, "`A` in the claim for `x` should be `A.T`, as in"),
        ("r = A @ x - b; sum(r**2)", {"A": "2*outer(x, r)"}, "should be `(2*outer(x, r)).T`"),
        ("sum(A @ B)", {"A": "ones(3, 3) @ B"}, "`B` in the claim for `A` should be `B.T`"),
        ("dot(x, A @ b)", {"b": "A @ x", "x": "A.T @ b"}, "`A.T` in the claim for `x` should be `A`"),
        ("logdet(A)", {"A": "inv(A)"}, "`inv(A)` in the claim for `A` should be `inv(A).T`"),
        ("x @ A @ x", {"x": "2*A @ x"}, "right for symmetric matrices only"),
    ],
)
def test_a_transpose_inside_a_claim(text, claims, words):
    inputs = {"A": MATRIX, "B": MATRIX - 2, "x": X[:3], "b": X[2:]}
    program = gradcli.compile(text)
    assert words in diagnosis(text, claims, **{name: inputs[name] for name in program.inputs}).text


def test_numbers_at_one_entry_prove_no_factor():
    assert diagnosis("x**2", {"x": 0.3}, x=2.0).kind == "unknown"
    assert "missing factor of 2" in diagnosis("x**2", {"x": 2.0}, x=2.0).text


def test_a_ratio_at_one_point_is_no_constant_factor():
    assert "factor of 2" not in diagnosis("x**3", {"x": "3*x"}, x=2.0).text


def test_names_that_are_exchanged():
    found = diagnosis("x/y", {"x": "1/y", "y": "-y/x**2"}, x=3.0, y=2.0)
    assert "exchanged: `-y/x**2` in the claim for `y` should be `-x/y**2`" in found.text


def test_zeros_agree_with_every_factor():
    report = check(gradcli.compile("sum(x**3)"), {"x": [1, 2]}, {"x": "diag(3*x)"}, SECOND)
    assert "missing factor of 2" in report.diagnosis.text


def test_a_tolerance_that_nothing_can_meet():
    report = check(gradcli.compile("x**3"), {"x": 0.7}, None, Options(tolerance=Tolerance(0.0, 0.0)))
    assert (report.verdict.value, report.diagnosis.kind) == ("INCONCLUSIVE", "tolerance")


@pytest.mark.parametrize(
    ("text", "claim", "words"),
    [
        ("sum((X + b)**2)", "2*(X + b)", "the sum of these numbers over axis 0"),
        ("sum(X*b[0])", "X", "the sum of these numbers over axis 0"),
        ("sum((X + s)**2)", "2*(X + s)", "`s` was broadcast: its derivative is the sum of these numbers"),
    ],
)
def test_claims_by_what_was_broadcast(text, claim, words):
    inputs = {"X": MATRIX[:2], "b": X[:3], "s": 0.5}
    program = gradcli.compile(text)
    with pytest.raises(InputError) as caught:
        check(program, {name: inputs[name] for name in program.inputs}, {program.inputs[1]: claim})
    assert words in caught.value.help


def test_nothing_fits():
    found = diagnosis("sum(x**2)", {"x": "[1, 7, -2, 3, 11]"}, x=X)
    assert found.kind == "unknown"
