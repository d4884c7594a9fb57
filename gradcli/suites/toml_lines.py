"""Where the keys of a TOML document stand, which the standard library's reader does not tell.

The document has been read before, so it is well-formed: what is left to do is to walk over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradcli.language.strict_json import Path

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|\n|[\[\]{}=,.]|[^\s\[\]{}=,.#"\']+',
    re.DOTALL,
)


def key_offsets(text: str) -> dict[Path, int]:
    """The offset of every key by its path: tables by name, their arrays by name and position."""
    walk = _Walk(text)
    walk.document()
    return walk.offsets


class _Walk:
    """One walk over the tokens of a document."""

    def __init__(self, text: str) -> None:
        self.tokens: Iterator[tuple[str, int]] = (
            (found[0], found.start()) for found in _TOKEN.finditer(text)
        )
        self.offsets: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self.token, self.at = "", 0
        self._next()

    def _next(self) -> str:
        """Step over a token, and return it."""
        passed = self.token
        self.token, self.at = next(self.tokens, ("", -1))
        while self.token.startswith("#"):
            self.token, self.at = next(self.tokens, ("", -1))
        return passed

    def _skip_newlines(self) -> None:
        while self.token == "\n":
            self._next()

    def document(self) -> None:
        """Tables and the keys below them."""
        table: Path = ()
        self._skip_newlines()
        while self.token:
            if self.token == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip_newlines()

    def _header(self) -> Path:
        """`[a.b]`, or `[[a.b]]` for one more entry of the array `a.b`."""
        at = self.at
        self._next()
        is_array = self.token == "["
        if is_array:
            self._next()
        names = self._names()
        for _ in range(1 + is_array):
            self._next()
        path = self._resolved(names[:-1]) + names[-1:]
        self._note(path, at)
        if not is_array:
            return self._resolved(names)
        self.counts[path] = self.counts.get(path, -1) + 1
        path = (*path, self.counts[path])
        self.offsets[path] = at
        return path

    def _resolved(self, names: Path) -> Path:
        """The path that a header means: below an array of tables it goes on in the last entry."""
        path: Path = ()
        for name in names:
            path = (*path, name)
            if path in self.counts:
                path = (*path, self.counts[path])
        return path

    def _names(self) -> Path:
        """`a."b c".d`, up to what is no part of a dotted key."""
        names = [_unquoted(self._next())]
        while self.token == ".":
            self._next()
            names.append(_unquoted(self._next()))
        return tuple(names)

    def _pair(self, table: Path) -> None:
        at = self.at
        names = self._names()
        for length in range(1, len(names) + 1):
            self._note(table + names[:length], at)
        self._next()  # the equals sign
        self._value(table + names)

    def _note(self, path: Path, at: int) -> None:
        self.offsets.setdefault(path, at)

    def _value(self, path: Path) -> None:
        if self.token == "[":
            self._array(path)
        elif self.token == "{":
            self._inline(path)
        else:
            while self.token not in (",", "]", "}", "\n", ""):
                self._next()

    def _array(self, path: Path) -> None:
        position = 0
        self._next()
        self._skip_newlines()
        while self.token != "]":
            self._note((*path, position), self.at)
            self._value((*path, position))
            self._skip_newlines()
            position += self.token == ","
            if self.token == ",":
                self._next()
            self._skip_newlines()
        self._next()

    def _inline(self, path: Path) -> None:
        self._next()
        self._skip_newlines()
        while self.token != "}":
            self._pair(path)
            self._skip_newlines()
            if self.token == ",":
                self._next()
            self._skip_newlines()
        self._next()


def _unquoted(key: str) -> str:
    if key[:1] == "'":
        return key[1:-1]
    if key[:1] == '"':
        import tomllib

        return str(next(iter(tomllib.loads(f"{key} = 0"))))
    return key
