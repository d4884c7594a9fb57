"""The helpers of the table tests can tell right from wrong."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli.autodiff.primitive import Elementwise, Primitive
from gradcli.primitives.elementary import exp
from tests.primitives import test_table
from tests.primitives.numerical import Sample, Trial, moving, ridders

SAMPLE = Sample((1.25,), {})


def test_ridders_gives_ten_digits_and_its_error():
    derivative, error = ridders(lambda t: np.array([np.exp(t), np.sin(3 * t)]))
    assert derivative == pytest.approx([1.0, 3.0], rel=1e-10)
    assert np.all(abs(derivative - [1.0, 3.0]) <= 10 * error + 1e-13)


def test_ridders_notices_a_jump():
    _, error = ridders(lambda t: np.array([1.0 if t > 0 else 0.0]))
    assert error[0] > 1.0


@pytest.mark.parametrize("partial", [lambda out, x: 1.0001 * out, lambda out, x: x, lambda out, x: -out, 1.0])
def test_wrong_rules_fail(partial):
    wrong = Primitive("wrong", exp.evaluate, Elementwise((partial,)))
    with pytest.raises(AssertionError):
        test_table.test_derivatives_agree_with_differences(wrong, SAMPLE)


def test_the_right_rule_passes():
    right = Primitive("right", exp.evaluate, Elementwise((lambda out, x: out,)))
    test_table.test_derivatives_agree_with_differences(right, SAMPLE)


def test_line_derivatives_of_every_order():
    trial = Trial(exp, SAMPLE, [2.0])
    got = [trial.line_derivative(order)[0].value for order in range(4)]
    assert got == pytest.approx([2.0**order * np.exp(1.25) for order in range(4)])


def test_only_real_operands_with_a_rule_move():
    partials = Elementwise((None, 1.0, 1.0, 1.0))
    assert moving(Primitive("f", exp.evaluate, partials), (1.0, 2.0, 3, np.array([True]))) == [1]
