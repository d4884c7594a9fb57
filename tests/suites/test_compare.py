"""Results against expectations."""

import numpy as np
import pytest

from gradcli.suites.compare import Tolerance, differences


def found(result, expected, **tolerance):
    return [
        f"{each.subject}: {each.text}" for each in differences(result, expected, "v", Tolerance(**tolerance))
    ]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (1.0, 1.0),
        (1.0 + 9e-7, 1.0),
        (1e-13, 0.0),
        (float("nan"), float("nan")),
        (float("inf"), float("inf")),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan])),
        ({"a": np.ones(2), "b": [1.0]}, {"a": np.ones(2), "b": [1.0]}),
        (True, True),
        ("4*x", "4*x"),
    ],
)
def test_close(result, expected):
    assert found(result, expected) == []


@pytest.mark.parametrize(
    ("result", "expected", "message"),
    [
        (1.0 + 2e-6, 1.0, "v: expected 1, found 1.000002"),
        (1e-11, 0.0, "v: expected 0, found 1e-11"),
        (float("inf"), 1.0, "v: expected 1, found inf"),
        (1.0, float("inf"), "v: expected inf, found 1"),
        (float("-inf"), float("inf"), "v: expected inf, found -inf"),
        (float("nan"), 1.0, "v: expected 1, found nan"),
        (1.0, np.ones(2), "v: expected an array of shape (2,), found a single number"),
        (np.ones((2, 1)), np.ones(2), "v: expected an array of shape (2,), found an array of shape (2, 1)"),
        ({"a": 1.0}, {"b": 1.0}, "v: expected the parts b, found the parts a"),
        ({"a": [1.0, {"c": 2.0}]}, {"a": [1.0, {"c": 3.0}]}, "v.a[1].c: expected 3, found 2"),
        (np.array([[1.0, 2.0]]), np.array([[1.0, 3.0]]), "v[0,1]: expected 3, found 2"),
        (True, False, "v: expected False, found True"),
        ("4*x", "2*x", "v: expected `2*x`, found `4*x`"),
    ],
)
def test_different(result, expected, message):
    assert found(result, expected) == [message]


def test_the_worst_entries_come_first_and_the_rest_is_counted():
    messages = found(np.array([1.0, 2.0, 4.0, 5.0, 5.0]), np.array([1.0, 1.0, 1.0, 1.0, 1.1]))
    assert messages == [
        "v[3]: expected 1, found 5",
        "v[4]: expected 1.1, found 5",
        "v[2]: expected 1, found 4",
        "v: 1 more entries differ",
    ]


def test_tolerances():
    assert found(1.1, 1.0, rtol=0.2) == []
    assert found(1.1, 1.0, rtol=0.0, atol=0.2) == []
    assert found(1.1, 1.0, rtol=0.0, atol=0.0) != []
    assert found(90.0, 50.0, rtol=0.9) == []
    assert found(50.0, 100.0, rtol=0.9) == []
    assert found(100.0, 10.0, rtol=0.95) != []  # relative to what is expected, as pytest.approx has it
