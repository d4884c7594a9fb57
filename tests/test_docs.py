"""Every example in README.md and docs/ is run and gives what it says; every internal link leads somewhere."""

from __future__ import annotations

import doctest
import html
import re
import runpy
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import (
    FUNCTION_LIST,
    ROOT,
    Block,
    Shell,
    agrees,
    blocks,
    commands,
    documents,
    function_list,
    tidy,
    write_file,
)

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
OUTSIDE = re.compile(r"^[a-z]+:")


def name(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


every_document = pytest.mark.parametrize("document", documents(), ids=name)


def check_commands(block: Block, shell: Shell) -> Iterator[str]:
    """The commands of a block whose real output differs, told with both outputs."""
    for command in commands(block):
        real = shell.run(command.text)
        if not agrees(real, command.output):
            place = f"{name(block.document)}:{command.line}: {command.text}"
            yield f"{place}\n--- documented\n{command.output}--- real\n{tidy(real)}\n"


def run_python(block: Block, namespace: dict[str, object]) -> None:
    """Run a block as a doctest or as a script; names stay for the next block of the document."""
    if ">>>" not in block.body:
        exec(compile(block.body, f"{name(block.document)}:{block.line}", "exec"), namespace)
        return
    test = doctest.DocTestParser().get_doctest(block.body, namespace, name(block.document), None, block.line)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.REPORT_NDIFF)
    report: list[str] = []
    runner.run(test, out=report.append, clear_globs=False)
    namespace.update(test.globs)
    assert not runner.failures, "".join(report)


@every_document
def test_examples(document, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path)
    namespace: dict[str, object] = {}
    wrong: list[str] = []
    for block in blocks(document):
        if block.title:
            write_file(block, tmp_path)
        elif block.language == "console":
            wrong += check_commands(block, shell)
        elif block.language == "python":
            run_python(block, namespace)
    assert not wrong, "\n".join([*wrong, "`python -m tests.docs_refresh` writes the real output"])


def anchors(document: Path) -> set[str]:
    """The anchors that headings give, spelt as code hosts and MkDocs spell them."""
    prose = re.sub(r"^```.*?^```$", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = (heading.lower() for heading in HEADING.findall(prose))
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in titles}


@every_document
def test_links(document):
    broken = []
    for target in LINK.findall(document.read_text("utf-8")):
        if OUTSIDE.match(target):
            continue
        path, _, anchor = target.partition("#")
        file = document.parent / path if path else document
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert not broken


def test_agrees_compares_lines():
    assert agrees("a\nb  \n\n", "a\nb\n")
    assert agrees("a\nb\nc\nd", "a\n...\nd")
    assert agrees("a\nd", "...\na\nd")
    assert not agrees("a\nb", "a")
    assert not agrees("a.b", "acb")
    assert not agrees("ab", "a...b")


def test_console_blocks_are_read(tmp_path):
    document = tmp_path / "page.md"
    document.write_text("text\n```console\n$ one \\\n> two\nout\nput\n$ three\n```\n")
    (block,) = blocks(document)
    assert [(each.text, each.output, each.line) for each in commands(block)] == [
        ("one two", "out\nput\n", 3),
        ("three", "", 7),
    ]


def test_shell_runs_pipes_and_knows_the_last_status(tmp_path):
    shell = Shell(tmp_path)
    assert shell.run("echo a-b | tr a-b c-d; exit 3") == "c-d\n"
    assert shell.run("echo $?") == "3\n"


def test_everything_in_the_repository_is_linked_from_somewhere():
    text = "\n".join(document.read_text("utf-8") for document in documents())
    pages = {path.name for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if page not in text} == set()


def test_the_list_of_functions_is_the_table():
    (listed,) = FUNCTION_LIST.findall((ROOT / "docs/language.md").read_text("utf-8"))
    assert listed == function_list()


def words(svg: str) -> list[str]:
    """The text of a picture, however it is drawn."""
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", svg, flags=re.DOTALL)).split()


def test_pictures_show_real_output():
    drawing = runpy.run_path(str(ROOT / "docs/images/make.py"))
    for picture in drawing["PICTURES"]:
        assert words(drawing["picture"](picture)) == words(
            (ROOT / f"docs/images/{picture}.svg").read_text("utf-8")
        )


def test_readme_states_the_test_command_that_ci_runs():
    script = (ROOT / ".ci/run").read_text()
    (command,) = re.findall(r"^test_command='(.*)'$", script, re.MULTILINE)
    assert command in (ROOT / "README.md").read_text("utf-8")


def test_ci_script_is_sound():
    subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=True)
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
