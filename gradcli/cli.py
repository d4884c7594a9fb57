"""The command line: the only place that prints an error or ends the process."""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from io import BytesIO, TextIOWrapper
from time import perf_counter
from typing import TYPE_CHECKING

import click

from gradcli.commands import COMMANDS, COMPLETE_VARIABLE, EXAMPLES, SUMMARY
from gradcli.errors import GradcliError, LimitError, TimedOut, UsageError, nearest
from gradcli.limits import OUT_OF_MEMORY
from gradcli.status import Status, gravest

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from gradcli.commands.options import Settings
    from gradcli.commands.output import PieceRun
    from gradcli.commands.program_command import ReportRun
    from gradcli.render import Style


class CommandGroup(click.Group):
    """The commands of the `COMMANDS` table, each imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order of the table."""
        return [entry.name for entry in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"gradcli.commands.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; `UsageError` with the nearest name when there is none."""
        names = self.list_commands(ctx)
        if args[0] not in names and not ctx.resilient_parsing:
            raise UsageError(f"there is no command `{args[0]}`", help=self._meant(ctx, args, names))
        return super().resolve_command(ctx, args)

    def _meant(self, ctx: click.Context, args: list[str], names: list[str]) -> str:
        """What a first word that is no command was probably meant to be."""
        word, *others = args
        if any(f"--{word}" in param.opts for param in self.get_params(ctx)):
            command = f" {others[0]}" if others[:1] and others[0] in names else ""
            return f"did you mean `gradcli{command} --{word}`?"
        close = nearest(word, names)
        if close:
            return f"did you mean `{close}`?"
        if not word.isidentifier():
            import shlex

            return f"a command comes before the program: gradcli grad {shlex.quote(word)}"
        return f"the commands are {', '.join(names)}"

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """The commands with their summaries from the table, then the options."""
        from click.shell_completion import CompletionItem

        fitting = [entry for entry in COMMANDS if entry.name.startswith(incomplete)]
        commands = [CompletionItem(entry.name, help=entry.summary) for entry in fitting]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by section, from the table."""
        for section in dict.fromkeys(entry.section for entry in COMMANDS):
            with formatter.section(section):
                formatter.write_dl(
                    [(entry.name, entry.summary) for entry in COMMANDS if entry.section == section]
                )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples."""
        with formatter.section("Examples"):
            for example in EXAMPLES:
                formatter.write(f"{' ' * formatter.current_indent}{example}\n")


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from gradcli._version import __version__

        print(f"gradcli {__version__}")
        ctx.exit()


group = CommandGroup(
    "gradcli",
    help=SUMMARY,
    context_settings={"help_option_names": ["--help", "-h"]},
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_version,
            help="Show the version and exit.",
        )
    ],
)


_NO_ROOM = re.compile("failed to map segment|cannot allocate memory|can't start new thread", re.IGNORECASE)


class Terminated(BaseException):
    """SIGTERM arrived."""


def run(words: list[str]) -> int:
    """Run a command line and return its exit code; results, notes and errors have been written by then."""
    try:
        return _execute(words)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.message, file=sys.stderr)
        return Status.ERROR
    except click.ClickException as error:
        return _report(_converted(error), words)
    except GradcliError as error:
        return _report(error, words)
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    except Terminated:
        return Status.TERMINATED
    except BrokenPipeError:
        return Status.CLOSED_PIPE
    except MemoryError:
        return _report(OUT_OF_MEMORY, words)
    except TimedOut as end:
        return _report(LimitError(str(end), help=end.help), words)
    except Exception as error:
        if isinstance(error, ImportError | RuntimeError | OSError) and _NO_ROOM.search(str(error)):
            return _report(OUT_OF_MEMORY, words)
        return _report_bug(error, words)


def _execute(words: list[str]) -> int:
    if COMPLETE_VARIABLE in os.environ:
        from gradcli.commands.shells import register

        register()
        sys.stdin = TextIOWrapper(BytesIO())  # a program `-` has not been typed yet
        group.main(prog_name="gradcli", complete_var=COMPLETE_VARIABLE)
    try:
        with group.make_context("gradcli", list(words)) as context:
            run: ReportRun | PieceRun = group.invoke(context)
        # A named tuple is told from the others without importing its module.
        return _deliver(run) if isinstance(run, tuple) else _deliver_pieces(run)
    except click.exceptions.Exit as end:  # help or the version has been printed
        sys.stdout.flush()
        return end.exit_code


def _deliver(run: ReportRun) -> int:
    """Write the reports of a command and its notes; the exit code is the gravest that a report asks for."""
    from gradcli.commands.output import write
    from gradcli.render import render

    settings = run.settings
    _choose_encoding(settings)
    started = perf_counter()
    reports = list(run.reports)
    computed = perf_counter()
    write(render(reports, settings.format, _style(settings)), settings.output)
    notes = dict.fromkeys(note for report in reports for note in report.run.notes)
    if settings.verbose:
        times = 1e3 * (computed - started), 1e3 * (perf_counter() - computed)
        notes["computed in {:.1f} ms, written in {:.1f} ms".format(*times)] = None
    for note in () if settings.quiet else notes:
        _note(note)
    return gravest(report.run.status for report in reports)


def _deliver_pieces(run: PieceRun) -> int:
    """Write the rows of a run over many cases, or the parts of a text, as they come."""
    from gradcli.commands.output import write_pieces

    settings = run.settings
    _choose_encoding(settings)
    write_pieces(run.pieces(_style(settings)), settings.output, run.sink)
    for note in () if settings.quiet else run.notes:
        _note(note)
    return run.status


def _choose_encoding(settings: Settings) -> None:
    """Write what is not meant for a terminal in UTF-8, as other programs expect it."""
    from gradcli.commands.streams import use_utf8
    from gradcli.render import TERMINAL_FORMATS

    if settings.format not in TERMINAL_FORMATS:
        use_utf8()


def _style(settings: Settings) -> Style:
    """How results are written: as wide and as colourful as the terminal allows."""
    from gradcli.render import WIDTH, Style

    color = settings.output is None and _uses_color(settings.color, sys.stdout.isatty())
    width = _width()
    must_fit = settings.output is None and width is not None
    return Style(settings.precision, width or WIDTH, color, settings.heatmap, must_fit)


def _width() -> int | None:
    """The width of the terminal, or that which the environment states; None where there is neither."""
    try:
        return max(int(os.environ.get("COLUMNS", "")), 20)
    except ValueError:
        pass
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError, AttributeError):
        return None


def _uses_color(when: str, is_terminal: bool) -> bool:
    """Whether to use colour: as `--color`, NO_COLOR, FORCE_COLOR and TERM say, else on terminals."""
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return os.environ["FORCE_COLOR"] != "0"
    return is_terminal and os.environ.get("TERM") != "dumb"


def _error_color(words: list[str]) -> bool:
    """Whether errors are coloured; the command line may not have been understood when one is reported."""
    when = next((words[at + 1] for at, word in enumerate(words[:-1]) if word == "--color"), "auto")
    when = next((word.partition("=")[2] for word in words if word.startswith("--color=")), when)
    return _uses_color(when if when in ("always", "never") else "auto", sys.stderr.isatty())


def _note(text: str) -> None:
    from gradcli.render.text import escape

    print(f"note: {escape(text)}", file=sys.stderr)


def _report(error: GradcliError, words: list[str], status: Status | None = None) -> int:
    """Print an error in the one shape that errors have; its exit code."""
    from gradcli.render.diagnostic import diagnostic

    if "--debug" in words:
        _print_traceback()
    print(diagnostic(error, color=_error_color(words)), file=sys.stderr)
    return status or error.status


def _report_bug(error: Exception, words: list[str]) -> int:
    """Print one line about an error that nobody foresaw."""
    message = f"an internal error: {type(error).__name__}: {error}".replace("\n", " ")
    help = None if "--debug" in words else "this is a mistake in gradcli; --debug shows where it happened"
    return _report(GradcliError(message, help=help), words, Status.INTERNAL)


def _print_traceback() -> None:
    import traceback

    from gradcli.render.text import escape

    for line in traceback.format_exc().splitlines():
        print(escape(line), file=sys.stderr)


def _converted(error: click.ClickException) -> GradcliError:
    """What click found wrong, in the words that our own errors use."""
    message = error.format_message().rstrip(".").replace("'", "`")
    return UsageError(message[:1].lower() + message[1:])
