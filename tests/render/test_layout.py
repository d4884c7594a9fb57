"""Numbers and arrays as aligned text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.language.values import parse_value
from gradcli.render.layout import MAX_LINES, blocks
from gradcli.render.numbers import number, plain_data, value_text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (28.0, None, "28"),
        (0.1, None, "0.1"),
        (-0.0, None, "-0"),
        (1e22, None, "1e22"),
        (1e-300, None, "1e-300"),
        (123456789.0, 6, "1.23457e8"),
        (2 / 3, 6, "0.666667"),
        (2 / 3, 2, "0.67"),
        (np.float64(1.5), 6, "1.5"),
        (float("nan"), 6, "nan"),
        (float("-inf"), None, "-inf"),
        (7, 3, "7"),
        (123456789, 3, "123456789"),
        (True, 6, "True"),
    ],
)
def test_numbers(value, digits, text):
    assert number(value, digits) == text


@given(st.floats())
def test_numbers_round_trip(value):
    np.testing.assert_equal(float(number(value)), value)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (3.0, "3"),
        (np.array([0.0, 4.5]), "0,4.5"),
        (np.array([3.0]), "3,"),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), "1,2;3,4"),
        (np.array([[1.0, 2.0]]), "1,2;"),
        (np.zeros((0,)), "[]"),
        (np.ones((1, 1, 2)), "[[[1.0, 1.0]]]"),
        ({"a": np.array([1.0]), "b": [2.0]}, '{"a": [1.0], "b": [2.0]}'),
    ],
)
def test_values_are_spelt_as_options_take_them(data, text):
    assert value_text(data) == text
    again = parse_value(text, "--x", None)
    assert plain_data(again) == plain_data(data)


def test_plain_data_names_numbers_that_are_not_finite():
    data = {"a": np.array([1.0, np.nan]), "b": [np.inf, -np.inf], "c": np.array([True]), "d": 1 / 3}
    assert plain_data(data) == {"a": [1.0, "NaN"], "b": ["Infinity", "-Infinity"], "c": [True], "d": 1 / 3}
    assert plain_data(1 / 3, 3) == 0.333


def test_decimal_points_align_down_a_column():
    lines = blocks([12.5, np.array([1.0, -0.25, 1e-9]), None, np.inf], 6, 80)
    assert lines == [[" 12.5 "], ["  1   ", " -0.25", "  1e-9"], [], ["inf   "]]


def test_matrices_align_column_by_column():
    assert blocks([np.arange(6.0).reshape(2, 3) * 1.5, 3.0], 6, 80) == [
        ["0    1.5  3  ", "4.5  6    7.5"],
        ["            3"],
    ]


def test_higher_ranks_show_each_matrix_with_its_index():
    assert blocks([np.zeros((2, 1, 2))], 6, 80) == [["[0] ", "0  0", "[1] ", "0  0"]]


def test_empty_arrays():
    assert blocks([np.zeros((0, 3))], 6, 80) == [["[]"]]


def test_long_vectors_show_their_ends():
    (lines,) = blocks([np.arange(1000.0)], 6, 80)
    assert [line.strip() for line in lines] == ["0", "1", "2", "▁▂▃▄▅▆▇█", "997", "998", "999"]
    (lines,) = blocks([np.arange(float(MAX_LINES))], 6, 80)
    assert len(lines) == MAX_LINES


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.integers(1, 120),
    st.integers(0, 2**32 - 1),
)
def test_matrices_fit_the_width_or_show_two_columns(shape, width, seed):
    """Whatever the width, every number shown is whole; wider than the width only with the fewest columns."""
    rng = np.random.default_rng(seed)
    array = rng.normal(size=shape) * 10.0 ** rng.integers(-8, 8, size=shape)
    (lines,) = blocks([array], 6, width)
    assert len({len(line) for line in lines}) == 1
    columns = lines[0].split()
    assert len(lines[0]) <= width or len(columns) <= 3
    shown = {number(each, 6) for each in array.ravel().tolist()}
    assert {word for line in lines for word in line.split()} <= shown | {"⋮", "⋯", "⋱"}
    assert len(columns) == shape[1] or "⋯" in columns
