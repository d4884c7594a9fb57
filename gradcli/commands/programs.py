"""From the program words and files of a command line to compiled programs."""

from __future__ import annotations

import os
from collections.abc import Iterable

from gradcli.errors import UsageError
from gradcli.language.files import read_program
from gradcli.language.source import Source
from gradcli.program import Program, compile

PROGRAM_SUFFIX = ".grad"
SUITE_SUFFIXES = (".txt", ".exprs", ".toml", ".jsonl")


def load_programs(words: Iterable[str], files: Iterable[str], command: str) -> tuple[Program, ...]:
    """Compile the programs in words (text, `-`, or the name of a `.grad` file) and those in files."""
    sources = [*(_source(word, command) for word in words), *map(read_program, files)]
    return tuple(compile(source.text, source.name) for source in sources)


def _source(word: str, command: str) -> Source:
    if word == "-":
        return read_program(word)
    suffix = os.path.splitext(word)[1]
    if suffix == PROGRAM_SUFFIX and os.path.isfile(word):
        return read_program(word)
    if suffix in SUITE_SUFFIXES and os.path.isfile(word):
        help = f"gradcli batch {word} --command {command} runs them; --file {word} reads it as one program"
        raise UsageError(f"`{word}` is a file of cases, not one program", help=help)
    return Source(word, "<program>")
