"""Text to tokens: one regular expression, Python's rules for lines and indentation, brackets that match."""

from __future__ import annotations

import re

from gradcli.errors import ProgramError
from gradcli.language.characters import check_identifier, stray_character
from gradcli.language.source import Span
from gradcli.language.tables import Tables
from gradcli.limits import MAX_BLOCK_NESTING, MAX_BRACKET_NESTING
from gradcli.records import NamedTuple

CLOSING = {"(": ")", "[": "]", "{": "}"}

_LEADING_BLANKS = re.compile(r"\ufeff?([ \t\f]*)(?:\\\r?\n[ \t\f]*)*")
_ELSE = re.compile(r"(?:else|elif)\b")
_TAB_WIDTH = 8  # as Python's tokenizer counts
_LINE_STARTS = frozenset(["NEWLINE", "INDENT", "DEDENT", "{"])


class Tokens(NamedTuple):
    """Parallel lists: each token's symbol in the parse tables, its text, and where it starts.

    A token that is only implied (NEWLINE, INDENT, DEDENT, $END) is empty and stands at its predecessor's end.
    """

    symbols: list[str]
    texts: list[str]
    starts: list[int]

    def span(self, index: int) -> Span:
        """The place of a token."""
        start = self.starts[index]
        return Span(start, start + len(self.texts[index]))


def tokenize(text: str, tables: Tables) -> Tokens:
    """The tokens of a program, `$END` last; raises `ProgramError` where the text is no sequence of tokens."""
    blanks = _LEADING_BLANKS.match(text)
    assert blanks is not None
    layout = _Layout(text, blanks[1])
    symbols, texts, starts = layout.tokens
    words = tables.words
    for match in tables.pattern.finditer(text, blanks.end()):
        symbol = match.lastgroup or ""
        token = match[symbol]
        start = match.start()
        if symbol == "NAME":
            if token in words:
                symbol = token
            elif not token.isascii():
                check_identifier(token, start)
        elif symbol == "SYMBOL":
            symbol = token
            if token in "([{":
                layout.open(token, start)
            elif token in ")]}":
                layout.close(token, start)
        elif symbol == "NEWLINE":
            layout.newline(token, match.end())
            continue
        elif symbol == "OTHER":
            raise stray_character(text, start)
        symbols.append(symbol)
        texts.append(token)
        starts.append(start)
    layout.end()
    return layout.tokens


class _Layout:
    """What lines, indentation and brackets add to the tokens of a program."""

    def __init__(self, text: str, indentation: str) -> None:
        self.text = text
        self.tokens = Tokens([], [], [])
        self.brackets: list[tuple[str, int]] = []
        self.braces = 0
        self.indents = [_columns(indentation)]

    def open(self, token: str, start: int) -> None:
        """Open a bracket."""
        self.brackets.append((token, start))
        self.braces += token == "{"
        if len(self.brackets) > MAX_BLOCK_NESTING:
            self._check_nesting(Span(start, start + 1))

    def close(self, token: str, start: int) -> None:
        """Close a bracket, which must be of the kind that was opened last."""
        if not self.brackets or CLOSING[self.brackets[-1][0]] != token:
            raise self._mismatch(token, start)
        self.brackets.pop()
        if token == "}":
            self.braces -= 1
            self._end_line()

    def _mismatch(self, token: str, start: int) -> ProgramError:
        span = Span(start, start + 1)
        if not self.brackets:
            return ProgramError(f"`{token}` closes nothing", span=span, help="remove it")
        opening = self.brackets[-1][0]
        return ProgramError(f"expected `{CLOSING[opening]}` to close `{opening}`, found `{token}`", span=span)

    def newline(self, token: str, end: int) -> None:
        """End the line, and open or close blocks by the indentation of the next, which begins at `end`."""
        in_braces = bool(self.brackets) and self.brackets[-1][0] == "{"
        if end == len(self.text) or (self.brackets and not in_braces):
            return
        columns = self.indents[-1] if in_braces else _columns(token.rpartition("\n")[2])
        if not self.tokens.symbols:
            self.indents = [columns]
        elif columns != self.indents[-1]:
            self._end_line()
            self._indent(columns, Span(end, end + 1))
        elif not (self.tokens.symbols[-1] == "}" and _ELSE.match(self.text, end)):
            self._end_line()

    def _indent(self, columns: tuple[int, int], span: Span) -> None:
        """Open or close blocks by Python's rule: what tabs are worth must not matter."""
        width, other_width = columns
        if width > self.indents[-1][0]:
            consistent = other_width > self.indents[-1][1]
            self.indents.append(columns)
            self._imply("INDENT")
            self._check_nesting(span)
        else:
            while width < self.indents[-1][0] and len(self.indents) > 1:
                self.indents.pop()
                self._imply("DEDENT")
            if width != self.indents[-1][0]:
                raise ProgramError("this line's indentation fits no block around it", span=span)
            consistent = other_width == self.indents[-1][1]
        if not consistent:
            message = "tabs and spaces are mixed, so that the indentation depends on the width of a tab"
            raise ProgramError(message, span=span, help="indent with spaces only")

    def end(self) -> None:
        """End the last line and every block that indentation opened."""
        if self.brackets:
            opening, start = self.brackets[-1]
            message = f"`{opening}` is never closed"
            raise ProgramError(
                message, span=Span(start, start + 1), help=f"add the missing `{CLOSING[opening]}`"
            )
        if not self.tokens.symbols:
            raise ProgramError("the program is empty", span=Span(0, 0), help="write an expression: sum(x**2)")
        self._end_line()
        for _ in self.indents[1:]:
            self._imply("DEDENT")
        self._imply("$END")

    def _end_line(self) -> None:
        if self.tokens.symbols[-1] not in _LINE_STARTS:
            self._imply("NEWLINE")

    def _imply(self, symbol: str) -> None:
        self.tokens.starts.append(self.tokens.span(-1).end)
        self.tokens.symbols.append(symbol)
        self.tokens.texts.append("")

    def _check_nesting(self, span: Span) -> None:
        if len(self.brackets) > MAX_BRACKET_NESTING:
            raise ProgramError(f"brackets are nested more than {MAX_BRACKET_NESTING:,} deep", span=span)
        if self.braces + len(self.indents) - 1 > MAX_BLOCK_NESTING:
            raise ProgramError(f"blocks are nested more than {MAX_BLOCK_NESTING} deep", span=span)


def _columns(indentation: str) -> tuple[int, int]:
    """The width of an indentation with tabs to multiples of 8, and with tabs as wide as a space."""
    width = other_width = 0
    for character in indentation:
        if character == "\f":
            width = other_width = 0
        else:
            width += _TAB_WIDTH - width % _TAB_WIDTH if character == "\t" else 1
            other_width += 1
    return width, other_width
