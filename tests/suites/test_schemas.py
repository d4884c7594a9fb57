"""The schemas for editors agree with the reader, and real rows with the schema of the output."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from gradcli.render.suites.sarif import RULES
from gradcli.suites.cases import COMMANDS
from gradcli.suites.results import Outcome
from gradcli.suites.tables import EXPECTED_KEYS, KEYS, NOT_IN_DEFAULTS, VERDICTS
from tests.command_line import invoke

ROOT = Path(__file__).parents[2]


def schema(name):
    found = json.loads((ROOT / "docs/schema" / name).read_text("utf-8"))
    Draft202012Validator.check_schema(found)
    return found


CASE, SUITE, OUTPUT = schema("case-1.json"), schema("suite-1.json"), schema("gradcli-1.json")


def test_every_key_is_in_the_schemas():
    assert set(CASE["properties"]) == set(KEYS)
    assert SUITE["$defs"]["case"]["properties"] == CASE["properties"]
    assert set(SUITE["properties"]["defaults"]["properties"]) == set(KEYS) - set(NOT_IN_DEFAULTS)
    expect = CASE["properties"]["expect"]["properties"]
    assert set(expect) == set(EXPECTED_KEYS)
    assert expect["verdict"]["enum"] == list(VERDICTS)
    assert CASE["properties"]["command"]["enum"] == list(COMMANDS)


def test_the_output_has_every_status_and_rule():
    row = OUTPUT["$defs"]["row"]["properties"]
    assert row["status"]["enum"] == [outcome.value for outcome in Outcome]
    assert row["problems"]["items"]["properties"]["rule"]["enum"] == list(RULES)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*/*.toml")), ids=lambda path: path.name)
def test_example_suites_are_valid(path):
    Draft202012Validator(SUITE).validate(tomllib.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*/*.toml")), ids=lambda path: path.name)
def test_real_rows_are_valid(path):
    document = json.loads(invoke("check", str(path), "--format", "json").stdout)
    validator = Draft202012Validator(OUTPUT)
    validator.validate(document)
    for row in document["cases"]:
        validator.validate(row)


@pytest.mark.parametrize(
    "change", [{"status": "fine"}, {"problems": [{"rule": "x"}]}, {"case": {"name": "a"}}]
)
def test_the_schema_refuses(change):
    row = json.loads(invoke("batch", "-", "--format", "jsonl", stdin="x|x=1").stdout)
    validator = Draft202012Validator(OUTPUT)
    assert validator.is_valid(row)
    assert not validator.is_valid({**row, **change})
