"""What a process meets: streams that are closed, full or gone, signals at any moment, odd places."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import invoke
from tests.documents import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the shell's redirections")
GRADCLI = f"{sys.executable} -m gradcli"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def shell(script: str, **options) -> subprocess.CompletedProcess[str]:
    """Run a script in which `$G` is gradcli."""
    return subprocess.run(
        ["bash", "-c", script],
        env={**ENVIRONMENT, "G": GRADCLI, **options.pop("env", {})},
        capture_output=True, text=True, timeout=60, check=False, **options,
    )  # fmt: skip


CLOSED = "error: the results cannot be written to `<stdout>`: bad file descriptor\n"
FULL = "error: the results cannot be written to `<stdout>`: no space left on device\n"
STREAMS = [
    ("$G eval 1 >&-", 2, "", CLOSED),
    ("$G --help >&-", 2, "", CLOSED),
    ("$G eval 1 --format plain 2>&-", 0, "1\n", ""),
    ("$G eval x 2>&-", 2, "", ""),
    ("$G eval 1 --format plain --output o >&- 2>&- <&-; s=$?; cat o; exit $s", 0, "1\n", ""),
    ("$G eval - <&-", 2, "", "error: `<stdin>` cannot be read: bad file descriptor\n"),
    ("$G batch - --format jsonl <&-", 2, "bad file descriptor", ""),
    ("$G --version > /dev/full", 2, "", FULL),
    ("$G diff x^2 > /dev/full", 2, "", FULL),
    ("echo 'x|x=1' | $G batch - --format jsonl > /dev/full", 2, "", FULL),
    ("$G eval x 2> /dev/full", 2, "", ""),
    ("$G eval x 2>&1 | true; exit ${PIPESTATUS[0]}", 2, "", ""),
    ("$G eval 1 | true; exit ${PIPESTATUS[0]}", 141, "", ""),
]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize(("script", "status", "stdout", "stderr"), STREAMS, ids=[row[0] for row in STREAMS])
def test_streams(script, status, stdout, stderr):
    done = shell(script)
    assert done.returncode == status, done
    assert stdout in done.stdout
    assert bool(stdout) == bool(done.stdout)
    assert done.stderr == stderr or not stderr


# Places -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("", "`--output` takes the name of a file, and `` was given"),
        ("a/", "`--output` takes the name of a file, and `a/` was given"),
        (".", "cannot be written to `.`: is a directory"),
        ("folder", "cannot be written to `folder`: is a directory"),
        ("none/a", "cannot be written to `none/a`: no such file or directory"),
        ("file/a", "cannot be written to `file/a`: not a directory"),
        ("loop", "cannot be written to `loop`: too many levels of symbolic links"),
        ("a" * 300, "file name too long"),
    ],
    ids=lambda text: text[:20],
)
def test_outputs_that_are_no_files(output, message):
    Path("folder").mkdir()
    Path("file").write_text("")
    Path("loop").symlink_to("loop")
    for words in (("eval", "1"), ("batch", "-", "--format", "jsonl")):
        done = invoke(*words, "--output", output, stdin="x|x=1\n")
        assert done.status == 2
        assert message in done.stderr
    assert sorted(os.listdir()) == ["file", "folder", "loop"]


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="needs a folder that not even root can write"
)
@pytest.mark.parametrize("words", [("eval", "1"), ("batch", "-", "--format", "jsonl")], ids=["whole", "rows"])
def test_a_folder_that_cannot_be_written(words):
    done = invoke(*words, "--output", "/proc/out", stdin="x|x=1\n")
    assert done.status == 2
    assert "the results cannot be written to `/proc/out`: " in done.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_of_somebody_else():
    Path("folder").mkdir(mode=0o555)
    done = invoke("eval", "1", "--output", "folder/a")
    assert done.status == 2
    assert "permission denied" in done.stderr


def test_names_as_long_as_they_may_be_and_links_that_lead_nowhere():
    Path("link").symlink_to("new")
    for name in ("a" * 255, "link"):
        assert invoke("eval", "1", "--format", "plain", "--output", name).status == 0
    assert Path("link").is_symlink()
    assert Path("new").read_text() == "1\n"
    assert sorted(os.listdir()) == ["a" * 255, "link", "new"]


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_standard_output_by_its_names(name):
    assert invoke("eval", "1", "--format", "plain", "--output", name).stdout == "1\n"


@pytest.mark.parametrize(
    "words",
    [
        ("c.txt", "--format", "jsonl", "--output", "c.txt"),
        ("c.txt", "--format", "html", "--output", "link.txt"),
        ("c.txt", "--resume", "c.txt"),
        (".", "--format", "csv", "--output", "./c.txt"),
        ("x", "--data", "d.csv", "--output", "d.csv"),
    ],
)
def test_what_is_read_is_not_written_over(words):
    Path("c.txt").write_text("x^2 | x=3\n")
    Path("d.csv").write_text("x\n1\n")
    Path("link.txt").symlink_to("c.txt")
    done = invoke("batch", *words)
    assert done.status == 2
    assert "would be read and written at once" in done.stderr
    assert (Path("c.txt").read_text(), Path("d.csv").read_text()) == ("x^2 | x=3\n", "x\n1\n")


def test_a_value_may_be_replaced_by_the_result():
    Path("a.csv").write_text("1,2\n")
    assert invoke("eval", "sum(x)", "--x", "@a.csv", "--format", "plain", "--output", "a.csv").status == 0
    assert Path("a.csv").read_text() == "3\n"


@pytest.mark.parametrize("words", [("--x", "@d.npy"), ("--x", "@d.csv"), ("--inputs", "d.json")])
def test_folders_instead_of_files(words):
    Path(words[1].lstrip("@")).mkdir()
    done = invoke("eval", "x", *words)
    assert done.status == 2
    assert "cannot be read: is a directory" in done.stderr


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (("eval", "-", "--x", "@-"), "x"),
        (("eval", "x + y", "--x", "@-", "--y", "@-"), "1"),
        (("eval", "x", "--inputs", "-", "--x", "@-"), '{"x": 1}'),
        (("jvp", "x^2", "--x", "@-", "--u", "@-"), "1"),
    ],
)
def test_standard_input_is_read_once(words, stdin):
    done = invoke(*words, stdin=stdin)
    assert done.status == 2
    assert done.stderr.startswith("error: standard input is read twice\n")


def test_points_are_drawn_anew_without_reading_again():
    assert invoke("check", "sum(x^2)", "--x", "@-", "--points", "3", stdin="1,2").status == 0


SURROUNDINGS = [
    ("mkfifo f.csv; (echo 1,2 > f.csv &) ; $G eval x --x @f.csv --format plain", 0, "1,2\n"),
    ("mkfifo f; (cat f > got &) ; echo 'x|x=1' | $G batch - --output f; sleep .1; wc -l < got", 0, "3"),
    ("mkdir d; cd d; rmdir ../d; $G eval 1 --format plain", 0, "1\n"),
    ("mkdir d; cd d; rmdir ../d; $G eval 1 --output o", 2, ""),
    ("env -u HOME $G eval 1 --format plain", 0, "1\n"),
    ("HOME=/proc/none $G eval 1 --format plain", 0, "1\n"),
    ("TERM=dumb $G eval 1 --format plain --color auto", 0, "1\n"),
    ("COLUMNS=1 $G grad x^2 --x 123456", 0, "246912"),
    ("COLUMNS=10000 $G grad x^2 --x 3", 0, "gradient"),
    ("COLUMNS=wide $G grad x^2 --x 3", 0, "gradient"),
    ("LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 $G grad x^2 --x 3", 0, "+--------+-------+----------+"),
    ("PYTHONIOENCODING=latin-1 $G graph θ^2 --θ 3 --format tree", 0, "+- #0 \\u03b8  leaf"),
    ("PYTHONIOENCODING=ascii $G eval '1 # 🙂 é' --format json", 0, '"1 # 🙂 é"'),
]  # fmt: skip


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="as Linux has it")
@pytest.mark.parametrize(("script", "status", "stdout"), SURROUNDINGS, ids=[row[0] for row in SURROUNDINGS])
def test_surroundings(script, status, stdout):
    done = shell(script)
    assert done.returncode == status, done
    assert stdout in done.stdout
    assert "Traceback" not in done.stderr
    assert "internal" not in done.stderr


# Signals ----------------------------------------------------------------------------------------------------

# Interrupts one child after the other, each at an import further on than the last. It is a process of its
# own, with Python's handling of Ctrl-C, and without threads.
INTERRUPTED = """
import json, os, runpy, signal, sys

class Interrupts:
    left = None

    def find_spec(self, name, path=None, target=None):
        if name == "gradcli.cli":
            self.left = number
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["gradcli", "check", "sum(x^2)", "--x", "1,2", "--format", "plain", "--output", "out"]
found = []
for number in map(int, os.environ["NUMBERS"].split()):
    child = os.fork()
    if not child:
        sys.meta_path.insert(0, Interrupts())
        runpy.run_module("gradcli", run_name="__main__")
    found.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(found))
"""


def test_an_interrupt_at_any_import_is_silent():
    numbers = [*range(1, 6), *range(6, 250, 40), 1_000_000]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", INTERRUPTED],
        env={**ENVIRONMENT, "NUMBERS": " ".join(map(str, numbers))},
        capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    statuses = json.loads(done.stdout)
    assert done.stderr == ""
    assert set(statuses[:6]) == {130}
    assert statuses[-1] == 0
    assert statuses == sorted(statuses, reverse=True)
    assert os.listdir() == ["out"]


@pytest.mark.parametrize("moment", ["open", "replace", "chmod"])
def test_an_interrupt_while_a_file_is_written_changes_nothing(monkeypatch, moment):
    Path("a.txt").write_text("before")

    def interrupted(*words, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if moment == "open":
            patched.setattr("gradcli.commands.output.open", interrupted, raising=False)
        else:
            patched.setattr(f"gradcli.commands.output.os.{moment}", interrupted)
        assert invoke("eval", "1", "--output", "a.txt") == (130, "", "")
    assert os.listdir() == ["a.txt"]
    assert Path("a.txt").read_text() == "before"


@pytest.mark.parametrize("format", ["jsonl", "json"])
def test_two_runs_that_write_one_file(tmp_path, format):
    (tmp_path / "c.txt").write_text("".join(f"x*{n} | x=2\n" for n in range(300)))
    words = [
        *GRADCLI.split(),
        "batch",
        "c.txt",
        "--format",
        format,
        "--output",
        "out",
        "--quiet",
        "--jobs",
        "1",
    ]
    both = [subprocess.Popen(words, env=ENVIRONMENT, cwd=tmp_path) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    text = (tmp_path / "out").read_text()
    if format == "json":
        assert len(json.loads(text)["cases"]) == 300
    else:
        assert all(json.loads(line)["status"] == "passed" for line in text.splitlines())
    assert sorted(os.listdir(tmp_path)) == ["c.txt", "out"]


def test_a_process_that_takes_no_notice_of_interrupts_goes_on():
    program = "s = 0; for i in range(100000) { s = s + x/(1 + s*s) }; s"
    script = "trap '' INT; $G eval \"$P\" --x 1 --format plain & sleep 0.15; kill -INT $!; wait $!"
    done = shell(script, env={"P": program})
    assert done.returncode == 0
    assert done.stdout.startswith("66.")


def test_an_interrupt_of_a_pool_of_processes_leaves_nobody_behind(tmp_path):
    (tmp_path / "c.txt").write_text("while x > 0 { x = 0.5*x + 1 }; x | x=1\n" * 4)
    words = [
        *GRADCLI.split(),
        "batch",
        "c.txt",
        "--jobs",
        "2",
        "--max-steps",
        "1000000000000",
        "--format",
        "jsonl",
    ]
    process = subprocess.Popen(
        words, env=ENVIRONMENT, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0
    )
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)  # which ends when nobody holds the pipes any more
    assert (process.returncode, stdout) == (130, b"")
    assert b"Traceback" not in stderr
