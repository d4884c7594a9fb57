"""Completion through the variable that shells use, in processes of their own, and in real shells."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradcli.commands.completion import HOMES
from tests.command_line import invoke

PROGRAMS = str(Path(sys.executable).parent)


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("1\n")
    (tmp_path / "rates").mkdir()
    (tmp_path / ".rc").touch()


def completed(line: str, shell: str = "zsh", word: str = "", stdin: int = subprocess.DEVNULL) -> list[str]:
    """What gradcli offers for a command line; the cursor is at its end."""
    done = subprocess.run(
        [sys.executable, "-m", "gradcli"],
        env={**os.environ, "COMP_LINE": line, "COMP_WORD": word, "_GRADCLI_COMPLETE": f"{shell}_complete"},
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return [each.split("\t")[1] for each in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("gradcli j", ["jvp", "jacobian"]),
        ("gradcli grad x --preci", ["--precision"]),
        ("gradcli grad x --format js", ["json", "jsonl"]),
        ("gradcli grad x --format=js", ["--format=json", "--format=jsonl"]),
        ('gradcli grad "norm(X@w)" ', ["--X", "--w"]),
        ('gradcli grad "norm(X@w)" --X 1 ', ["--w"]),
        ('gradcli grad "rate*x" --ra', ["--rate"]),
        ('gradcli grad "rate*x" --wrt x,', ["x,rate"]),
        ('gradcli grad "rate*x" --var ', ["rate=", "x="]),
        ('gradcli grad "norm(X@w) + softs', ["norm(X@w) + softshrink(", "norm(X@w) + softsign("]),
        (
            "gradcli grad 'softy = 2; x*softy + softs",
            ["softy = 2; x*softy + softshrink(", "softy = 2; x*softy + softsign("],
        ),
        ("gradcli grad 'rate_a = 2; x*rate", ["rate_a = 2; x*rate_a"]),
        ('gradcli check "rate*x" --claim x=2*rat', ["x=2*rate"]),
        ("gradcli eval x --x @ro", ["@rows.csv"]),
        ("gradcli eval x --x=@r", ["--x=@rates/", "--x=@rows.csv"]),
        ("gradcli eval x --output=ro", ["--output=rows.csv"]),
        ("gradcli diff x --x ma", ["matrix"]),
        ("gradcli functions softs", ["softshrink", "softsign"]),
        ("gradcli completion ", ["bash", "zsh", "fish"]),
        ("gradcli grad 'x*(", ["x*("]),  # a file, if any
    ],
)
def test_offers(line, offered):
    assert completed(line) == offered


@pytest.mark.parametrize(
    "line", ["gradcli eval -f ", "gradcli eval x --inputs ", "gradcli batch ", "gradcli grad "]
)
def test_files_are_left_to_the_shell(line):
    assert completed(line) == [""]


def test_standard_input_is_left_alone():
    reader, writer = os.pipe()
    assert completed("gradcli eval - --preci", stdin=reader) == ["--precision"]
    os.close(writer)


def test_bash_gets_what_follows_its_word_breaks():
    assert completed("gradcli eval x --x=@ro", "bash", "ro") == ["rows.csv"]
    assert completed("gradcli eval x --format=", "bash", "=")[0] == "table"
    assert completed('gradcli grad "norm(x) + softp', "bash", '"norm(x) + softp') == ["norm(x) + softplus("]


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, *words: str) -> None:
        self.descriptor, theirs = pty.openpty()
        path = f"{PROGRAMS}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "PS1": "> ", "TERM": "dumb"}
        self.process = subprocess.Popen(
            words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self.until("> ")

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.descriptor)

    def until(self, mark: str) -> str:
        found, end = "", time.monotonic() + 30
        while mark not in found and time.monotonic() < end:
            if select.select([self.descriptor], [], [], 0.1)[0]:
                found += os.read(self.descriptor, 65536).decode()
        assert mark in found
        return found

    def type(self, text: str) -> None:
        os.write(self.descriptor, text.encode())


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_real_bash_completes():
    with Terminal("bash", "--norc", "--noprofile", "-i") as terminal:
        terminal.type("source <(gradcli completion bash); echo re''ady\n")
        terminal.until("ready")
        terminal.type("gradcli jac\t")
        terminal.until("gradcli jacobian ")
        terminal.type('"norm(X@w) + softp\t')
        terminal.until('softplus("')
        terminal.type("\x15gradcli eval rate --ra\t")
        terminal.until("--rate ")
        terminal.type("@row\t")
        terminal.until("rows.csv ")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh")
def test_a_real_zsh_completes():
    with Terminal("zsh", "-f", "-i") as terminal:
        terminal.type("source <(gradcli completion zsh); echo re''ady\n")
        terminal.until("ready")
        terminal.type("gradcli jac\t")
        terminal.until("obian ")
        terminal.type('"norm(X@w) + softp\t')
        terminal.until("lus(")
        terminal.type("\x15gradcli eval rate --ra\t")
        terminal.until("te ")


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
@pytest.mark.parametrize(
    ("line", "offered"),
    [("gradcli eval rate --ra", "--rate\n"), ('gradcli eval "a + softp', "a + softplus(\n")],
)
def test_a_real_fish_completes(line, offered):
    script = f"gradcli completion fish | source; complete -C '{line}'"
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    done = subprocess.run(
        ["fish", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == (offered, "")


@pytest.mark.parametrize("shell", HOMES)
def test_installation_is_one_command_that_may_be_repeated(shell, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    home = HOMES[shell]
    script = tmp_path / home.folder[1] / home.script
    start_up = tmp_path / home.start_up[1] if home.start_up else None
    if start_up:
        start_up.write_text("alias x=y")
    for _ in range(2):
        done = invoke("completion", "--install")
        assert done.status == 0
        assert done.stdout.startswith(f"wrote {script}\n")
        assert script.read_text() == invoke("completion", shell).stdout
        assert start_up is None or start_up.read_text() == f"alias x=y\nsource {script}\n"


def test_an_unknown_shell(monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    done = invoke("completion")
    assert done.status == 2
    assert done.stderr.startswith("error: completion is for bash, zsh, fish, and SHELL names `tcsh`\n")
    assert invoke("completion", "tcsh").status == 2
