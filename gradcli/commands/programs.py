"""From the program words and files of a command line to compiled programs."""

from __future__ import annotations

import os
from collections.abc import Iterable

from gradcli.errors import ProgramError, UsageError
from gradcli.language.files import read_program
from gradcli.language.source import Source
from gradcli.program import Program, compile

PROGRAM_SUFFIX = ".grad"
SUITE_SUFFIXES = (".txt", ".exprs", ".toml", ".jsonl")


def load_programs(words: Iterable[str], files: Iterable[str], command: str) -> tuple[Program, ...]:
    """Compile the programs in words (text, `-`, or the name of a `.grad` file) and those in files."""
    sources = [*(_source(word, command) for word in words), *map(read_program, files)]
    return tuple(map(_compiled, sources))


def read_as_program(word: str) -> str:
    """Why a word that looks like a file's name counts as a program; empty where it does not look like one."""
    if any(map(str.isspace, word)) or "\0" in word:
        return ""
    if (os.sep in word or "." in word) and os.path.exists(word):
        what = f"gradcli batch {word} runs the cases in that folder"
        what = what if os.path.isdir(word) else f"--file {word} reads the file"
        return f"`{word}` was read as a program; {what}"
    is_name = word.endswith((PROGRAM_SUFFIX, *SUITE_SUFFIXES))
    return f"there is no file `{word}`, so it was read as a program" if is_name else ""


def _compiled(source: Source) -> Program:
    """The program; what is no program may have been meant for a file."""
    try:
        return compile(source.text, source.name)
    except ProgramError as error:
        error.help = read_as_program(source.text) or error.help
        raise


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
