"""Commands that take programs: their variables become real options before the command line is parsed.

Pass one finds the programs (scan.py) and compiles them; pass two adds one option per variable and lets click
parse. Help, nearest names and shell completion then treat variables like any other option.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from gradcli.commands.options import (
    SectionedCommand,
    Settings,
    ToolOption,
    derivative_options,
    format_for_file,
    input_options,
    limit_options,
    output_options,
    settings_of,
    time_option,
)
from gradcli.commands.scan import Given, Scan, scan, words_of
from gradcli.errors import GradcliError, InputError, UsageError, nearest
from gradcli.limits import set_max_elements
from gradcli.records import NamedTuple
from gradcli.render import BINARY_FORMATS, FORMATS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from gradcli.commands.output import PieceRun
    from gradcli.program import Program
    from gradcli.reports import Report

_SETTING = re.compile(r"[^\W\d]\w*=[^=;\n]+")  # `x=3`: as a program, it has no value


class Variable(ToolOption):
    """An option that sets a variable of the program."""

    def __init__(self, name: str, is_needed: bool) -> None:
        super().__init__(f"--{name}", f"variable_{name}", section="Variables", metavar="VALUE")
        self.variable = name
        self.is_needed = is_needed

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option, whether it is required, and where the variable is used."""
        state = "required" if self.is_needed else "optional"
        return (
            f"--{self.variable} VALUE",
            f"{state}; {_first_use(self.variable, getattr(ctx, 'programs', ()))}",
        )


class ProgramContext(click.Context):
    """A context that knows the programs of its command line, and their variables."""

    programs: tuple[Program, ...] = ()
    variables: tuple[Variable, ...] = ()


class ReportRun(NamedTuple):
    """What most commands hand over: reports, made as they are asked for, and how to write them."""

    reports: Iterable[Report]
    settings: Settings


class ProgramCommand(SectionedCommand):
    """A command over one program, or over several where `many` is set.

    `run` turns a request (and the command's own options, as keywords) into reports.
    """

    context_class = ProgramContext
    kinds: Collection[str] = ()  # words that declare an input where no value is needed

    def __init__(
        self,
        name: str,
        run: Callable[..., Iterable[Report]],
        *,
        help: str,
        examples: Sequence[str],
        options: Sequence[ToolOption] = (),
        differentiates: bool = True,
        many: bool = False,
        formats: tuple[str, ...] = tuple(FORMATS),
    ) -> None:
        shared = [*input_options(), *(derivative_options() if differentiates else ())]
        params = [*options, *shared, *output_options(formats), *limit_options(), time_option()]
        super().__init__(name, params=params, help=help)
        self.run = run
        self.examples = examples
        self.defaults = {option.name or "": option.otherwise for option in options}  # the keywords of `run`
        self.many = many
        self.formats = formats

    def tool_options(self) -> dict[str, click.Option]:
        """The options that belong to the tool, by the names that the scan gives them."""
        return {option.opts[0][2:]: option for option in self.params if isinstance(option, ToolOption)}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Find the programs, add their variables to the context, and let click parse what is left."""
        assert isinstance(ctx, ProgramContext)
        found = self._scan(args, ctx.resilient_parsing)
        wants_help = any(option.name == "help" for option in found.options)
        try:
            ctx.programs = self._programs(found)
            ctx.variables = tuple(_variables(ctx.programs, self.tool_options()))
            self._check_options(found.options, ctx)
        except GradcliError:
            if not (wants_help or ctx.resilient_parsing):
                raise
        words = ["--help"] if wants_help else list(words_of(found.options))
        return super().parse_args(ctx, words)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """What a shell offers where no option takes a value: options, else programs and variables."""
        from gradcli.commands.candidates import of_program

        options = super().shell_complete(ctx, incomplete)
        own = {f"--{each.variable}" for each in getattr(ctx, "variables", ())}
        if incomplete.startswith("--"):
            return sorted(options, key=lambda item: item.value not in own)
        return options or of_program(ctx, incomplete)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The tool's options and, once the programs are known, their variables."""
        return [*super().get_params(ctx), *getattr(ctx, "variables", ())]

    def invoke(self, ctx: click.Context) -> ReportRun | PieceRun:
        """Run the command, most of whose work is done when its results are asked for."""
        return self.report_run(ctx)

    def report_run(self, ctx: click.Context) -> ReportRun:
        """The reports, made when they are asked for."""
        assert isinstance(ctx, ProgramContext)
        settings = self._for_file(ctx)
        return ReportRun(self._reports(ctx, settings), settings)

    def _for_file(self, ctx: click.Context) -> Settings:
        """The settings with the format that is asked for, else the one that the output file's name tells."""
        settings, format = settings_of(ctx.params), format_for_file(ctx, self.formats)
        if format in BINARY_FORMATS and settings.output is None:
            raise UsageError(f"the format `{format}` needs a file", help=f"add --output FILE.{format}")
        return settings._replace(format=format)

    def _reports(self, ctx: ProgramContext, settings: Settings) -> Iterator[Report]:
        """The reports, with values and programs under the limit for arrays."""
        from gradcli.commands.request import make_request
        from gradcli.memory import keep_freed_memory

        keep_freed_memory()
        before = set_max_elements(settings.max_elements)
        try:
            given = {each.variable: ctx.params[each.name] for each in ctx.variables}
            request = make_request(ctx.programs, given, ctx.params, settings, self.tool_options(), self.kinds)
            yield from self.run(request, **{name: ctx.params[name] for name in self.defaults})
        finally:
            set_max_elements(before)

    def _label(self) -> str:
        return f"gradcli {self.name}"

    def _scan(self, args: list[str], incomplete: bool) -> Scan:
        flags = {"help"} | {name for name, option in self.tool_options().items() if option.is_flag}
        try:
            return scan(args, flags)
        except UsageError:
            if not incomplete:
                raise
            return scan(args[:-1], flags)  # a shell asks what may follow an option that has no value yet

    def _programs(self, found: Scan) -> tuple[Program, ...]:
        files = [
            option.value for option in found.options if option.name == "file" and option.value is not None
        ]
        if not found.programs and not files:
            raise self._no_program(found.options)
        for word in found.programs[1:]:
            if _SETTING.fullmatch(word):
                raise UsageError(f"`{word}` was read as a program", help=f"to set a variable: --{word}")
        count = len(found.programs) + len(files)
        if count > 1 and not self.many:
            listed = ", ".join(f"`{each}`" for each in (*found.programs, *files))
            options = [f"-{word}" for word in found.programs if word[:1] == "-" and word[1:].isidentifier()]
            help = f"variables have two dashes: {options[0]} VALUE" if options else None
            raise UsageError(
                f"`{self._label()}` takes one program, and {count} were given: {listed}", help=help
            )
        from gradcli.commands.programs import load_programs

        return load_programs(found.programs, files, self.name or "")

    def _no_program(self, options: tuple[Given, ...]) -> UsageError:
        help = f"for example: {self.examples[0]}"
        known = self.tool_options()
        for name, value in options:
            if name not in known and value is not None:
                close = nearest(name, known)
                meant = f"; is `--{close}` meant?" if close else ""
                help = f"`--{name}` took `{value}` as its value{meant}"
        return UsageError(f"`{self._label()}` needs a program", help=help)

    def _check_options(self, options: tuple[Given, ...], ctx: ProgramContext) -> None:
        """Every option must be known, and be given once unless it may be repeated."""
        tool = self.tool_options()
        variables = [each.variable for each in ctx.variables]
        counts = Counter(option.name for option in options)
        for name, count in counts.items():
            if name not in tool and name not in variables and name != "help":
                raise _unknown_option(name, variables, tool, ctx.programs)
            if count > 1 and not (name in tool and (tool[name].multiple or tool[name].is_flag)):
                kind = "option" if name in tool else "variable"
                raise UsageError(
                    f"the {kind} `--{name}` is given {'twice' if count == 2 else f'{count} times'}"
                )

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """What follows the command's name in the usage line."""
        return ["PROGRAM..." if self.many else "PROGRAM", "[--NAME VALUE]...", "[OPTIONS]"]


def _variables(programs: tuple[Program, ...], tool: Iterable[str]) -> Iterator[Variable]:
    """One option per variable of the programs, except those that the tool's own options hide."""
    needed = dict.fromkeys(name for program in programs for name in program.inputs)
    optional = dict.fromkeys(name for program in programs for name in program.optional)
    for name in needed | optional:
        if name not in tool and name != "help":
            yield Variable(name, name in needed)


def _first_use(name: str, programs: tuple[Program, ...]) -> str:
    """Where a variable first appears, for help."""
    for program in programs:
        source = program.source
        found = source.first_use(name)
        if found is not None:
            line, column = source.position(found.start)
            text = source.line(line).strip()
            shown = text if len(text) <= 40 else f"{text[:39]}…"
            place = "" if len(source.line_starts) == 1 else f"line {line}, column {column}: "
            return f"used in {place}{shown}"
    return "a parameter"


def _unknown_option(
    name: str, variables: Collection[str], tool: Iterable[str], programs: Iterable[Program]
) -> InputError:
    from gradcli.commands.programs import read_as_program
    from gradcli.language.advice import for_input
    from gradcli.language.characters import latin_twin

    close = nearest(name, [*variables, *tool, "help"])
    listed = ", ".join(f"`{each}`" for each in variables)
    reasons = [reason for each in programs if (reason := read_as_program(each.source.text))]
    guess = f"did you mean `--{close}`?" if close else f"the program's variables: {listed or 'none'}"
    twins = [for_input(each) or "" for each in variables if latin_twin(each) == name]
    help = "; ".join([*reasons, *(twins or [guess])])
    return InputError(f"there is no option and no variable `--{name}`", help=help)
