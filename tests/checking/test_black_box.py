"""Python functions and their gradients as black boxes."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli.checking.black_box import check_functions
from gradcli.checking.check import Options
from gradcli.checking.program_subject import Settings
from gradcli.checking.python_functions import load_function, parameters_of
from gradcli.checking.records import Tolerance
from gradcli.errors import EvaluationError, InputError, UsageError

W, B = np.array([1.0, 2.0, -0.5]), np.array([3.0, 4.0, 0.25])


def loss(w, b):
    return np.sum((2 * w - b) ** 2)


def gradient(w, b):
    return 4 * (2 * w - b), -2 * (2 * w - b)


def verdict(function, df, options=None, **inputs):
    return check_functions(function, df, inputs, options).verdict.value


def test_right_and_wrong():
    assert verdict(loss, gradient, w=W, b=B) == "PASS"
    assert verdict(loss, lambda w, b: {"b": gradient(w, b)[1], "w": gradient(w, b)[0]}, w=W, b=B) == "PASS"
    assert verdict(loss, lambda w, b: (gradient(w, b)[0], -gradient(w, b)[1]), w=W, b=B) == "WRONG"
    assert verdict(np.sin, lambda x: np.cos(x) * (1 + 1e-6), x=1e10) == "WRONG"
    assert verdict(np.sin, lambda x: 0.0, x=1e10) == "WRONG"


def test_a_minimum():
    assert verdict(lambda x: np.sum((x - 2) ** 2), lambda x: 2 * (x - 2), x=[2.0, 2.0]) == "PASS"
    assert verdict(lambda x: np.sum((x - 2) ** 2), lambda x: 2 * (x - 2) + 1e-9, x=[2.0, 2.0]) == "WRONG"
    assert verdict(lambda x: (x - 2) ** 2 + 1e-8 * (x - 2), lambda x: 0.0, x=2.0) == "WRONG"


def test_undecided():
    assert verdict(np.abs, np.sign, x=0.0) == "NONDIFFERENTIABLE"
    assert verdict(lambda x: 1e8 + np.sin(x), np.cos, x=0.3) == "INCONCLUSIVE"
    tolerant = Options(tolerance=Tolerance(rtol=1e-3))
    assert verdict(lambda x: 1e8 + np.sin(x), np.cos, tolerant, x=0.3) == "PASS"


def test_jacobians_and_directions():
    a = np.arange(6.0).reshape(3, 2)
    assert verdict(lambda x: a @ x, lambda x: a, x=[1.0, 2.0]) == "PASS"
    many = np.linspace(-2.0, 2.0, 40)
    assert verdict(lambda x: np.sum(x**3), lambda x: 3 * x**2, Options(directional=2), x=many) == "PASS"
    assert verdict(lambda x: np.sum(x**3), lambda x: 2 * x**2, Options(directional=2), x=many) == "WRONG"


def test_a_function_that_fails_away_from_the_point_has_an_edge_there():
    def guarded(x):
        if x < 1:
            raise ValueError("too small")
        return x**2

    assert verdict(guarded, lambda x: 2 * x, x=1.0) == "NONDIFFERENTIABLE"


def fail(*inputs):
    raise RuntimeError("no")


def test_whatever_a_function_raises_away_from_the_point_is_an_edge():
    def guarded(x):
        assert x >= 1
        return x**2

    assert verdict(guarded, lambda x: 2 * x, x=1.0) == "NONDIFFERENTIABLE"


def test_a_function_that_is_none_of_its_inputs():
    counted = iter(range(10_000))
    found = check_functions(lambda x: x**2 + 1e-3 * next(counted), lambda x: 3 * x, {"x": 2.0})
    assert (found.verdict.value, found.diagnosis.kind) == ("INCONCLUSIVE", "unsteady")
    assert found.diagnosis.text.endswith("each time it is called: 4, then 4.001")
    kept = {}
    found = check_functions(lambda x: kept.setdefault("value", x**2), lambda x: 2 * x, {"x": 2.0})
    assert (found.verdict.value, found.diagnosis.kind) == ("WRONG", "constant")


def test_some_inputs_only():
    both, one = {"w": W, "b": B}, Options(Settings(wrt=("w",)))
    wrong_b = {"w": gradient(W, B)[0], "b": 3 * B}
    for given in (wrong_b, tuple(wrong_b.values()), wrong_b["w"]):
        assert check_functions(loss, lambda w, b, given=given: given, both, one).verdict.value == "PASS"
    held = Options(Settings(const=("w",)))
    assert check_functions(loss, lambda w, b: wrong_b, both, held).verdict.value == "WRONG"
    with pytest.raises(InputError, match="no parameter `c`"):
        check_functions(loss, gradient, both, Options(Settings(wrt=("c",))))


def test_a_jacobian_of_one_row_may_be_a_list():
    assert verdict(lambda x: [x[0] * x[1]], lambda x: [[x[1], x[0]]], x=[2.0, 3.0]) == "PASS"


def leave(*inputs):
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("function", "df", "error", "message"),
    [
        (fail, gradient, EvaluationError, "the function raised RuntimeError: no"),
        (loss, fail, EvaluationError, "the gradient function raised RuntimeError: no"),
        (leave, gradient, EvaluationError, "the function raised SystemExit: 3"),
        (lambda w, b: "text", gradient, EvaluationError, "does not give a number or an array"),
        (lambda w, b: None, gradient, EvaluationError, "the function gives nothing"),
        (loss, lambda w, b: (w, "text"), EvaluationError, "the gradient function, by `b`, does not give"),
        (loss, lambda w, b: (w,), InputError, "1 gradients for 2 inputs"),
        (loss, lambda w, b: (w, 1.0), InputError, "the gradient by `b` has shape (), not (3,)"),
    ],
)
def test_functions_that_do_not_fit(function, df, error, message):
    with pytest.raises(error) as caught:
        verdict(function, df, w=W, b=B)
    assert message in caught.value.message


def test_functions_by_name(tmp_path, monkeypatch):
    (tmp_path / "own_model.py").write_text("def f(w, b, scale=1):\n    return w\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert parameters_of(load_function("own_model:f")) == ("w", "b")
    for name in ("own_model", "own_model:g", "no_such_module:f", "own_model:__name__"):
        with pytest.raises(UsageError):
            load_function(name)
