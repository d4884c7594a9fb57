"""`gradcli completion`: what makes shells complete command lines of gradcli, and its installation."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import click

from gradcli.commands import COMPLETE_VARIABLE
from gradcli.commands.option_types import OneOf
from gradcli.commands.options import ToolOption
from gradcli.commands.texts import TextCommand
from gradcli.errors import UsageError, reason_of
from gradcli.records import NamedTuple

if TYPE_CHECKING:
    from gradcli.render import Style


class Home(NamedTuple):
    """Where a shell looks for completions: a folder, and the start-up file that has to name ours, if any."""

    folder: tuple[str, str]  # a variable that may name it, and where it is otherwise
    script: str
    start_up: tuple[str, str] | None


HOMES = {
    "bash": Home(("XDG_DATA_HOME", ".local/share"), "gradcli/completion.bash", ("HOME", ".bashrc")),
    "zsh": Home(("XDG_DATA_HOME", ".local/share"), "gradcli/completion.zsh", ("ZDOTDIR", ".zshrc")),
    "fish": Home(("XDG_CONFIG_HOME", ".config"), "fish/completions/gradcli.fish", None),
}


def run(shell: str | None, install: bool) -> Callable[[Style], Iterable[str]]:
    """The script of a shell, or what has been done to install it."""
    name = shell or os.path.basename(os.environ.get("SHELL", ""))
    if name not in HOMES:
        found = f"`{name}`" if name else "no shell"
        raise UsageError(
            f"completion is for {', '.join(HOMES)}, and SHELL names {found}",
            help="name one: gradcli completion bash",
        )
    return lambda style: installed(name) if install else [script(name)]


def script(name: str) -> str:
    """What the shell has to run once."""
    from gradcli.commands.shells import SHELLS

    return SHELLS[name](click.Command("gradcli"), {}, "gradcli", COMPLETE_VARIABLE).source()


def installed(name: str) -> Iterator[str]:
    """Write the script to where the shell finds it, and say what was written."""
    from gradcli.commands.output import write

    home = HOMES[name]
    path = os.path.join(_folder(*home.folder), home.script)
    _make_folder(os.path.dirname(path))
    write(script(name), path)
    yield f"wrote {path}\n"
    if home.start_up is not None:
        variable, file = home.start_up
        yield from _started(os.path.join(_folder(variable, ""), file), f"source {shlex.quote(path)}\n")
    yield f"{name} completes gradcli in new terminals\n"


def _started(path: str, line: str) -> Iterator[str]:
    """Put a line at the end of a start-up file, unless it is there already."""
    from gradcli.commands.output import write

    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            text = file.read()
    except FileNotFoundError:
        text = ""
    if line not in text:
        gap = "\n" if text and not text.endswith("\n") else ""
        write(f"{text}{gap}{line}".encode(errors="surrogateescape"), path)
        yield f"added a line to {path}\n"


def _folder(variable: str, otherwise: str) -> str:
    return os.environ.get(variable) or os.path.join(os.path.expanduser("~"), otherwise)


def _make_folder(path: str) -> None:
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder `{path}` cannot be made: {reason_of(error)}") from None


command = TextCommand(
    "completion",
    run,
    help="Print the script that lets SHELL (bash, zsh or fish; by default that of this terminal) complete "
    "commands, options, variables, functions and files, or install it.",
    examples=("gradcli completion --install", "gradcli completion bash"),
    params=[
        click.Argument(["shell"], required=False, type=OneOf(tuple(HOMES)), metavar="[SHELL]"),
        ToolOption(
            "--install", section="Completion", is_flag=True, help="write it to where the shell looks for it"
        ),
    ],
)
