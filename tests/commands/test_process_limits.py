"""`--timeout` and `--max-memory`: the process ends in time, says which limit it met, and exits with 4."""

from __future__ import annotations

import subprocess
import sys

import pytest

ENDLESS = "x = 1; while x > 0 { x = 0.5*x + 1 }; x"


def gradcli(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gradcli", *words], capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize("text", [ENDLESS, "sum(ones((6000,6000)) @ ones((6000,6000)) @ ones((6000,6000)))"])
def test_timeout_ends_a_loop_and_a_call_that_does_not_return(text):
    done = gradcli("eval", text, "--max-steps", "1000000000000", "--timeout", "0.2")
    assert done.returncode == 4
    assert done.stderr.startswith("error: stopped after 0.2 seconds\nhelp: raise the limit with --timeout")
    assert not done.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_max_memory_ends_a_program_that_asks_for_more():
    done = gradcli("eval", "sum(ones((7000,7000)))", "--max-memory", "300M")
    assert done.returncode == 4
    assert "there is not enough memory" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
@pytest.mark.parametrize("words", [("1",), ("inv(eye(300))", "--format", "csv")])
def test_max_memory_that_no_library_fits_into(words):
    done = gradcli("eval", *words, "--max-memory", "20M")
    assert done.returncode == 4
    assert done.stderr.startswith("error: there is not enough memory\nhelp: --max-memory")


def test_limits_that_are_not_met_change_nothing():
    words = (
        ("--timeout", "20", "--max-memory", "8G") if sys.platform.startswith("linux") else ("--timeout", "20")
    )
    done = gradcli("eval", "x + 1", "--x", "1", "--format", "plain", *words)
    assert (done.returncode, done.stdout) == (0, "2\n")


@pytest.mark.parametrize("words", [("--timeout", "0"), ("--timeout", "soon"), ("--max-memory", "12")])
def test_limits_that_make_no_sense_are_errors(words):
    done = gradcli("eval", "1", *words)
    assert done.returncode == 2
    assert f"`{words[0]}` takes a" in done.stderr
