"""Reading a suite from text, for tests."""

from __future__ import annotations

from gradcli.suites.cases import Broken, Case, Names, items_of, lines_of
from gradcli.suites.documents import read_json_line, read_toml
from gradcli.suites.lines import read_one_line_case


def from_lines(text: str | bytes) -> list[Case | Broken]:
    data = text.encode() if isinstance(text, str) else text
    lines = lines_of(data.splitlines(keepends=True), "f.txt", read_one_line_case)
    return list(items_of(lines, Names()))


def from_toml(text: str) -> list[Case | Broken]:
    return list(read_toml(text, "f.grad.toml"))


def from_json_lines(text: str) -> list[Case | Broken]:
    lines = lines_of(text.encode().splitlines(keepends=True), "f.jsonl", read_json_line)
    return list(items_of(lines, Names()))


def complaint(item: Case | Broken) -> str:
    """`line: message`, and the help where there is some."""
    assert isinstance(item, Broken), item
    help = f" ({item.error.help})" if item.error.help else ""
    return f"{item.place.line}: {item.error.message}{help}"


def marked(item: Case | Broken) -> str:
    """The text under the carets of an error."""
    assert isinstance(item, Broken), item
    assert item.error.span is not None
    assert item.error.source is not None
    return item.error.source[item.error.span]
