"""Option text to value: every spelling, and what is said about text that is none."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import GradcliError, InputError
from gradcli.language.source import Span
from gradcli.language.values import parse_value

CONSTANTS = {"pi": math.pi, "linspace": np.linspace, "True": True, "False": False}


def evaluate(text):
    """The part of the language that these tests need, by Python itself."""
    value = eval(text, {"__builtins__": {}}, CONSTANTS)
    return np.array(value) if isinstance(value, list) else value


def value(text):
    return parse_value(text, "--x", evaluate)


def refuse(text):
    raise AssertionError(f"{text!r} went through the language")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", 3.0),
        (" -2.5e3 \n", -2500.0),
        ("1_000", 1000.0),
        ("-1,2", [-1.0, 2.0]),
        ("0, 1,2 ,3", [0.0, 1.0, 2.0, 3.0]),
        ("1,2;3,4", [[1.0, 2.0], [3.0, 4.0]]),
        ("1;2", [[1.0], [2.0]]),
        ("3,", [3.0]),
        ("1,2;", [[1.0, 2.0]]),
        ("inf,-inf", [math.inf, -math.inf]),
        ("[[1,2],[3,4]]", [[1.0, 2.0], [3.0, 4.0]]),
        ("[1, 1e400, 123456789012345678901234567890]", [1.0, math.inf, 123456789012345678901234567890.0]),
        ("[]", []),
        ('["NaN", "Infinity", "-Infinity", 0.5]', [math.nan, math.inf, -math.inf, 0.5]),
    ],
)
def test_numbers_are_read_without_the_language(text, expected):
    got = parse_value(text, "--x", refuse)
    np.testing.assert_array_equal(got, expected)
    assert np.asarray(got).dtype == np.float64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pi/2", math.pi / 2),
        ("pi, 2*pi; 0,(1,2)[1]", [[math.pi, 2 * math.pi], [0.0, 2.0]]),
        ("linspace(0,1,5)", [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("[.5, 5.]", [0.5, 5.0]),
        ("2**3", 8.0),
    ],
)
def test_closed_expressions(text, expected):
    got = value(text)
    np.testing.assert_array_equal(got, expected)
    assert np.asarray(got).dtype == np.float64


def test_booleans_stay_booleans():
    assert value("[true, false]").dtype == np.bool_
    assert value("[True, False]").dtype == np.bool_


def test_structures_keep_their_shape():
    got = value('{"layers": [{"W": [[1,2],[3,4]], "b": [0, 1]}, {"W": 5}], "scale": "Infinity"}')
    np.testing.assert_array_equal(got["layers"][0]["W"], [[1.0, 2.0], [3.0, 4.0]])
    assert got["layers"][1] == {"W": 5.0}
    assert got["scale"] == math.inf


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("", "--x has an empty value", None),
        (" ", "--x has an empty value", None),
        ("1,,2", "an entry of the list is empty", ","),
        (",1", "an entry of the list is empty", ","),
        ("1,2;3", "the rows differ in length: row 2 has 1 number, row 1 has 2 numbers", "3"),
        ("1 2 3", "the numbers of a list are separated by commas", "1 2 3"),
        ("1 2; 3,4", "the numbers of a list are separated by commas", "1 2"),
        ("1,linspace(0,1,5)", "an entry of a list must be a single number", "linspace(0,1,5)"),
        ("[[1,2],[3]]", "the list is ragged: entry 1 has 1 numbers, entry 0 has 2 numbers", "[3]"),
        ("[1, [2]]", "the list is ragged", "[2]"),
        ("[1, null]", "expected a number, found `null`", "null"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "the key `c` appears twice", '{"c": 1, "c": 2}'),
        ('{"a": [1, NaN]}', "a bare `NaN` is not JSON", "NaN"),
        ('{"a": [[1,2], ["3",4]]}', 'found the string "3"', '"3"'),
        ('{"a": [1, true]}', "booleans and numbers are mixed", "true"),
        ('{"a" 1}', "not JSON: expecting ':' delimiter", "1"),
        ("{" * 3, "not JSON", "{"),
    ],
)
def test_what_is_wrong_and_where(text, message, place):
    with pytest.raises(InputError) as caught:
        value(text)
    assert message in caught.value.message
    if place is None:
        assert caught.value.span is None
    else:
        assert caught.value.source.name == "--x"
        assert caught.value.source[caught.value.span] == place


def test_json_nested_too_deep():
    with pytest.raises(InputError, match="nested too deep"):
        value('{"a":' + "[" * 100_000)


def test_errors_of_an_entry_are_shown_in_the_whole_value():
    def fail(text):
        raise InputError("no", span=Span(0, len(text)))

    with pytest.raises(GradcliError) as caught:
        parse_value("1, foo;3", "--x", fail)
    assert caught.value.source[caught.value.span] == "foo"


@given(st.lists(st.floats(width=64), min_size=2))
def test_vectors_round_trip(numbers):
    text = ",".join(map(repr, numbers))
    np.testing.assert_array_equal(parse_value(text, "--x", refuse), numbers)


@given(st.lists(st.lists(st.floats(allow_nan=False), min_size=3, max_size=3), min_size=2))
def test_matrices_round_trip(rows):
    text = ";".join(",".join(map(repr, row)) for row in rows)
    np.testing.assert_array_equal(parse_value(text, "--x", refuse), rows)
