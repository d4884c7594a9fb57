"""The process: exit codes, streams, help, colours, and where results go."""

import json
import os
import signal
import stat
import subprocess
import sys

import pytest

from gradcli import cli
from gradcli.commands import COMMANDS
from gradcli.errors import LimitError
from tests.command_line import invoke, invoke_json

GRADCLI = [sys.executable, "-m", "gradcli"]


def test_no_command_prints_help_and_fails():
    done = invoke()
    assert done.status == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Usage: gradcli [OPTIONS] COMMAND")


def test_help_groups_the_commands_and_shows_examples():
    done = invoke("--help")
    assert done.status == 0
    for entry in COMMANDS:
        assert f"\n{entry.section}:\n" in done.stdout
        assert f"  {entry.name} " in done.stdout
    examples = done.stdout.partition("Examples:\n")[2].splitlines()
    assert len(examples) == 3


def test_every_command_of_the_table_exists():
    for entry in COMMANDS:
        command = cli.group.get_command(None, entry.name)
        assert command.name == entry.name


def test_version():
    done = invoke("--version")
    assert done.status == 0
    assert done.stdout.startswith("gradcli 1.")


@pytest.mark.parametrize(
    ("words", "message", "help"),
    [
        (["gard", "x"], "there is no command `gard`", "did you mean `grad`?"),
        (["qqq"], "there is no command `qqq`", "the commands are check, batch, eval, "),
        (["x^2", "--x", "3"], "there is no command `x^2`", "gradcli grad 'x^2'"),
        (["help", "grad"], "there is no command `help`", "did you mean `gradcli grad --help`?"),
        (["version"], "there is no command `version`", "did you mean `gradcli --version`?"),
        (["--verison"], "no such option `--verison`", ""),
    ],
)
def test_unknown_commands(words, message, help):
    done = invoke(*words)
    assert done.status == 2
    assert message in done.stderr
    assert help in done.stderr


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["eval", "1"], 0),
        (["eval", ""], 2),
        (["eval", "1 +"], 2),
        (["eval", "x"], 2),
        (["grad", "x*x", "--x", "1,2"], 2),
        (["eval", "x + y", "--x", "1,2,3", "--y", "1,2"], 2),
        (["eval", "b = 1; while b > 0 { b = b + 1 }; b", "--max-steps", "1000"], 4),
        (["eval", "zeros(10**12)"], 4),
    ],
)
def test_exit_codes(words, status):
    done = invoke(*words)
    assert done.status == status
    assert "Traceback" not in done.stderr
    assert (done.stdout == "") == (status != 0)


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyError("oops"), 70, "error: an internal error: KeyError: 'oops'"),
        (MemoryError(), 4, "error: there is not enough memory"),
        (LimitError("too much"), 4, "error: too much"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_goes_wrong_inside(monkeypatch, error, status, message):
    def fail(words):
        raise error

    monkeypatch.setattr(cli, "_execute", fail)
    done = invoke("eval", "1")
    assert done.status == status
    assert done.stderr.startswith(message)
    assert "Traceback" not in done.stderr
    if status not in (0, 130):
        assert "Traceback" in invoke("eval", "1", "--debug").stderr


def test_grad_of_a_vector_names_vjp():
    done = invoke("grad", "x*x", "--x", "1,2")
    assert "shape (2,)" in done.stderr
    assert "vjp --v" in done.stderr


class TestColor:
    @pytest.fixture(autouse=True)
    def _terminal(self, monkeypatch):
        monkeypatch.setenv("TERM", "xterm-256color")

    @pytest.mark.parametrize(
        ("environment", "words", "expected"),
        [
            ({}, [], False),
            ({}, ["--color", "always"], True),
            ({"FORCE_COLOR": "1"}, [], True),
            ({"FORCE_COLOR": "0"}, [], False),
            ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
            ({"NO_COLOR": ""}, ["--color=always"], True),
            ({"FORCE_COLOR": "1"}, ["--color", "never"], False),
        ],
    )
    def test_tables_and_errors(self, monkeypatch, environment, words, expected):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert ("\x1b[" in invoke("grad", "x", "--x", "1", *words).stdout) == expected
        assert ("\x1b[" in invoke("grad", "x", *words).stderr) == expected

    def test_terminals(self, monkeypatch):
        assert cli._uses_color("auto", is_terminal=True)
        monkeypatch.setenv("TERM", "dumb")
        assert not cli._uses_color("auto", is_terminal=True)

    def test_files_get_none(self, tmp_path, monkeypatch):
        monkeypatch.setenv("FORCE_COLOR", "1")
        invoke("eval", "1", "--output", str(tmp_path / "a.txt"))
        assert "\x1b[" not in (tmp_path / "a.txt").read_text()


class TestOutput:
    @pytest.fixture(autouse=True)
    def _in_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

    def test_a_file_holds_what_stdout_would(self):
        words = ["grad", "x**2", "--x", "3"]
        done = invoke(*words, "--output", "a.txt")
        assert done == (0, "", "")
        with open("a.txt") as file:
            assert file.read() == invoke(*words).stdout
        assert os.listdir() == ["a.txt"]

    def test_a_failure_leaves_the_file_as_it_was(self):
        with open("a.txt", "w") as file:
            file.write("before")
        assert invoke("grad", "x*x", "--x", "1,2", "--output", "a.txt").status == 2
        with open("a.txt") as file:
            assert file.read() == "before"
        assert os.listdir() == ["a.txt"]

    def test_permissions_and_links_are_kept(self):
        with open("real.txt", "w") as file:
            file.write("before")
        os.chmod("real.txt", 0o640)
        os.symlink("real.txt", "link.txt")
        invoke("eval", "1", "--format", "plain", "--output", "link.txt")
        assert os.path.islink("link.txt")
        assert stat.S_IMODE(os.stat("real.txt").st_mode) == 0o640
        with open("real.txt") as file:
            assert file.read() == "1\n"

    @pytest.mark.parametrize(
        ("path", "reason"), [("none/a.txt", "no such file or directory"), (".", "is a directory")]
    )
    def test_places_that_cannot_be_written(self, path, reason):
        done = invoke("eval", "1", "--output", path)
        assert done.status == 2
        assert f"the results cannot be written to `{path}`: {reason}" in done.stderr

    def test_devices_are_written_as_they_are(self):
        assert invoke("eval", "1", "--output", os.devnull) == (0, "", "")
        assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


class TestProcess:
    def test_module_and_exit_code(self):
        done = subprocess.run(
            [*GRADCLI, "eval", "1 + 1", "--format", "plain"], capture_output=True, text=True
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")

    def test_a_closed_pipe_is_silent(self):
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen([*GRADCLI, "eval", "1"], **streams) as process:
            process.stdout.close()
            assert process.wait(60) == 141
            assert process.stderr.read() == b""

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    def test_a_full_device(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([*GRADCLI, "eval", "1"], stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 2
        assert done.stderr == "error: the results cannot be written to `<stdout>`: no space left on device\n"

    @pytest.mark.parametrize(
        ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
    )
    def test_signals(self, tmp_path, number, status):
        output = tmp_path / "a.txt"
        endless = "b = 1; while b > 0 { b = 0.5*b + 1 }; b"
        words = ["eval", endless, "--max-steps", "100000000000", "--output", str(output)]
        with subprocess.Popen([*GRADCLI, *words], stderr=subprocess.PIPE) as process:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(2)
            process.send_signal(number)
            assert process.wait(20) == status
            assert process.stderr.read() == b""
        assert not output.exists()

    def test_output_that_the_terminal_cannot_encode(self):
        environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
        done = subprocess.run(
            [*GRADCLI, "eval", "θ", "--θ", "1"], capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0
        assert "\\u03b8" in done.stdout


def test_json_is_one_object_for_several_programs():
    document = invoke_json("grad", "x**2", "3*x", "--x", "2")
    assert [each["gradients"]["x"] for each in document["results"]] == [4.0, 3.0]
    lines = invoke("grad", "x**2", "3*x", "--x", "2", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == document["results"]


def test_verbose_says_how_long_it_took():
    assert "note: computed in " in invoke("eval", "1", "--verbose").stderr
    assert invoke("eval", "1", "--verbose", "--quiet").stderr == ""
