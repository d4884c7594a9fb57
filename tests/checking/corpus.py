"""A corpus of gradients to judge checkers by: right ones, wrong ones, and some where there is no derivative.

A program is one expression in the subset that NumPy, autograd, JAX and torch share with gradcli, so that each
of them checks the very same function. True gradients come from differences in 400 digits (mpmath).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import mpmath
import numpy as np

Array = np.ndarray
RIGHT, WRONG, BROKEN = "right", "wrong", "broken"


class Case(NamedTuple):
    """A gradient claimed for a program at a point.

    `fault` is the kind of diagnosis that names what is wrong, "" where there is no name for it. `visible` is
    false where double precision may not show the error.
    """

    truth: str
    family: str
    text: str
    x: Array
    gradient: Array
    constants: Mapping[str, Array]
    fault: str = ""
    visible: bool = True


# The true gradient ------------------------------------------------------------------------------------------


def _each(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return np.vectorize(function, otypes=[object])


def _first_if(condition: Any, x: Any, y: Any) -> Any:
    return np.where(np.asarray(condition, dtype=bool), x, y)


PRECISE: dict[str, Any] = {
    **{
        name: _each(getattr(mpmath, name))
        for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "cbrt")
    },
    "abs": np.abs,
    "sum": np.sum,
    "mean": np.mean,
    "dot": np.dot,
    "norm": lambda x: mpmath.sqrt(np.sum(x * x)),
    "where": _first_if,
    "maximum": lambda x, y: _first_if(np.asarray(x > y, dtype=bool), x, y),
    "relu": lambda x: _first_if(np.asarray(x > 0, dtype=bool), x, 0 * x),
}


def precise(array: Array) -> Array:
    return np.vectorize(mpmath.mpf, otypes=[object])(array)


def true_gradient(text: str, x: Array, constants: Mapping[str, Array]) -> Array:
    """Central differences in as many digits as float64 has orders of magnitude."""
    code = compile(text, "<case>", "eval")
    exact = {name: precise(value) for name, value in constants.items()}
    result = np.zeros(x.shape)
    with mpmath.workdps(400):
        step = mpmath.mpf("1e-60")
        for index in np.ndindex(*x.shape):
            values = []
            for sign in (1, -1):
                moved = precise(x)
                moved[index] = moved[index] + sign * step
                values.append(eval(code, {**PRECISE, **exact, "x": moved}))
            result[index] = float((values[0] - values[1]) / (2 * step))
    return result


# Ordinary functions and points ------------------------------------------------------------------------------

RNG = np.random.default_rng(2026)
A = np.round(RNG.normal(size=(4, 4)), 2)
B = np.round(RNG.normal(size=(4,)), 2)

SMOOTH = (  # the text, whether x must be positive
    ("sum(sin(x))", False),
    ("sum(exp(x))", False),
    ("2*dot(x, x)", False),
    ("sum(x**3)", False),
    ("sum(log(x))", True),
    ("sum(sqrt(x))", True),
    ("sum(tanh(x))", False),
    ("sum(x*sin(x))", False),
    ("sum(1/(1 + x**2))", False),
    ("log(sum(exp(x)))", False),
    ("sqrt(sum(x**2))", False),
    ("sum(x[1:]*x[:-1])", False),
    ("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", False),
    ("mean(x**2)", False),
    ("sum((A @ x - B)**2)", False),
    ("sum(tanh(A @ x))", False),
    ("dot(x, A @ x)", False),
    ("sum(exp(-x)*cos(x))", False),
    ("sum(x)/(1 + sum(x**2))", False),
    ("sum(where(x > 0, x**2, -3*x))", False),
    ("sum(abs(x))", False),
    ("sum(relu(x))", False),
)
MATRICES = ("sum(sin(x @ B))", "sum((x @ B - B)**2)", "sum(tanh(x*A))", "sum((A @ x)*x)", "sum(x @ x)")


def constants_of(text: str) -> dict[str, Array]:
    return {name: value for name, value in (("A", A), ("B", B)) if name in text.replace("Abs", "")}


def point(positive: bool, size: int | tuple[int, int] = 4) -> Array:
    """Numbers of two decimals, away from 0."""
    values = np.round(RNG.uniform(0.2, 2.0, size), 2)
    return values if positive else values * RNG.choice([-1.0, 1.0], size)


def right(family: str, text: str, x: Any) -> Case:
    x = np.atleast_1d(np.asarray(x, dtype=np.float64))
    constants = constants_of(text)
    return Case(RIGHT, family, text, x, true_gradient(text, x, constants), constants)


def ordinary() -> Iterator[Case]:
    for text, positive in SMOOTH:
        for _ in range(2):
            yield right("ordinary point", text, point(positive))
    for text in MATRICES:
        yield right("ordinary point", text, point(False, (4, 4)))
    for text, positive in SMOOTH[:8]:
        yield right("many entries", text, point(positive, 40))


def scaled() -> Iterator[Case]:
    for factor, (text, positive) in itertools.product((1e-12, 1e-7, 1e6, 1e12), SMOOTH[:8]):
        yield right("scale of the value", f"{factor!r}*({text})", point(positive))
    for scale in (1e-12, 1e-6, 1e6, 1e12):
        for text in ("2*dot(x, x)", "sum(sqrt(x))", "sum(log(x))", "sum(1/(1 + x**2))", "sum(x[1:]*x[:-1])"):
            yield right("scale of the point", text, scale * point(True))
    for text, x in (
        ("sum(sin(x))", [1e8, 2e8]),
        ("sum(sin(x))", [1e10]),
        ("sum(cos(x))", [3e5, 7e6]),
        ("sum(log(x))", [1e-5, 1e-9]),
        ("sum(sin(1e6*x))", [0.7, 1.3]),
        ("sum(tanh(1e9*x))", [1e-10, -2e-9]),
        ("sum(exp(x))", [1e-9, -1e-12]),
        ("sum(exp(x))", [300.0, -300.0]),
        ("sum(x**2)", [1e-9, 1.0, 1e9]),
        ("sum(1/x)", [1e-9, 1e9]),
        ("sum(exp(-x*x))", [5.0, 0.0]),
        ("sum(x**4)", [1e-3, 1e3]),
    ):
        yield right("scale of the point", text, x)


def near() -> Iterator[Case]:
    for distance in (1e-3, -1e-6, 1e-9, -1e-9):
        for text, kink in (
            ("sum(abs(x))", 0.0),
            ("sum(relu(x))", 0.0),
            ("sum(abs(x - 1))", 1.0),
            ("sum(relu(x - 2))", 2.0),
            ("sum(maximum(x, 1 - x))", 0.5),
            ("sum(where(x > 3, x**2, 2*x))", 3.0),
            ("sqrt(sum(x**2))", 0.0),
        ):
            yield right("near a kink", text, [kink + distance, 2.5])
    for text, x in (("sum(sqrt(x))", 1e-12), ("sum(log(x))", 1e-12), ("sum(cbrt(x))", 1e-9)):
        yield right("near an edge", text, [x, 1.0])


def ill_conditioned() -> Iterator[Case]:
    for text, points in (
        ("sum((1 - cos(x))/x**2)", (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)),
        ("sum((exp(x) - 1)/x)", (1e-2, 1e-5, 1e-8)),
        ("sum(x - sin(x))", (1e-1, 1e-3)),
        ("sum(sqrt(x + 1) - sqrt(x))", (1e4, 1e8)),
        ("sum((x - 1)**6)", (1.1, 1.001)),
        ("sum(x**3 - 3*x**2 + 3*x - 1)", (1.1, 1.001)),
        ("1e8 + sum(sin(x))", (0.3, 2.0)),
        ("1e12 + sum(x**2)", (0.3, 20.0)),
        ("sum((x + 1e8) - 1e8)", (0.3, 20.0)),
        ("sum(sin(x + 1e8)*exp(x))", (0.3, 2.0)),
    ):
        for x in points:
            yield right("ill-conditioned", text, [x])


# Wrong gradients --------------------------------------------------------------------------------------------


def spoilt(case: Case, family: str, gradient: Any, fault: str, visible: bool = True) -> Case:
    """The case with another gradient; where that comes to the same, it stays right."""
    gradient = np.asarray(gradient, dtype=np.float64)
    if np.array_equal(gradient, case.gradient):
        return case
    return case._replace(truth=WRONG, family=family, gradient=gradient, fault=fault, visible=visible)


def common_mistakes(case: Case) -> Iterator[Case]:
    g, n = case.gradient, case.x.size
    for factor in (2.0, 0.5, float(n), 1.0 / n):
        yield spoilt(case, "factor", g * factor, "factor")
    yield spoilt(case, "sign", -g, "sign")
    yield spoilt(case, "degrees", g * np.pi / 180.0, "degrees")


def one_entry(case: Case) -> Iterator[Case]:
    largest = int(np.argmax(np.abs(case.gradient)))
    for error in (1e-3, 1e-5, 1e-6):
        for at in {largest, int(RNG.integers(case.x.size))}:
            g = case.gradient.copy()
            g.flat[at] *= 1.0 + error
            yield spoilt(case, f"one entry, {error:g}", g, "one entry")


def moved(case: Case) -> Iterator[Case]:
    g = case.gradient
    if g.ndim == 2:
        yield spoilt(case, "transposed", g.T, "transposed")
    elif len(set(np.round(g, 9))) == g.size:
        yield spoilt(case, "reversed", g[::-1], "reversed")
        yield spoilt(case, "off by one", np.roll(g, 1), "shifted")
        yield spoilt(case, "permuted", g[[2, 0, 3, 1, *range(4, g.size)]], "permuted")
        yield spoilt(case, "broadcast", np.full(g.shape, g.mean()), "broadcast")


MISSING = (  # the text, what is claimed: a term is left out, or a path is taken for a constant
    ("sum(x*sin(x))", "sin(x)"),
    ("sum(x*sin(x))", "x*cos(x)"),
    ("sum(x**2 + exp(x))", "exp(x)"),
    ("sum(x*exp(x) + x**2)", "exp(x) + 2*x"),
    ("sum(exp(-x)*cos(x))", "-exp(-x)*sin(x)"),
    ("sum(exp(-x)*cos(x))", "-exp(-x)*cos(x)"),
    ("sum(tanh(x)/(1 + x**2))", "(1 - tanh(x)**2)/(1 + x**2)"),
    ("sum(sin(x)*cos(3*x))", "cos(x)*cos(3*x)"),
    ("sum(sin(x)) + dot(x, x)", "cos(x)"),
    ("dot(x, A @ x)", "A @ x"),
    ("sum(exp(sin(x)) + x**3)", "3*x**2"),
    ("sum(x**2*exp(x))", "x**2*exp(x)"),
)
BRANCHES = (  # the text, what is claimed: the derivative of the other branch
    ("sum(where(x > 0, x**2, -3*x))", "where(x > 0, -3 + 0*x, 2*x)"),
    ("sum(abs(x))", "1 + 0*x"),
    ("sum(relu(x))", "1 + 0*x"),
    ("sum(where(x > 1, log(x*x), x))", "2/x"),
    ("sum(maximum(x, x**3))", "1 + 0*x"),
)
NUMPY: dict[str, Any] = {
    **{
        name: getattr(np, name) for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "cbrt", "abs")
    },
    **{name: getattr(np, name) for name in ("sum", "mean", "dot", "where", "maximum", "floor", "arccos")},
    "relu": lambda x: np.maximum(x, 0.0),
    "norm": np.linalg.norm,
}


def evaluated(text: str, x: Array) -> Array:
    return np.asarray(eval(text, {**NUMPY, **constants_of(text), "x": x}))


def forgotten() -> Iterator[Case]:
    for (text, claim), _ in itertools.product(MISSING, range(2)):
        case = right("ordinary point", text, point(False))
        yield spoilt(case, "missing term", evaluated(claim, case.x), "missing term")
    for (text, claim), _ in itertools.product(BRANCHES, range(2)):
        case = right("ordinary point", text, np.array([-1.5, 0.4, -0.25, 1.75]) * RNG.uniform(0.9, 1.1))
        yield spoilt(case, "wrong branch", evaluated(claim, case.x), "")


def wrong() -> Iterator[Case]:
    for text, positive in SMOOTH[:20]:
        case = right("ordinary point", text, point(positive))
        yield from one_entry(case)
        if RNG.integers(2):
            yield from common_mistakes(case)
        else:
            yield from moved(case)
    for text in MATRICES:
        yield from moved(right("ordinary point", text, point(False, (4, 4))))
    for text, positive in SMOOTH[:8]:
        yield from one_entry(right("ordinary point", text, point(positive, 40)))
        case = right("ordinary point", f"1e-07*({text})", point(positive))
        yield spoilt(case, "tiny scale, ten times", 10.0 * case.gradient, "factor")
    for case in (
        right("ordinary point", "sum(sin(x))", [1e8, 2e8]),
        right("ordinary point", "sum(log(x))", [1e-5, 1e-9]),
    ):
        yield from one_entry(case)
    yield from forgotten()


def invisible() -> Iterator[Case]:
    """Errors of 1e-6 where rounding leaves the derivative with fewer digits than that."""
    for case in ill_conditioned():
        g = case.gradient * (1.0 + 1e-6)
        yield spoilt(case, "1e-6, ill-conditioned", g, "", visible=False)


# Points without a derivative --------------------------------------------------------------------------------

KINKS = (  # family, text, where in x the trouble is, a gradient that somebody may state
    ("kink", "sum(abs(x))", 0.0, "where(x > 0, 1.0, where(x < 0, -1.0, 0.0))"),
    ("kink", "sum(relu(x))", 0.0, "where(x > 0, 1.0, 0.0)"),
    ("kink", "sum(abs(x - 1))", 1.0, "where(x > 1, 1.0, where(x < 1, -1.0, 0.0))"),
    ("kink", "sum(relu(x - 0.3)*2)", 0.3, "where(x > 0.3, 2.0, 0.0)"),
    ("kink", "sum(sqrt((x - 2)**2))", 2.0, "where(x > 2, 1.0, where(x < 2, -1.0, 0.0))"),
    ("kink", "sum(abs(x**3 - 1))", 1.0, "where(x > 1, 3*x**2, where(x < 1, -3*x**2, 0.0))"),
    ("kink", "sum(where(x > 1, 2*x - 1, x))", 1.0, "where(x > 1, 2.0, 1.0)"),
    ("tie", "sum(maximum(x, 1 - x))", 0.5, "where(x > 0.5, 1.0, where(x < 0.5, -1.0, 0.0))"),
    ("tie", "sum(maximum(x**2, x))", 1.0, "where(x > 1, 2*x, where(x < 0, 2*x, where(x < 1, 1.0, 1.5)))"),
    ("jump", "sum(floor(x))", 2.0, "0*x"),
    ("jump", "sum(where(x > 1, x + 1, x))", 1.0, "1 + 0*x"),
    ("jump", "sum(where(x < 0.3, 0*x, x**2))", 0.3, "where(x < 0.3, 0.0, 2*x)"),
    ("cusp", "sum(sqrt(abs(x)))", 0.0, "where(x == 0, 0.0, 0.5*(x > 0)/sqrt(abs(x) + (x == 0)))"),
    ("cusp", "sum(cbrt((x - 1)**2))", 1.0, "where(x == 1, 0.0, 2/3/cbrt(x - 1 + (x == 1)))"),
    ("vertical tangent", "sum(cbrt(x))", 0.0, "where(x == 0, 0.0, 1/3/cbrt(x + (x == 0))**2)"),
    ("vertical tangent", "sum(cbrt(x - 2))", 2.0, "where(x == 2, 0.0, 1/3/cbrt(x - 2 + (x == 2))**2)"),
    ("edge", "sum(sqrt(x))", 0.0, "where(x == 0, 0.0, 0.5/sqrt(x + (x == 0)))"),
    ("edge", "sum(sqrt(x - 1))", 1.0, "where(x == 1, 0.0, 0.5/sqrt(x - 1 + (x == 1)))"),
    ("edge", "sum(x**1.5)", 0.0, "1.5*sqrt(x)"),
    ("edge", "sum(arccos(x))", 1.0, "where(x == 1, 0.0, -1/sqrt(1 - x*x + (x == 1)))"),
)


def broken() -> Iterator[Case]:
    for family, text, at, gradient in KINKS:
        smaller = "arccos" in text
        for others in ((), (1.75,), (1.2, 0.9 + 0.35, 2.5, 1.6)):
            x = np.array([at, *([0.25 + 0.1 * i for i in range(len(others))] if smaller else others)])
            for factor in (1.0, 1e-6):
                scale = "" if factor == 1.0 else f"{factor!r}*"
                yield Case(BROKEN, family, f"{scale}{text}", x, factor * evaluated(gradient, x), {})
    for size in (1, 2, 5):
        zeros = np.zeros(size)
        yield Case(BROKEN, "kink", "norm(x)", zeros, zeros, {})
        yield Case(BROKEN, "kink", "norm(x - 1)", zeros + 1.0, zeros, {})
    x = np.linspace(-2.0, 2.0, 33)
    yield Case(BROKEN, "kink", "sum(abs(x))", x, np.sign(x), {})
    yield Case(BROKEN, "kink", "sum(relu(x))", x, 1.0 * (x > 0), {})


def corpus(seed: int = 2026) -> list[Case]:
    """All cases, the same for the same seed."""
    RNG.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    parts = (ordinary(), scaled(), near(), ill_conditioned(), wrong(), invisible(), broken())
    return [case for part in parts for case in part]
