"""`gradcli batch`: what a case computes, and what it is compared with."""

from __future__ import annotations

import pytest

from tests.command_line import invoke, invoke_batch


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def one(line, *words, status=0):
    (row,) = invoke_batch("-", *words, stdin=line, status=status)
    return row


def test_one_line_cases():
    lines = "square: x^2 | x=3 | => 9 | x => 6\n2*dot(x,x) | x=0,1,2,3 | => 28 | x => 0,4,8,12\n"
    first, second = invoke_batch("-", "--command", "grad", stdin=lines)
    assert first["case"]["name"] == "square"
    assert first["case"]["file"] == "<stdin>"
    assert first["gradients"] == {"x": 6.0}
    assert second["value"] == 28.0
    assert second["gradients"] == {"x": [0.0, 4.0, 8.0, 12.0]}
    assert [first["status"], second["status"]] == ["passed", "passed"]


def test_a_wrong_expectation():
    row = one("x^2 | x=3 | => 9 | x => 5", "--command", "grad", status=1)
    assert row["status"] == "wrong"
    (problem,) = row["problems"]
    assert problem == {
        "rule": "expectation",
        "subject": "d/dx",
        "text": "expected 5, found 6",
        "file": "<stdin>",
        "line": 1,
    }


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("eval", "sum(x) | x=1,2 | => 3"),
        ("grad", "dot(x,x) | x=1,2 | x => 2*x"),
        ("vjp", "x*x | x=1,2 | x => 2,4"),
        ("jvp", "x*x | x=1,2"),
        ("jacobian", "x*x | x=1,2 | x => 2,0;0,4"),
        ("hessian", "sum(x**3) | x=1,2 | x => 6,0;0,12"),
        ("check", "sum(x**3) | x=1,2 | x => 3,12"),
        ("diff", "sum(x**3) | x=1,2 | x => 3,12"),
        ("graph", "sum(x**3) | x=1,2 | => 9"),
        ("trace", "sum(x**3) | x=1,2 | => 9"),
    ],
)
def test_every_command(command, line):
    row = one(line, "--command", command)
    assert row["command"] == command
    assert row["status"] == "passed"
    if "x =>" in line:
        wrong = line.rpartition("=>")[0] + "=> 0*x" if command != "jacobian" else f"{line}1"
        assert invoke("batch", "-", "--command", command, stdin=wrong).status == 1


def test_formulas():
    row = one("x**2*y | x=3 | y=2", "--command", "diff")
    assert row["derivatives"] == {"x": "2*x*y", "y": "x**2"}
    assert (
        one("norm(A@x)**2 | A=matrix | x=vector", "--command", "diff")["derivatives"]["x"] == "2*A.T @ A @ x"
    )
    assert one("x**2*y", "--command", "diff")["status"] == "passed"
    row = one("x**2*y | x=3 | x => 12", "--command", "diff", status=2)
    assert row["problems"][0]["text"] == "the program needs a value for `y`"


def test_the_order_of_a_formula(folder):
    (folder / "t.grad.toml").write_text('[[case]]\nprogram = "x**3"\ncommand = "diff"\norder = 2\n')
    (row,) = invoke_batch("t.grad.toml")
    assert row["derivatives"] == {"x": "6*x"}


@pytest.mark.parametrize(
    ("keys", "command"),
    [
        ("expect.value = 4", "eval"),
        ("expect.grad.x = 4", "grad"),
        ("expect.hessian.x.x = 2", "hessian"),
        ("expect.jacobian.x = 4", "jacobian"),
        ("expect.vjp.x = 12\nv = 3", "vjp"),
        ("expect.jvp = 8\nu = 2", "jvp"),
        ("expect.hvp.x = 6\nv = '3'", "hessian"),
        ("claim.x = '2*x'", "check"),
        ("expect.verdict = 'PASS'", "check"),
        ("command = 'grad'", "grad"),
    ],
)
def test_the_command_follows_from_what_is_expected(folder, keys, command):
    (folder / "t.grad.toml").write_text(f'[[case]]\nprogram = "x**2"\ninputs.x = 2\n{keys}\n')
    (row,) = invoke_batch("t.grad.toml")
    assert (row["command"], row["status"]) == (command, "passed")


def test_structured_inputs_and_several_outputs(folder):
    (folder / "t.grad.toml").write_text("""
[[case]]
program = "sum(p.W) * p.b"
inputs.p = {W = [1, 2], b = 3}
expect.grad."p.W" = [3, 3]
expect.grad."p.b" = 3
[[case]]
program = "y = x*x; z = sum(x); return y, z"
inputs.x = [1, 2]
expect.value = {y = [1, 4], z = 3}
""")
    first, second = invoke_batch("t.grad.toml")
    assert first["status"] == second["status"] == "passed"


def test_files_beside_the_suite_and_shared_inputs(folder):
    (folder / "sub").mkdir()
    (folder / "sub/a.csv").write_text("1,2\n")
    (folder / "sub/t.txt").write_text("sum(x) + k | x=@a.csv | => 13\n")
    (row,) = invoke_batch("sub/t.txt", "--var", "k=10")
    assert row["inputs"] == {"x": [1.0, 2.0], "k": 10.0}
    (folder / "in.json").write_text('{"k": 20}')
    (row,) = invoke_batch("sub/t.txt", "--inputs", "in.json", status=1)
    assert row["value"] == 23.0


@pytest.mark.parametrize(
    ("keys", "result"),
    [("expect.vjp.x = [3, 10]\nv = '@a.csv'", "vjp"), ("expect.jvp = [3, 10]\nu = {x = '@a.csv'}", "jvp")],
)
def test_vectors_come_from_files_beside_the_suite(folder, keys, result):
    (folder / "sub").mkdir()
    (folder / "sub/a.csv").write_text("1,2\n")
    (folder / "sub/t.grad.toml").write_text(
        f"[[case]]\nprogram = '[x[0]*3, x[1]*5]'\ninputs.x = [1, 1]\n{keys}\n"
    )
    (row,) = invoke_batch("sub/t.grad.toml")
    assert (row["command"], row["status"]) == (result, "passed")


def test_inputs_of_the_defaults_are_for_the_cases_that_use_them(folder):
    (folder / "t.grad.toml").write_text(
        "[defaults]\ninputs = {x = 1, y = 2}\n"
        "[[case]]\nprogram = 'x'\n[[case]]\nprogram = 'x + y'\ninputs.x = 10\n"
    )
    assert [row["value"] for row in invoke_batch("t.grad.toml", "--var", "y=5")] == [1.0, 12.0]


def test_random_values_are_those_of_the_command_line():
    row = one("x | x=randn(3)", "--seed", "7")
    assert (
        row["value"]
        == invoke("eval", "x", "--x", "randn(3)", "--seed", "7", "--format", "json").document["value"]
    )


def test_expected_errors(folder):
    (folder / "t.grad.toml").write_text("""
[[case]]
program = "x[5]"
inputs.x = [1]
expect.error = "out of range"
[[case]]
program = "x[0]"
inputs.x = [1]
expect.error = "out of range"
""")
    first, second = invoke_batch("t.grad.toml", status=1)
    assert first["status"] == "passed"
    assert second["problems"][0]["text"] == "expected the error `out of range`, and there was none"


@pytest.mark.parametrize(
    ("line", "text", "status"),
    [
        ("x +", "", "error"),
        ("x[3] | x=1,2", "index 3 is out of range", "error"),
        ("x", "the case gives no value for `x`", "error"),
        ("x | x=1 | y=2", "the program has no input `y`", "error"),
        ("x | x=1,,2", "an entry of the list is empty", "error"),
        ("x | x=y", "the value of --x uses `y`", "error"),
        ("x^2 | x=3 | y => 2", "the case expects a derivative by `y`, and there is one by x", "error"),
        ("x*x | x=1,2", "", "error"),
        ("while True { x = x + 1 }; x | x=1", "", "limit"),
        ("zeros(10**9) * x | x=1", "", "limit"),
    ],
)
def test_a_bad_case_is_one_failed_row(line, text, status):
    done = invoke_batch(
        "-",
        "--command",
        "grad",
        "--max-steps",
        "10000",
        stdin=f"x|x=1\n{line}\nx|x=2\n",
        status={"error": 2, "limit": 4}[status],
    )
    assert [row["status"] for row in done] == ["passed", status, "passed"]
    assert text in done[1]["problems"][0]["text"]
    assert done[1]["problems"][0]["line"] == 2


def test_places_inside_multi_line_programs(folder):
    (folder / "t.grad.toml").write_text(
        '[[case]]\nname = "a"\nprogram = """\ny = x\ny[3]\n"""\ninputs.x = [1]\n'
    )
    (row,) = invoke_batch("t.grad.toml", status=2)
    assert (row["problems"][0]["line"], row["problems"][0]["column"]) == (5, 1)
