"""Every primitive of the table against independent values, against differences, and against itself.

The points are declared beside this file, in `samples_<family>.py`:

- `SAMPLES`: primitive name -> list of `(operands, static)`, smooth points of each shape that matters;
- `REFERENCES`: primitive name -> function of the same operands and static parameters, which gives the value
  from an independent source (NumPy, SciPy, mpmath);
- `NO_REFERENCE` (optional): primitive name -> why there is none.

A primitive without samples or reference fails. Elementwise ones are tested to third order, others to second.
"""

from __future__ import annotations

import importlib
import zlib
from pathlib import Path

import numpy as np
import pytest

from gradcli.autodiff.primitive import Elementwise
from gradcli.primitives.registry import load
from gradcli.primitives.table import PRIMITIVES
from tests.primitives.numerical import Sample, Trial, flat, moving, random_like, ridders

load()
FAMILIES = [
    importlib.import_module(f"tests.primitives.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("samples_*.py"))
]
SAMPLES = {
    name: [Sample(*each) for each in given] for family in FAMILIES for name, given in family.SAMPLES.items()
}
REFERENCES = {name: value for family in FAMILIES for name, value in family.REFERENCES.items()}
NO_REFERENCE = {name: why for family in FAMILIES for name, why in getattr(family, "NO_REFERENCE", {}).items()}
CASES = [
    pytest.param(PRIMITIVES[name], sample, id=f"{name}-{number}")
    for name, samples in sorted(SAMPLES.items())
    for number, sample in enumerate(samples)
    if name in PRIMITIVES
]
SMOOTH = [case for case in CASES if moving(case.values[0], case.values[1].operands)]
# The agreement asked for: what float64 leaves of a value, an exact derivative, and extrapolated differences.
VALUE = 1e-13
EXACT = 1e-11
DIFFERENCES = 1e-7


def seeded(primitive, sample):
    """A generator that depends on the case alone, and a direction for its moving operands."""
    rng = np.random.default_rng(zlib.crc32(f"{primitive.name} {sample}".encode()))
    return rng, [random_like(rng, sample.operands[i]) for i in moving(primitive, sample.operands)]


def assert_close(got, expected, tolerance, error=0.0, floor=1.0):
    """Agreement in each entry, relative to the largest (or `floor`), give or take the error of `expected`."""
    got, expected = flat(got), flat(expected)
    assert got.shape == expected.shape
    scale = max(floor, float(np.max(abs(expected), initial=0.0)))
    np.testing.assert_array_less(abs(got - expected), tolerance * scale + 4 * error + 1e-300)


def test_every_primitive_has_samples():
    assert not sorted(set(PRIMITIVES) - set(SAMPLES))


def test_samples_belong_to_primitives():
    assert not sorted((set(SAMPLES) | set(REFERENCES) | set(NO_REFERENCE)) - set(PRIMITIVES))


def test_every_primitive_has_a_reference():
    assert not sorted(set(SAMPLES) - set(REFERENCES) - set(NO_REFERENCE))


@pytest.mark.parametrize(("primitive", "sample"), CASES)
def test_value(primitive, sample):
    value = primitive.evaluate(*sample.operands, **sample.static)
    for part in value if isinstance(value, tuple) else (value,):
        assert type(part) in (float, int, bool, np.ndarray)
        if type(part) is np.ndarray:
            assert part.ndim > 0
            assert part.dtype in (np.float64, np.int64, np.bool_)
    if primitive.name in REFERENCES:
        expected = REFERENCES[primitive.name](*sample.operands, **sample.static)
        assert_close(value, expected, VALUE, floor=0.0 if primitive.partials else 1.0)


@pytest.mark.parametrize(("primitive", "sample"), CASES)
def test_batch_is_a_loop(primitive, sample):
    if primitive.batch is None and not primitive.broadcasts:
        pytest.skip("evaluated in a loop")
    positions = moving(primitive, sample.operands) or range(len(sample.operands))
    for mapped in {tuple(positions), *((i,) for i in positions)}:
        rows = perturbed_rows(primitive, sample, mapped)
        stacked = [
            np.stack([row[i] for row in rows]) if i in mapped else x for i, x in enumerate(sample.operands)
        ]
        looped = [primitive.evaluate(*row, **sample.static) for row in rows]
        if primitive.batch is None:
            batched = primitive.evaluate(*aligned(stacked, mapped), **sample.static)
        else:
            flags = tuple(i in mapped for i in range(len(sample.operands)))
            batched = primitive.batch(flags, *stacked, **sample.static)
        columns = zip(*looped, strict=True) if isinstance(looped[0], tuple) else [looped]
        parts = batched if isinstance(batched, tuple) else (batched,)
        for part, column in zip(parts, columns, strict=True):
            assert part.shape[1:] == np.shape(column[0])
            assert_close(part, list(column), VALUE)


def perturbed_rows(primitive, sample, mapped):
    rng, _ = seeded(primitive, sample)
    rows = []
    for scale in (0.0, 1e-3, -1e-3):
        row = list(sample.operands)
        for i in mapped:
            if np.asarray(row[i]).dtype == np.float64:
                row[i] = row[i] + scale * random_like(rng, row[i])
        rows.append(row)
    return rows


def aligned(stacked, mapped):
    """Mapped operands with axes of length 1 after the first, so that the entries broadcast as without it."""
    rank = max(np.ndim(x) - (i in mapped) for i, x in enumerate(stacked))
    return [
        x.reshape(x.shape[0], *(1,) * (rank - x.ndim + 1), *x.shape[1:]) if i in mapped else x
        for i, x in enumerate(stacked)
    ]


@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_forward_agrees_with_reverse(primitive, sample):
    """⟨v, J u⟩ = ⟨Jᵀ v, u⟩, and the same for the derivative of v ↦ Jᵀ v by the operands."""
    rng, direction = seeded(primitive, sample)
    trial = Trial(primitive, sample, direction)
    nodes, cotangents = trial.outputs, [random_like(rng, each) for each in trial.outputs]
    for _ in range(2):
        tangents, pulled = trial.push(nodes), trial.pull(nodes, cotangents)
        assert [np.shape(flat(g)) for g in pulled] == [np.shape(flat(u)) for u in direction]
        terms = flat(cotangents) * flat(tangents)
        assert_close(flat(pulled) @ flat(direction), terms.sum(), EXACT * (1 + abs(terms).sum()))
        nodes, cotangents = pulled, [random_like(rng, each) for each in pulled]


@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_derivatives_agree_with_differences(primitive, sample):
    """The n-th derivative along a line is the difference quotient of the one before."""
    _, direction = seeded(primitive, sample)
    largest = max(1.0, *(float(np.max(abs(flat(u)), initial=0.0)) for u in direction))
    direction = [u / largest for u in direction]
    for order in range(1, 4 if isinstance(primitive.derivative, Elementwise) else 3):
        got = Trial(primitive, sample, direction).line_derivative(order)
        reference, error = ridders(
            lambda t, order=order: flat(Trial(primitive, sample, direction, t).line_derivative(order - 1))
        )
        assert np.all(error <= DIFFERENCES * max(1.0, abs(reference).max(initial=0.0))), (
            "differences are too rough"
        )
        assert_close(got, reference, DIFFERENCES, error)
