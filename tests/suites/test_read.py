"""From words to files to cases."""

import pytest

from gradcli.commands.programs import PROGRAM_SUFFIX, SUITE_SUFFIXES
from gradcli.errors import UsageError
from gradcli.suites.cases import Broken
from gradcli.suites.read import READERS, are_case_files, count_cases, find_files, read_cases

FILES = ("a.txt", "b.exprs", "sub/c.grad.toml", "sub/d.grad", "sub/.hidden/e.txt", "p.toml", "rows.jsonl")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_folders_hold_what_is_likely_to_be_meant():
    assert find_files(["."]) == ["a.txt", "b.exprs", "sub/c.grad.toml", "sub/d.grad"]
    assert find_files(["empty"]) == []


def test_each_file_once_and_in_order():
    assert find_files(["rows.jsonl", "b.exprs", "./", "b.exprs", "-"]) == [
        "rows.jsonl",
        "b.exprs",
        "a.txt",
        "sub/c.grad.toml",
        "sub/d.grad",
        "-",
    ]


def test_patterns():
    assert find_files(["**/*.grad*"]) == ["sub/c.grad.toml", "sub/d.grad"]
    with pytest.raises(UsageError, match=r"no file of cases fits the pattern `\*\.py`"):
        find_files(["*.py"])


def test_words_that_name_nothing(folder):
    (folder / "x.py").write_text("")
    with pytest.raises(UsageError, match=r"`x\.py` is no file of cases: expected \.grad\.toml"):
        find_files(["x.py"])
    with pytest.raises(UsageError, match="there is no file `x`") as error:
        find_files(["x"])
    assert "gradcli eval" in error.value.help


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a.txt"], True),
        (["sub"], True),
        (["sub/*.toml"], True),
        (["sub/d.grad"], False),
        (["sub/d.grad", "sub/d.grad"], True),
        (["a*b"], False),
        (["x.txt"], False),
        ([], False),
    ],
)
def test_programs_are_told_from_files(words, expected):
    assert are_case_files(words) is expected


def test_what_cannot_be_read_is_one_broken_item(folder):
    (folder / "bad.grad").write_bytes(b"\xff")
    (folder / "a.txt").write_text("1\n")
    (folder / "gone.txt").symlink_to("nowhere")
    bad, fine, gone = read_cases(["bad.grad", "a.txt", "gone.txt"])
    assert isinstance(bad, Broken)
    assert "not valid UTF-8" in bad.error.message
    assert fine.name == "line 1"
    assert "`gone.txt` cannot be read: no such file" in gone.error.message


def test_cases_are_counted_for_the_progress_bar(folder):
    (folder / "a.txt").write_text("# comment\n\n1\n2\n")
    (folder / "sub/c.grad.toml").write_text("[defaults]\n[[case]]\n[[case]]\n")
    assert count_cases(["a.txt", "sub/c.grad.toml", "sub/d.grad", "gone.txt"]) == 6
    assert count_cases(["a.txt", "-"]) is None


def test_commands_know_the_kinds_of_files():
    assert {f".{kind.rpartition('.')[2]}" for kind in READERS} == {PROGRAM_SUFFIX, *SUITE_SUFFIXES}
