"""Text that reaches a terminal: control characters, and what others write into values, are escaped."""

from __future__ import annotations

import pytest

from gradcli.render.text import escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A[i] [red]x[/] :smile: θ 漢 é", "A[i] [red]x[/] :smile: θ 漢 é"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\u202eb\u2066", r"a\u202eb\u2066"),
        ("a\r\n\tb\0", r"a\r\n\tb\x00"),
        ("\u200b\ufeff\u2028", r"\u200b\ufeff\u2028"),
        ("\ud800", r"\ud800"),
        (r"\x1b", r"\x1b"),
        ("", ""),
    ],
)
def test_escape(text: str, shown: str) -> None:
    assert escape(text) == shown
    assert escape(text).isprintable()
