r"""Manual pages in the macros of man(7): each function gives lines that end with a newline.

Text is escaped: hyphens are minus signs as the shell needs them (`\-`), and no line of it begins a request.
"""

from __future__ import annotations

from collections.abc import Iterable


def escape(text: str) -> str:
    """Text that stands for itself."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in plain.split("\n"))


def title(name: str, version: str, manual: str) -> str:
    """The first line of a page of section 1, without a date: the page is the same whenever it is made."""
    return f'.TH {escape(name.upper())} 1 "" "{escape(version)}" "{escape(manual)}"\n'


def section(name: str) -> str:
    """A heading."""
    return f".SH {escape(name.upper())}\n"


def subsection(name: str) -> str:
    """A heading below one."""
    return f".SS {escape(name)}\n"


def paragraph(text: str) -> str:
    """A paragraph of prose."""
    return f".PP\n{escape(text)}\n"


def item(term: str, text: str) -> str:
    """A term with its explanation."""
    return f".TP\n.B {escape(term)}\n{escape(text)}\n"


def examples(lines: Iterable[str]) -> str:
    """Lines as they are typed."""
    return ".PP\n.EX\n" + "".join(f"    {escape(line)}\n" for line in lines) + ".EE\n"
