"""`python docs/images/make.py` draws the pictures of the documentation from the real output of commands."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

FOLDER = Path(__file__).parent
COLUMNS = 76
LINE_HEIGHT = 24.4  # as rich sets it
ASPECT = 0.602  # the width of a character by its height, in Menlo and DejaVu Sans Mono

PICTURES = {
    "gradient": 'gradcli grad "2*dot(x,x)" --x 0,1,2,3',
    "check": 'gradcli check "sum(x**2) + sum(sin(x))" --claim x="2*x" --x 1,2',
    "formula": 'gradcli diff "norm(X@w - y)**2 + lam*norm(w)**2" --wrt w --X matrix --w vector --y vector',
    "trace": 'gradcli trace "log(x1) + x1*x2 - sin(x2)" --x1 2 --x2 5 --mode reverse',
    "error": 'gradcli eval "norm(X@w - y)" --X "1,2;3,4;5,6" --w 1,2,3 --y 0,0,0',
}

THEME = TerminalTheme(
    background=(26, 27, 38),
    foreground=(205, 211, 222),
    normal=[
        (59, 66, 82),
        (240, 113, 120),
        (166, 218, 149),
        (238, 212, 159),
        (138, 173, 244),
        (198, 160, 246),
        (125, 207, 222),
        (205, 211, 222),
    ],
    bright=[
        (120, 130, 150),
        (255, 135, 140),
        (180, 230, 165),
        (250, 225, 175),
        (155, 190, 255),
        (210, 175, 255),
        (140, 220, 235),
        (255, 255, 255),
    ],
)

# A terminal without title bar or shadow, in whatever monospaced font the reader has.
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} HEIGHT" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px;
line-height: {line_height}px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
<rect fill="#1a1b26" x="1" y="1" width="{width}" height="HEIGHT" rx="8"/>
<g transform="translate(12, 14)" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix" xml:space="preserve">
{matrix}
</g>
</g>
</svg>
"""


def output(command: str) -> str:
    """What a command prints on a terminal, colours included."""
    environment = {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "PATH": str(Path(sys.executable).parent)}
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout


def typed(command: str) -> str:
    """A command as one types it, broken before an option where it is too long for one line."""
    parts = re.split(r" (?=--)", command)
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) + 1 <= COLUMNS - 4:  # room for the prompt and for a backslash
            lines[-1] += f" {part}"
        else:
            lines.append(f"    {part}")
    return " \\\n".join(lines)


def picture(name: str) -> str:
    """One picture as SVG: the command after its prompt, and its output."""
    command = typed(PICTURES[name])
    shown = output(PICTURES[name])
    height = (1 + command.count("\n") + shown.count("\n")) * LINE_HEIGHT + 32
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="truecolor")
    console.print(Text.assemble(("$ ", "bright_black"), (command, "bold")))
    console.print(Text.from_ansi(shown))
    return console.export_svg(
        theme=THEME,
        code_format=SVG.replace("HEIGHT", f"{height:g}"),
        unique_id=name,
        font_aspect_ratio=ASPECT,
    )


def main() -> None:
    for name in PICTURES:
        (FOLDER / f"{name}.svg").write_text(picture(name), "utf-8")


if __name__ == "__main__":
    main()
