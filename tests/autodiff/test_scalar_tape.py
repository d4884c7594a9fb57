"""The short way for scalar code records what the general way does, for every kind of derivative."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.graph import Graph
from gradcli.primitives.registry import load
from gradcli.primitives.table import PRIMITIVES

load()
SCALAR = [each for each in PRIMITIVES.values() if each.scalar is not None]


@pytest.mark.parametrize("primitive", SCALAR, ids=lambda each: each.name)
def test_results_are_active_where_there_is_a_derivative(primitive):
    graph = Graph()
    operand = graph.leaf(0.75, "x", active=True)
    with walking():
        if primitive.parameters is None or len(primitive.parameters) == 1:
            short, general = graph.unary(primitive, operand), primitive(operand)
        else:
            short, general = graph.binary(primitive, operand, 0.5), primitive(operand, 0.5)
    assert short.active == general.active == (primitive.derivative is not None)
    np.testing.assert_array_equal(short.value, general.value)


def test_gradient_of_a_maximum_of_scalars():
    assert gradcli.compile("maximum(x, 2*x)").grad({"x": 2.0}) == {"x": 2.0}
