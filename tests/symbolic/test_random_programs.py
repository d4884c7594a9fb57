"""Formulas of random programs have the gradient as their value."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

import gradcli
from gradcli.errors import UsageError
from gradcli.symbolic import formulas
from gradcli.symbolic.expression import ExpressionPrinter
from tests.programs import INPUTS, inputs, programs

MOST_OPERATIONS = 5000


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=programs(), seed=st.integers(0, 2**32 - 1))
def test_the_formula_of_the_path_taken_is_the_gradient(text: str, seed: int) -> None:
    program = gradcli.compile(text)
    names = [name for name in (*program.inputs, *program.optional) if name in INPUTS]
    values = {name: each for name, each in inputs(seed).items() if name in names}
    gradient = program.grad(values)
    try:
        found = formulas.gradient(formulas.Subject(program, values, {}))
    except UsageError as error:
        if "no formula in the language" not in error.message:
            raise
        reject()  # and draw another: a test that meets no formula has shown nothing
    scale = max(1.0, *(float(np.max(np.abs(each))) for each in gradient.values()))
    for (name,), term in found.derivatives.items():
        if term.operations < MOST_OPERATIONS:
            formula = gradcli.compile(ExpressionPrinter(found.inputs)(term))
            value = formula.value({each: values[each] for each in formula.inputs})
            # Sums in another order cancel differently; the values are of order 1 to 1000.
            np.testing.assert_allclose(value, gradient[name], 1e-8, 1e-8 * scale, err_msg=name)
