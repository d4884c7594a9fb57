"""Bytes as command lines, for fuzzers that change bytes and see which code they reach.

What they change are the choices that `tests.fuzz.wild` draws, so an input is a command line or a suite with
its files as there; or it is the content of one file, taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import promise
from tests.fuzz.wild import ARRAYS, CommandLine, binary_arrays, command_lines, corpus, suite_lines, suites

# The files that bytes are taken for, and the words of a command line that reads them.
RAW = (
    ("p.grad", ("eval", "--file", "p.grad")),
    ("p.grad", ("grad", "--file", "p.grad", "--x", "1,2", "--format", "json")),
    ("a.npy", ("eval", "x", "--x", "@a.npy")),
    ("a.npz", ("eval", "x", "--inputs", "a.npz")),
    ("a.csv", ("eval", "x", "--x", "@a.csv")),
    ("a.json", ("eval", "x", "--inputs", "a.json", "--format", "json")),
    ("a.toml", ("eval", "x", "--inputs", "a.toml")),
    ("rows.csv", ("batch", "x^2", "--data", "rows.csv", "--format", "jsonl")),
    ("rows.npy", ("batch", "x^2", "--data", "rows.npy", "--format", "csv")),
    ("rows.jsonl", ("batch", "x^2", "--data", "rows.jsonl")),
    ("c.txt", ("batch", "c.txt", "--jobs", "1", "--format", "junit")),
    ("c.grad.toml", ("check", "c.grad.toml", "--jobs", "1", "--format", "sarif")),
    ("c.jsonl", ("batch", "c.jsonl", "--jobs", "1", "--format", "json")),
)
LIMITS = ("--max-steps=20000", "--max-elements=20000")


def raw_line(data: bytes) -> CommandLine:
    """The first byte chooses how the others are read."""
    name, words = RAW[data[0] % len(RAW)]
    return CommandLine((*words, *LIMITS), b"", ((name, data[1:]),))


def examined(
    folder: Path, examine: Callable[[CommandLine, Path], None] = promise.check
) -> Callable[[bytes], None]:
    """What a fuzzer calls with bytes: the content of a file, or choices that draw a command line."""

    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(command_lines(), suite_lines()))
    def drawn(line: CommandLine) -> None:
        examine(line, folder)

    def one_input(data: bytes) -> None:
        if len(data) < 2:
            return
        if data[0] < 128:
            examine(raw_line(data), folder)
        else:
            drawn.hypothesis.fuzz_one_input(data[1:])  # type: ignore[attr-defined]

    return one_input


def seeds() -> Iterator[bytes]:
    """Inputs to begin with: files that are right, and draws."""
    texts = {
        "p.grad": corpus(), "c.txt": suites()[".txt"], "c.grad.toml": suites()[".grad.toml"],
        "c.jsonl": suites()[".jsonl"],
    }  # fmt: skip
    files = {name: [text.encode() for text in found] for name, found in texts.items()}
    for number, (name, _) in enumerate(RAW):
        kept = binary_arrays() if name.endswith(("npy", "npz")) else ARRAYS
        for data in files.get(name, kept):
            yield bytes([number]) + data
    for number in range(64):
        yield bytes([128]) + bytes((17 * number + 31 * place) % 256 for place in range(1024))
