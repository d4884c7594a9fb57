"""Random programs: values as CPython with NumPy gives them, gradients as JAX does."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradcli
from tests.oracles import jax_value_and_gradient, numpy_value
from tests.programs import INPUTS, inputs, programs

PROGRAMS = int(os.environ.get("FUZZ_PROGRAMS", "100"))

# What rounding makes of a value and of a gradient of a hundred operations, each of a condition near 1.
VALUE_TOLERANCE = 1e-13
GRADIENT_TOLERANCE = 1e-10


@pytest.mark.fuzz
@settings(max_examples=PROGRAMS, suppress_health_check=list(HealthCheck))
@given(text=programs(), seed=st.integers(0, 2**32 - 1))
def test_values_agree_with_numpy_and_gradients_with_jax(text, seed):
    values = inputs(seed)
    program = gradcli.compile(text)
    recording = program.record(
        {name: values[name] for name in (*program.inputs, *program.optional) if name in INPUTS}
    )
    np.testing.assert_allclose(recording.value, numpy_value(text, values), VALUE_TOLERANCE, VALUE_TOLERANCE)

    _, expected = jax_value_and_gradient(text, values)
    scale = max(1.0, *(float(np.max(np.abs(each))) for each in expected.values()))
    gradient = {**dict.fromkeys(INPUTS, 0.0), **recording.grad()}
    for name, own in gradient.items():
        np.testing.assert_allclose(
            own, expected[name], GRADIENT_TOLERANCE, GRADIENT_TOLERANCE * scale, err_msg=name
        )
