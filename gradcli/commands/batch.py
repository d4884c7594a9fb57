"""`gradcli batch`: any command over files of cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from gradcli.commands.option_types import OneOf, Seconds, WholeNumber
from gradcli.commands.options import (
    SectionedCommand,
    ToolOption,
    allowed_verdicts,
    asked_format,
    assignment,
    format_for_file,
    input_options,
    limit_options,
    output_options,
    settings_of,
)
from gradcli.commands.process_limits import limit_blas_threads
from gradcli.errors import UsageError
from gradcli.render import SUITE_FORMATS
from gradcli.suites.cases import COMMANDS, NOT_OF_CASES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from gradcli.commands.case_runner import CaseRunner
    from gradcli.commands.suite_run import SuiteRun

_DATA_EXAMPLES = (
    'gradcli batch "a*x**2 + y" --data rows.csv --a 3 --command grad',
    'gradcli batch "(w*x - y)**2" --data rows.csv --w 0.5 --wrt w --command grad --accumulate',
)


def suite_options() -> list[ToolOption]:
    """Which cases to run, and how."""
    return [
        ToolOption(
            "--filter",
            section="Cases",
            multiple=True,
            metavar="PATTERN",
            help="only cases with this name or tag (`log*` fits many)",
        ),
        ToolOption(
            "--allow",
            section="Cases",
            multiple=True,
            metavar="VERDICTS",
            help="count these verdicts of checks as passed",
        ),
        ToolOption("--fail-fast", section="Cases", is_flag=True, help="stop at the first case that fails"),
        ToolOption(
            "--jobs",
            section="Processes",
            type=WholeNumber(1, 256),
            metavar="N",
            help="processes that share the work: all cores by default, once there is enough of it",
        ),
        ToolOption(
            "--timeout",
            section="Processes",
            type=Seconds(),
            metavar="SECONDS",
            help="stop a case that takes longer",
        ),
        ToolOption("--scheduler", section="Processes", metavar="ADDRESS", help="run on a Dask cluster"),
        ToolOption(
            "--resume",
            section="Output",
            metavar="OUT.jsonl",
            help="append to the rows of an earlier run what they lack",
        ),
    ]


class SuiteCommand(SectionedCommand):
    """A command over files of cases; `check` is one whose cases are checks."""

    def __init__(
        self,
        name: str,
        *,
        format: str,
        help: str,
        examples: Sequence[str],
        options: Iterable[ToolOption] = (),
    ) -> None:
        inputs = [option for option in input_options() if option.name != "file"]
        params: list[click.Parameter] = [
            click.Argument(["files"], nargs=-1, metavar="FILES...", shell_complete=_files),
            *options,
            *suite_options(),
            *inputs,
            *output_options(tuple(SUITE_FORMATS), format),
            *limit_options(),
        ]
        super().__init__(name, params=params, help=help)
        self.examples = examples

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """A context of this command or, with `--data`, of the one that runs a program over rows."""
        if self.name != "batch" or not any(word.split("=")[0] == "--data" for word in args):
            return super().make_context(info_name, args, parent, **extra)
        from gradcli.commands.batch_data import data_command

        return data_command("batch", _DATA_EXAMPLES).make_context(info_name, args, parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let click parse; an option of single programs is told where it belongs in files of cases."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise UsageError(f"no such option `{error.option_name}`", help=_for_cases(error)) from None

    def invoke(self, ctx: click.Context) -> SuiteRun:
        """The run, which begins when its pieces are asked for."""
        if not ctx.params["files"]:
            raise UsageError(f"`gradcli {self.name}` needs files of cases, or `-` for standard input")
        asked = asked_format(ctx)
        if ctx.params["resume"] and asked not in (None, "jsonl"):
            raise UsageError(f"`--resume` goes on with rows of jsonl, and `--format {asked}` is given")
        return suite_run(self.name or "", {**ctx.params, "format": format_for_file(ctx, SUITE_FORMATS)})


def _for_cases(error: click.NoSuchOption) -> str:
    """Where cases have what an option gives to a single program."""
    from gradcli.suites.tables import KEYS

    name = error.option_name.lstrip("-").replace("-", "_")
    if name in KEYS:
        return f"cases have it in their files, as the key `{name}`"
    if error.possibilities:
        return f"did you mean `{error.possibilities[0]}`?"
    return f"--var {name}=VALUE gives all cases the value of an input"


def _files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    from gradcli.commands.candidates import of_file

    return of_file(ctx, incomplete)


def suite_run(name: str, params: dict[str, Any]) -> SuiteRun:
    """The run that the parameters of a command describe."""
    if params["jobs"] != 1:
        limit_blas_threads()
    from gradcli.commands.case_runner import CaseRunner
    from gradcli.commands.output import check_apart
    from gradcli.commands.suite_run import Done, Plan, SuiteRun
    from gradcli.render.suites import Origin
    from gradcli.suites.read import count_cases, find_files, read_entries

    params = _with_resume(params)
    settings = settings_of(params)
    command = params.get("command", "check")
    shared = _shared(params)
    allowed = allowed_verdicts(params["allow"])
    plan = Plan(*(params[field] for field in Plan._fields))
    if plan.scheduler is not None and plan.timeout is not None:
        raise UsageError("`--timeout` stops processes of this machine, and `--scheduler` uses others")
    paths = find_files(params["files"])
    check_apart(settings.output, paths)
    of_a_case = settings._replace(quiet=True)  # the bar counts cases, and a case has none of its own
    run = SuiteRun(
        read_entries(paths),
        lambda style: CaseRunner(command, of_a_case, style, shared, allowed),
        plan,
        settings,
        Origin(name, tuple(_repeated(params))),
    )
    run.done = Done(params["resume"])
    run.total = lambda: count_cases(paths)
    return run


def case_runner(command: str | None, shared: Mapping[str, Any]) -> CaseRunner:
    """What runs single cases with the settings that are in force without any option."""
    from gradcli.commands.case_runner import CaseRunner
    from gradcli.render import Style

    options = (*input_options(), *output_options(), *limit_options())
    defaults = {option.name or "": option.otherwise for option in options}
    settings = settings_of({**defaults, "format": "summary"})
    return CaseRunner(command, settings, Style(), shared)


def _repeated(params: dict[str, Any]) -> Iterator[str]:
    """The options that the result of a case depends on, as words."""
    defaults = {each.name: each.otherwise for each in (*input_options(), *limit_options())}
    for name in ("command", "inputs", "seed", "max_steps", "max_elements", "timeout"):
        if params.get(name) != defaults.get(name):
            yield from (f"--{name.replace('_', '-')}", str(params[name]))
    for name in ("var", "allow"):
        for word in params[name]:
            yield from (f"--{name}", word)


def _with_resume(params: dict[str, Any]) -> dict[str, Any]:
    """`--resume OUT.jsonl` writes to that file, in its format."""
    path = params["resume"]
    if path is None:
        return params
    if params["output"] not in (None, path):
        raise UsageError(f"`--resume {path}` writes to that file: `--output` cannot name another")
    return {**params, "output": path, "format": "jsonl"}


def _shared(params: dict[str, Any]) -> dict[str, Any]:
    """Values for every case that needs them: those of `--inputs`, and over them those of `--var`."""
    from gradcli.language.files import read_inputs_file

    values: dict[str, Any] = dict(read_inputs_file(params["inputs"])) if params["inputs"] else {}
    assigned: dict[str, str] = {}
    for word in params["var"]:
        name, text = assignment("--var", word)
        if name in assigned:
            raise UsageError(f"the variable `{name}` is given twice")
        assigned[name] = text
    return values | assigned


command = SuiteCommand(
    "batch",
    format="table",
    help="Run the cases in FILES: one-line cases (.txt, .exprs, `-` for standard input), suites "
    "(.grad.toml), JSON lines (.jsonl), programs (.grad), folders, patterns in quotes. With --data: one "
    "PROGRAM on every row of a file (gradcli batch PROGRAM --data ROWS --help).",
    examples=(
        "gradcli batch losses.grad.toml --format jsonl",
        "gradcli batch cases.txt --command grad --jobs 2 --resume rows.jsonl",
        *_DATA_EXAMPLES,
    ),
    options=[
        ToolOption(
            "--command",
            section="Cases",
            type=OneOf(COMMANDS, NOT_OF_CASES),
            metavar="COMMAND",
            help=f"one of {', '.join(COMMANDS)}; by default what a case asks for or expects",
        )
    ],
)

# What `gradcli check` does with files.
check_files = SuiteCommand(
    "check",
    format="summary",
    help="Check the cases in FILES: their claims (their own derivatives where nothing is claimed) and what "
    "they expect. Exits with 1 when one is wrong, else 2 for errors, 4 for limits, 3 for undecided ones.",
    examples=(
        "gradcli check suites/ --format junit --output report.xml",
        "gradcli check losses.grad.toml --filter mse",
    ),
)
SUITE_FLAGS = {option.opts[0][2:] for option in suite_options() if option.is_flag}
