"""A lesson as steps: what a page in Markdown says, the files that it makes, the commands that it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^```(\w*)[ ]*([^\n]*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')
_SECTION = re.compile(r"^## (.*)\n", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class File:
    """A file that commands read."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command line."""

    text: str


Part = str | File | Command  # prose is a text


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lesson: the title of its section, then prose, files and commands in their order."""

    title: str
    parts: tuple[Part, ...]


def steps(page: str) -> list[Step]:
    """The steps of a page, each up to the end of a block of commands; sections without any are left out.

    The text before the first section opens the first step.
    """
    introduction, *sections = _SECTION.split(page)
    lead = introduction.partition("\n")[2]
    first, *others = zip(sections[::2], sections[1::2], strict=True)
    bodies = [(first[0], lead + first[1]), *others]
    return [step for title, body in bodies for step in _of_section(title, list(_blocks(body)))]


def _of_section(title: str, blocks: list[list[Part]]) -> Iterator[Step]:
    """Steps that end with a block of commands; what follows the last one belongs to it."""
    ends = [at + 1 for at, block in enumerate(blocks) if isinstance(block[0], Command)]
    if ends:
        ends[-1] = len(blocks)
    for start, end in zip([0, *ends], ends, strict=False):
        yield Step(title, tuple(part for block in blocks[start:end] for part in block))


def _blocks(body: str) -> Iterator[list[Part]]:
    """Prose without its links, files, and console blocks as their commands."""
    end = 0
    for fence in _FENCE.finditer(body):
        yield from _prose(body[end : fence.start()])
        name = _TITLE.search(fence[2])
        if name is not None:
            yield [File(name[1], fence[3])]
        else:
            yield [Command(line[2:]) for line in fence[3].splitlines() if line.startswith("$ ")]
        end = fence.end()
    yield from _prose(body[end:])


def _prose(text: str) -> Iterator[list[Part]]:
    if shown := _LINK.sub(r"\1", text).strip():
        yield [shown]
