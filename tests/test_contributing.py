"""The worked example of docs/contributing.md, followed step by step in a copy of the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT, blocks, write_file

PARTS = ("gradcli", "grammars", "tests")
LAST_FAMILY = '    "decompositions",\n'


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def python(copy: Path, *words: str) -> str:
    """The output of a module run on the copy; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout


def test_adding_a_function(copy):
    for block in blocks(ROOT / "docs/contributing.md"):
        if block.title:
            write_file(block, copy)
    registry = copy / "gradcli/primitives/registry.py"
    text = registry.read_text("utf-8")
    assert text.count(LAST_FAMILY) == 1
    registry.write_text(text.replace(LAST_FAMILY, f'{LAST_FAMILY}    "spherical",\n'), "utf-8")

    python(copy, "gradcli.primitives.registry")
    assert float(python(copy, "gradcli", "grad", "haversine(x)", "--x", "pi/2", "--format", "plain")) == 0.5
    assert "sin(x)/2" in python(copy, "gradcli", "functions", "haversine", "--format", "plain")
    tests = ("tests/primitives/test_table.py", "tests/primitives/test_registry.py")
    report = python(copy, "pytest", "-rA", "-n0", "-k", "haversine or index or has", *tests)
    assert "PASSED tests/primitives/test_table.py::test_value[haversine-0]" in report
