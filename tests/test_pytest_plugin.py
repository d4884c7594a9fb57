"""The plugin as another project meets it: pytest in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

SUITE = """
[[case]]
name = "right"
program = "2*dot(x, x)"
inputs.x = [0, 1, 2]
claim.x = "4*x"
tags = ["fast"]

[[case]]
name = "wrong"
program = "2*dot(x, x)"
inputs.x = [0, 1, 2]
claim.x = "2*x"

[[case]]
name = "later\\u001b[31m"
program = "x"
skip = "not yet"

[[case]]
name = "unreadable"
progam = "x"
"""

TESTS = """
import numpy as np
import pytest

X = {"x": np.array([1.0, 2.0])}

def test_expression(gradcheck):
    assert gradcheck("2*dot(x, x)", X, {"x": "4*x"}).digits > 8
    gradcheck("sum(x**3)", X)
    gradcheck("sum(x**3)", X, order=2)
    gradcheck("abs(x)", {"x": 0.0}, allow=["nondifferentiable"])

def test_wrong_expression(gradcheck):
    gradcheck("2*dot(x, x)", X, {"x": "2*x"})

def test_function(gradcheck):
    gradcheck(lambda x: float(np.sum(x**2)), X, lambda x: 2*x)

def test_wrong_function(gradcheck):
    gradcheck(lambda x: float(np.sum(x**2)), X, lambda x: x)

def test_tolerance(gradcheck):
    gradcheck("2*dot(x, x)", X, {"x": "4.01*x"}, rtol=0.01)

def test_no_gradient(gradcheck):
    with pytest.raises(TypeError):
        gradcheck(lambda x: x, X)
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "s.grad.toml").write_text(SUITE)
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "other.toml").write_text("[[case]]")

    def run(*words):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)

    return run


def test_suites_are_tests(run):
    done = run("-v", "s.grad.toml")
    assert done.returncode == 1
    assert "s.grad.toml::right PASSED" in done.stdout
    assert "s.grad.toml::wrong FAILED" in done.stdout
    assert r"s.grad.toml::later\x1b[31m SKIPPED" in done.stdout
    assert "s.grad.toml::unreadable FAILED" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout
    assert "2 failed" in done.stdout


def test_failures_show_the_diagnosis(run):
    done = run("s.grad.toml")
    assert "factor of 2" in done.stdout
    assert "│ d/dx[1] │" in done.stdout
    assert "help: did you mean `program`?" in done.stdout
    assert "Traceback" not in done.stdout


def test_cases_are_chosen_by_name_and_tag(run):
    assert "1 passed, 3 deselected" in run("s.grad.toml", "-k", "right").stdout
    assert "1 passed, 3 deselected" in run("s.grad.toml", "-k", "fast").stdout
    assert run("s.grad.toml::right").returncode == 0


def test_the_fixture(run):
    done = run("test_it.py")
    assert "2 failed, 4 passed" in done.stdout
    assert "FAILED test_it.py::test_wrong_expression" in done.stdout
    assert "FAILED test_it.py::test_wrong_function" in done.stdout
    assert done.stdout.count("factor of 2") >= 2


def test_the_plugin_imports_nothing_by_itself():
    code = "import gradcli.pytest_plugin, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "gradcli.checking" not in done.stdout
    assert "rich" not in done.stdout
