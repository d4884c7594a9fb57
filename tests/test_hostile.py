"""Programs that mean harm, or nothing: each ends in an error that says what is wrong, soon."""

from __future__ import annotations

import json
import math
from xml.etree import ElementTree

import pytest

import gradcli
from gradcli.errors import GradcliError, LimitError
from gradcli.inspection.trace import trace
from tests.command_line import invoke

# What is no number is of no use to an operation, and takes nothing apart that is not the program's.
NOT_NUMBERS = [
    "f = sin\nf[0]",
    "f = sin\nf[:2]",
    "f = sin\nf + (1,)",
    "f = sin\nf + f",
    "f = sin\na, *b = f\n1",
    "f = sin\nfor part in f: pass\n1",
    "(lambda a: a)[1]",
    "f = lambda a: a\nfor part in f: pass\n1",
    "a, b, c = lambda a: a\n1",
    "len(sin)",
    "sum(sin)",
    "'a' + 'b'",
    "'a'*10**10",
    "(1, 2)*10**10",
    "None + 1",
    "abs(None)",
    "exp(range(3)) if False else exp(None)",
    "x.__class__",
    "().__class__.__bases__",
    "'{}'.format(x)",
    "sin.__globals__",
    "x.shape.__len__()",
    "open('f')",
    "eval('1')",
    "exec('1')",
    "__import__('os')",
    "getattr(x, 'T')",
    "print(x)",
    "input()",
    "globals()",
    "np.load('f')",
    "np.lib.npyio.load('f')",
    "math.__dict__",
    "torch.load('f')",
]


def _run(text, run):
    program = gradcli.compile(text)
    getattr(program, run)(dict.fromkeys(program.inputs, 2.0))


@pytest.mark.parametrize("run", ["value", "record"])
@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_nothing_but_numbers_and_the_function_table_is_within_reach(text, run):
    with pytest.raises(GradcliError):
        _run(text, run)


def test_tuples_join():
    assert gradcli.compile("sum(zeros(x.shape[:-1] + (3,)) + 1)").value({"x": [[1.0, 2.0], [3.0, 4.0]]}) == 6


ENDLESS = [
    "sum(range(10**12))",
    "prod(range(1, 10**12))",
    "max(range(10**12))",
    "list(range(10**12))",
    "tuple(range(10**12))",
    "sum(list(enumerate(range(10**12)))[0])",
    "sum(zip(range(10**12), range(10**12))[0])",
    "reversed(range(10**12))[0]",
    "sum([i for i in range(10**12)])",
    "cumsum(range(10**12))",
    "t = (1,)\nfor i in range(100): t = t + t\n1",
    "outer(ones(10**5), ones(10**5))",
    "kron(ones(10**5), ones(10**5))",
    "repeat(1, 10**12)",
    "tile([1, 2], 10**12)",
    "pad(ones(2), 10**12)",
    "linspace(0, 1, 10**12)",
    "arange(10**12)",
    "eye(10**6)",
    "zeros(10**12)",
    "broadcast_to(1, (10**6, 10**6))",
    "einsum('i,j->ij', ones(10**5), ones(10**5))",
    "ones(10**5)[:, None] + ones(10**5)",
    "diag(ones(10**5))",
    "randn(10**12)",
    "array_split(ones(3), 10**12)",
    "vander(ones(10**5), 10**5)",
    "f = lambda x: f(x)\nf(1)",
    "while True: pass\n1",
]


@pytest.mark.parametrize("text", ENDLESS)
def test_limits_stop_what_would_never_end_or_never_fit(text):
    with pytest.raises(LimitError):
        gradcli.compile(text).value(max_steps=100_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("max(range(5))", 4),
        ("min(range(2, 5))", 2),
        ("sum(range(5))", 10),
        ("max(x, nan)", 1),
        ("sum(diff([x, 2, 3], 10**12))", 0),
    ],
)
def test_ranges_and_nan_among_the_largest_and_smallest(text, value):
    program = gradcli.compile(text)
    inputs = dict.fromkeys(program.inputs, 1.0)
    assert program.value(inputs) == program.record(inputs).value == value


def test_einsum_without_its_text_says_so():
    with pytest.raises(GradcliError, match=r"begins with its subscripts as a text, not 1\.0"):
        gradcli.compile("einsum(x, x)").value({"x": 1.0})


def test_the_trace_of_a_list():
    recording = gradcli.compile("sum([sin(x), 2*x, x**2])").record({"x": 1.0})
    steps = trace(recording, ("reverse",)).adjoints
    assert steps[-1].value == pytest.approx(4.0 + 0.5403023058681398, abs=1e-15)


# Attacks on the interpreter below: none of these is a program, or none gets what it asks for.
ATTACKS = [
    "(lambda: 0).__code__", "x.__class__.__mro__[1]", "'{0.__class__}'.format(x)", "'%s' % x",
    "f'{x.__class__}'", "f'{__import__(\"os\")}'", "b'a'", "[].append.__self__", "def f(): yield 1\nf()",
    "async def f(): pass\n1", "await x", "(yield)", "import os", "from os import system", "import os as np",
    "compile('1', '', 'eval')", "locals()", "vars()", "dir()", "type(x)", "isinstance(x, float)",
    "object()", "super()", "bytes(3)", "bytearray(10**10)", "memoryview(x)", "breakpoint()", "exit()",
    "help()", "id(x)", "hash(x)", "hasattr(x, 'T')", "setattr(x, 'T', 1)", "delattr(x, 'T')",
    "callable(sin)", "iter(x)", "next(x)", "np.__dict__", "np.os", "np.sys", "np.ctypeslib",
    "np.fromfile('a')", "np.save('a', x)", "np.memmap('a')", "np.genfromtxt('a')", "math.os", "torch.os",
    "jnp.load('a')", "scipy.io", "x.tofile('a')", "x.dump('a')", "x.data", "x.ctypes", "x.base",
    "x.__array_interface__", "x.__reduce__()", "x.setflags(1)", "x.__setitem__(0, 1)", "sin.__wrapped__",
    "sum.__self__", "class A: pass\n1", "@sin\ndef f(a): return a\nf(1)", "global x\nx", "nonlocal x\nx",
    "del x", "raise x", "try:\n  x\nexcept:\n  1", "with open('a') as f: x", "lambda: (yield)",
    "filter(sin, [1])", "reduce(lambda a, b: a, range(10))", "reshape(x, (1,)*100)",
    "einsum('" + "a"*100 + "->', x)", "norm(ones(3), '" + "A"*100_000 + "')",
]  # fmt: skip


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: ascii(text)[:40])
def test_programs_reach_nothing_of_python(text):
    with pytest.raises(GradcliError):
        _run(text, "value")


DEEP = [
    "(" * 100_000 + "1" + ")" * 100_000, "[" * 100_000, "{" * 5_000, "lambda: " * 5_000 + "1",
    "f" + "(1)" * 5_000, "x" + "[0]" * 5_000,
    "".join(" " * depth + "if x:\n" for depth in range(200)) + " " * 200 + "x", "x" + " " * 1_000_000,
    "def f(a): return f(a)\nf(1)", "def f(a): return g(a)\ndef g(a): return f(a)\nf(1)",
    "(lambda f: f(f))(lambda f: f(f))",
]  # fmt: skip


@pytest.mark.parametrize("text", DEEP, ids=lambda text: ascii(text)[:40])
def test_what_is_too_deep_or_too_long_is_said_to_be(text):
    with pytest.raises(GradcliError):
        _run(text, "value")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10**10**10", math.inf),
        ("9**9**9**9", math.inf),
        ("2**-10**10", 0.0),
        ("9" * 5_000, math.inf),
        ("0." + "9" * 5_000, 1.0),
        ("x" + "+x" * 9_999, 20_000.0),
        ("(" * 1_000 + "x" + ")" * 1_000, 2.0),
        ("x;" * 10_000 + "x", 2.0),
        ("-" * 3_000 + "x", 2.0),
        ("x" + "**x" * 3_000, math.inf),
        ("1 if x else " * 3_000 + "1", 1.0),
        ("__builtins__ + __name__ + __file__", 6.0),  # inputs like any other
    ],
    ids=lambda text: str(text)[:20],
)
def test_large_things_that_are_programs(text, value):
    program = gradcli.compile(text)
    assert program.value(dict.fromkeys(program.inputs, 2.0)) == value


# Text that would act in one of the formats: rich markup, HTML, XML, Markdown, workflow commands, terminals.
ACTING = """
[[case]]
name = '''[red]</testcase><script>alert(1)</script>]]>| a | b |`<img src=x onerror=alert(1)>${{ secrets }}'''
program = "x^2 # </script></text><script>alert(1)</script> [bold] :smile:"
inputs.x = 3
expect.value = 1
[[case]]
name = "a\\u001b[31m\\u001b]0;t\\u0007\\n::error::no\\r::stop-commands::a\\u0000\\uFFFE\\u2028\\u202e\\u200b"
program = "x^2"
inputs.x = 3
expect.value = 1
"""
FORMATS = ("table", "summary", "jsonl", "json", "csv", "markdown", "junit", "github", "sarif", "html")


@pytest.mark.parametrize("format", FORMATS)
def test_text_from_outside_acts_in_no_report(tmp_path, monkeypatch, format):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.grad.toml").write_text(ACTING)
    done = invoke("batch", "c.grad.toml", "--jobs", "1", "--format", format)
    assert done.status == 1
    assert all(character.isprintable() or character in "\n\t" for character in done.stdout + done.stderr)
    if format == "junit":
        assert len(ElementTree.fromstring(done.stdout).findall(".//testcase")) == 2
    elif format == "html":
        assert "<script" not in done.stdout
        assert "<img src=x" not in done.stdout
    elif format == "github":
        commands = [line for line in done.stdout.splitlines() if line.startswith("::")]
        assert [line.partition(" ")[0] for line in commands] == ["::error", "::error"]
    elif format in ("json", "sarif"):
        json.loads(done.stdout)


@pytest.mark.parametrize(
    "words", [("graph", "--format", "svg"), ("plot", "--format", "svg")], ids=["graph", "plot"]
)
def test_text_from_outside_acts_in_no_picture(words):
    command, *options = words
    value = "0:1" if command == "plot" else "1"
    text = 'x^2 # </text><script>alert(1)</script>" onload="alert(1) $\\input{a}$'
    done = invoke(command, text, "--x", value, *options)
    assert done.status == 0, done.stderr
    found = ElementTree.fromstring(done.stdout)
    assert not [each for each in found.iter() if each.tag.endswith("script") or "onload" in each.attrib]


def test_markup_is_text():
    done = invoke(
        "eval", "x # [bold]b[/bold] :smile: [link=file:///]l[/link]", "--x", "1", "--color", "always"
    )
    assert "x # [bold]b[/bold] :smile: [link=file:///]l[/link]" in done.stdout
