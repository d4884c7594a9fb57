"""From the words of a command line to cases: files, folders, patterns, and `-` for standard input.

Files of lines come line by line, so that their number does not matter; a file that cannot be read becomes
one `Broken` item.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from glob import glob, has_magic
from typing import TypeAlias

from gradcli.errors import GradcliError, InputError, UsageError, reason_of
from gradcli.language.files import lines_in, read_program, read_suite, standard_input
from gradcli.suites.cases import Broken, Case, Entry, Item, Names, Place, Text, items_of, lines_of
from gradcli.suites.documents import read_json_line, read_toml
from gradcli.suites.lines import read_one_line_case

Reader: TypeAlias = Callable[[str], Iterator[Entry]]
STDIN = "<stdin>"


def _program(path: str) -> Iterator[Item]:
    """A file that is one program, and so one case."""
    name = os.path.basename(path).removesuffix(".grad")
    place = Place(path, 1)
    yield Case(name, place, Text(read_program(path).text, place))


def _document(path: str) -> Iterator[Item]:
    yield from read_toml(read_suite(path).text, path)


def _one_line_cases(path: str) -> Iterator[Entry]:
    with open(path, "rb") as file:
        yield from lines_of(lines_in(file, path), path, read_one_line_case)


def _json_lines(path: str) -> Iterator[Entry]:
    with open(path, "rb") as file:
        yield from lines_of(lines_in(file, path), path, read_json_line)


# The kinds of files, by the end of their names; the longest one that fits decides.
READERS: dict[str, Reader] = {
    ".grad.toml": _document,
    ".toml": _document,
    ".grad": _program,
    ".txt": _one_line_cases,
    ".exprs": _one_line_cases,
    ".jsonl": _json_lines,
}
# In folders only what is likely to be meant: .toml files belong to many tools, and .jsonl may be results.
IN_FOLDERS = (".grad.toml", ".grad", ".txt", ".exprs")


def find_files(words: Iterable[str]) -> list[str]:
    """The files that the words name, each once and in order; a folder stands for those of known kinds in it.

    Raises `UsageError` for a word that names nothing, or a file of no known kind.
    """
    return list(dict.fromkeys(path for word in words for path in _files(word)))


def are_case_files(words: Sequence[str]) -> bool:
    """Whether words name files of cases, folders or patterns: one does, or all are programs in files."""
    kinds = [_kind(word) if os.path.isfile(word) else _kind_of_many(word) for word in words]
    is_program = [kind == ".grad" for kind in kinds]
    return any(kind not in (None, ".grad") for kind in kinds) or (len(words) > 1 and all(is_program))


def read_cases(paths: Iterable[str]) -> Iterator[Item]:
    """The cases of the files; what cannot be read is `Broken`."""
    return items_of(read_entries(paths), Names())


def read_entries(paths: Iterable[str]) -> Iterator[Entry]:
    """The cases of the files and, where each line of a file is by itself, the lines as they stand there."""
    for path in paths:
        try:
            yield from _standard_input() if path == "-" else READERS[_kind(path) or ""](path)
        except GradcliError as error:
            yield Broken("", Place(path, 1), error)
        except OSError as error:
            name = STDIN if path == "-" else path
            yield Broken("", Place(name, 1), InputError(f"`{name}` cannot be read: {reason_of(error)}"))


def count_cases(paths: Iterable[str]) -> int | None:
    """About how many cases the files hold, from a quick look at them; None where that cannot be known."""
    total = 0
    for path in paths:
        if path == "-":
            return None
        try:
            with open(path, "rb") as file:
                total += _count(lines_in(file, path), _kind(path) or "")
        except (OSError, InputError):
            total += 1
    return total


def _count(lines: Iterator[bytes], kind: str) -> int:
    if kind == ".grad":
        return 1
    starts = (line.lstrip() for line in lines)
    if kind.endswith(".toml"):
        return sum(line.startswith(b"[[case]]") for line in starts)
    return sum(bool(line) and not line.startswith(b"#") for line in starts)


def _kind(path: str) -> str | None:
    return next((suffix for suffix in READERS if path.endswith(suffix)), None)


def _kind_of_many(word: str) -> str | None:
    """The kind of what a folder or a pattern stands for."""
    if os.path.isdir(word):
        return "folder"
    return "pattern" if has_magic(word) and _kind(word) and glob(word, recursive=True) else None


def _files(word: str) -> list[str]:
    if word == "-":
        return [word]
    if os.path.isdir(word):
        return list(_in_folder(word))
    if os.path.exists(word):
        if _kind(word) is None:
            raise UsageError(f"`{word}` is no file of cases: expected {', '.join(READERS)}")
        return [word]
    if not has_magic(word):
        is_text = "." not in word[-11:]
        help = "for a program's text, use gradcli eval; cases from standard input: gradcli batch -"
        raise UsageError(f"there is no file `{word}`", help=help if is_text else None)
    found = sorted(path for path in glob(word, recursive=True) if _kind(path) and os.path.isfile(path))
    if not found:
        raise UsageError(f"no file of cases fits the pattern `{word}`")
    return found


def _in_folder(folder: str) -> Iterator[str]:
    """The files of cases below a folder, in the order of their names; hidden folders are left out."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(files):
            if name.endswith(IN_FOLDERS) and not name.startswith("."):
                yield os.path.normpath(os.path.join(parent, name))


def _standard_input() -> Iterator[Entry]:
    """Cases one a line; JSON objects where the first line begins like one."""
    lines = _stdin()
    first = next(lines, b"")
    read = read_json_line if first.lstrip().startswith(b"{") else read_one_line_case
    yield from lines_of(_chained(first, lines), STDIN, read)


def _stdin() -> Iterator[bytes]:
    stream = standard_input()
    return lines_in(stream.buffer, STDIN) if hasattr(stream, "buffer") else (line.encode() for line in stream)


def _chained(first: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from lines
