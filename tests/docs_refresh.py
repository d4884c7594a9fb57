"""`python -m tests.docs_refresh [FILE…]` writes real output and the list of functions into the documentation.

Without a file it writes the chapters that are made from the source and from the grammar, too. Only examples
whose output differs are touched. Read the difference before you commit it.
"""

from __future__ import annotations

import os
import runpy
import sys
import tempfile
from pathlib import Path

from tests.documents import (
    FUNCTION_LIST,
    ROOT,
    Block,
    Shell,
    agrees,
    blocks,
    commands,
    documents,
    function_list,
    tidy,
    write_file,
)
from tests.messages import chapter


def refreshed(block: Block, shell: Shell) -> str:
    """The body of a console block with real output after each command that gives something else."""
    lines = block.body.splitlines()
    parts: list[str] = []
    for command in commands(block):
        length = len(command.output.splitlines())
        first = command.line - block.line
        after = next((n for n in range(first + 1, len(lines)) if not lines[n].startswith("> ")), len(lines))
        real = shell.run(command.text)
        kept = lines[after : after + length] if agrees(real, command.output) else tidy(real).splitlines()
        parts += [*lines[first:after], *kept]
    return "".join(f"{line}\n" for line in parts)


def refresh(document: Path) -> bool:
    """Rewrite one document; tells whether anything changed."""
    before = text = document.read_text("utf-8")
    shift = 0
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(Path(folder))
        for block in blocks(document):
            if block.title:
                write_file(block, Path(folder))
            elif block.language == "console":
                body = refreshed(block, shell)
                start = block.start + shift
                text = text[:start] + body + text[start + len(block.body) :]
                shift += len(body) - len(block.body)
    text = FUNCTION_LIST.sub(lambda _: function_list(), text)
    document.write_text(text, "utf-8")
    return text != before


def drawn() -> dict[Path, str]:
    """The files that the source and the grammar determine."""
    from gradcli.commands.man import page

    drawing = runpy.run_path(str(ROOT / "docs/images/syntax.py"))
    made = {ROOT / "docs/messages.md": chapter(), ROOT / "docs/gradcli.1": "".join(page())}
    return made | drawing["files"]()


def main() -> None:
    os.environ.pop("COLUMNS", None)  # what is printed is not for a terminal
    for path, text in drawn().items() if len(sys.argv) == 1 else ():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    for document in [Path(word).resolve() for word in sys.argv[1:]] or documents():
        if refresh(document):
            print(f"rewrote {document}")


if __name__ == "__main__":
    main()
