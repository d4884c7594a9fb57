"""What gradcli promises about every command line, checked on one.

It ends soon, with an exit code that is documented; whatever goes wrong is told in the one shape of errors,
without a traceback; and what it prints is valid in the format that was asked for, with no control character
in it.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import json
import os
import re
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn
from xml.etree import ElementTree

from jsonschema import Draft202012Validator

from gradcli.cli import run
from tests.documents import ROOT
from tests.fuzz.wild import CommandLine

DOCUMENTED = {0, 2, 4}
OF_CASES = DOCUMENTED | {1, 3, 5}
SLOW = 10.0  # seconds, on a machine that has other things to do as well
HUNG = 30
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class HungError(BaseException):
    """A command line did not end."""


class Finished:
    """What a command line left behind."""

    def __init__(self, status: int, stdout: bytes, stderr: str, seconds: float) -> None:
        self.status = status
        self.stdout = stdout.decode("utf-8")
        self.stderr = stderr
        self.seconds = seconds


def execute(line: CommandLine, folder: Path) -> Finished:
    """Run a command line in this process, in a folder that holds its files alone."""
    for old in folder.iterdir():
        old.unlink()
    for name, data in line.files:
        (folder / name).write_bytes(data)
    stdout = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace")
    stderr = io.StringIO()
    started = time.perf_counter()
    with (
        inside(folder, line.stdin),
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
        limited(),
    ):
        status = int(run(list(line.words)))
    stdout.flush()
    data = stdout.buffer.getvalue()  # type: ignore[attr-defined]
    return Finished(status, data, stderr.getvalue(), time.perf_counter() - started)


@contextlib.contextmanager
def inside(folder: Path, stdin: bytes) -> Iterator[None]:
    """In a folder, with bytes on standard input, and with warnings that are errors."""
    before, own = Path.cwd(), sys.stdin
    os.chdir(folder)
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        os.chdir(before)
        sys.stdin = own


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Raise `HungError` when this takes too long."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise HungError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HUNG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(line: CommandLine, folder: Path) -> None:
    """Raise `AssertionError` where a command line breaks the promise."""
    done = execute(line, folder)
    about_cases = line.words and line.words[0] in ("check", "batch")
    assert done.status in (OF_CASES if about_cases else DOCUMENTED), (done.status, done.stderr)
    assert done.seconds < SLOW, f"{done.seconds:.1f} s"
    assert "--debug" in line.words or "Traceback" not in done.stderr, done.stderr
    if done.status in (2, 4) and not about_cases:
        assert re.search(r"^(\x1b\[1;31m)?error", done.stderr, re.MULTILINE), done.stderr
    assert_printable(done.stderr)
    assert_printable(done.stdout)
    if done.status == 0 and not {"--output", "--resume", "--help", "-h"} & set(line.words):
        check_format(done.stdout, format_of(line.words))


def assert_printable(text: str) -> None:
    """No escape sequence but colours, no control and no bidirectional character."""
    plain = COLOURS.sub("", text).replace("\n", "").replace("\t", "")
    bad = {character for character in plain if not character.isprintable()}
    assert not bad, f"prints {''.join(sorted(bad))!a}"


def format_of(words: tuple[str, ...]) -> str:
    """The format that the command line asks for, the last time that it does."""
    found = ""
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if word == "--format":
            found = following
    return found


def check_format(text: str, name: str) -> None:
    if name == "json":
        document = strict(text)
        if document.get("schema") == "gradcli/1":
            schema().validate(document)
    elif name in ("jsonl", "sarif"):
        for each in text.splitlines() if name == "jsonl" else [text]:
            strict(each)
    elif name == "csv":
        list(csv.reader(io.StringIO(text), strict=True))
    elif name in ("svg", "junit"):
        ElementTree.fromstring(text)


def strict(text: str) -> dict[str, object]:
    """A JSON document without NaN and its like."""

    def refuse(word: str) -> NoReturn:
        raise AssertionError(f"{word} is not JSON")

    document: dict[str, object] = json.loads(text, parse_constant=refuse)
    return document


@functools.cache
def schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / "docs/schema/gradcli-1.json").read_text("utf-8")))
