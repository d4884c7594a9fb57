"""`gradcli man`: one page from the tables and the help, kept in the documentation and in the wheel."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from gradcli.commands import COMMANDS
from gradcli.commands.man import EXIT_CODES
from gradcli.render.roff import escape
from gradcli.status import Status
from tests.command_line import invoke
from tests.documents import ROOT

PAGE = ROOT / "docs/gradcli.1"


def test_the_kept_page_is_up_to_date():
    assert PAGE.read_text("utf-8") == invoke("man").stdout, "gradcli man --output docs/gradcli.1"


def test_every_command_and_every_option_has_its_place():
    page = invoke("man").stdout
    for entry in COMMANDS:
        assert f".SS gradcli {entry.name} " in page
        for option in re.findall(
            r"^  (?:-., )?(--\w[\w-]*)", invoke(entry.name, "--help").stdout, re.MULTILINE
        ):
            assert escape(option) in page, f"{entry.name} {option}"


def test_exit_codes_are_all_told_and_as_in_the_documentation():
    assert set(EXIT_CODES) == set(Status)
    chapter = (ROOT / "docs/commands.md").read_text("utf-8")
    for status, meaning in EXIT_CODES.items():
        assert f"| {int(status)} | {meaning} |" in chapter


def test_escaping():
    assert escape("--x `a` \\n") == "\\-\\-x a \\en"
    assert escape(".TH\n'x") == "\\&.TH\n\\&'x"


@pytest.mark.skipif(shutil.which("man") is None, reason="there is no man")
def test_man_reads_it_without_warnings():
    done = subprocess.run(
        ["man", "--warnings", "-l", PAGE],
        env={"MANWIDTH": "80", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "gradcli vjp PROGRAM [--NAME VALUE]... [OPTIONS]" in done.stdout
