"""Files that are damaged, foreign or mean harm: each ends in an error that says what is wrong and where."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.command_line import invoke


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refused(*words, status=2):
    """What a command says that fails as documented."""
    done = invoke(*words)
    assert done.status == status, done
    assert done.stderr.startswith("error: ")
    assert not done.stdout
    return done.stderr


# Programs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the program is empty"),
        (b" \n\n", "the program is empty"),
        (b"# nothing", "the program is empty"),
        (b"\xff\xfex\0", "byte 0xff at offset 0\nhelp: it begins like UTF-16: save it as UTF-8"),
        (b"\xfe\xff\0x", "byte 0xfe at offset 0\nhelp: it begins like UTF-16: save it as UTF-8"),
        (b"x\xe9 + 1", "p.grad is not valid UTF-8: byte 0xe9 at offset 1\nhelp: save it as UTF-8"),
        (b"x + 1 # caf\xc3", "byte 0xc3 at offset 11"),
        (b"\xed\xa0\x80", "byte 0xed at offset 0"),
        (b"x^2\0", "the control character `\\x00` has no meaning in a program\n  --> p.grad:1:4"),
        (b"x\x1b[31m", "the control character `\\x1b`"),
        (b"x\x7f", "the control character `\\x7f`"),
        (b"x\n+1\r", "--> p.grad:2:3"),
        (b"\xef\xbb\xbf\xef\xbb\xbfx", "`\\ufeff` (zero width no-break space)"),
        ("x − 1".encode(), "`−` (minus sign) has no meaning in a program"),
        ("１ + x".encode(), "did you mean `1`?"),
        ("x * ٣".encode(), "did you mean `3`?"),
        ("x²".encode(), "did you mean `**2`?"),
        ("sin（x）".encode(), "did you mean `(`?"),
        ("x＋1".encode(), "did you mean `+`?"),
        ("“a”".encode(), 'did you mean `"`?'),
        ("√x".encode(), "did you mean `sqrt(…)`?"),
        ("x\u200b^2".encode(), "`\\u200b` (zero width space)"),
        ("x\u200d".encode(), "`\\u200d` (zero width joiner)"),
        ("x\u00a0+ 1".encode(), "write a plain space"),
        ("x \u202e# 2".encode(), "`\\u202e` (right-to-left override)"),
        ("ѕin(x)".encode(), "unknown function `ѕin`"),
        ("🙂".encode(), "`🙂` (slightly smiling face)"),
    ],
    ids=ascii,
)
def test_programs(data, message):
    Path("p.grad").write_bytes(data)
    assert message in refused("eval", "--file", "p.grad", "--x", "2")


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfx^2", "ｘ^2".encode(), b"x^2\r\n", b"\x0cx^2"], ids=ascii)
def test_programs_that_are_odd_and_right(data):
    Path("p.grad").write_bytes(data)
    assert invoke("eval", "--file", "p.grad", "--x", "3", "--format", "plain").stdout == "9\n"


# JSON and TOML ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"x": 1, "x": 2}', "the key `x` appears twice"),
        ('{"x": {"a": 1, "a": 2}}', "the key `a` appears twice in one object\n  --> a.json:1:7"),
        ('{"x": NaN}', "a bare `NaN` is not JSON\n  --> a.json:1:7"),
        ('{"x": -Infinity}', "a bare `-Infinity` is not JSON"),
        ('{"x": null}', "expected a number, found `null`"),
        ('{"x": "1"}', 'expected a number, found the string "1"'),
        ('{"x": "\\u202e"}', 'found the string "\\u202e"'),
        ('{"x": [[1, 2], [3]]}', "the list is ragged: entry 1 has 1 numbers, entry 0 has 2 numbers"),
        ('{"x": [1, true]}', "booleans and numbers are mixed"),
        ('{"x": 1', "not JSON"),
        ('{"x": 1}}', "not JSON: extra data\n  --> a.json:1:9"),
        ('{"x": 1}\0', "not JSON: extra data"),
        ("{'x': 1}", "not JSON"),
        ('{"x": 1,}', "not JSON"),
        ('// x\n{"x": 1}', "not JSON"),
        ('{"x": 01}', "not JSON"),
        ("", "not JSON"),
        ("[1, 2]", "expected an object with the inputs by name"),
        ("[" * 100_000, "the JSON is nested too deep"),
        ('{"x": ' + "[" * 33 + "1" + "]" * 33 + "}", "an array has at most 32 dimensions"),
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_json(text, message):
    Path("a.json").write_text(text)
    assert message in refused("eval", "x", "--inputs", "a.json")


@pytest.mark.parametrize(
    ("text", "value"), [('{"x": 1e999}', "inf"), ('{"x": ' + "9" * 5000 + "}", "inf"), ('{"x": 1e-999}', "0")]
)
def test_numbers_that_no_float_holds(text, value):
    Path("a.json").write_text(text)
    assert invoke("eval", "x", "--inputs", "a.json", "--format", "plain").stdout == f"{value}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\nx = 2", "not TOML: cannot overwrite a value\n  --> a.toml:2:6"),
        ("x = ", "not TOML: invalid value"),
        ("x = 2020-01-01", "`x`: expected a number, found a date"),
        ('x = "1"', "`x`: expected a number"),
        ("x = [1, [2]]", "`x.1`: the list is ragged"),
        ("x = [" + "[" * 100_000, "nested too deep"),
        ("x = " + "9" * 5000, "a whole number has thousands of digits"),
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_toml(text, message):
    Path("a.toml").write_text(text)
    assert message in refused("eval", "x", "--inputs", "a.toml")


# CSV --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "holds no numbers"),
        (b"1,2\n3\n", "row 2: 1 cells, where the first row has 2"),
        (b"a,b\n1,2\n", "the first row looks like a header"),
        (b"1\n2_0\n", "row 2, column 1: expected a number, found `2_0`"),
        ("1,１\n".encode(), "row 1, column 2: expected a number, found `１`"),
        (b"1\n0x10\n", "found `0x10`"),
        (b"1\n=1+1\n", "found `=1+1`"),
        (b"1\n\x1b[31m\n", "found `\\x1b[31m`"),
        (b"1\n\xe9\n", "a.csv is not valid UTF-8: byte 0xe9 at offset 2"),
        (b"1" * 200_000, "a.csv` is not CSV: field larger than field limit"),
    ],
    ids=lambda data: ascii(data)[:30],
)
def test_csv(data, message):
    Path("a.csv").write_bytes(data)
    assert message in refused("eval", "x", "--x", "@a.csv")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the first row must name each input once"),
        (b"x,x\n1,2\n", "the first row must name each input once"),
        (b"x;y\n1;2\n", "row 1, column 1: expected the name of an input"),
        (b"x\r1\r2", "a.csv`, row 1: new-line character seen in unquoted field"),
        (b"x\n1,2\n", "2 cells, where the first row has 1"),
        (b"x\n1\n\xef\xbc\x92\n", "row 3, column 1: expected a number, found `２`"),
        (b"x\n1\n\xe9\n", "found `\\xe9`"),
        (b"x[999999999999]\n1\n", "do not fill an array"),
        (b"x[" + b"9" * 5000 + b"]\n1\n", "expected the name of an input"),
        (b"\xff\xfex\0", "is not valid UTF-8"),
    ],
    ids=lambda data: ascii(data)[:30],
)
def test_rows(data, message):
    Path("a.csv").write_bytes(data)
    assert message in refused("batch", "x^2", "--data", "a.csv")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("eval -f z.grad", 2, "z.grad has more than 4,000,000 bytes, the limit for a program"),
        ("eval x --x @z.csv --max-elements 9", 4, "z.csv has more than 288 bytes, more than numbers take"),
        ("eval x --inputs z.json --max-elements 9", 4, "z.json has more than 288 bytes"),
        ("batch z.grad.toml", 2, "z.grad.toml has more than 5,000 bytes, the limit for a suite"),
        ("batch z.exprs", 2, "line 1 of z.exprs has more than 5,000 bytes, the limit for a suite"),
        ("batch z.jsonl", 2, "line 1 of z.jsonl has more than 5,000 bytes"),
        ("batch x --data z.csv", 2, "line 1 of z.csv has more than 5,000 bytes"),
        ("batch x --data z.jsonl", 2, "line 1 of z.jsonl has more than 5,000 bytes"),
    ],
)
def test_files_without_an_end(words, status, message, monkeypatch):
    monkeypatch.setattr("gradcli.language.files.MAX_SUITE_BYTES", 5000)
    for word in words.split():
        if "z." in word:
            Path(word.removeprefix("@")).symlink_to("/dev/zero")
    done = invoke(*words.split())
    assert done.status == status
    assert message in done.stderr + done.stdout


def test_a_line_without_an_end_ends_its_file(monkeypatch):
    monkeypatch.setattr("gradcli.language.files.MAX_SUITE_BYTES", 5000)
    Path("a.exprs").write_text("x^2 | x=3\n" + "1 + " * 3000 + "1\nx | x=1\n")
    text = invoke("batch", "a.exprs").stdout
    assert "line 2 of a.exprs has more than" in text
    assert "2 cases: 1 error, 1 passed" in text


# Binary files -----------------------------------------------------------------------------------------------


def npy(shape: str, descr: str = "'<f8'", data: bytes = b"", version: bytes = b"\x01\0") -> bytes:
    """An `.npy` file that promises what it may not hold."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    length = struct.pack("<H" if version[0] == 1 else "<I", len(header))
    return b"\x93NUMPY" + version + length + header + data


def saved(array: object) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


GOOD = saved(np.arange(6.0).reshape(2, 3))
CODE = "(__import__('os').system('touch pwned'),)"
ARRAYS = [
    ("nothing", b"", "does not begin like one"),
    ("text", b"hello world", "does not begin like one"),
    ("archive", b"PK\3\4", "does not begin like one"),
    ("object", saved(np.array([{"a": 1}])), "holds values of type object: expected real numbers"),
    ("complex", saved(np.array([1j])), "holds values of type complex128"),
    ("strings", saved(np.array(["a"])), "holds values of type <U1"),
    ("dates", saved(np.array(["2020-01-01"], "M8[D]")), "holds values of type datetime64[D]"),
    ("cut off", GOOD[:-5], "ends early: its header promises 6 numbers of shape (2, 3)"),
    ("cut off in its header", GOOD[:20], "its header cannot be read"),
    ("version 9", npy("(1,)", version=b"\x09\0"), "an .npy file of version 9.0"),
    ("code", npy(CODE), "its header cannot be read"),
    ("deep", npy("(" * 300 + "1" + ")" * 300), "its header cannot be read"),
    ("negative", npy("(-3,)"), "no array has the shape (-3,)"),
    ("boolean", npy("(True,)", data=bytes(8)), "no array has the shape (True,)"),
    ("fraction", npy("(2.5,)", data=bytes(20)), "its header cannot be read"),
    ("open string", npy("(1,), '''"), "its header cannot be read"),
]
SIZES = [("huge", npy(f"({10**12},)")), ("overflowing", npy("(4294967296, 4294967296, 4294967296)"))]


@pytest.mark.parametrize(("data", "message"), [row[1:] for row in ARRAYS], ids=[row[0] for row in ARRAYS])
def test_npy(data, message):
    Path("a.npy").write_bytes(data)
    assert message in refused("eval", "x", "--x", "@a.npy")
    assert message in refused("batch", "x^2", "--data", "a.npy")
    assert not Path("pwned").exists()


@pytest.mark.parametrize("data", [row[1] for row in SIZES], ids=[row[0] for row in SIZES])
def test_npy_that_is_too_large(data):
    Path("a.npy").write_bytes(data)
    assert "raise the limit with --max-elements" in refused("eval", "x", "--x", "@a.npy", status=4)


@pytest.mark.parametrize(
    "array",
    [np.arange(6.0).reshape(2, 3).astype(">f8"), np.asfortranarray(np.arange(6.0).reshape(2, 3)),
     np.arange(6, dtype="u1").reshape(2, 3), np.arange(6, dtype="f2").reshape(2, 3)],
    ids=["big-endian", "Fortran order", "bytes", "half precision"],
)  # fmt: skip
def test_npy_of_every_layout(array):
    Path("a.npy").write_bytes(saved(array))
    assert invoke("eval", "x", "--x", "@a.npy", "--format", "plain").stdout == "0,1,2;3,4,5\n"


def archive(*members: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as opened:
        for name, data in members:
            opened.writestr(name, data)
    return file.getvalue()


def flagged(offset: int, value: int) -> bytes:
    """An archive whose headers have other bytes: the flags, or the method of compression."""
    data = bytearray(archive(("x.npy", GOOD)))
    for place in (data.find(b"PK\3\4"), data.find(b"PK\1\2") + 2):
        data[place + offset] = value
    return bytes(data)


def damaged() -> bytes:
    data = bytearray(archive(("x.npy", GOOD)))
    data[data.find(b"NUMPY") + 140] ^= 255
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"hello", "file is not a zip file"),
        (archive(), "holds no arrays"),
        (archive(("x.npy", GOOD))[:-10], "file is not a zip file"),
        (damaged(), "bad crc-32"),
        (flagged(6, 1), "is encrypted"),
        (flagged(8, 97), "that compression method is not supported"),
        (archive(("x.npy", npy("(10**3,)"))), "its header cannot be read"),
        (archive(("x.npy", saved(np.array([{}])))), "a.npz:x` holds values of type object"),
        (
            archive(("x.npy", b"\x93NUMPY\2\0" + b"\xff" * 4 + bytes(10**7)), compression=8),
            "a.npz:x` is damaged: its header cannot be read",
        ),
    ],
    ids=["text", "empty", "cut off", "damaged", "encrypted", "method", "header", "object", "bomb"],
)
def test_npz(data, message):
    Path("a.npz").write_bytes(data)
    assert message in refused("eval", "x", "--x", "@a.npz")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_npz_with_two_arrays_of_one_name():
    Path("a.npz").write_bytes(archive(("x.npy", GOOD), ("x.npy", GOOD)))
    assert "`a.npz` holds two arrays `x`" in refused("eval", "x", "--inputs", "a.npz")


def test_npz_reads_no_more_than_an_array_promises():
    Path("a.npz").write_bytes(
        archive(("x.npy", npy("(3,)", data=bytes(10**7))), ("notes.txt", b"hello"), compression=8)
    )
    assert invoke("eval", "x", "--inputs", "a.npz", "--format", "plain").stdout == "0,0,0\n"
