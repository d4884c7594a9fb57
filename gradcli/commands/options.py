"""The options that commands share, and the settings they make."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from gradcli.commands.option_types import OneOf, OutputFile, Seconds, Size, WholeNumber
from gradcli.errors import UsageError
from gradcli.language.source import normal_name
from gradcli.limits import MAX_ELEMENTS, MAX_STEPS
from gradcli.records import NamedTuple
from gradcli.render import FORMATS, SUFFIXES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

UNDECIDED = ("nondifferentiable", "inconclusive")  # the verdicts that may count as passed


class ToolOption(click.Option):
    """An option of the tool itself, shown in help under its section; unless `multiple`, given once.

    `otherwise` is its value where it is not given, which click says for a command line only.
    """

    def __init__(self, *declarations: str, section: str, **attributes: Any) -> None:
        super().__init__(list(declarations), **attributes)
        self.section = section
        empty = () if self.multiple else False if self.is_flag else None
        self.otherwise = attributes.get("default", empty)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """What a shell offers as the value: by its type, else by what help calls it."""
        from gradcli.commands.candidates import BY_METAVAR

        if isinstance(self.metavar, str) and self.metavar in BY_METAVAR:
            return BY_METAVAR[self.metavar](ctx, incomplete)
        return super().shell_complete(ctx, incomplete)


class SectionedCommand(click.Command):
    """A command whose help shows its options by section, and its examples after them."""

    examples: Sequence[str] = ()

    def __init__(self, name: str, *, params: Iterable[click.Parameter], help: str) -> None:
        names = {"help_option_names": ["--help", "-h"]}
        super().__init__(name, params=list(params), help=help, context_settings=names)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The variables of a program, where there are some, then the tool's options."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in (*getattr(ctx, "variables", ()), *click.Command.get_params(self, ctx)):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                sections.setdefault(getattr(param, "section", "Help"), []).append(record)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{' ' * formatter.current_indent}{example}\n")


class Settings(NamedTuple):
    """What the shared options say about the run and about its output."""

    format: str
    precision: int | None
    output: str | None
    color: str
    heatmap: bool
    quiet: bool
    verbose: bool
    seed: int
    max_steps: int
    max_elements: int


def input_options() -> list[ToolOption]:
    """Where programs and values come from."""
    return [
        ToolOption(
            "--file", "-f", section="Inputs", multiple=True, metavar="FILE", help="read a program from a file"
        ),
        ToolOption(
            "--inputs", section="Inputs", metavar="FILE", help="values by name from .json, .toml or .npz"
        ),
        ToolOption(
            "--var",
            section="Inputs",
            multiple=True,
            metavar="NAME=VALUE",
            help="set a variable, also one that is called like an option",
        ),
        ToolOption(
            "--seed",
            section="Inputs",
            type=WholeNumber(0),
            default=0,
            metavar="N",
            help="seed of random draws, 0 by default",
        ),
    ]


def derivative_options() -> list[ToolOption]:
    """What to differentiate by."""
    return [
        ToolOption(
            "--wrt",
            section="Derivative",
            multiple=True,
            metavar="NAMES",
            help="differentiate by these names only (x,y), intermediate results included",
        ),
        ToolOption(
            "--const", section="Derivative", multiple=True, metavar="NAMES", help="hold these inputs constant"
        ),
    ]


def format_option(formats: tuple[str, ...], default: str) -> ToolOption:
    """The format of the results, one of those that a command has."""
    return ToolOption(
        "--format",
        section="Output",
        type=OneOf(formats),
        default=default,
        metavar="FORMAT",
        help=f"one of {', '.join(formats)}",
    )


def output_options(formats: tuple[str, ...] = tuple(FORMATS), default: str = "table") -> list[ToolOption]:
    """How and where results are written."""
    return [
        format_option(formats, default),
        ToolOption(
            "--precision",
            section="Output",
            type=WholeNumber(1, 17),
            metavar="N",
            help="significant digits: 6 in tables, all in data formats by default",
        ),
        ToolOption(
            "--output",
            section="Output",
            type=OutputFile(),
            metavar="FILE",
            help="write to a file, whole or not at all; its ending, such as .json, tells the format",
        ),
        ToolOption(
            "--color",
            section="Output",
            type=OneOf(("auto", "always", "never")),
            default="auto",
            metavar="WHEN",
            help="auto, always or never",
        ),
        ToolOption("--heatmap", section="Output", is_flag=True, help="draw matrices as pictures in tables"),
        ToolOption("--quiet", "-q", section="Output", is_flag=True, help="no notes"),
        ToolOption(
            "--verbose", section="Output", is_flag=True, help="also say what was done and how long it took"
        ),
        ToolOption(
            "--debug", section="Output", is_flag=True, help="show a traceback when something goes wrong"
        ),
    ]


def limit_options() -> list[ToolOption]:
    """What stops a program that would never end or that would fill the memory."""
    return [
        ToolOption(
            "--max-steps",
            section="Limits",
            type=WholeNumber(1),
            default=MAX_STEPS,
            metavar="N",
            help=f"operations that may be executed, {MAX_STEPS:,} by default",
        ),
        ToolOption(
            "--max-elements",
            section="Limits",
            type=WholeNumber(1),
            default=MAX_ELEMENTS,
            metavar="N",
            help=f"elements that one array may have, {MAX_ELEMENTS:,} by default",
        ),
        ToolOption(
            "--max-memory",
            section="Limits",
            type=Size(),
            metavar="SIZE",
            expose_value=False,
            callback=_limit_process,
            help="how much memory the process may have, such as 2G",
        ),
    ]


def time_option() -> ToolOption:
    """What stops a command after a time; suites have an option of this name that holds for each case."""
    return ToolOption(
        "--timeout",
        section="Limits",
        type=Seconds(),
        metavar="SECONDS",
        expose_value=False,
        callback=_limit_process,
        help="how long the whole command may take",
    )


def _limit_process(ctx: click.Context, param: click.Parameter, value: float | int | None) -> None:
    """Set a limit of the process as soon as its option is read."""
    if value is None or ctx.resilient_parsing:
        return
    from gradcli.commands.process_limits import limit_memory, limit_time

    if param.name == "timeout":
        limit_time(value)
    else:
        limit_memory(int(value))


def settings_of(params: dict[str, Any]) -> Settings:
    """The settings among the parameters of a command."""
    return Settings(*(params[name] for name in Settings._fields))


def asked_format(ctx: click.Context) -> str | None:
    """The value of `--format`, where it is given."""
    is_given = ctx.get_parameter_source("format") is not click.core.ParameterSource.DEFAULT
    return ctx.params["format"] if is_given else None


def format_of_file(ctx: click.Context) -> str | None:
    """The format that the output file's name tells."""
    return SUFFIXES.get((ctx.params["output"] or "").rpartition(".")[2].lower())


def format_for_file(ctx: click.Context, formats: Collection[str]) -> str:
    """The format that is asked for; without `--format`, the one that the output file's name tells."""
    asked, told = asked_format(ctx), format_of_file(ctx)
    default: str = ctx.params["format"]
    return asked or (told if told in formats else None) or default


def sparse_option() -> ToolOption:
    """`--sparse`, of the commands whose result is a matrix."""
    return ToolOption(
        "--sparse",
        section="Derivative",
        is_flag=True,
        help="print only the entries that can be other than zero: row, column, value; "
        "--output FILE.npz writes them for SciPy",
    )


def names_of(values: tuple[str, ...]) -> tuple[str, ...]:
    """The names in the values of a repeatable option: `--wrt x,y --wrt z` gives x, y, z."""
    names = (normal_name(name.strip()) for value in values for name in value.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def assignment(option: str, word: str, help: str | None = None) -> tuple[str, str]:
    """The name and the text of an option's `NAME=VALUE`; `UsageError` with `help` where there is no name."""
    name, equals, text = word.partition("=")
    name = normal_name(name.strip())
    if not equals or not name:
        raise UsageError(f"`{option}` takes NAME=VALUE, and `{word}` was given", help=help)
    return name, text.strip()


def allowed_verdicts(values: tuple[str, ...]) -> tuple[str, ...]:
    """The verdicts in the values of `--allow`; `UsageError` for a word that is none or cannot be allowed."""
    allowed = tuple(name.lower() for name in names_of(values))
    for name in allowed:
        if name not in UNDECIDED:
            raise UsageError(f"`--allow` takes {' and '.join(UNDECIDED)}, and `{name}` was given")
    return allowed
