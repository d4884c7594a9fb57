"""Bytes as command lines, as a fuzzer guided by coverage changes them; here Hypothesis is the driver."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.inputs import RAW, examined, raw_line, seeds
from tests.fuzz.wild import CommandLine

EXAMPLES = int(os.environ.get("FUZZ_COMMANDS", "50"))


def test_every_kind_of_file_is_reached_by_a_seed() -> None:
    found = {data[0]: raw_line(data) for data in seeds() if data[0] < 128}
    assert sorted(found) == list(range(len(RAW)))
    assert all(line.files[0][0] in line.words or "@" in "".join(line.words) for line in found.values())


def test_choices_draw_a_command_line(tmp_path: Path) -> None:
    drawn: list[CommandLine] = []
    one_input = examined(tmp_path, lambda line, folder: drawn.append(line))
    for data in seeds():
        if data[0] >= 128:
            one_input(data)
    assert {line.words[0] for line in drawn} >= {"batch", "check"}


@pytest.mark.fuzz
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.tuples(st.integers(0, len(RAW) - 1), st.binary(max_size=200)))
def test_bytes_as_files(data: tuple[int, bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    examined(tmp_path_factory.mktemp("files"))(bytes([data[0]]) + data[1])
