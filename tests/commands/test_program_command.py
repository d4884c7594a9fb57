"""Pass two: the variables of the program are options like any other."""

import os

import numpy as np
import pytest
from click.shell_completion import ShellComplete
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcli.cli import group
from gradcli.commands import COMMANDS
from tests.command_line import invoke, invoke_json

NAMES = st.lists(
    st.sampled_from(
        ["x", "y", "X", "v", "u", "format", "θ", "alpha_1", "q", "wrt", "e", "pi", "n", "max_steps"]
    ),
    min_size=1,
    max_size=5,
    unique=True,
)
FILES = (".json", ".npy", ".npz", ".csv", ".toml", ".txt", ".grad", ".jsonl")
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
VALUES = st.one_of(NUMBERS, st.lists(NUMBERS, min_size=2, max_size=3))


def spelt(value):
    return ",".join(map(repr, value)) if isinstance(value, list) else repr(value)


@settings(max_examples=200, deadline=None)
@given(
    values=NAMES.flatmap(lambda names: st.fixed_dictionaries(dict.fromkeys(names, VALUES))),
    random=st.randoms(use_true_random=False),
)
def test_no_command_line_binds_wrongly(values, random):
    """Each variable of `[size(a) + …]` arrives with its value, whatever the order and the spelling."""
    tool = {"v", "u", "format", "wrt", "max_steps"}
    units = [["0 + " + " + ".join(f"sum({name})" for name in values)], ["--format=json"], ["--quiet"]]
    for name, value in values.items():
        text = spelt(value)
        if name in tool or random.random() < 0.2:
            units.append(random.choice([["--var", f"{name}={text}"], [f"--var={name}={text}"]]))
        else:
            units.append(random.choice([[f"--{name}", text], [f"--{name}={text}"]]))
    random.shuffle(units)
    document = invoke("eval", *(word for unit in units for word in unit)).document
    assert document["inputs"] == values
    np.testing.assert_allclose(document["value"], sum(np.sum(value) for value in values.values()), rtol=1e-6)


def test_names_are_case_sensitive():
    assert invoke_json("eval", "A - a", "--A", "1", "--a", "2")["value"] == -1.0


def test_unicode_names_are_normalised():
    assert invoke_json("eval", "ﬁ*θ", "--fi", "2", "--θ", "3")["value"] == 6.0
    assert invoke_json("grad", "fi*θ", "--var", "ﬁ=2", "--θ", "3", "--wrt", "ﬁ")["gradients"] == {"fi": 3.0}


def test_values_that_begin_with_a_dash():
    for words in (["--x", "-1,2"], ["--x=-1,2"]):
        assert invoke_json("eval", "-x", *words)["value"] == [1.0, -2.0]


def test_optional_names_may_be_given():
    assert invoke_json("eval", "e*2")["value"] == pytest.approx(2 * np.e)
    assert invoke_json("eval", "e*2", "--e", "5")["value"] == 10.0


@pytest.mark.parametrize(
    ("words", "message", "help"),
    [
        (["grad", "x*y"], "the program needs values for the inputs `x`, `y`", "add --x VALUE --y VALUE"),
        (["grad", "x*y", "--x", "1"], "the program needs a value for the input `y`", "add --y VALUE"),
        (["grad", "x*rate", "--x", "1", "--rat", "2"], "no option and no variable `--rat`", "`--rate`"),
        (["grad", "x^2", "x=3"], "`x=3` was read as a program", "to set a variable: --x=3"),
        (["eval", "x^2", "x=3"], "`x=3` was read as a program", "to set a variable: --x=3"),
        (["eval", "f.grad", "--x", "1"], "no option and no variable `--x`", "there is no file `f.grad`"),
        (["eval", "a.txt"], "needs a value for the input `a`", "there is no file `a.txt`"),
        (["check", "x", "--x", "1", "--claim", "2*x"], "`2*x` was given", "comes first: --claim x='2*x'"),
        (["grad", "x", "--x", "1", "--formt", "json"], "no option and no variable `--formt`", "`--format`"),
        (
            ["grad", "x", "--x", "1", "--Z", "1"],
            "no option and no variable `--Z`",
            "the program's variables: `x`",
        ),
        (["grad", "x", "--x", "1", "--x=2"], "the variable `--x` is given twice", ""),
        (["grad", "x", "--x", "1", "--var", "x=2"], "the variable `x` is given twice", ""),
        (["grad", "x", "--var", "x=1", "--var", "x=2"], "the variable `x` is given twice", ""),
        (["grad", "x", "--x", "1", "--seed=1", "--seed=2"], "the option `--seed` is given twice", ""),
        (
            ["grad", "format*2"],
            "a value for the input `format`",
            "add --var format=VALUE; --format is an option of",
        ),
        (["grad", "x", "--var", "y=1"], "there is no variable `y`", ""),
        (["grad", "x", "--var", "x"], "`--var` takes NAME=VALUE, and `x` was given", ""),
        (["grad"], "`gradcli grad` needs a program", 'for example: gradcli grad "2*dot(x,x)"'),
        (["grad", "--accumulat", "x"], "`gradcli grad` needs a program", "is `--accumulate` meant?"),
        (["eval", "x", "y"], "`gradcli eval` takes one program, and 2 were given: `x`, `y`", ""),
        (["eval", "x*2", "-x", "3"], "takes one program, and 3 were given", "two dashes: --x VALUE"),
        (["grad", "x*2", "-x", "3"], "a value for the input `x`", "add --x VALUE; -x was read as a program"),
        (["eval", "1", "--format", "jsn"], "and `jsn` was given", "did you mean `json`?"),
        (
            ["eval", "1", "--precision", "0"],
            "`--precision` takes a whole number from 1 to 17, and `0` was given",
            "",
        ),
        (["eval", "1", "--seed", "x"], "`--seed` takes a whole number from 0, and `x` was given", ""),
        (["eval", "x", "--x", "y"], "the value of --x uses `y`", "without variables"),
        (["eval", "x*х", "--x", "2"], "the input `х`", "in the Latin letters of `x`, which it looks like"),
        (["eval", "х", "--x", "2"], "no variable `--x`", "`х` is not written in the Latin letters of `x`"),
        (["eval", "x", "--x", "PI"], "the value of --x uses `PI`", "the constant is `pi`"),
        (["eval", "x", "--x", ""], "--x has an empty value", ""),
    ],
)
def test_mistakes(words, message, help):
    done = invoke(*words)
    assert done.status == 2
    assert not done.stdout
    assert message in done.stderr.splitlines()[0]
    assert help in done.stderr.splitlines()[-1]


def test_mistakes_inside_a_value_show_the_value():
    done = invoke("eval", "x", "--x", "1, foo(2)")
    assert done.status == 2
    assert "--x:1:4" in done.stderr
    assert "1, foo(2)" in done.stderr
    assert "   ^^^" in done.stderr


def test_help_lists_the_variables():
    done = invoke("grad", "x**2 + gamma", "--help")
    assert done.status == 0
    assert "Variables:\n  --x VALUE      required; used in x**2 + gamma\n" in done.stdout
    assert "--gamma VALUE" in done.stdout


def test_help_survives_a_broken_program():
    done = invoke("grad", "x**", "-h")
    assert done.status == 0
    assert "--format FORMAT" in done.stdout


@pytest.mark.parametrize("name", [entry.name for entry in COMMANDS])
def test_every_command_has_help_with_examples(name):
    """The examples in help are run, so they work."""
    done = invoke(name, "--help")
    assert done.status == 0
    assert done.stdout.startswith(f"Usage: gradcli {name} ")
    command = group.get_command(None, name)
    assert len(command.examples) >= 2
    for example in command.examples:
        assert example in done.stdout


def completions(*words, incomplete):
    found = ShellComplete(group, {}, "gradcli", "_GRADCLI_COMPLETE").get_completions(list(words), incomplete)
    return [item.value for item in found]


def test_completion_knows_variables():
    assert completions("grad", "x*rate", incomplete="--r") == ["--rate"]
    assert completions("grad", "x*rate", "--rate", "1", incomplete="--r") == []
    assert "--format" in completions("grad", "x*rate", incomplete="--f")
    assert completions("grad", "x*rate", "--x", incomplete="") == []
    assert completions("grad", "x*(", incomplete="--form") == ["--format"]


def test_completion_of_commands_and_choices():
    assert completions(incomplete="j") == ["jvp", "jacobian"]
    assert completions("grad", "x", "--format", incomplete="js") == ["json", "jsonl"]


class TestPrograms:
    @pytest.fixture(autouse=True)
    def _in_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

    def test_from_standard_input_and_files(self):
        with open("f.grad", "w") as file:
            file.write("def f(x):\n    return x**2\n")
        assert invoke_json("eval", "-", "--x", "3", stdin="x**2\n")["value"] == 9.0
        assert invoke_json("eval", "f.grad", "--x", "3")["value"] == 9.0
        assert invoke_json("eval", "-f", "f.grad", "--x", "3")["value"] == 9.0
        assert invoke_json("eval", "--file=f.grad", "--x", "3")["value"] == 9.0

    def test_a_name_that_is_no_file_is_a_program(self):
        done = invoke("eval", "f.grad")
        assert done.status == 2
        assert "`f`" in done.stderr

    def test_errors_name_the_file(self):
        with open("f.grad", "w") as file:
            file.write("y = 1\ny +* 2\n")
        assert "--> f.grad:2:4" in invoke("eval", "f.grad").stderr

    def test_suites_are_not_programs(self):
        with open("cases.txt", "w") as file:
            file.write("x | x=1\n")
        done = invoke("grad", "cases.txt")
        assert "`cases.txt` is a file of cases" in done.stderr
        assert "gradcli batch cases.txt --command grad" in done.stderr

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["-f", "none.grad"], "`none.grad` cannot be read: no such file or directory"),
            (["-f", "."], "`.` cannot be read: is a directory"),
            (["-f", "latin.grad"], "latin.grad is not valid UTF-8: byte 0xe9 at offset 4"),
        ],
    )
    def test_unreadable_files(self, words, message):
        with open("latin.grad", "wb") as file:
            file.write(b"x = \xe9")
        done = invoke("eval", *words)
        assert done.status == 2
        assert message in done.stderr

    def test_inputs_files(self):
        with open("in.json", "w") as file:
            file.write('{"x": [1, 2], "s": 3, "unused": 0}')
        done = invoke("grad", "s*sum(x)", "--inputs", "in.json", "--s", "10", "--format", "json")
        assert done.document["gradients"] == {"s": 3.0, "x": [10.0, 10.0]}
        assert done.document["notes"] == ["the program does not use `unused` of in.json"]
        assert done.stderr == "note: the program does not use `unused` of in.json\n"
        assert invoke("grad", "s*sum(x)", "--inputs", "in.json", "-q").stderr == ""

    def test_a_missing_input_is_looked_for_in_the_inputs_file(self):
        with open("in.json", "w") as file:
            file.write('{"rat": 3}')
        done = invoke("grad", "rate", "--inputs", "in.json")
        assert done.status == 2
        assert "is `rat` of the inputs file meant?" in done.stderr


def test_random_values_follow_the_seed_and_the_name():
    words = ["eval", "x - y", "--x", "randn(3)", "--y", "randn(3)"]
    first = invoke_json(*words)
    assert first == invoke_json(*words)
    assert first["inputs"]["x"] != first["inputs"]["y"]
    assert first["inputs"] != invoke_json(*words, "--seed", "1")["inputs"]


def test_limits_hold_for_values_and_programs():
    for words in (["x", "--x", "zeros(1000)"], ["zeros(1000)"]):
        done = invoke("eval", *words, "--max-elements", "999")
        assert done.status == 4
        assert "--max-elements" in done.stderr
    assert invoke("eval", "zeros(1000)").status == 0


def test_examples_in_help_run(tmp_path, monkeypatch):
    import shlex

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))  # where completion is installed
    monkeypatch.setenv("SHELL", "/bin/bash")
    assert not os.listdir()
    for entry in COMMANDS:
        for example in group.get_command(None, entry.name).examples:
            words = shlex.split(example)
            assert words[:2] == ["gradcli", entry.name]
            if "--python" in words or any(word.endswith(FILES) for word in words):
                continue  # the reader's own modules and files
            done = invoke(*words[1:])
            assert done.status == 0, (example, done.stderr)
            assert done.stdout or "--output" in words


@pytest.mark.parametrize(
    ("word", "help"),
    [
        ("./missing.grad.toml", "there is no file `./missing.grad.toml`, so it was read as a program"),
        ("./there.py", "`./there.py` was read as a program; --file ./there.py reads the file"),
        ("there.py", "`there.py` was read as a program; --file there.py reads the file"),
        ("/dev/null", "--file /dev/null reads the file"),
        ("./folder", "gradcli batch ./folder runs the cases in that folder"),
    ],
)
def test_paths_that_are_read_as_programs(word, help, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.py").write_text("")
    (tmp_path / "folder").mkdir()
    done = invoke("eval", word)
    assert done.status == 2
    assert help in done.stderr


@pytest.mark.parametrize(
    ("words", "help"),
    [
        (("grad", "x", "--x", "1", "--hlep"), "did you mean `--help`?"),
        (("diff", "sum(x)", "--x", "vectr"), "did you mean `vector`?"),
        (("check", "x", "--x", "1", "--claim", "=1"), "--claim x=1"),
        (("check", "cases.txt", "--claim", "x=1"), "cases have it in their files, as the key `claim`"),
        (("batch", "cases.txt", "--x", "1"), "--var x=VALUE gives all cases the value of an input"),
        (("batch", "cases.txt", "--comand", "grad"), "did you mean `--command`?"),
    ],
)
def test_slips_are_answered(words, help, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cases.txt").write_text("1\n")
    done = invoke(*words)
    assert done.status == 2
    assert help in done.stderr.rpartition("help: ")[2]
