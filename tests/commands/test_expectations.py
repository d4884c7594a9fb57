"""What cases may expect, and how what they do not get is said."""

import json

import pytest

from tests.command_line import invoke

CASE = '[[case]]\nname = "c"\nprogram = "{}"\n{}\n'


def outcome(folder, program, *keys, command="batch"):
    """How the one case of a suite ends, and what is wrong with it."""
    path = folder / "t.grad.toml"
    path.write_text(CASE.format(program, "\n".join(keys)))
    row = json.loads(invoke(command, str(path), "--format", "jsonl").stdout)
    return row["status"], [problem["text"] for problem in row["problems"]]


@pytest.mark.parametrize(
    ("program", "keys", "status"),
    [
        ("a = sum(x); b = x*x; return a, b", ("expect.value.a = 3", 'expect.value.b = "x**2"'), "passed"),
        ("a = sum(x); b = x*x; return a, b", ("expect.value.a = 3", 'expect.value.b = "x"'), "wrong"),
        ("sum(x), sum(x*x)", ("expect.value = [3, 5]",), "passed"),
        ("sum(x), sum(x*x)", ("expect.value = [3, 6]",), "wrong"),
        ("x, x*x", ("expect.value = [[1, 2], [1, 4]]",), "passed"),
        ("x", ('expect.value = ["1", "2"]',), "error"),
        ("sum(x)", ("check = false", 'claim.x = "2*x"', "expect.value = 3"), "passed"),
        ("abs(x[0] - 1)", ('expect.verdict = "nondifferentiable"',), "passed"),
    ],
)
@pytest.mark.parametrize("command", ["batch", "check"])
def test_expected(tmp_path, command, program, keys, status):
    found = outcome(tmp_path, program, "inputs.x = [1, 2]", *keys, command=command)
    assert found[0] == status, found


@pytest.mark.parametrize(
    ("program", "value", "status"),
    [
        ("x/0", "Infinity", "passed"),
        ("-x/0", "-Infinity", "passed"),
        ("0*x/0", "NaN", "passed"),
        ("x/0", "-Infinity", "wrong"),
        ("x/0", "NaN", "wrong"),
    ],
)
def test_values_that_are_not_finite(tmp_path, program, value, status):
    assert outcome(tmp_path, program, "inputs.x = 1", f'expect.value = "{value}"')[0] == status


@pytest.mark.parametrize("command", ["batch", "check"])
def test_the_derivative_by_a_structure(tmp_path, command):
    keys = ("inputs.p = {W = [1, 2], b = 3}", "expect.grad.p = {W = [1, %s], b = 1}")
    right = outcome(tmp_path, "sum(p.W) + p.b", keys[0], keys[1] % "1", command=command)
    assert right == ("passed", [])
    wrong = outcome(tmp_path, "sum(p.W) + p.b", keys[0], keys[1] % "2", command=command)
    assert wrong == ("wrong", ["expected 2, found 1"])


def test_a_case_without_inputs_is_compared_only(tmp_path):
    assert outcome(tmp_path, "sqrt(2)**2", "expect.value = 2", command="check")[0] == "passed"
    assert outcome(tmp_path, "sqrt(2)**2", "expect.value = 3", command="check")[0] == "wrong"


def test_a_line_of_json_that_ends_too_soon_is_shown_itself(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"program": "1"}\n{"program": "1"\n')
    assert f"{path}:2: line 2: not JSON" in invoke("batch", str(path)).stdout


def test_replays_have_the_options_that_count(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text("x + k | x=1 | => 3\n")
    done = invoke("batch", str(path), "--var", "k=1", "--seed", "3", "--jobs", "1")
    assert f"replay: gradcli batch {path} --seed 3 --var k=1 --filter 'line 1'\n" in done.stdout
    done = invoke("batch", "-", "--command", "eval", stdin="x | x=1 | => 3\n")
    assert "replay: gradcli batch - --command eval --filter 'line 1'\n" in done.stdout
