"""Pass one over a command line: which words are programs, which are options, which are values.

A program's variables are options that nobody knows before the program is found, so this pass decides by form
alone: every option takes one value unless it is a known flag. Pass two checks the names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from gradcli.errors import InputError, UsageError, nearest
from gradcli.language.source import normal_name
from gradcli.records import NamedTuple

SHORT_OPTIONS = {"-f": "file", "-q": "quiet", "-h": "help"}


class Given(NamedTuple):
    """An option as it was given: its name without dashes, and its value (None for a flag)."""

    name: str
    value: str | None


class Scan(NamedTuple):
    """A command line taken apart: the program words and the options, each in its order."""

    programs: tuple[str, ...]
    options: tuple[Given, ...]


def scan(words: Iterable[str], flags: Set[str]) -> Scan:
    """Take a command line apart; `flags` are the options that take no value.

    Raises `UsageError` for an option without its value, `InputError` for a word that is not valid UTF-8.
    """
    programs: list[str] = []
    options: list[Given] = []
    rest = iter([check_text(word) for word in words])
    for word in rest:
        if word == "--":
            programs += rest
        elif (option := _option(word)) is None:
            programs.append(word)
        else:
            options.append(_complete(option, rest, flags))
    return Scan(tuple(programs), tuple(options))


def looks_like_option(word: str) -> bool:
    """Whether a word has the form of an option: `--name`, `--name=value`, `-f`, `-q` or `-h`."""
    return _option(word) is not None


def check_text(word: str) -> str:
    """The word itself; `InputError` when it has bytes that are not UTF-8 (the shell passes on any)."""
    try:
        word.encode()
        return word
    except UnicodeEncodeError as error:
        offset = len(word[: error.start].encode())
        byte = ord(word[error.start]) & 0xFF
        raise InputError(
            f"the command line is not valid UTF-8: byte 0x{byte:02x} at offset {offset}"
        ) from None


def words_of(options: Iterable[Given]) -> Iterator[str]:
    """The options as words that no option parser can misread."""
    for name, value in options:
        yield f"--{name}" if value is None else f"--{name}={value}"


def _option(word: str) -> Given | None:
    """The option that a word has the form of; `-x**2`, `--x**2`, `-3` and `-` are program text."""
    if word in SHORT_OPTIONS:
        return Given(SHORT_OPTIONS[word], None)
    if not word.startswith("--"):
        return None
    name, equals, value = word[2:].partition("=")
    if not name.replace("-", "_").isidentifier():
        return None
    return Given(normal_name(name), value if equals else None)


def _complete(option: Given, rest: Iterator[str], flags: Set[str]) -> Given:
    """The option with its value, taken from the words that follow when it is not in the word itself."""
    name, value = option
    if name in flags:
        if value is not None:
            raise UsageError(f"`--{name}` takes no value, and `{value}` was given")
        return option
    if value is None:
        value = next(rest, None)
        if value is None or looks_like_option(value):
            found = "the command line ends" if value is None else f"found the option `{value}`"
            help = None if value is None else f"to give that text as the value, write --{name}={value}"
            if flag := nearest(name, flags):
                help = f"did you mean `--{flag}`?"
            raise UsageError(f"`--{name}` needs a value: {found}", help=help)
    return Given(name, value)
