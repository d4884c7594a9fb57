"""The documentation as programs: what its fenced blocks say, and what running them really gives.

- A `console` block holds commands after `$ ` (continued after `> `), each followed by its output;
  a line `...` in the output stands for any lines.
- A block with `title="NAME"` is a file that the commands after it can read.
- Any other `python` block is run: as a doctest when it has `>>>`, as a script when it has not.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FENCE = re.compile(
    r"^```(?P<language>\w*)[ ]*(?P<options>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
TITLE = re.compile(r'title="([^"]+)"')
SHELL_CHARACTERS = set("|<>$;&`")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the file it stands for if any, its text and where the text begins."""

    document: Path
    language: str
    title: str | None
    body: str
    start: int
    line: int


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a console block, with its output as the document has it."""

    text: str
    output: str
    line: int


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(document: Path) -> Iterator[Block]:
    text = document.read_text("utf-8")
    for found in FENCE.finditer(text):
        title = TITLE.search(found["options"])
        start = found.start("body")
        line = text.count("\n", 0, start) + 1
        yield Block(document, found["language"], title and title[1], found["body"], start, line)


def commands(block: Block) -> list[Command]:
    """The commands of a console block, continuation lines joined."""
    found: list[Command] = []
    for number, line in enumerate(block.body.splitlines(), block.line):
        if line.startswith("$ "):
            found.append(Command(line[2:], "", number))
        elif line.startswith("> ") and not found[-1].output:
            text = found[-1].text
            joined = text.removesuffix("\\") + line[2:] if text.endswith("\\") else f"{text}\n{line[2:]}"
            found[-1] = Command(joined, "", found[-1].line)
        else:
            found[-1] = Command(found[-1].text, f"{found[-1].output}{line}\n", found[-1].line)
    return found


def tidy(output: str) -> str:
    """Output as documents hold it: no trailing spaces, no empty lines at the end."""
    return "\n".join(line.rstrip() for line in output.rstrip().splitlines())


def agrees(real: str, documented: str) -> bool:
    """Whether real output is what a document says, `...` lines standing for any lines."""
    lines = tidy(documented).split("\n")
    pattern = "".join("(?:.*\n)*" if line == "..." else re.escape(line + "\n") for line in lines)
    return re.fullmatch(pattern, tidy(real) + "\n") is not None


class Shell:
    """Runs commands in one folder, one after the other; gradcli itself runs in this process, which is fast.

    Standard output and standard error come together, as a terminal shows them, unless they are kept `apart`.
    """

    def __init__(self, folder: Path, *, apart: bool = False) -> None:
        self.folder = folder
        self.apart = apart
        self.status = 0
        self.errors = ""

    def run(self, text: str) -> str:
        """The output of a command; its status and its errors are kept until the next one."""
        words = shlex.split(text)
        if words[0] == "gradcli" and not SHELL_CHARACTERS & set(re.sub(r"'[^']*'|\"[^\"$`]*\"", "", text)):
            return self._gradcli(words)
        return self._bash(text)

    def _gradcli(self, words: list[str]) -> str:
        from gradcli.cli import run

        output = io.StringIO()
        errors = io.StringIO() if self.apart else output
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
                self.status = int(run(words[1:]))
        finally:
            os.chdir(before)
        self.errors = errors.getvalue()
        return output.getvalue()

    def _bash(self, text: str) -> str:
        programs = str(Path(sys.executable).parent)
        done = subprocess.run(
            ["bash", "-c", f"(exit {self.status}); {text}"],
            cwd=self.folder,
            env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if self.apart else subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=60,
        )
        self.status = done.returncode
        self.errors = done.stderr or ""
        return done.stdout


FUNCTION_LIST = re.compile(r"(?<=<!-- functions -->\n).*?(?=<!-- end of functions -->)", re.DOTALL)


def function_list() -> str:
    """The functions of the language as the documentation lists them, from their table."""
    import gradcli.language.builtins  # noqa: F401  # it enters Python's own functions in the table
    from gradcli.language.library import known_names

    names = ", ".join(f"`{name}`" for name in sorted(known_names()))
    return textwrap.fill(names, 120, break_on_hyphens=False) + "\n"


def write_file(block: Block, folder: Path) -> None:
    """Make the file that a titled block stands for."""
    assert block.title is not None
    path = folder / block.title
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.body, "utf-8")
