"""What may stand next on a command line: the words that shells offer as completions."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from gradcli.commands.program_command import ProgramContext

_PARTIAL_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*$")
_NAME = re.compile(r"[^\W\d]\w*")

Items = list[CompletionItem[str]]


def plain(words: Iterable[str]) -> Items:
    """Words without any explanation."""
    return [CompletionItem(word) for word in words]


def of_program(ctx: click.Context, incomplete: str) -> Items:
    """Where a program may stand: one of the files, or text whose last name is completed.

    Behind a complete program: the variables that have no value yet.
    """
    if getattr(ctx, "programs", ()) and not incomplete:
        return _missing(ctx)
    text = _of_text(incomplete, ())
    return text or [CompletionItem(incomplete, type="file")]


def of_names(ctx: click.Context, incomplete: str) -> Items:
    """Names of the program's variables, separated by commas."""
    done, comma, last = incomplete.rpartition(",")
    taken = done.split(",")
    names = (name for name in _variables(ctx) if name.startswith(last) and name not in taken)
    return plain(f"{done}{comma}{name}" for name in names)


def of_assignment(ctx: click.Context, incomplete: str) -> Items:
    """`NAME=VALUE`: a variable of the program, then its value."""
    name, equals, value = incomplete.partition("=")
    if equals:
        return [CompletionItem(f"{name}={item.value}") for item in of_value(ctx, value)]
    return plain(f"{each}=" for each in _variables(ctx) if each.startswith(name))


def of_value(ctx: click.Context, incomplete: str) -> Items:
    """A value: a file after `@`, a kind where the command declares inputs, or an expression."""
    if incomplete.startswith("@"):
        return plain(f"@{path}" for path in paths(incomplete[1:]))
    kinds = getattr(ctx.command, "kinds", ())
    declared = [kind for kind in kinds if kind.startswith(incomplete)] if isinstance(kinds, tuple) else []
    return plain(declared) or _of_text(incomplete, _variables(ctx))


def of_file(ctx: click.Context, incomplete: str) -> Items:
    """A file, which the shell itself completes best."""
    return [CompletionItem(incomplete, type="file")]


def of_function(ctx: click.Context, incomplete: str) -> Items:
    """The name of a function or of a family."""
    from gradcli.primitives.table import FUNCTIONS

    names = {*_functions(), *(record.family for record in FUNCTIONS.values())}
    return plain(name for name in sorted(names) if name.startswith(incomplete))


# What the value of an option looks like, by what its help calls it.
BY_METAVAR: dict[str, Callable[[click.Context, str], Items]] = {
    "FILE": of_file,
    "OUT.jsonl": of_file,
    "NAMES": of_names,
    "NAME=VALUE": of_assignment,
    "VALUE": of_value,
    "[NAME=]U": of_assignment,
}


def paths(start: str) -> list[str]:
    """The files and folders whose path begins like this; a folder ends with a slash."""
    folder, name = os.path.split(start)
    try:
        entries = sorted(os.scandir(os.path.expanduser(folder) or "."), key=lambda entry: entry.name)
    except OSError:
        return []
    found = [entry for entry in entries if entry.name.startswith(name)]
    shown = [entry for entry in found if name.startswith(".") or not entry.name.startswith(".")]
    return [os.path.join(folder, entry.name) + ("/" if entry.is_dir() else "") for entry in shown]


def _of_text(incomplete: str, variables: Sequence[str]) -> Items:
    """Program text whose last name is completed: to a name of its own, a variable or a function."""
    partial = _PARTIAL_NAME.search(incomplete)
    if partial is None:
        return []
    before, start = incomplete[: partial.start()], partial[0]
    own = dict.fromkeys([*_NAME.findall(before), *variables])
    calls = (f"{name}(" for name in sorted(_functions()))
    return plain(f"{before}{name}" for name in [*own, *calls] if name.startswith(start) and name != start)


def _functions() -> Iterable[str]:
    """The functions of the language, without their prefixed forms."""
    import gradcli.language.builtins  # noqa: F401  # it enters Python's own functions in the table
    from gradcli.primitives.table import FUNCTIONS

    return [name for name in FUNCTIONS if "." not in name]


def _variables(ctx: click.Context) -> list[str]:
    programs = getattr(ctx, "programs", ())
    return list(dict.fromkeys(name for each in programs for name in (*each.inputs, *each.optional)))


def _missing(ctx: click.Context | ProgramContext) -> Items:
    needed = [each for each in getattr(ctx, "variables", ()) if each.is_needed]
    return [
        CompletionItem(f"--{each.variable}", help="an input of the program")
        for each in needed
        if ctx.params.get(each.name) is None
    ]
