"""Programs that mean harm, or nothing: each ends in an error that says what is wrong, soon."""

from __future__ import annotations

import pytest

import gradcli
from gradcli.errors import GradcliError, LimitError
from gradcli.inspection.trace import trace

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
