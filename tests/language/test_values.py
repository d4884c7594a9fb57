"""Option text to value: every spelling, and what is said about text that is none."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import GradcliError, InputError, LimitError
from gradcli.language.files import read_inputs_file
from gradcli.language.source import Span
from gradcli.language.values import parse_value
from gradcli.limits import set_max_elements

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


class TestFiles:
    @pytest.fixture(autouse=True)
    def _in_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

    def test_npy(self):
        np.save("a.npy", np.array([[1, 2], [3, 4]], order="F"))
        got = value("@a.npy")
        np.testing.assert_array_equal(got, [[1.0, 2.0], [3.0, 4.0]])
        assert got.dtype == np.float64
        np.save("scalar.npy", 3)
        assert value("@scalar.npy") == 3.0

    def test_npz(self):
        np.savez("a.npz", w=[1, 2], b=3.0)
        np.testing.assert_array_equal(value("@a.npz:w"), [1.0, 2.0])
        assert value("@a.npz:b") == 3.0
        np.savez("one.npz", w=[1, 2])
        np.testing.assert_array_equal(value("@one.npz"), [1.0, 2.0])

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("@a.npz", "`a.npz` holds 2 arrays: `w`, `b`"),
            ("@a.npz:q", "`a.npz` has no array `q`; it holds `w`, `b`"),
            ("@objects.npy", "values of type object: expected real numbers"),
            ("@complex.npy", "values of type complex128"),
            ("@short.npy", "ends early"),
            ("@text.npy", "is no .npy file"),
            ("@text.npz", "cannot be read as an .npz archive"),
            ("@none.npy", "`none.npy` cannot be read: no such file or directory"),
            ("@a.parquet", "expected .npy, .npz, .csv or .json"),
            ("@", "expected .npy, .npz, .csv or .json"),
            ("@a\0.npy", "cannot be read"),
        ],
    )
    def test_unreadable_arrays(self, text, message):
        np.savez("a.npz", w=[1, 2], b=3.0)
        np.save("objects.npy", np.array([{}]), allow_pickle=True)
        np.save("complex.npy", np.array([1j]))
        np.save("long.npy", np.arange(10.0))
        with open("long.npy", "rb") as long, open("short.npy", "wb") as short:
            short.write(long.read()[:-8])
        for name in ("text.npy", "text.npz"):
            with open(name, "w") as file:
                file.write("hello")
        with pytest.raises(InputError) as caught:
            value(text)
        assert message in caught.value.message

    @pytest.mark.parametrize("text", ["@a.npy", "@a.npz:a"])
    def test_sizes_are_checked_before_reading(self, text):
        np.save("a.npy", np.zeros(1000))
        np.savez("a.npz", a=np.zeros(1000))
        before = set_max_elements(999)
        try:
            with pytest.raises(LimitError, match="more than the limit of 999"):
                value(text)
        finally:
            set_max_elements(before)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1,2\n3,4\n", [[1.0, 2.0], [3.0, 4.0]]),
            ("1,2,3", [1.0, 2.0, 3.0]),
            ("\ufeff1\r\n2\r\n\r\n", [1.0, 2.0]),
            ('"1", 2e3 ,inf\n', [1.0, 2000.0, math.inf]),
        ],
    )
    def test_csv(self, text, expected):
        with open("a.csv", "w", newline="") as file:
            file.write(text)
        np.testing.assert_array_equal(value("@a.csv"), expected)

    @pytest.mark.parametrize(
        ("text", "message", "help"),
        [
            ("x,y\n1,2\n", "`a.csv`, row 1, column 1: expected a number, found `x`", "looks like a header"),
            ("1,2\n3,four\n", "`a.csv`, row 2, column 2: expected a number, found `four`", None),
            ("1,2\n\n3\n", "`a.csv`, row 3: 1 cells, where the first row has 2", None),
            ("1,\n", "`a.csv`, row 1, column 2: expected a number, found ``", None),
            ("\n", "`a.csv` holds no numbers", None),
            ("\uff11,2", "column 1: expected a number", None),
        ],
    )
    def test_bad_csv(self, text, message, help):
        with open("a.csv", "w") as file:
            file.write(text)
        with pytest.raises(InputError) as caught:
            value("@a.csv")
        assert message in caught.value.message
        assert (help or "") in (caught.value.help or "")

    def test_invalid_utf8_names_the_byte(self):
        with open("a.json", "wb") as file:
            file.write(b'[1, "\xff"]')
        with pytest.raises(InputError, match="byte 0xff at offset 5"):
            value("@a.json")

    def test_json_file_with_a_byte_order_mark_keeps_places(self):
        with open("a.json", "w") as file:
            file.write('\ufeff{"a": null}')
        with pytest.raises(InputError) as caught:
            value("@a.json")
        assert caught.value.source[caught.value.span] == "null"
        assert caught.value.source.name == "a.json"

    def test_inputs_files_agree(self):
        with open("a.json", "w") as file:
            json.dump({"x": [1, 2], "s": 3}, file)
        with open("a.toml", "w") as file:
            file.write("x = [1, 2]\ns = 3\n")
        np.savez("a.npz", x=[1, 2], s=3)
        for name in ("a.json", "a.toml", "a.npz"):
            got = read_inputs_file(name)
            assert got["s"] == 3.0
            np.testing.assert_array_equal(got["x"], [1.0, 2.0])

    @pytest.mark.parametrize(
        ("name", "text", "message"),
        [
            ("a.json", "[1]", "expected an object with the inputs by name"),
            ("a.toml", "x = [[1],[2,3]]", "`a.toml`: `x.1`: the list is ragged"),
            ("a.toml", "x = 1979-05-27", "`a.toml`: `x`: expected a number, found a date"),
            ("a.toml", "x = ", "not TOML: invalid value"),
            ("a.txt", "", "expected .json, .toml or .npz"),
        ],
    )
    def test_bad_inputs_files(self, name, text, message):
        with open(name, "w") as file:
            file.write(text)
        with pytest.raises(InputError) as caught:
            read_inputs_file(name)
        assert message in caught.value.message
