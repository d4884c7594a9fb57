"""Wild input for Hypothesis: program text, values, files and whole command lines that nobody would write.

Programs come from three sources: the grammar with operands of every kind in every place, the programs of the
documentation and of tests/cases with tokens exchanged, and plain text. Command lines give a program
values for its inputs, mostly, and options of the command with values that mostly fit.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import click
from hypothesis import strategies as st

import gradcli
from gradcli.commands import COMMANDS
from gradcli.errors import GradcliError
from gradcli.primitives.table import FUNCTIONS
from tests.documents import ROOT

Draw = Callable[[st.SearchStrategy[Any]], Any]

NAMES = ("x", "y", "A", "n", "s", "f", "params", "θ", "e", "v", "format", "x_1")
NUMBERS = (
    "0", "1", "2", "-1", "0.5", "-0.0", "3", "7", "1e308", "5e-324", "2**53", "10**400", "inf", "nan", "True",
    "9007199254740993", "1e-3", "100000", "-7.5", "10**10**10",
)  # fmt: skip
ODDITIES = (
    "None", "''", "'fro'", "'x'", "'ij,jk->ik'", "()", "(1,)", "(1, 2)", "[]", "[[]]", "[1, 2]",
    "[[1, 2], [3, 4]]", "[[1, 2], [3]]", "[1, [2, (3, None)]]", "zeros(0)", "zeros((0, 3))",
    "zeros((2, 2, 2, 2))", "ones(1)", "eye(3)", "range(3)", "range(0)", "range(10**12)", "sin", "lambda a: a",
    "lambda: 1", "x > 0", "x == x", "...", "False", "params.W", "params['W']", "x.shape", "A.T", "[x, x]",
    "[sin, x]", "(x, A)", "zip(x, A)", "enumerate(x)", "'\\x1b[31m'", "'\\u202e'", "'[red]b[/red]'",
    "1 if x > 0 else 2", "not x", "float64", "np.float32",
)  # fmt: skip
BINARY = ("+", "-", "*", "/", "//", "%", "**", "@", "<", "<=", "==", "!=", ">", "and", "or", "^")
WORDS = (
    "if", "else", "elif", "for", "while", "in", "def", "return", "lambda", "with", "assert", "not", "is",
    "pass", "break", "continue", "import", "class", "None", "no_grad()", ":", ";", "{", "}", "(", ")", "[",
    "]", ",", ".", "=", ":=", "->", "==", "**", "+=", "@=", "\n", "\n    ", "\t", "\\", "\\\n", "#", "'",
    '"""', "`", "$", "?", "~", "&&", "\x00", "\x1b[2J", "\ufeff", "−", "２", "²", "\u202e", "\x0c", "\r",
    "\u2028", "🙂", "…", "@", "__class__", "0x", "1_0", "1__0", "1e", "j", "...",
)  # fmt: skip
STATEMENTS = (
    "{n} = {a}", "{n}, {m} = {a}", "{n}, *{m} = {a}", "{n} += {a}", "{n}[{a}] = {b}", "{n}[{a}] += {b}",
    "{n}[{a}:{b}] = {a}", "{n} = {m} = {a}", "{n}[{a}][{b}] = {a}", "for {n} in {a}: {m} = {b}",
    "for {n}, {m} in {a}: {b}", "for i in range(3) {{ {n} = {a} }}", "while {a} {{ {n} = {b}; break }}",
    "if {a} {{ {n} = {b} }} else {{ {m} = {a} }}", "if {a}: {n} = {b}", "def {n}({m}, k={a}): return {b}",
    "def {n}(a):\n    a[0] = {a}\n    return a", "with no_grad(): {n} = {a}", "assert {a}, {b}", "return {a}",
    "{n} = lambda {m}: {a}", "{n} = {a}; {n}[0] = {b}; {m} = {n}", "{n} = [{a} for {m} in {b}]", "{a}",
    "def {n}({m}): return {n}({m})", "for i in range(4): {n} = {n}*{a} + {b}", "import numpy as np",
)  # fmt: skip
METHODS = (
    "sum", "T", "shape", "reshape", "norm", "mean", "detach", "append", "dim", "size", "item", "W",
    "__class__",
)  # fmt: skip
FORMS = (
    "({a})[{b}]", "({a})[{b}:]", "({a})[{b}, ...]", "[{a}, {b}]", "({a}, {b})", "-{a}", "({a} if {b} else 1)",
    "[{a} for i in {b}]", "sum({a} for i in range(3) if {b})", "({a})({b})", "(lambda n: {a})({b})",
)  # fmt: skip


class Writer:
    """Writes expressions and statements with operands of any kind in any place."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def one_of(self, choices: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(choices))

    def count(self, least: int, most: int) -> int:
        return int(self.draw(st.integers(least, most)))

    def expression(self, depth: int) -> str:
        kind = self.count(0, 13) if depth else 0
        if kind <= 1:
            return self.atom()
        if kind <= 7:
            return self.call(depth - 1)
        a, b = self.expression(depth - 1), self.expression(depth - 1)
        if kind == 8:
            return f"({a} {self.one_of(BINARY)} {b})"
        return str(self.one_of(FORMS)).format(a=a, b=b)

    def atom(self) -> str:
        return str(self.one_of(self.one_of((NAMES[:5], NUMBERS, ODDITIES, NAMES))))

    def call(self, depth: int) -> str:
        """A call of a function of the table, its arguments in place or by keyword, or of a method."""
        arguments = [self.expression(depth) for _ in range(self.count(0, 3))]
        if self.count(0, 6) == 0:
            return f"({self.expression(depth)}).{self.one_of(METHODS)}" + (
                f"({', '.join(arguments)})" * bool(arguments)
            )
        name = self.one_of(functions())
        parameters = [parameter.name for parameter in FUNCTIONS[name].parameters]
        if parameters and self.count(0, 2) == 0:
            arguments.append(f"{self.one_of(parameters)}={self.expression(depth)}")
        return f"{name}({', '.join(arguments)})"

    def statement(self) -> str:
        n, m = self.one_of(NAMES), self.one_of(NAMES)
        return str(self.one_of(STATEMENTS)).format(n=n, m=m, a=self.expression(2), b=self.expression(1))


@functools.cache
def functions() -> tuple[str, ...]:
    import gradcli.language.builtins  # noqa: F401  # it enters Python's own functions in the table

    return tuple(sorted(FUNCTIONS.keys()))


@functools.cache
def corpus() -> tuple[str, ...]:
    """Programs that work, or that fail on purpose: of the test cases, the examples and the documentation."""
    files = [*ROOT.glob("tests/cases/programs/*.grad"), *ROOT.glob("examples/*/*.grad")]
    texts = [path.read_text("utf-8") for path in sorted(files)]
    texts += [
        path.read_text("utf-8").partition("\n----")[0]
        for path in sorted(ROOT.glob("tests/cases/syntax/*.txt"))
    ]
    for path in sorted(ROOT.glob("docs/*.md")):
        texts += re.findall(r'^\$ gradcli \w+ "([^"\n]+)"', path.read_text("utf-8"), re.MULTILINE)
    return tuple(text for text in dict.fromkeys(texts) if len(text) < 1500)


@functools.cache
def suites() -> dict[str, tuple[str, ...]]:
    """Files of cases by suffix, from the examples and the documentation."""
    found: dict[str, list[str]] = {".grad.toml": [], ".txt": [], ".jsonl": []}
    for path in sorted(ROOT.glob("examples/suites/*")):
        suffix = ".grad.toml" if path.suffix == ".toml" else ".txt"
        if path.suffix != ".md":
            parts = re.split(r"(?=^\[\[case\]\])", path.read_text("utf-8"), flags=re.MULTILINE)
            found[suffix] += [part for part in parts if len(part) < 1500]
    found[".txt"] += ["square: x^2 | x=3 | => 9 | x => 6\n# comment\nx*y | x=1 | y=1,2\n"]
    case = {"program": "2*dot(x,x)", "inputs": {"x": [1, 2]}, "command": "grad", "expect": {"value": 10}}
    found[".jsonl"] += [json.dumps(case) + "\n", '{"program": "x^2", "inputs": {"x": "3"}, "check": true}\n']
    return {suffix: tuple(texts) for suffix, texts in found.items()}


def mutated(writer: Writer, text: str) -> str:
    """A text with up to five tokens dropped, doubled, swapped or replaced."""
    tokens = re.findall(r"\w+|[ \t]+|\r?\n|.", text)
    for _ in range(writer.count(1, 5)):
        if not tokens:
            break
        at = writer.count(0, len(tokens) - 1)
        kind = writer.count(0, 5)
        if kind == 0:
            del tokens[at : at + writer.count(1, 4)]
        elif kind == 1:
            tokens[at:at] = tokens[at : at + writer.count(1, 6)] * writer.one_of((1, 1, 2, 40))
        elif kind == 2:
            other = writer.count(0, len(tokens) - 1)
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at] = writer.one_of(WORDS)
        else:
            tokens[at] = writer.atom() if kind == 4 else writer.one_of(functions())
    return "".join(tokens)


@st.composite
def programs(draw: Draw) -> str:
    """Text that is a program, or nearly one, or nothing of the kind."""
    writer = Writer(draw)
    kind = writer.count(0, 9)
    if kind == 0:
        return str(draw(st.text(max_size=30)))
    if kind <= 3:
        return mutated(writer, writer.one_of(corpus()))
    if kind <= 6:
        return writer.expression(2)
    return "\n".join([*(writer.statement() for _ in range(writer.count(1, 4))), writer.expression(1)])


VALUES = (
    "1", "2.5", "-1,2", "1,2,3", "1,2;3,4", "0", "0,0", "[[1,2],[3,4]]", "inf,nan,1", "pi/2",
    "linspace(0,1,5)", "randn(3,2)", "1e308,1e308", "5e-324", "[1,[2]]", "[[1,2],[3]]",
    '{"W": [[1,2],[3,4]], "b": [1, {"c": 2}]}', "{}", "[]", "", " ", "true", "[true,false]", "null", '"NaN"',
    '["NaN", "Infinity"]', "zeros((0,3))", "zeros(0)", "eye(3)", "1,,2", "1;2,3", "@a.npy", "@a.npz:k",
    "@a.npz", "@a.csv", "@a.json", "@-", "@missing.npy", "@.", "@a.npy:k", "@", "-", "--1", "x", "1+x",
    "vector", "matrix", "scalar", "1" * 400, "[" * 30 + "1" + "]" * 30, "[" * 100, '{"a": {"a": 1}, "a": 2}',
    "ones", "True", "1_000", "１２", "−1", "1 2", "'a'", "range(3)", "[1,2", "1,2,3,4,5,6,7,8,9,10", "(1,2)",
    "lambda a: a", "sin", "-1:1", "0:2,0:2", "-1e400", "0x10", "1j", "\x00", "\x1b[31m", "\ud800", "1;2;3",
    "x=4*x", "x => 4*x", "while True: pass", "10**10**10",
)  # fmt: skip


@st.composite
def values(draw: Draw) -> str:
    """The value of an option: one of a list, nearly one, a program, or JSON."""
    writer = Writer(draw)
    kind = writer.count(0, 9)
    if kind <= 6:
        return str(writer.one_of(VALUES))
    if kind == 7:
        return mutated(writer, writer.one_of(VALUES[:24]))
    if kind == 8:
        return writer.expression(1)
    leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4))
    tree = st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    )
    return json.dumps(draw(tree))


class CommandLine(NamedTuple):
    """A command line, its standard input, and files for it by name."""

    words: tuple[str, ...]
    stdin: bytes = b""
    files: tuple[tuple[str, bytes], ...] = ()


# Options that would limit this process itself, wait for another machine, or ask for several processes.
UNTRIED = ("timeout", "max_memory", "scheduler", "jobs", "install_completion", "show_completion")
PATHS = (
    "out.txt",
    "missing/out.txt",
    ".",
    "/dev/null",
    "/dev/full",
    "a.npy",
    "a.csv",
    "a.json",
    "a.toml",
    "-",
    "",
)
COUNTS = ("0", "1", "2", "3", "-1", "17", "20", "1000", "x", "1e3", "", "99999999999999999999", "１")


@functools.cache
def options(command: str) -> tuple[click.Option, ...]:
    found: click.Command = import_module(f"gradcli.commands.{command}").command
    return tuple(each for each in found.params if isinstance(each, click.Option) and each.name not in UNTRIED)


def option_words(writer: Writer, option: click.Option) -> list[str]:
    """An option, with a value that its kind may have; png pictures take matplotlib half a second."""
    name = option.opts[0]
    if option.is_flag:
        return [name]
    choices = [each for each in getattr(option.type, "choices", ()) if each != "png"]
    if choices and writer.count(0, 9):
        return [name, writer.one_of(choices)]
    if option.type.name == "whole number":
        return [name, writer.one_of(COUNTS)]
    if option.name in ("output", "file", "inputs", "data", "resume"):
        return [name, writer.one_of(PATHS)]
    if option.name in ("wrt", "const") and writer.count(0, 4):
        return [name, ",".join(writer.one_of(NAMES) for _ in range(writer.count(1, 2)))]
    return [name, writer.draw(values())]


def inputs_of(program: str) -> tuple[str, ...]:
    try:
        compiled = gradcli.compile(program)
    except GradcliError:
        return ()
    return (*compiled.inputs, *compiled.optional)


def given(writer: Writer, program: str) -> list[str]:
    """Values for the inputs of a program; now and then one is missing."""
    words = []
    for name in inputs_of(program):
        if writer.count(0, 15):
            value = writer.one_of(VALUES[:12]) if writer.count(0, 2) else writer.draw(values())
            words += [f"--{name}={value}"] if writer.count(0, 1) else [f"--{name}", value]
    return words


PROGRAM_COMMANDS = tuple(entry.name for entry in COMMANDS if entry.name not in ("batch", "functions"))
LIMITS = ["--max-steps=20000", "--max-elements=20000"]


@st.composite
def command_lines(draw: Draw) -> CommandLine:
    """A command with a program, values for its inputs and some options."""
    writer = Writer(draw)
    command = writer.one_of(PROGRAM_COMMANDS)
    program = draw(programs())
    words = [command, program, *given(writer, program)]
    for _ in range(writer.one_of((0, 0, 1, 1, 2, 3))):
        words += option_words(writer, writer.one_of(options(command)))
    if writer.count(0, 1):
        words += ["--format", "json"]
    if writer.count(0, 19) == 0:
        words.insert(writer.count(0, len(words)), draw(values()))
    if writer.count(0, 19) == 0:
        del words[writer.count(0, len(words) - 1)]
    stdin, files = b"", ()
    if "@" in "".join(words) or any(path in words for path in PATHS[5:10]):
        stdin, files = draw(contents()), draw(value_files())
    return CommandLine((*words, *LIMITS), stdin, files)


ARRAYS = (
    b"1,2\n3,4\n",
    b"[[1, 2], [3, 4]]",
    b"a,b\n1,2\n",
    b'{"x": [1, 2], "y": 3}',
    b"x = [1.0, 2.0]\ny = 3\n[params]\nW = 1\n",
)


@functools.cache
def binary_arrays() -> tuple[bytes, ...]:
    import io

    import numpy as np

    made = []
    for array in (
        np.arange(3.0),
        np.eye(2, order="F"),
        np.array(2),
        np.array([1 + 2j]),
        np.array(["a"]),
        np.zeros((2, 0)),
    ):
        file = io.BytesIO()
        np.save(file, array)
        made.append(file.getvalue())
    for compressed in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        compressed(file, k=np.arange(3.0), x=np.eye(2))
        made.append(file.getvalue())
    return tuple(made)


@st.composite
def contents(draw: Draw) -> bytes:
    """Bytes of a file of numbers, with up to three places damaged."""
    writer = Writer(draw)
    if writer.count(0, 5) == 0:
        return bytes(draw(st.binary(max_size=40)))
    data = bytearray(writer.one_of((*ARRAYS, *binary_arrays())))
    for _ in range(writer.count(0, 3)):
        at = writer.count(0, max(0, len(data) - 1))
        if writer.count(0, 2):
            data[at : at + 1] = bytes([writer.count(0, 255)])
        else:
            del data[at : at + writer.count(1, 9)]
    return bytes(data)


@st.composite
def value_files(draw: Draw) -> tuple[tuple[str, bytes], ...]:
    return tuple((f"a.{suffix}", draw(contents())) for suffix in ("npy", "npz", "csv", "json", "toml"))


@st.composite
def suite_lines(draw: Draw) -> CommandLine:
    """`batch` or `check` over a file of cases with tokens exchanged."""
    writer = Writer(draw)
    suffix = writer.one_of(tuple(suites()))
    text = writer.one_of(suites()[suffix])
    if suffix == ".grad.toml" and writer.count(0, 1):
        text += "\n" + writer.one_of(suites()[suffix])
    text = mutated(writer, text)
    command = writer.one_of(("batch", "check"))
    words = [command, f"cases{suffix}", "--jobs", "1"]
    suite = import_module("gradcli.commands.batch").check_files if command == "check" else None
    known = [each for each in suite.params if isinstance(each, click.Option)] if suite else options("batch")
    for _ in range(writer.count(0, 2)):
        option = writer.one_of(known)
        if option.name not in UNTRIED:
            words += option_words(writer, option)
    formats = ("jsonl", "json", "csv", "junit", "sarif", "markdown", "html", "github", "table", "summary")
    words += ["--format", writer.one_of(formats)] if writer.count(0, 3) else []
    return CommandLine((*words, *LIMITS), b"", ((f"cases{suffix}", text.encode(errors="surrogatepass")),))
