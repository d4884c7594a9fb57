"""`gradcli man`: the manual page, from the tables and the help of the commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import click

from gradcli.commands import COMMANDS, EXAMPLES, SUMMARY, Entry
from gradcli.commands.options import (
    SectionedCommand,
    derivative_options,
    input_options,
    limit_options,
    output_options,
    time_option,
)
from gradcli.commands.texts import TextCommand
from gradcli.render.roff import examples, item, paragraph, section, subsection, title
from gradcli.status import Status

if TYPE_CHECKING:
    from gradcli.render import Style

_DESCRIPTION = (
    "PROGRAM is text in a subset of Python with NumPy's names, `-` for standard input, or comes from a file "
    "(--file). It may have several statements, loops, branches and functions; on one line, blocks "
    "are written in braces.",
    "Every free variable of the program is an option of its own. A value is a number, a vector (1,2,3), a "
    "matrix (1,2;3,4), JSON, an expression without variables (linspace(0,1,5)), or a file (@data.csv). "
    "gradcli COMMAND PROGRAM --help lists the variables of a program.",
)

EXIT_CODES = {
    Status.OK: "success; a check that passes",
    Status.WRONG: "a check is WRONG, or a case of a file does not give what it expects",
    Status.ERROR: "a mistake in the command line, the program or an input, or an error while the program ran",
    Status.UNDECIDED: "no verdict: NONDIFFERENTIABLE or INCONCLUSIVE, unless `--allow` names it",
    Status.LIMIT: "a limit was reached (`--max-steps`, `--max-elements`, `--timeout`, `--max-memory`)",
    Status.NOTHING: "there were no cases",
    Status.INTERNAL: "a mistake in gradcli",
    Status.INTERRUPTED: "interrupted",
    Status.CLOSED_PIPE: "the reader closed the pipe",
    Status.TERMINATED: "terminated",
}

_ENVIRONMENT = {
    "NO_COLOR": "no colours, unless --color says otherwise",
    "FORCE_COLOR": "colours where there is no terminal too",
    "TERM": "no colours on a terminal that is `dumb`",
    "COLUMNS": "the width of tables and messages",
    "OMP_NUM_THREADS": "how many threads may share large arrays, where there are more cores",
}


def run() -> Callable[[Style], Iterable[str]]:
    """The manual page in the macros of man(7)."""
    return lambda style: page()


def page() -> Iterator[str]:
    """The sections of the page."""
    from gradcli._version import __version__

    yield title("gradcli", f"gradcli {__version__}", "User Commands")
    yield section("name")
    yield f"gradcli \\- {SUMMARY[0].lower()}{SUMMARY[1:].rstrip('.')}\n"
    yield section("synopsis")
    yield paragraph("gradcli COMMAND PROGRAM [--NAME VALUE]... [OPTIONS]")
    yield section("description")
    yield from map(paragraph, _DESCRIPTION)
    yield section("commands")
    for entry in COMMANDS:
        yield from _command(entry)
    yield section("options of most commands")
    for option in _shared():
        yield _option(option)
    yield section("exit status")
    yield from (item(str(int(status)), meaning) for status, meaning in EXIT_CODES.items())
    yield section("environment")
    yield from (item(name, meaning) for name, meaning in _ENVIRONMENT.items())
    yield section("examples")
    yield examples(EXAMPLES)
    yield section("see also")
    yield paragraph("gradcli tutorial walks through the tool; gradcli functions NAME explains a function.")


def _command(entry: Entry) -> Iterator[str]:
    """What a command does, its own options and its examples."""
    command: SectionedCommand = import_module(f"gradcli.commands.{entry.name}").command
    usage = " ".join(command.collect_usage_pieces(click.Context(command)))
    yield subsection(f"gradcli {entry.name} {usage}")
    yield paragraph(command.help or "")
    shared = {(option.name, option.help) for option in _shared()}
    for param in command.params:
        if isinstance(param, click.Option) and (param.name, param.help) not in shared:
            yield _option(param)
    yield examples(command.examples)


def _shared() -> list[click.Option]:
    return [
        *input_options(),
        *derivative_options(),
        *output_options(),
        *limit_options(),
        time_option(),
        click.Option(["-h", "--help"], is_flag=True, help="Show this message and exit."),
    ]


def _option(option: click.Option) -> str:
    """An option with what it takes and what it does."""
    record = option.get_help_record(click.Context(click.Command("gradcli")))
    assert record is not None
    return item(*record)


command = TextCommand(
    "man",
    run,
    help="Print the manual page, in the macros of man(7).",
    examples=("gradcli man", "gradcli man --output gradcli.1"),
)
