"""Random small programs over the whole table of functions, their derivatives to second order as in JAX.

In loops, the second tier gives the derivatives that the tape gives.

100 programs, or as many as FUZZ_PROGRAMS says: `FUZZ_PROGRAMS=10000 python -m pytest -m fuzz tests/fuzz`. The
programs are numbered, and number n is the same on every machine.
"""

from __future__ import annotations

import functools
import os
import re
from types import CodeType
from typing import Any, NamedTuple

import numpy as np
import pytest

import gradcli
from gradcli.primitives.registry import load
from gradcli.primitives.table import FUNCTIONS
from tests.fuzz.calls import LEFT_OUT, SAME, SPELLED
from tests.loops_compared import all_loops_hot, compare
from tests.oracles import RESULT, compiled
from tests.primitives.special_points import jax_names

PROGRAMS = int(os.environ.get("FUZZ_PROGRAMS", "100"))
SHAPES = {"s": (), "v": (3,), "A": (3, 3)}
INPUTS = {"s": "s", "t": "s", "v": "v", "w": "v", "A": "A", "B": "A", "weights": "v", "Weights": "A"}
SUMMED = {"s": "sin({0})", "v": "sum(sin({0})*weights)", "A": "sum(sin({0})*Weights)"}
HOLE = re.compile(r"\{(\w)\}")
# What rounding leaves, relative to the largest entry: functions lose a digit or two, and each derivative
# multiplies by condition numbers of up to a hundred (inverses, quotients, Bessel and gamma functions).
VALUE, GRADIENT, SECOND = 1e-11, 1e-10, 1e-8


class Call(NamedTuple):
    """One way to call a function: the kind of its value, the text, and the text for JAX."""

    kind: str
    text: str
    for_jax: str


def parsed(text: str, for_jax: str) -> Call:
    kind, ours = text.split(": ", 1)
    return Call(kind, ours, for_jax.split(": ", 1)[1])


CALLS = {
    **{name: [parsed(each, each) for each in texts] for name, texts in SAME.items()},
    **{name: [parsed(*pair) for pair in pairs] for name, pairs in SPELLED.items()},
}
NAMES = sorted(CALLS)
BY_KIND = {
    kind: [(name, i) for name in NAMES for i, call in enumerate(CALLS[name]) if call.kind in (kind, "x")]
    for kind in SHAPES
}


class Writer:
    """Writes a program twice at once: as gradcli reads it and as JAX does."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def choice(self, options: Any) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def call(self, call: Call, kind: str, depth: int) -> tuple[str, str]:
        """A call whose holes are filled."""
        holes = dict.fromkeys(HOLE.findall(call.text))
        ours, theirs = {}, {}
        for hole in holes:
            ours[hole], theirs[hole] = self.argument(self.kind_of(hole, kind), depth)
        return call.text.format(**ours), call.for_jax.format(**theirs)

    def kind_of(self, hole: str, kind: str) -> str:
        if hole == "x":
            return kind
        if hole == "y":
            return self.choice((kind, kind, "s"))
        return INPUTS[hole]

    def argument(self, kind: str, depth: int) -> tuple[str, str]:
        """An input, a mean of two, or the sine of a call: always between -1 and 1."""
        names = [name for name in INPUTS if INPUTS[name] == kind and not name.lower().startswith("weights")]
        form = self.rng.random()
        if depth and form < 0.6:
            name, number = self.choice(BY_KIND[kind])
            texts = self.call(CALLS[name][number], kind, depth - 1)
            return f"sin({texts[0]})", f"sin({texts[1]})"
        text = self.choice(names) if form < 0.9 else f"(0.6*{names[0]} - 0.4*{names[1]})"
        return text, text


def program(number: int) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    """The texts of a program, its inputs, and a direction for the second derivative."""
    rng = np.random.default_rng([20, number])
    writer = Writer(rng)
    call = writer.choice(CALLS[NAMES[number % len(NAMES)]])
    kind = writer.choice(tuple(SHAPES)) if call.kind == "x" else call.kind
    texts = [SUMMED[kind].format(text) for text in writer.call(call, kind, depth=2)]
    points = {name: draw(rng, kind) for name, kind in INPUTS.items()}
    directions = {name: draw(rng, kind) for name, kind in INPUTS.items()}
    return texts[0], texts[1], points, directions


def draw(rng: np.random.Generator, kind: str) -> Any:
    value = rng.uniform(-1, 1, SHAPES[kind])
    return value if value.ndim else float(value)


class Answer(NamedTuple):
    """The value, the gradient by input name, and the Hessian times the direction."""

    value: float
    gradient: dict[str, Any]
    second: dict[str, Any]


def ours(text: str, points: dict[str, Any], directions: dict[str, Any]) -> Answer:
    recording = gradcli.compile(text).record(points)
    return Answer(recording.value, recording.grad(), recording.hessian_vector(directions))


@functools.cache
def library() -> dict[str, Any]:
    return jax_names()


def by_jax(text: str, points: dict[str, Any], directions: dict[str, Any]) -> Answer:
    import jax

    code: CodeType = compiled(text)

    def value(given: dict[str, Any]) -> Any:
        names = {**library(), **given}
        exec(code, names)
        return names[RESULT]

    arrays = {name: jax.numpy.asarray(each, dtype=float) for name, each in points.items()}
    moves = {name: jax.numpy.asarray(each, dtype=float) for name, each in directions.items()}
    with jax.disable_jit():  # or the inner functions of each program would be compiled for it
        (answer, gradient), (_, second) = jax.jvp(jax.value_and_grad(value), (arrays,), (moves,))
    return Answer(float(answer), gradient, second)


def assert_close(got: dict[str, Any], expected: dict[str, Any], tolerance: float) -> None:
    scale = max(1.0, *(float(np.max(np.abs(expected[name]))) for name in got))
    for name, each in got.items():
        np.testing.assert_allclose(each, expected[name], rtol=0, atol=tolerance * scale, err_msg=name)


def test_every_function_is_called_or_left_out_for_a_reason() -> None:
    load()
    records = [record for record in FUNCTIONS.values() if record.family != "language"]  # `range` and its like
    names = {record.name for record in records if not record.name.startswith("torch.")}
    assert set(CALLS) | set(LEFT_OUT) == names


@pytest.mark.fuzz
@pytest.mark.parametrize("number", range(PROGRAMS))
def test_derivatives_agree_with_jax(number: int) -> None:
    pytest.importorskip("jax")
    text, for_jax, points, directions = program(number)
    used = {name: points[name] for name in gradcli.compile(text).inputs}
    answer = ours(text, used, {name: directions[name] for name in used})
    expected = by_jax(for_jax, used, {name: directions[name] for name in used})
    np.testing.assert_allclose(answer.value, expected.value, rtol=VALUE, atol=VALUE, err_msg=text)
    assert_close(answer.gradient, expected.gradient, GRADIENT)
    assert_close(answer.second, expected.second, SECOND)


def looped(number: int) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A loop whose rounds call one function, each on what the last one gave; its inputs, and a direction."""
    rng = np.random.default_rng([21, number])
    writer = Writer(rng)
    call = writer.choice(CALLS[NAMES[number * 7 % len(NAMES)]])
    kind = writer.choice(tuple(SHAPES)) if call.kind == "x" else call.kind
    holes = dict.fromkeys(HOLE.findall(call.text))
    moving = {hole: f"({writer.argument(writer.kind_of(hole, kind), 0)[0]}*(0.5 + 0.1*z))" for hole in holes}
    step = SUMMED[kind].format(call.text.format(**moving))
    points, directions = ({name: draw(rng, each) for name, each in INPUTS.items()} for _ in range(2))
    return f"z = s\nfor i in range(12):\n    z = 0.5*z + 0.1*sin({step})\nz", points, directions


@pytest.mark.fuzz
@pytest.mark.parametrize("number", range(PROGRAMS))
def test_in_loops_both_tiers_agree(number: int) -> None:
    text, points, directions = looped(number)
    with all_loops_hot():
        hot = compare(text, points).recording
        moved = {name: directions[name] for name in hot.inputs}
        assert_close(hot.hessian_vector(moved), hot.unrolled().hessian_vector(moved), SECOND)
