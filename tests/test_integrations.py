"""The files through which other repositories use gradcli say what the command line understands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ACTION = (ROOT / ".github/actions/gradcli-check/action.yml").read_text("utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")


def test_the_hook_takes_suites():
    (pattern,) = re.findall(r"files: (.*)", HOOKS)
    (entry,) = re.findall(r"entry: (.*)", HOOKS)
    assert re.search(pattern, "a/b.grad.toml")
    assert re.search(pattern, "b.exprs")
    assert not re.search(pattern, "pyproject.toml")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            *entry.split(),
            "examples/suites/losses.grad.toml",
            "examples/suites/identities.exprs",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_the_action_checks(tmp_path):
    """The last step of the action, run by bash with gradcli where the first one would have put it."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    script = ACTION.rpartition("run: |\n")[2]
    folder = tmp_path / "gradcli/bin"
    folder.mkdir(parents=True)
    (folder / "gradcli").write_text(f'#!/bin/sh\nexec {sys.executable} -m gradcli "$@"\n')
    (folder / "gradcli").chmod(0o755)
    (tmp_path / "s.txt").write_text("x | x=1 | => 2\n")
    variables = {
        "RUNNER_TEMP": str(tmp_path),
        "FILES": "s.txt",
        "OPTIONS": "--fail-fast",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout.startswith(
        "::error file=s.txt,line=1,title=gradcli%3A line 1::value: expected 2, found 1\n"
    )
