"""The Python API: what a program needs, what a recording gives, and the errors of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.autodiff import derivatives
from gradcli.checking.records import Verdict
from gradcli.errors import GradcliError, InputError, LimitError, UsageError

X = [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("text", "required", "optional"),
    [
        ("2*dot(x, x)", ("x",), ()),
        ("a*x + b", ("a", "x", "b"), ()),
        ("y = x; y*z", ("x", "z"), ()),
        ("x += 1; x", ("x",), ()),
        ("x[0] = 1; sum(x)", ("x",), ()),
        ("e*x + gamma(x)*gamma", ("x", "gamma"), ("e",)),
        ("t*x + beta", ("t", "x", "beta"), ()),
        ("[f(x) for f in [sin, cos]]", ("x",), ("sin", "cos")),
        ("sequential(sin, exp)(x)", ("x",), ("sin", "exp")),
        ("def f(x, k=2): return x**k", ("x",), ("k",)),
        ("f = lambda t: t*n\nn = 2\nf(x)", ("x",), ()),
        ("sum(i*x for i in range(n))", ("n", "x"), ()),
        ("F.relu(x) + np.sum(x)", ("x",), ()),
        ("F @ F.T", ("F",), ()),
        ("if c: y = 1\ny*x", ("c", "x"), ()),
    ],
)
def test_inputs(text: str, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    program = gradcli.compile(text)
    assert program.inputs == required
    assert program.optional == optional


def test_one_recording_serves_many_cotangents() -> None:
    recording = gradcli.compile("x*x").record({"x": X})
    np.testing.assert_array_equal(recording.vjp([1, 0, 0, 0])["x"], [0, 0, 0, 0])
    np.testing.assert_array_equal(recording.vjp([0, 1, 0, 0])["x"], [0, 2, 0, 0])
    np.testing.assert_array_equal(recording.vjp("ones")["x"], [0, 2, 4, 6])


def test_wrt_takes_intermediate_names() -> None:
    recording = gradcli.compile("u = x*x; sum(3*u)").record({"x": X}, wrt=["u", "x"])
    np.testing.assert_array_equal(recording.grad()["u"], [3, 3, 3, 3])
    np.testing.assert_array_equal(recording.grad()["x"], [0, 6, 12, 18])


MARKED = "w = torch.tensor([1., 2.], requires_grad=True); b = torch.ones(1, requires_grad=True); sum(x*w + b)"


@pytest.mark.parametrize(
    ("text", "wrt", "gradient"),
    [
        ("y = 3; x*y**2", ["y"], {"y": 12}),
        ("y, z = 3, [1, 2]; x*y*sum(z)", ["y", "z"], {"y": 6, "z": [6, 6]}),
        ("y = 0.0; for i in range(3) { y = y + x }; y**2", ["y"], {"y": 12}),
        (MARKED, None, {"x": 3, "w": [2, 2], "b": [2]}),
        (MARKED, ["w"], {"w": [2, 2]}),
        ("w = ones(2).requires_grad_(); sum(x*w)", None, {"x": 2, "w": [2, 2]}),
        ("w = 3.; w.requires_grad_(); w = 2*w; x*w", None, {"x": 6}),
        ("u = (x*x).detach().requires_grad_(); u*x", None, {"x": 4, "u": 2}),
        ("u = x*x; u.requires_grad_(); u*x", None, {"x": 12}),
        ("x.requires_grad_(False); x*x", None, {"x": 0}),
        ("w = torch.ones(2, requires_grad=False); sum(x*w)", None, {"x": 2}),
        ("n = 3; n.requires_grad_(); x**n", None, {"x": 12, "n": 8 * np.log(2)}),
    ],
)
def test_what_the_program_itself_gives_may_be_differentiated_by(
    text: str, wrt: list[str] | None, gradient: dict[str, Any]
) -> None:
    program = gradcli.compile(text)
    for _ in range(4):  # when the same is asked for again, a plan may answer
        found = program.grad({"x": 2}, wrt)
        assert list(found) == list(gradient)
        for name, expected in gradient.items():
            np.testing.assert_allclose(found[name], expected, rtol=1e-15)


def test_what_the_program_marks_is_checked() -> None:
    program = gradcli.compile(MARKED)
    assert program.check({"x": 2.0}, {"w": [2, 2], "x": "sum(w)"}).verdict is Verdict.PASS
    assert program.check({"x": 2.0}, {"w": [2, 3]}).verdict is Verdict.WRONG


def test_const_freezes_an_input() -> None:
    recording = gradcli.compile("x*y").record({"x": 2, "y": 3}, const=["x"])
    assert recording.grad() == {"y": 2.0}


def test_weighted_outputs() -> None:
    recording = gradcli.compile("a = x**2; b = 3*x; return a, b").record({"x": 2})
    assert recording.value == {"a": 4.0, "b": 6.0}
    assert recording.vjp({"a": 1, "b": 10}) == {"x": 34.0}
    assert recording.vjp({"1": 2}) == {"x": 6.0}
    assert recording.jvp({"x": 1}) == {"a": 4.0, "b": 3.0}
    assert gradcli.compile("(x**2,)").record({"x": 2}).vjp(1) == {"x": 4.0}


@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
def test_jacobian_of_any_ranks(mode: str) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    jacobian = gradcli.compile("A @ B").record({"A": a, "B": b}).jacobian(mode)
    assert jacobian["A"].shape == (2, 2, 2, 3)
    np.testing.assert_allclose(jacobian["A"], np.einsum("ik,lj->ijkl", np.eye(2), b))
    np.testing.assert_allclose(jacobian["B"], np.einsum("jl,ik->ijkl", np.eye(2), a))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", 6),
        ("b = zeros(6); for i in range(6) { b[i] = x[i]**3 * x[i - 1] }; sum(b*b)", 6),
        ("sum(outer(x, x)[0] * sort(x)) + norm(x)**3 + prod(x)", 5),
        ("c = x * 1; d = c[1:3]; c[1] = c[0]**2; sum(c) * sum(d)**2", 4),
    ],
)
def test_hessians_do_not_depend_on_how_their_rows_are_walked(text: str, size: int, monkeypatch: Any) -> None:
    inputs = {"x": np.random.default_rng(1).normal(size=size)}
    replayed = gradcli.compile(text).hessian(inputs)["x"]["x"]
    monkeypatch.setattr(derivatives, "_WORTH_RECORDING", 10**9)
    np.testing.assert_allclose(
        replayed, gradcli.compile(text).hessian(inputs)["x"]["x"], rtol=1e-12, atol=1e-12
    )


def test_hessian_blocks_and_products() -> None:
    recording = gradcli.compile("sum(x**2 * y)").record({"x": [1, 2], "y": [3, 4]})
    hessian = recording.hessian()
    np.testing.assert_array_equal(hessian["x"]["x"], [[6, 0], [0, 8]])
    np.testing.assert_array_equal(hessian["x"]["y"], [[2, 0], [0, 4]])
    np.testing.assert_array_equal(hessian["y"]["y"], np.zeros((2, 2)))
    product = recording.hessian_vector({"x": [1, 1]})
    np.testing.assert_array_equal(product["x"], [6, 8])
    np.testing.assert_array_equal(product["y"], [2, 4])


def test_derivatives_of_any_order() -> None:
    recording = gradcli.compile("x**4").record({"x": 2})
    assert recording.differentiate().value == 32
    assert recording.differentiate().differentiate().grad() == {"x": 48.0}
    several = gradcli.compile("x**2 * y").record({"x": 2, "y": 3}).differentiate()
    assert several.value == {"x": 12.0, "y": 4.0}
    assert several.jacobian()["x"] == {"x": 6.0, "y": 4.0}


def test_inputs_are_not_changed() -> None:
    x = np.array(X)
    gradcli.compile("x[0] = 7; x += 1; sum(x*x)").record({"x": x}).grad()
    np.testing.assert_array_equal(x, X)


@pytest.mark.parametrize(("number", "value"), [(2**70, 2.0**70), (10**400, np.inf), (-(10**400), -np.inf)])
def test_integers_of_any_size(number: int, value: float) -> None:
    assert gradcli.compile("x").value({"x": number}) == value
    np.testing.assert_array_equal(gradcli.compile("x*1").value({"x": [[1, number]]}), [[1.0, value]])


def test_random_draws_are_data() -> None:
    program = gradcli.compile("mu + sigma*randn(3)")
    first, again = (program.record({"mu": 1, "sigma": 2}, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first.value, again.value)
    np.testing.assert_allclose(first.jacobian()["sigma"], (first.value - 1) / 2)
    assert not np.array_equal(first.value, program.record({"mu": 1, "sigma": 2}, seed=6).value)


@pytest.mark.parametrize(
    ("text", "inputs", "request_", "error", "message"),
    [
        ("x*y", {"x": 1}, {}, InputError, "the program needs a value for `y`"),
        ("x", {"x": 1, "z": 1}, {}, InputError, "the program has no input `z`"),
        ("x", {"x": "a"}, {}, InputError, "`x` must be a number"),
        ("x", {"x": [1, [2, 3]]}, {"wrt": ["q"]}, UsageError, "`wrt` names `q`"),
        ("x*x", {"x": X}, {}, UsageError, "the program's value has shape (4,); a gradient needs one number"),
        ("x, x", {"x": 1}, {}, UsageError, "the program has 2 outputs; a gradient needs one number"),
        (
            "b = x\nwhile b > 0 { b = b + 1 }\nb",
            {"x": 1},
            {"max_steps": 1000},
            LimitError,
            "1,000 operations",
        ),
        ("sum(zeros(1000))*x", {"x": 1}, {"max_elements": 999}, LimitError, "1,000 elements"),
        ("sum(outer(x, x))", {"x": np.ones(40)}, {"max_elements": 1000}, LimitError, "1,600 elements"),
    ],
)
def test_errors(text: str, inputs: Any, request_: Any, error: type[GradcliError], message: str) -> None:
    with pytest.raises(error) as caught:
        gradcli.compile(text).record(inputs, **request_).grad()
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("text", "inputs", "notes"),
    [
        ("x*x", {"x": 1}, []),
        ("x + 0*y - x", {"x": 1, "y": 2}, []),
        ("z = y; x", {"x": 1, "y": 2}, ["the result does not depend on `y`: its derivative is 0"]),
        ("2*log(x)", {"x": -1}, ["the value is not finite: log(-1.) is nan in `log(x)` (line 1, column 3)"]),
        (
            "y = 3\n\nsum(y/x)",
            {"x": [1, 0]},
            ["divide(3, 0.) is inf at [1] in `y/x` (line 3, column 5)", "y/x"],
        ),
        ("sqrt(x)", {"x": 0}, ["divide(0.5, 0.) is inf in the derivative of `sqrt(x)` (line 1, column 1)"]),
        ("cbrt(x**3)", {"x": 0}, ["product(inf, 0.) is nan in the derivative of `x**3` (line 1, column 6)"]),
        ("where(x > 0, log(x), 0)", {"x": 0}, []),
        ("3.0", {}, ["there is nothing to differentiate by; --wrt may name a variable of the program"]),
        ("x", {"x": float("inf")}, ["the input `x` is not"]),
        (
            "sum(svd(outer([x, x], [1, 2])/0)[1])",
            {"x": 1},
            ["svd([[inf inf] [inf inf]]) is nan at [0] in `svd(", "in the derivative of `svd("],
        ),
        ("sum(log([1/x, 1, x - 2]))", {"x": 0}, ["log(-2.) is nan at [2]"]),
    ],
)
def test_notes(text: str, inputs: Any, notes: list[str]) -> None:
    recording = gradcli.compile(text).record(inputs)
    recording.grad()
    assert len(recording.notes) == len(notes)
    for note, expected in zip(recording.notes, notes, strict=True):
        assert expected in note


def test_the_api_has_the_command_lines_words() -> None:
    program = gradcli.compile("2*dot(x, x)")
    assert program.check({"x": X}, {"x": "4*x"}).verdict.name == "PASS"
    assert program.check({"x": [1, 2]}, {"x": "2*x"}).verdict.name == "WRONG"
    assert program.diff(x="vector") == program.diff({"x": X}) == {"x": "4*x"}
    assert program.trace({"x": X}).primals[-1].value == 28.0
