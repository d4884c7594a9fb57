"""The worked examples of docs/contributing.md, followed step by step in a copy of the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT, Block, blocks, write_file

PARTS = ("gradcli", "grammars", "tests", "docs")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with everything that the chapter adds to it, before any program has been run."""
    folder = tmp_path_factory.mktemp("project")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for block in blocks(ROOT / "docs/contributing.md"):
        if block.title and block.language == "diff":
            apply(block, folder)
        elif block.title:
            write_file(block, folder)
    python(folder, "gradcli.primitives.registry")
    python(folder, "gradcli.language.tables")
    return folder


def apply(block: Block, folder: Path) -> None:
    """Change a file as a block of lines with `+`, `-` or a blank before them says."""
    path = folder / str(block.title)
    lines = block.body.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    text = path.read_text("utf-8")
    assert text.count(before) == 1, f"{block.title} does not have once: {before}"
    path.write_text(text.replace(before, after), "utf-8")


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


def report_of(copy: Path, *words: str) -> str:
    """The report of tests of the copy, which must pass."""
    return python(copy, "pytest", "-rA", "-n0", *words)


def test_adding_a_function(copy):
    assert float(python(copy, "gradcli", "grad", "haversine(x)", "--x", "pi/2", "--format", "plain")) == 0.5
    assert "sin(x)/2" in python(copy, "gradcli", "functions", "haversine", "--format", "plain")
    own = ("tests/primitives/test_table.py", "tests/primitives/test_registry.py")
    report = report_of(copy, "-k", "haversine or index or has", *own)
    assert "PASSED tests/primitives/test_table.py::test_value[haversine-0]" in report


def test_adding_a_command(copy):
    assert "slope     the norm of the gradient" in python(copy, "gradcli", "--help")
    assert "gradcli slope PROGRAM" in python(copy, "gradcli", "man")
    report = report_of(
        copy,
        "-k",
        "slope or layer",
        "tests/commands/test_slope.py",
        "tests/test_layers.py",
        "tests/commands/test_program_command.py",
    )
    assert "PASSED tests/commands/test_slope.py::test_all_inputs_count" in report


def test_adding_a_format(copy):
    report = report_of(copy, "tests/render/test_tsv.py")
    assert report.count("PASSED tests/render/test_tsv.py::test_values") == 3


def test_adding_a_statement(copy):
    braces = "y = x; unless x > 0 { y = -3*x }; y"
    assert float(python(copy, "gradcli", "grad", braces, "--x", "-2", "--format", "plain")) == -3
    report = report_of(
        copy, "-k", "unless or tables", "tests/language/test_programs.py", "tests/language/test_tables.py"
    )
    assert "PASSED tests/language/test_programs.py::test_program[unless]" in report
