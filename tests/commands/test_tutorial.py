"""`gradcli tutorial`: the page of the documentation in steps, with the output that the page shows."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time

import pytest

from gradcli.reports.lessons import Command, File, Step, steps
from tests.command_line import invoke
from tests.documents import ROOT, agrees, blocks, commands

PAGE = ROOT / "docs/tutorial.md"
LESSON = steps(PAGE.read_text("utf-8"))


@pytest.fixture(scope="module")
def printed() -> str:
    return invoke("tutorial").stdout


def test_steps_of_a_page():
    page = (
        "# Title\n\nLead.\n\n## One\nDo [this](x.md):\n\n"
        "```console\n$ gradcli eval 1\n1\n$ echo $?\n0\n```\n\n"
        '```json title="a.json"\n{}\n```\n\n```console\n$ gradcli eval 2\n2\n```\n\nSo.\n\n'
        "## Last\n\nNothing.\n"
    )
    assert steps(page) == [
        Step("One", ("Lead.\n\nDo this:", Command("gradcli eval 1"), Command("echo $?"))),
        Step("One", (File("a.json", "{}\n"), Command("gradcli eval 2"), "So.")),
    ]


def test_every_command_of_the_page_is_in_a_step():
    on_page = [each.text for block in blocks(PAGE) if block.language == "console" for each in commands(block)]
    assert [part.text for step in LESSON for part in step.parts if isinstance(part, Command)] == on_page


def test_it_runs_what_the_page_shows(printed):
    at = 0
    for block in blocks(PAGE):
        for command in commands(block) if block.language == "console" else ():
            at = printed.index(f"$ {command.text}\n", at) + len(command.text) + 3
            output = printed[at : at + len(command.output) + 5000]
            cut = min(output.find(end) for end in ("\n\n", "\n$ ") if output.find(end) >= 0)
            if "..." not in command.output:
                assert agrees(output[: cut + 1], command.output), command.text
    assert f"  {len(LESSON)}/{len(LESSON)} " in printed


def test_a_step_to_begin_with():
    done = invoke("tutorial", str(len(LESSON)))
    assert done.stdout.startswith(f"{LESSON[-1].title}  {len(LESSON)}/{len(LESSON)} ")
    assert invoke("tutorial", str(len(LESSON) + 1)).status == 2


def read_until(terminal: int, mark: bytes) -> bytes:
    """What comes to a terminal up to a mark."""
    found, end = b"", time.monotonic() + 60
    while mark not in found and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            found += os.read(terminal, 65536)
    return found


def test_on_a_terminal_enter_goes_on_and_q_leaves():
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "gradcli", "tutorial", str(len(LESSON) - 2)]
    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs)
    assert b"\x1b[" in (first := read_until(ours, b"leaves "))
    assert f"{len(LESSON) - 2}/{len(LESSON)}".encode() in first
    assert f"{len(LESSON) - 1}/{len(LESSON)}".encode() not in first
    os.write(ours, b"\n")
    assert f"{len(LESSON) - 1}/{len(LESSON)}".encode() in read_until(ours, b"leaves ")
    os.write(ours, b"q\n")
    assert process.wait(60) == 0
