"""`gradcli batch` with several processes, when it is interrupted, and when time, room or memory runs out."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command_line import invoke

MANY = "".join(f"x*{number} | x=2 | => {2 * number}\n" for number in range(400))
SLOW = "".join(f"s = 0; for i in range(100000) {{ s = s + x }}; s*{n} | x=1\n" for n in range(2000))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def gradcli(*words, **options):
    return subprocess.run(
        [sys.executable, "-m", "gradcli", *words], capture_output=True, text=True, timeout=100, **options
    )


def test_the_number_of_processes_changes_nothing():
    alone, shared = (gradcli("batch", "-", "--format", "jsonl", "--jobs", jobs, input=MANY) for jobs in "13")
    assert alone.returncode == shared.returncode == 0
    assert alone.stdout == shared.stdout
    assert alone.stdout.count("\n") == 400


@pytest.mark.parametrize("jobs", [(), ("--jobs", "1")])
def test_a_case_that_takes_too_long(jobs):
    stdin = "x|x=1\nwhile x > 0 {x = 0.5*x + 1}; x | x=1\nx|x=2\n"
    limits = ("--timeout", "1", "--max-steps", "1000000000000")
    done = gradcli("batch", "-", *limits, "--format", "jsonl", *jobs, input=stdin)
    assert done.returncode == 4
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["status"] for row in found] == ["passed", "limit", "passed"]
    assert found[1]["problems"][0]["text"] == "stopped after 1 s, the limit of --timeout"


def started(*words):
    (Path("slow.txt")).write_text(SLOW)
    return subprocess.Popen(
        [sys.executable, "-m", "gradcli", "batch", "slow.txt", *words], stderr=subprocess.PIPE, text=True
    )


def wait_for_rows(path, count):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if os.path.exists(path) and Path(path).read_text().count("\n") >= count:
            return
        time.sleep(0.02)
    raise AssertionError("no rows were written")


def whole_rows(path):
    text = Path(path).read_text()
    assert text.endswith("\n")
    return [json.loads(line)["case"]["line"] for line in text.splitlines()]


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_and_resumed(jobs, number, status):
    process = started("--resume", "out.jsonl", "--jobs", jobs)
    wait_for_rows("out.jsonl", 5)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == status
    assert "Traceback" not in errors
    finished = whole_rows("out.jsonl")
    assert finished == list(range(1, len(finished) + 1))
    assert len(finished) < 2000
    Path("slow.txt").write_text("".join(SLOW.splitlines(keepends=True)[: len(finished) + 3]))
    with open("out.jsonl", "a") as file:
        file.write('{"torn')
    done = gradcli("batch", "slow.txt", "--resume", "out.jsonl")
    assert done.returncode == 0
    assert whole_rows("out.jsonl") == list(range(1, len(finished) + 4))


def test_workers_end_with_the_process_that_started_them():
    process = started("--format", "jsonl", "--output", "out.jsonl", "--jobs", "2")
    wait_for_rows("out.jsonl", 5)
    process.kill()
    _, errors = process.communicate(timeout=30)  # until all who could write there have ended
    assert errors == ""
    assert process.returncode == -signal.SIGKILL


def test_resuming_runs_again_what_has_changed(folder):
    (folder / "c.txt").write_text("x^2 | x=3 | => 9\n2*x | x=1 | => 2\n")
    command = ("batch", "c.txt", "--resume", "out.jsonl", "--command", "grad")
    assert invoke(*command).status == 0
    assert invoke(*command).status == 0
    assert len(whole_rows("out.jsonl")) == 2
    (folder / "c.txt").write_text("x^2 | x=4 | => 9\n2*x | x=1 | => 2\n")
    assert invoke(*command).status == 1
    assert len(whole_rows("out.jsonl")) == 3
    assert invoke(*command).status == 1  # the rows of earlier runs count


def test_an_interrupted_document_is_whole():
    process = started("--format", "json", "--output", "out.json", "--jobs", "1")
    time.sleep(2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert json.loads(Path("out.json").read_text())["summary"]["passed"] > 0


def test_a_disk_that_is_full():
    unwritten = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # or Python would cut off its own files
    words = "-m gradcli batch - --format jsonl --output out.jsonl"
    limited = f"ulimit -f 2; exec {shlex.quote(sys.executable)} {words}"
    done = subprocess.run(
        ["bash", "-c", limited], input=MANY, capture_output=True, text=True, timeout=100, env=unwritten
    )
    assert done.returncode == 2
    assert "the results cannot be written to `out.jsonl`: file too large" in done.stderr
    finished = whole_rows("out.jsonl")
    assert finished == list(range(1, len(finished) + 1))
    assert gradcli("batch", "-", "--resume", "out.jsonl", input=MANY).returncode == 0
    assert whole_rows("out.jsonl") == list(range(1, 401))


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_memory_does_not_grow_with_the_number_of_cases(folder, jobs):
    def peak(count):
        lines = (f"sin({number}.5*x) + y | x=0.5 | y=2\n" for number in range(count))
        (folder / "many.txt").write_text("".join(lines))
        words = ["batch", "many.txt", "--command", "grad", "--format", "jsonl", "--jobs", jobs]
        words += ["--output", "out.jsonl", "--quiet"]
        code = "import resource, sys; from gradcli.cli import run; assert run(sys.argv[1:]) == 0\n"
        code += "who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)\n"
        code += "print(max(resource.getrusage(each).ru_maxrss for each in who))"
        return int(subprocess.check_output([sys.executable, "-c", code, *words], text=True, timeout=100))

    few = peak(1_000)
    assert peak(12_000) < 1.1 * few  # kilobytes


def test_a_closed_pipe():
    command = f"{sys.executable} -m gradcli batch - --format jsonl | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], input=MANY * 20, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines()[1] == "141"
    assert done.stderr == ""


def test_a_bar_on_a_terminal_and_nowhere_else():
    pty = pytest.importorskip("pty")
    Path("slow.txt").write_text("".join(SLOW.splitlines(keepends=True)[:600]))
    ours, theirs = pty.openpty()
    words = ["batch", "slow.txt", "--format", "jsonl", "--output", "out.jsonl", "--jobs", "1"]
    command = [sys.executable, "-m", "gradcli", *words]
    with subprocess.Popen(command, stderr=theirs, env={**os.environ, "TERM": "xterm"}) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # what a terminal says when nobody is there any more
            while data := os.read(ours, 65536):
                shown += data
    os.close(ours)
    assert process.returncode == 0
    assert re.search(rb"\d+/600", shown)
    assert b"/s" in shown
    assert b"/600" not in gradcli(*words[:-2]).stderr.encode()
