"""Files of numbers as option values, files of inputs by name, and what is said of other files."""

import json
import math

import numpy as np
import pytest

from gradcli.errors import InputError, LimitError
from gradcli.language.files import read_inputs_file
from gradcli.language.values import parse_value
from gradcli.limits import set_max_elements


def value(text):
    """The value of an option whose text needs no language."""
    return parse_value(text, "--x", float)


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_npy():
    np.save("a.npy", np.array([[1, 2], [3, 4]], order="F"))
    got = value("@a.npy")
    np.testing.assert_array_equal(got, [[1.0, 2.0], [3.0, 4.0]])
    assert got.dtype == np.float64
    np.save("scalar.npy", 3)
    assert value("@scalar.npy") == 3.0


def test_npz():
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
def test_unreadable_arrays(text, message):
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
def test_sizes_are_checked_before_reading(text):
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
def test_csv(text, expected):
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
def test_bad_csv(text, message, help):
    with open("a.csv", "w") as file:
        file.write(text)
    with pytest.raises(InputError) as caught:
        value("@a.csv")
    assert message in caught.value.message
    assert (help or "") in (caught.value.help or "")


def test_invalid_utf8_names_the_byte():
    with open("a.json", "wb") as file:
        file.write(b'[1, "\xff"]')
    with pytest.raises(InputError, match="byte 0xff at offset 5"):
        value("@a.json")


def test_json_file_with_a_byte_order_mark_keeps_places():
    with open("a.json", "w") as file:
        file.write('\ufeff{"a": null}')
    with pytest.raises(InputError) as caught:
        value("@a.json")
    assert caught.value.source[caught.value.span] == "null"
    assert caught.value.source.name == "a.json"


def test_inputs_files_agree():
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
def test_bad_inputs_files(name, text, message):
    with open(name, "w") as file:
        file.write(text)
    with pytest.raises(InputError) as caught:
        read_inputs_file(name)
    assert message in caught.value.message
