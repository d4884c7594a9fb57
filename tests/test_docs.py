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
PAGES = [*documents(), *sorted((ROOT / "examples").rglob("*.md"))]


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


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Where the links of a page lead inside of the repository: files and anchors."""
    for target in LINK.findall(page.read_text("utf-8")):
        if not OUTSIDE.match(target):
            path, _, anchor = target.partition("#")
            yield (page.parent / path).resolve() if path else page, anchor


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    for file, anchor in links(page):
        assert file.exists()
        assert not anchor or anchor in anchors(file)


def test_every_page_is_linked_from_another():
    linked = {file for page in PAGES for file, _ in links(page) if file != page}
    assert [name(page) for page in PAGES if page not in linked] == ["README.md"]


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
