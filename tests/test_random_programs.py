"""A thousand random programs: values as CPython with NumPy gives them, gradients as JAX does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradcli
from tests.oracles import jax_value_and_gradient, numpy_value
from tests.programs import inputs, programs

# The value and the gradient of a program of a hundred operations, each of a condition near 1.
TOLERANCE = 1e-10


def compiled(text: str, values: Mapping[str, Any]) -> tuple[gradcli.Program, dict[str, Any]]:
    """The program and the values of those inputs that it uses."""
    program = gradcli.compile(text)
    names = (*program.inputs, *program.optional)
    return program, {name: values[name] for name in names if name in values}


thousand = settings(
    max_examples=1000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
seeds = st.integers(0, 2**32 - 1)


@thousand
@given(programs(), seeds)
def test_values_agree_with_numpy(text, seed):
    values = inputs(seed)
    program, used = compiled(text, values)
    np.testing.assert_allclose(program.value(used), numpy_value(text, values), rtol=1e-13, atol=1e-13)


@pytest.mark.slow
@thousand
@given(programs(), seeds)
def test_gradients_agree_with_jax(text, seed):
    values = inputs(seed)
    program, used = compiled(text, values)
    gradient = program.grad(used)
    _, expected = jax_value_and_gradient(text, values)
    scale = max(1.0, *(float(np.max(np.abs(own))) for own in expected.values()))
    for name, own in gradient.items():
        np.testing.assert_allclose(own, expected[name], rtol=TOLERANCE, atol=TOLERANCE * scale, err_msg=name)


@given(programs())
@settings(max_examples=50, derandomize=True, suppress_health_check=list(HealthCheck))
def test_inputs_a_program_does_not_use_have_gradient_zero_in_jax(text):
    values = inputs(0)
    _, used = compiled(text, values)
    _, gradient = jax_value_and_gradient(text, values)
    assert all(not np.any(own) for name, own in gradient.items() if name not in used)
