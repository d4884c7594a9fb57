"""The function reference: every record is complete, and every example gives its value."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.errors import UsageError
from gradcli.inspection.functions import find, reference
from gradcli.primitives.table import FUNCTIONS

ENTRIES = reference()


def test_every_function_is_there_once():
    names = [entry.name for entry in ENTRIES]
    assert len(names) == len(set(names))
    aliases = {alias for entry in ENTRIES for alias in entry.aliases}
    assert set(FUNCTIONS) <= {*names, *aliases}


def test_families_are_together():
    families = [entry.family for entry in ENTRIES]
    starts = [family for at, family in enumerate(families) if at == 0 or families[at - 1] != family]
    assert len(starts) == len(set(starts))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_function_is_documented(entry):
    assert entry.summary
    assert entry.example
    assert entry.value is not None
    name = entry.name.rpartition(".")[2]
    assert any(each.rpartition(".")[2] in entry.example for each in (name, *entry.aliases))


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("sin", "sin(x)"),
        ("norm", "norm(x, ord=None, axis=None, keepdims=False)"),
        ("max", "max(*values, axis=None, keepdims=False)"),
        ("einsum", "einsum(subscripts, *operands)"),
        ("randn", "randn(*sizes, size=None)"),
        ("meshgrid", 'meshgrid(*vectors, indexing="xy")'),
        ("x.size", "x.size(axis=None)"),
    ],
)
def test_signatures(name, signature):
    (entry,) = find(name)
    assert entry.signature == signature


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("clamp", "clip"),
        ("np.exp", "exp"),
        ("torch.nn.functional.relu", "relu"),
        ("F.relu", "relu"),
        ("torch.max", "torch.max"),
        ("@", "matmul"),
        ("**", "power"),
        ("pi", "pi"),
    ],
)
def test_names_aliases_prefixes_and_operators(given, found):
    (entry,) = find(given)
    assert entry.name == found


def test_a_family_is_all_its_functions():
    entries = find("trigonometry")
    assert {"sin", "cos", "atan2"} <= {entry.name for entry in entries}
    assert {entry.family for entry in entries} == {"trigonometry"}


@pytest.mark.parametrize(("wrong", "close"), [("nrom", "norm"), ("softmx", "softmax"), ("np.epx", "exp")])
def test_unknown_names_get_the_nearest(wrong, close):
    with pytest.raises(UsageError, match=f"no function `{wrong}`") as caught:
        find(wrong)
    assert caught.value.help == f"did you mean `{close}`?"


def test_values_are_those_of_the_examples():
    (entry,) = find("norm")
    assert entry.example == "norm([3, 4])"
    np.testing.assert_allclose(entry.value, gradcli.compile(entry.example).value({}))
    assert entry.value == 5
