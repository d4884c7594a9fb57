"""Random programs put together from snippets: values as CPython with NumPy, gradients as JAX has them.

The snippets have what `tests/programs.py` has not: writes into slices and masks, negative steps, nested loops
with `break`, recursion, unpacking, broadcasting of every pair of shapes. 100 programs, or as many as
FUZZ_PROGRAMS says.
"""

from __future__ import annotations

import os
import re

import numpy as np
import pytest

import gradcli
from tests.oracles import jax_value_and_gradient, numpy_value

PROGRAMS = int(os.environ.get("FUZZ_PROGRAMS", "100"))
SHAPES = {"s": (), "v": (4,), "c": (3,), "A": (3, 4)}
INPUTS = {"s": "s", "t": "s", "v": "v", "w": "v", "c": "c", "A": "A"}
HOLE = re.compile(r"\{([svcAxy])\d?\}")
# What rounding makes of a few dozen operations on numbers of order 1.
VALUE, GRADIENT = 1e-12, 1e-10

# Each gives `{n}` a value of the kind; {s}, {s1}, {v}, {c}, {A} are names of those kinds that exist already.
SNIPPETS = (
    # expressions
    ("s", "{n} = {s}*cos({s1}) - {v}[1]*{c}[-1]"),
    ("s", "{n} = {s} if {v}[0] < {v1}[1] < 0.5 or not {s} > {s1} else 2*{s1}"),
    ("s", "{n} = sum({v}[i]**2 for i in range(4) if i != 2) - sum({c})"),
    ("s", "{n} = {A}[-1, -2] - {A1}[..., 0].sum() + {A}.mean()"),
    ("s", "{n} = sum({v}[{v} > {s}])"),
    ("s", "{n} = mean({A}[{A} > {A1}]**2) if any({A} > {A1}) else {s}"),
    ("s", "{n} = dot({v}, {v1})/(1 + dot({v}, {v}))"),
    ("s", "{n} = max({v}) - min({A}[1])"),
    ("v", "{n} = {v}[::-1] - {v1}[::2].sum()*{s}"),
    ("v", "{n} = tanh({v})*{v1} + {s}"),
    ("v", "{n} = array([{v}[i]*{v1}[j] for i, j in zip(range(4), [3, 1, 2, 0])])"),
    ("v", "{n} = cumsum({v})[::-1] - roll({v1}, 1)"),
    ("v", "{n} = {A}[argmax({c})] + {A1}[1, ::-1]"),
    ("v", "{n} = {c} @ {A}"),
    ("v", "{n} = {A}.mean(axis=0)[[3, 0, 0, 1]]"),
    ("v", "{n} = where({v} > {v1}, {v}**2, {s})"),
    ("v", "{n} = concatenate([{c}, {v}[-1:]])*{v1}[[0, 1, 2, 3]]"),
    ("c", "{n} = {A} @ {v}"),
    ("c", "{n} = array([sum(row**2) for row in {A}])"),
    ("c", "{n} = {v}[1:]*{c} - {v1}[-2::-1]"),
    ("c", "{n} = {A}[:, 2] - {A1}[::-1, -1]"),
    ("A", "{n} = {v}[None, :]*{c}[:, None] + {A}[0] - {c1}.reshape(3, 1)"),
    ("A", "{n} = {A}[[2, 0, 0]][:, ::-1]"),
    ("A", "{n} = concatenate([{A}[1:], {A1}[:1]])*broadcast_to({v}, (3, 4))"),
    ("A", "{n} = stack([{v}, {v1}, {v}*{s}])/(2 + {A}**2)"),
    ("A", "{n} = outer({c}, {v}) - {A}.T.reshape(3, 4)"),
    # loops
    ("s", """{n} = 0.0
for i in range(len({v})):
    if {v}[i] > {s}: {n} += {v}[i]*{v1}[-1 - i]
    elif i % 2: continue
    else: {n} -= {v1}[i]**2"""),
    ("s", """{n} = {s}
k = 0
while abs({n}) < 2 and k < 6:
    {n} = 1.7*{n} + 0.3*{s1}
    k += 1"""),
    ("s", """{n} = 0.0
for i, row in enumerate({A}):
    for j in range(i, 4):
        if {A}[i, j] < {s}: break
        {n} = {n} + row[j]*(j + 1)"""),
    ("s", """{n}, m = {s}, {s1}
for k in range(3, 0, -1):
    {n}, m = 0.5*m*k, {n} - 0.2*m"""),
    ("v", """{n} = {v}
for row in {A}:
    {n} = {n}*0.5 + row if row[0] > {s} else {n} - row[::-1]"""),
    # writes
    ("v", """{n} = zeros(4)
for i in range(4):
    {n}[i] = {v}[i] + (0.5*{n}[i - 1] if i else {s})"""),
    ("v", """{n} = 1.0*{v}
{n}[{n} > {s}] = {s1}"""),
    ("v", """{n} = where({v} > {v1}, {v}, 0.0)
{n}[[0, 2]] += {v1}[[1, 1]]
{n}[-1] -= {n}[0]*{s}"""),
    ("v", """{n} = 1.0*{v}
{n}[::-2] = {v1}[:2]
{n}[1:3] *= {n}[2:]"""),
    ("A", """{n} = 1.0*{A}
{n}[1] = {v}
{n}[:, 2] += {c}
{n}[::-2, 1:3] *= 0.5"""),
    ("A", """{n} = zeros((3, 4))
for i in range(3):
    for j in range(4):
        {n}[i, j] = {c}[i]*{v}[j] if i <= j else {n}[i, j - 1] - {s}"""),
    ("A", """{n} = 1.0*{A}
{n}[[0, 2], [1, 3]] = {c}[1:]
{n}[0, ...] -= {n}[2]"""),
    # functions
    ("s", """def f_{n}(a, b=2.0):
    if a > 1: return f_{n}(a/2, b) + b*a
    return a - b
{n} = f_{n}(3 + {s}, {s1}) + 0.1*f_{n}(b=1.5, a={s})"""),
    ("v", """f_{n} = lambda a, b: a*b - {s}
{n} = f_{n}({v}, {v1})"""),
    ("c", """def f_{n}(a):
    total = 0.0
    for each in a:
        if each > {s}: return total
        total = total + each**2
    return -total
{n} = array([f_{n}(row) for row in {A}])"""),
)  # fmt: skip


def program(number: int) -> tuple[str, dict[str, np.ndarray]]:
    """A program of three to eight snippets, each with names that exist, and its inputs."""
    rng = np.random.default_rng([21, number])
    names = {kind: [name for name, own in INPUTS.items() if own == kind] for kind in SHAPES}
    lines = []
    first = number % len(SNIPPETS)  # so that every snippet has its turn
    for count in range(int(rng.integers(3, 9))):
        kind, text = SNIPPETS[int(rng.integers(len(SNIPPETS))) if count else first]
        holes = {each.group(0)[1:-1]: each.group(1) for each in HOLE.finditer(text)}
        chosen = {hole: names[own][int(rng.integers(len(names[own])))] for hole, own in holes.items()}
        made = f"n{count}"
        lines.append(text.format(n=made, **chosen))
        names[kind].append(made)
    ends = [f"mean(sin({name}))" for kind in SHAPES for name in names[kind] if name not in INPUTS]
    points = {name: rng.uniform(-1.5, 1.5, SHAPES[kind])[()] for name, kind in INPUTS.items()}
    return "\n".join([*lines, " + ".join(ends)]) + "\n", points


@pytest.mark.fuzz
@pytest.mark.parametrize("number", range(PROGRAMS))
def test_same_as_cpython_with_numpy_and_gradient_as_jax(number: int) -> None:
    jax = pytest.importorskip("jax")
    text, points = program(number)
    compiled = gradcli.compile(text)
    recording = compiled.record({name: points[name] for name in compiled.inputs})
    np.testing.assert_allclose(recording.value, numpy_value(text, points), VALUE, VALUE, err_msg=text)
    with jax.disable_jit():
        _, expected = jax_value_and_gradient(text, points)
    for name, own in recording.grad().items():
        scale = max(1.0, float(np.max(np.abs(expected[name]))))
        np.testing.assert_allclose(
            own, expected[name], rtol=0, atol=GRADIENT * scale, err_msg=f"{name}\n{text}"
        )
