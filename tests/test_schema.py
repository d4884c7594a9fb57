"""Real output is what docs/schema/gradcli-1.json says, and the schema refuses what it should."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.command_line import invoke_json

SCHEMA = json.loads((Path(__file__).parents[1] / "docs/schema/gradcli-1.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
STRUCTURE = '{"W": [[1, 2], [3, 4]], "b": [{"c": "Infinity"}]}'


@pytest.mark.parametrize(
    "words",
    [
        ["eval", "x", "--x", "nan"],
        ["eval", "x > 1", "--x", "1,2"],
        ["eval", "a = 1; b = ones(2, 2); return a, b"],
        ["grad", "2*dot(x,x)", "--x", "0,1,2,3"],
        ["grad", "sum(p.W) * p.b[0].c", "--p", STRUCTURE],
        ["grad", "x**2", "3*x", "--x", "2"],
        ["grad", "x**2", "3*x", "--x", "2", "--accumulate"],
        ["vjp", "x*x", "--v", "ones", "--x", "1,2"],
        ["vjp", "x*x", "--v", "ones", "--v", "1,0", "--x", "1,2"],
        ["jvp", "x*x", "--u", "1,0", "--x", "1,2"],
        ["jacobian", "y = x*x; z = sum(x); return y, z", "--x", "1,2"],
        ["hessian", "x*sum(s)", "--x", "1", "--s", "1,2"],
        ["hessian", "dot(x,x)", "--x", "1,2", "--v", "1,0"],
        ["check", "2*dot(x,x)", "--claim", "x=4*x", "--x", "0,1,2,3"],
        ["check", "abs(x)", "--x", "0", "--allow", "nondifferentiable"],
        ["graph", "2*dot(x,x)", "--x", "0,1,2,3", "--grad"],
        ["trace", "x*exp(x)", "--x", "2"],
        ["plot", "1/x", "--x", "-1:1"],
        ["functions"],
        ["check", "sum(x**3*y)", "--order", "2", "--x", "1,2", "--y", "2"],
    ],
)
def test_real_output_is_valid(words):
    VALIDATOR.validate(invoke_json(*words))


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "gradcli/2"},
        {"gradients": None},
        {"gradients": [1]},
        {"value": "inf"},
        {"value": None},
        {"notes": "none"},
        {"inputs": 3},
    ],
)
def test_the_schema_refuses(change):
    document = invoke_json("grad", "x", "--x", "1")
    assert VALIDATOR.is_valid(document)
    assert not VALIDATOR.is_valid({**document, **change})


@pytest.mark.parametrize("member", ["schema", "command", "program", "inputs", "value", "gradients", "notes"])
def test_the_schema_misses_what_is_left_out(member):
    document = invoke_json("grad", "x", "--x", "1")
    del document[member]
    assert not VALIDATOR.is_valid(document)
