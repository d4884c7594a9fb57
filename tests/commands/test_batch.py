"""`gradcli batch` and `gradcli check FILES`, run as users run them."""

from __future__ import annotations

import contextlib
import csv
import io
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

ONE_LINE = "square: x^2 | x=3 | => 9 | x => 6\n2*dot(x,x) | x=0,1,2,3 | => 28 | x => 0,4,8,12\n"
SUITE = """
[[case]]
name = "right"
program = "2*dot(x, x)"
inputs.x = [0, 1, 2]
claim.x = "4*x"

[[case]]
name = "wrong"
program = \"\"\"
y = x*x
2*sum(y)
\"\"\"
inputs.x = "1,2"
claim.x = "2*x"

[[case]]
name = "kink"
program = "abs(x)"
inputs.x = 0
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.txt").write_text(ONE_LINE)
    (tmp_path / "s.grad.toml").write_text(SUITE)
    return tmp_path


def rows(*words, stdin="", status=0):
    done = invoke("batch", *words, "--format", "jsonl", stdin=stdin)
    assert done.status == status, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def one(line, *words, status=0):
    (row,) = rows("-", *words, stdin=line, status=status)
    return row


# What is computed and compared ------------------------------------------------------------------------------


def test_one_line_cases():
    first, second = rows("-", "--command", "grad", stdin=ONE_LINE)
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
    (row,) = rows("t.grad.toml")
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
    (row,) = rows("t.grad.toml")
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
    first, second = rows("t.grad.toml")
    assert first["status"] == second["status"] == "passed"


def test_files_beside_the_suite_and_shared_inputs(folder):
    (folder / "sub").mkdir()
    (folder / "sub/a.csv").write_text("1,2\n")
    (folder / "sub/t.txt").write_text("sum(x) + k | x=@a.csv | => 13\n")
    (row,) = rows("sub/t.txt", "--var", "k=10")
    assert row["inputs"] == {"x": [1.0, 2.0], "k": 10.0}
    (folder / "in.json").write_text('{"k": 20}')
    (row,) = rows("sub/t.txt", "--inputs", "in.json", status=1)
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
    (row,) = rows("sub/t.grad.toml")
    assert (row["command"], row["status"]) == (result, "passed")


def test_inputs_of_the_defaults_are_for_the_cases_that_use_them(folder):
    (folder / "t.grad.toml").write_text(
        "[defaults]\ninputs = {x = 1, y = 2}\n"
        "[[case]]\nprogram = 'x'\n[[case]]\nprogram = 'x + y'\ninputs.x = 10\n"
    )
    assert [row["value"] for row in rows("t.grad.toml", "--var", "y=5")] == [1.0, 12.0]


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
    first, second = rows("t.grad.toml", status=1)
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
    done = rows(
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
    (row,) = rows("t.grad.toml", status=2)
    assert (row["problems"][0]["line"], row["problems"][0]["column"]) == (5, 1)


# Exit codes and choices -------------------------------------------------------------------------------------

WRONG, ERROR, LIMIT, PASSED = "x|x=1|=>2\n", "x\n", "while True {x=x}; x|x=1\n", "x|x=1\n"


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (PASSED, 0),
        (PASSED + WRONG + ERROR + LIMIT, 1),
        (LIMIT + ERROR + PASSED, 2),
        (LIMIT + PASSED, 4),
        ("# nothing\n", 5),
        ("", 5),
    ],
)
def test_exit_codes(lines, status):
    done = invoke("batch", "-", "--max-steps", "100", stdin=lines)
    assert done.status == status
    assert ("there were no cases" in done.stderr) == (status == 5)


def test_a_filter_that_fits_nothing(folder):
    done = invoke("batch", "c.txt", "--filter", "nothing*", "--filter", "none")
    assert done.status == 5
    assert done.stderr.startswith("note: no case is called or tagged `nothing*`, `none`: ")


def test_check_files():
    done = invoke("check", "s.grad.toml")
    assert done.status == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("s.grad.toml:9: wrong: d/dx[0]: claimed 2, reference 4 (WRONG, ")
    assert "factor" in lines[0]
    assert lines[1].startswith("s.grad.toml:19: kink: d/dx: NONDIFFERENTIABLE, ")
    assert lines[2] == "replay: gradcli check s.grad.toml --filter wrong"
    assert lines[-1] == "3 cases: 1 wrong, 1 undecided, 1 passed"


def test_check_replays_one_case():
    assert invoke("check", "s.grad.toml", "--filter", "wrong").status == 1
    assert invoke("check", "s.grad.toml", "--filter", "right").stdout == "1 case: 1 passed\n"
    assert invoke("check", "s.grad.toml", "--filter", "ki*").status == 3
    assert invoke("check", "s.grad.toml", "--filter", "ki*", "--allow", "nondifferentiable").status == 0
    assert invoke("check", "s.grad.toml", "--filter", "none").status == 5


def test_check_compares_expectations_too():
    (Path("t.txt")).write_text("x^2 | x=3 | => 8\n")
    done = invoke("check", "t.txt")
    assert done.status == 1
    assert "value: expected 8, found 9" in done.stdout


def test_cases_that_are_not_checked_or_skipped(folder):
    (folder / "t.grad.toml").write_text("""
[[case]]
name = "a"
program = "abs(x)"
inputs.x = 0
check = false
[[case]]
name = "b"
program = "nonsense("
skip = "not yet"
""")
    done = invoke("check", "t.grad.toml", "--format", "jsonl")
    assert done.status == 0
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["command"], first["status"], second["status"]) == ("eval", "passed", "skipped")


def test_points_are_drawn_anew(folder):
    (folder / "t.grad.toml").write_text(
        '[[case]]\nprogram = "x**3"\ninputs.x = "uniform(1, 2)"\nclaim.x = "3*x**2"\npoints = 4\n'
    )
    done = invoke("check", "t.grad.toml", "--format", "jsonl")
    assert "4 points were checked" in done.stdout


def test_filters_by_tag_and_fail_fast():
    stdin = "a: x|x=1\nb: x|x=1|=>2\nc: x|x=1\n"
    assert [row["case"]["name"] for row in rows("-", "--filter", "[ac]", stdin=stdin)] == ["a", "c"]
    assert [row["case"]["name"] for row in rows("-", "--fail-fast", stdin=stdin, status=1)] == ["a", "b"]


def test_a_broken_file_among_good_ones(folder):
    (folder / "bad.grad.toml").write_text("[[case\n")
    (folder / "latin.txt").write_bytes(b"x|x=1\n\xe9\n")
    done = invoke("batch", "c.txt", "bad.grad.toml", "latin.txt")
    assert done.status == 2
    assert "bad.grad.toml:1: not TOML: " in done.stdout
    assert "latin.txt:2: line 2: latin.txt:2 is not valid UTF-8" in done.stdout
    assert done.stdout.endswith("5 cases: 2 error, 3 passed\n")


def test_an_empty_folder(folder):
    (folder / "empty").mkdir()
    done = invoke("check", "empty")
    assert done.status == 5
    assert done.stderr == "note: there were no cases to run\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing.txt"], "there is no file `nothing.txt`"),
        ([], "needs files of cases"),
        (["c.txt", "--jobs", "0"], "`--jobs` takes a whole number from 1"),
        (["c.txt", "--timeout", "-1"], "`--timeout` takes a positive number of seconds"),
        (["c.txt", "--command", "gard"], "did you mean `grad`?"),
        (["c.txt", "--var", "x"], "`--var` takes NAME=VALUE"),
        (["c.txt", "--resume", "a.jsonl", "--output", "b"], "`--output` cannot name another"),
        (["c.txt", "--resume", "s.grad.toml"], "holds a line that is no row of gradcli batch"),
        (["c.txt", "--resume", "c.txt"], "`c.txt` would be read and written at once"),
        ([".", "--output", "c.txt"], "`c.txt` would be read and written at once"),
        (
            ["c.txt", "--scheduler", "tcp://x", "--timeout", "1"],
            "`--timeout` stops processes of this machine",
        ),
    ],
)
def test_requests_that_make_no_sense(words, message):
    done = invoke("batch", *words)
    assert done.status == 2
    assert message in done.stderr
    assert done.stdout == ""


# Formats ----------------------------------------------------------------------------------------------------


def test_json_is_one_object():
    document = json.loads(invoke("batch", "c.txt", "--format", "json").stdout)
    assert [case["status"] for case in document["cases"]] == ["passed", "passed"]
    assert document["summary"]["cases"] == document["summary"]["passed"] == 2
    empty = json.loads(invoke("batch", "-", "--format", "json").stdout)
    assert empty["cases"] == []


def test_csv_has_a_line_for_every_number():
    lines = list(csv.DictReader(io.StringIO(invoke("batch", "c.txt", "--format", "csv").stdout)))
    gradient = [line for line in lines if line["quantity"] == "gradient"]
    assert [(line["case"], line["index"], line["value"]) for line in gradient][:3] == [
        ("square", "", "6"),
        ("line 2", "0", "0"),
        ("line 2", "1", "4"),
    ]


def test_table():
    done = invoke("batch", "c.txt")
    assert done.stdout.splitlines() == [
        "case            value  derivatives",
        "square  passed  9      x: 6",
        "line 2  passed  28     x: 0,4,8,12",
        "2 cases: 2 passed",
    ]
    assert "\x1b[32mpassed\x1b[0m" in invoke("batch", "c.txt", "--color", "always").stdout


def test_text_from_outside_cannot_act(folder):
    (folder / "t.txt").write_text("x \x1b[31m\u202e | x=1\n")
    for format in ("table", "summary", "markdown", "github", "junit", "json", "csv", "sarif", "html"):
        done = invoke("check", "t.txt", "--format", format)
        assert done.status == 2
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout


# Processes --------------------------------------------------------------------------------------------------

MANY = "".join(f"x*{number} | x=2 | => {2 * number}\n" for number in range(400))
SLOW = "".join(f"s = 0; for i in range(100000) {{ s = s + x }}; s*{n} | x=1\n" for n in range(2000))


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


def test_no_plots_of_cases(folder):
    done = invoke("batch", "c.txt", "--command", "plot")
    assert done.status == 2
    assert "run `gradcli plot` by itself" in done.stderr
    (folder / "c.jsonl").write_text('{"program": "x", "command": "plot"}')
    (row,) = rows("c.jsonl", status=2)
    assert row["problems"][0]["help"].endswith("run `gradcli plot` by itself")


def test_workers_end_with_the_process_that_started_them():
    process = started("--format", "jsonl", "--output", "out.jsonl", "--jobs", "2")
    wait_for_rows("out.jsonl", 5)
    process.kill()
    _, errors = process.communicate(timeout=30)  # until all who could write there have ended
    assert errors == ""
    assert process.returncode == -signal.SIGKILL


def test_resuming_runs_again_what_has_changed(folder):
    command = ("batch", "c.txt", "--resume", "out.jsonl", "--command", "grad")
    assert invoke(*command).status == 0
    assert invoke(*command).status == 0
    assert len(whole_rows("out.jsonl")) == 2
    (folder / "c.txt").write_text(ONE_LINE.replace("x=3 | => 9", "x=4 | => 9"))
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
