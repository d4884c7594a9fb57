"""Every function has an example that runs; of the elementwise ones: argument forms, digits, random draws."""

from __future__ import annotations

import functools
import math

import mpmath
import numpy as np
import pytest

import gradcli
from gradcli.errors import EvaluationError
from gradcli.primitives.registry import load
from gradcli.primitives.table import FUNCTIONS

load()
RECORDS = sorted(set(FUNCTIONS.values()), key=lambda record: record.name)


def value(text, **inputs):
    return gradcli.compile(text).value(inputs)


@pytest.mark.parametrize("record", RECORDS, ids=[record.name for record in RECORDS])
def test_record_is_complete(record):
    assert record.summary
    assert record.example
    value(record.example)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("clamp(x, min=0.0)", "maximum(x, 0.0)"),
        ("clip(x, 0, 1)", "minimum(maximum(x, 0), 1)"),
        ("torch.clamp(x, max=1)", "minimum(x, 1)"),
        ("x.clamp(-1, 1)", "hardtanh(x)"),
        ("F.leaky_relu(x, negative_slope=0.2)", "where(x > 0, x, 0.2*x)"),
        ("F.elu(x, alpha=2.0)", "where(x > 0, x, 2*(exp(x) - 1))"),
        ("F.softplus(x, beta=2.0)", "log(1 + exp(2*x))/2"),
        ("F.hardtanh(x, min_val=-0.5, max_val=0.5)", "clip(x, -0.5, 0.5)"),
        ('F.gelu(x, approximate="tanh")', "x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))"),
        ("F.gelu(x)", "x/2*(1 + erf(x/sqrt(2)))"),
        ("F.mish(x)", "x*tanh(log(1 + exp(x)))"),
        ("F.silu(x)", "x/(1 + exp(-x))"),
        ("F.celu(x, 2.0)", "where(x > 0, x, 2*(exp(x/2) - 1))"),
        ("scipy.special.expit(x)", "1/(1 + exp(-x))"),
        ("torch.logit(sigmoid(x))", "x"),
        ("torch.special.erfinv(erf(x))", "x"),
        ("scipy.special.gammaln(x*x + 1)", "log(gamma(x*x + 1))"),
        ("scipy.special.psi(x*x + 1)", "digamma(x*x + 1)"),
        ("beta(x*x + 1, 2.0)", "gamma(x*x + 1)*gamma(2)/gamma(x*x + 3)"),
        ("np.mod(x, 0.4)", "x - 0.4*floor(x/0.4)"),
        ("np.arctan2(x, 2.0)", "atan(x/2)"),
        ("logaddexp2(x, 1)", "log2(2**x + 2)"),
        ("float_power(x, 3)", "x*x*x"),
        ("rad2deg(deg2rad(x))", "x"),
        ("torch.sigmoid(input=x)", "sigmoid(x)"),
        ("divide(y=2.0, x=x)", "x/2.0"),
        ("torch.pow(input=x, exponent=2)", "x*x"),
        ("np.clip(x, a_min=0, a_max=1)", "clip(x, 0, 1)"),
        ("x*jax.lax.stop_gradient(2.0)", "2*x"),
    ],
)
@pytest.mark.parametrize("x", [-1.3, -0.25, 0.7, 1.9])
def test_forms_of_arguments(text, same, x):
    got, expected = (gradcli.compile(each).record({"x": x}) for each in (text, same))
    assert got.value == pytest.approx(expected.value, rel=1e-11)
    assert got.grad()["x"] == pytest.approx(expected.grad()["x"], rel=1e-11, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "formula", "x"),
    [
        ("sigmoid(x)", lambda x: 1 / (1 + mpmath.exp(-x)), -700.0),
        ("sigmoid(x)", lambda x: 1 / (1 + mpmath.exp(-x)), 40.0),
        ("log1p(exp(x))", lambda x: mpmath.log1p(mpmath.exp(x)), -40.0),
        ("softplus(x)", lambda x: mpmath.log1p(mpmath.exp(x)), 300.0),
        ("logsigmoid(x)", lambda x: -mpmath.log1p(mpmath.exp(-x)), 50.0),
        ("tanh(x)", mpmath.tanh, 25.0),
        ("gelu(x)", lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2, -12.0),
        ("expm1(x)", mpmath.expm1, 1e-12),
        ("tanhshrink(x)", lambda x: x - mpmath.tanh(x), 1e-3),
        ("logit(x)", lambda x: mpmath.log(x / (1 - x)), 0.5 + 1e-10),
        ("asin(x)", mpmath.asin, 1 - 1e-12),
        ("sinc(x)", mpmath.sincpi, 1e-6),
        ("sinc(x)", mpmath.sincpi, 0.49),
        ("hypot(x, 1e200)", lambda x: mpmath.sqrt(x**2 + mpmath.mpf(10) ** 400), 1e200),
        ("i1(x)", lambda x: mpmath.besseli(1, x), 1e-6),
        ("erfc(x)", mpmath.erfc, 20.0),
    ],
)
def test_no_digits_are_lost(text, formula, x):
    """Value, first and second derivative to twelve digits where a naive formula has few or none."""
    recording = gradcli.compile(text).record({"x": x})
    got = [recording.value, recording.grad()["x"], recording.hessian()["x"]["x"]]
    with mpmath.workdps(400 if abs(x) > 100 else 60):
        expected = [float(each) for each in mpmath.taylor(formula, mpmath.mpf(x), 2, chop=False)]
    assert got == pytest.approx([expected[0], expected[1], 2 * expected[2]], rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("text", "formula", "slope"),
    [
        ("digamma(x)", mpmath.digamma, lambda x: mpmath.polygamma(1, x)),
        ("polygamma(0, x)", mpmath.digamma, lambda x: mpmath.polygamma(1, x)),
        ("polygamma(1, x)", lambda x: mpmath.polygamma(1, x), lambda x: mpmath.polygamma(2, x)),
        ("gamma(x)", mpmath.gamma, lambda x: mpmath.gamma(x) * mpmath.digamma(x)),
        ("lgamma(x)", lambda x: mpmath.log(abs(mpmath.gamma(x))), mpmath.digamma),
    ],
)
def test_the_gamma_family_next_to_its_poles(text, formula, slope):
    """Value and slope on both sides of 0, -1, -2, ..., as an array and as numbers; some ordinary points."""
    distances = np.array([1e-12, 1e-8, 1e-4, 0.1])
    x = np.concatenate([side * distances - pole for pole in (0, 1, 2, 10, 50) for side in (1, -1)])
    x = np.append(x, [-100.25, -7.3, -0.8, -0.7, 0.7, 1.2, 3.5, 25.0])
    with mpmath.workdps(40):
        expected = [[float(each(mpmath.mpf(point))) for point in x] for each in (formula, slope)]
    program = gradcli.compile(text)
    at_once = program.record({"x": x})
    one_by_one = [program.record({"x": float(point)}) for point in x]
    got = [at_once.value, at_once.vjp(np.ones_like(x))["x"]]
    assert_close = functools.partial(np.testing.assert_allclose, rtol=1e-14)
    assert_close(got, expected)
    assert_close([[each.value for each in one_by_one], [each.grad()["x"] for each in one_by_one]], expected)


def test_poles_and_ends_of_digamma():
    x = np.array([-math.inf, -2.0, -1.0, -1e17, math.nan, 0.0, math.inf, -1.5])
    infinite = [math.nan] * 5 + [-math.inf, math.inf, 2 - np.euler_gamma - 2 * math.log(2) + 2 / 3]
    np.testing.assert_allclose(value("digamma(x)", x=x), infinite, rtol=1e-14)


@pytest.mark.parametrize("x", [1e-60, -1e-160, 1e-308, 5e-324])
def test_modified_bessel_functions_next_to_zero(x):
    values = [value("iv(n, x)", n=n, x=x) for n in (0, 1, -1, 2)]
    assert values == pytest.approx([1, x / 2, x / 2, x * x / 8], rel=1e-14, abs=5e-324)
    recording = gradcli.compile("i1(x)").record({"x": x})
    assert recording.grad()["x"] == 0.5
    assert recording.hessian()["x"]["x"] == pytest.approx(0.375 * x, rel=1e-15, abs=5e-324)


@pytest.mark.parametrize("order", [4, 7, 12])
def test_sinc_of_high_order(order):
    """On both sides of where the series gives way to the recurrence, which no order up to 3 reaches."""
    border = (order / math.e + 1.5) / math.pi
    x = border * np.array([0.1, 0.5, 0.99, 1.01, 2.0])
    with mpmath.workdps(30):
        expected = [float(mpmath.diff(mpmath.sincpi, mpmath.mpf(each), order)) for each in x]
    largest = math.pi**order / (order + 1)
    got = gradcli.compile(f"sinc(x, order={order})").value({"x": x})
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-13 * largest)


DRAWS = ("randn(3)", "rand(2, 3)", "normal(0, 1, (2, 2))", "uniform(-1, 1, 5)", "randint(0, 9, 4)")


@pytest.mark.parametrize("text", DRAWS)
def test_draws_depend_on_the_seed_alone(text):
    program = gradcli.compile(text)
    np.testing.assert_array_equal(program.value(seed=3), program.value(seed=3))
    assert np.any(program.value(seed=3) != program.value(seed=4))


def test_draws_are_constants_but_their_parameters_are_not():
    recording = gradcli.compile("mu + sigma*randn(4)").record({"mu": 1.0, "sigma": 2.0}, seed=5)
    draw = (recording.value - 1.0) / 2.0
    gradient = recording.vjp("ones")
    assert gradient["mu"] == 4.0
    assert gradient["sigma"] == pytest.approx(draw.sum())
    built_in = gradcli.compile("normal(mu, sigma, 4)").record({"mu": 1.0, "sigma": 2.0}, seed=5)
    assert built_in.vjp("ones") == pytest.approx(gradient)


def test_draws_have_the_shapes_asked_for():
    assert type(value("randn()")) is float
    assert value("rand(2, 3)").shape == value("rand((2, 3))").shape == (2, 3)
    assert value("normal([0, 1, 2], 1)").shape == (3,)
    assert set(np.unique(value("randint(3, size=200)"))) == {0, 1, 2}
    assert set(np.unique(value("torch.randint(3, (200,))"))) == {0, 1, 2}


def test_detached_values_survive_later_writes():
    assert value("b = 1*x\nb[0] = 1\nd = detach(b)\nb[0] = 5\nd[0]", x=[0.0, 2.0]) == 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('gelu(x, approximate="sigmoid")', "`gelu`: `approximate` must be"),
        ("randint(5, 5)", "no whole number from 5 to 5"),
        ("round(x, 0.5)", "`decimals` must be a whole number"),
        ("rand(-1)", "must not be negative"),
        ("sinc(0.5, order=-1)", "`sinc`: the order"),
    ],
)
def test_bad_arguments(text, message):
    with pytest.raises(EvaluationError, match=message):
        gradcli.compile(text).value({"x": 1.0} if "x" in text.replace("approximate", "") else {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("round(2.5)", 2.0),
        ("round(-2.675, 2)", -2.68),
        ("round(1234, -2)", 1200.0),
        ("-7 % 4", 1),
        ("fmod(-7, 4)", -3.0),
        ("isclose(inf, inf)", True),
        ("isclose(nan, nan, equal_nan=True)", True),
        ("allclose([1, 2], [1, 2 + 1e-9])", True),
        ("allclose([1, 2], [1, 2.1])", False),
        ("array_equal([1, 2], [1, 2])", True),
        ("array_equal([1, 2], [1, 2, 3])", False),
        ("torch.equal([1, nan], [1, nan])", False),
        ("math.log(8, 2)", 3.0),
        ("math.log(e)", 1.0),
        ("math.tau - 2*pi", 0.0),
        ("softshrink(nan) != softshrink(nan)", True),
        ("hardshrink(nan) != hardshrink(nan)", True),
        ("threshold(nan, 0, 1) != threshold(nan, 0, 1)", True),
        ("nan_to_num(-inf, neginf=-1)", -1.0),
        ("fmax(nan, 1)", 1.0),
        ("heaviside(0, 0.5)", 0.5),
        ("sign(-0.0)", 0.0),
        ("clip(5, 0, 3)", 3),
        ("sinc(0)", 1.0),
    ],
)
def test_values(text, expected):
    assert value(text) == expected
