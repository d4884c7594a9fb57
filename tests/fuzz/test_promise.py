"""The promise about every command line, on wild ones, and on those that broke it once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import promise
from tests.fuzz.wild import CommandLine, command_lines, suite_lines

EXAMPLES = int(os.environ.get("FUZZ_COMMANDS", "300"))
FINDINGS = Path(__file__).with_name("findings.jsonl")
wild = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


def findings() -> list[CommandLine]:
    """The command lines that broke the promise once."""
    lines = [json.loads(line) for line in FINDINGS.read_text("utf-8").splitlines()]
    return [
        CommandLine(
            tuple(each["words"]),
            each["stdin"].encode("latin-1"),
            tuple((name, text.encode("latin-1")) for name, text in each["files"].items()),
        )
        for each in lines
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    return made


@pytest.mark.parametrize("line", findings(), ids=lambda line: ascii(line.words[1:2])[:40])
def test_what_was_found(line: CommandLine, folder: Path) -> None:
    promise.check(line, folder)


@pytest.mark.fuzz
@wild
@given(line=command_lines())
def test_command_lines(line: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> None:
    promise.check(line, tmp_path_factory.mktemp("files"))


@pytest.mark.fuzz
@wild
@given(line=suite_lines())
def test_suites(line: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> None:
    promise.check(line, tmp_path_factory.mktemp("files"))
