"""`gradcli check`: whether a gradient is right, and if not, what is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from gradcli.commands.check_wanted import Wanted, read_wanted, replay_line
from gradcli.commands.option_types import NotNegative, WholeNumber
from gradcli.commands.options import ToolOption
from gradcli.commands.program_command import ProgramCommand, ReportRun
from gradcli.commands.progress import Bar, progress
from gradcli.commands.scan import scan
from gradcli.errors import GradcliError, UsageError
from gradcli.render import CASE_FORMATS, FORMATS
from gradcli.status import Status

if TYPE_CHECKING:
    import click

    from gradcli.checking.check import Options
    from gradcli.checking.records import Check
    from gradcli.commands.check_alone import CheckAlone
    from gradcli.commands.request import Request
    from gradcli.program import Program
    from gradcli.reports import Report
    from gradcli.reports.checks import CheckReport

SAME_POINTS = "no value is drawn at random, as `uniform(-1, 1)` is: all points are this one"


def run(request: Request, **options: Any) -> Iterator[Report]:
    """Check the derivative of the program, or what is claimed about it, at one point or at many."""
    wanted = read_wanted(**options)
    with progress("checking", request.settings.quiet) as bar:
        report = _at_points(request, wanted, bar) if wanted.points else _at_one_point(request, wanted, bar)
    yield report


def _at_one_point(
    request: Request, wanted: Wanted, bar: Bar | None, notes: tuple[str, ...] = ()
) -> CheckReport:
    inputs = request.inputs_of(request.program)
    return _report(request, wanted, inputs, _check(request, wanted, inputs, bar), notes)


def _is_drawn(request: Request) -> bool:
    """Whether another seed gives another point."""
    one, other = (repr(request.drawn(seed).inputs_of(request.program)) for seed in (0, 1))
    return one != other


def _at_points(request: Request, wanted: Wanted, bar: Bar | None) -> CheckReport:
    """The first point that fails, made simple; when none does, that of the worst verdict."""
    from gradcli.checking.points import simplest
    from gradcli.checking.records import ORDER, Verdict

    if not _is_drawn(request):
        return _at_one_point(request, wanted, bar, notes=(SAME_POINTS,))
    fixed = request._replace(texts={})  # what is replayed is the point, not the draw
    tried: list[tuple[Mapping[str, Any], Check]] = []
    for number in range(wanted.points or 1):
        inputs = request.drawn(request.settings.seed + number).inputs_of(request.program)
        part = None if bar is None else bar.part(number, wanted.points or 1)
        check = _check(request, wanted, inputs, part)
        if part is not None:
            part(1.0)
        if check.verdict is Verdict.WRONG:
            return _report(fixed, wanted, *simplest(lambda at: _check(request, wanted, at), inputs, check))
        tried.append((inputs, check))
    found = min(tried, key=lambda each: ORDER.index(each[1].verdict))
    return _report(fixed, wanted, *found, notes=(f"{len(tried)} points were checked",))


def _check(
    request: Request, wanted: Wanted, inputs: Mapping[str, Any], bar: Callable[[float], None] | None = None
) -> Check:
    options = _options(request, wanted, bar)
    if wanted.python is not None and wanted.gradient is not None:
        from gradcli.checking.black_box import check_functions
        from gradcli.checking.python_functions import load_function

        with redirect_stdout(sys.stderr):  # what the functions print is no result
            function, gradient = load_function(wanted.python), load_function(wanted.gradient)
            return check_functions(function, gradient, inputs, options)
    from gradcli.checking.check import check

    return check(request.program, inputs, wanted.claims, options)


def _options(request: Request, wanted: Wanted, bar: Callable[[float], None] | None) -> Options:
    from gradcli.checking.check import Options
    from gradcli.checking.program_subject import Settings
    from gradcli.checking.records import Tolerance

    given = request.settings
    limits = (("seed", given.seed), ("max_steps", given.max_steps), ("max_elements", given.max_elements))
    tolerance = None
    if wanted.rtol is not None or wanted.atol is not None:
        tolerance = Tolerance(wanted.rtol or 0.0, wanted.atol or 0.0)
    return Options(
        settings=Settings(request.wrt, request.const, wanted.order, limits),
        tolerance=tolerance,
        directional=wanted.directional,
        seed=given.seed,
        symmetric=wanted.symmetric,
        positive_definite=wanted.positive_definite,
        progress=bar,
    )


def _report(
    request: Request, wanted: Wanted, inputs: Mapping[str, Any], check: Check, notes: tuple[str, ...] = ()
) -> CheckReport:
    from gradcli.reports.checks import CheckReport

    at_point = request._replace(inputs={**request.inputs, **inputs})
    values = _outputs(check)
    described = at_point.run("check", request.program, values, (*check.notes, *notes))
    if wanted.python is not None:
        described = described._replace(program=wanted.python)
    status = check.verdict.status
    if check.verdict.value.lower() in wanted.allowed:
        status = Status.OK
    replay = replay_line(request, wanted, inputs)
    return CheckReport(described._replace(status=status), check, request.program.source, replay)


def _outputs(check: Check) -> dict[str, Any]:
    """The outputs by name; none in second order, where they are entries of the gradient."""
    if check.order == 2:
        return {}
    cut = {part.name: check.value[part.start : part.stop].reshape(part.shape) for part in check.outputs}
    return {name: each if each.ndim else each.item() for name, each in cut.items()}


# The command line -------------------------------------------------------------------------------------------


class CheckCommand(ProgramCommand):
    """The command, which takes a Python function or files of cases in the place of a program too."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """A context of this command or, where the words name files of cases, of the one that runs those."""
        if not self._names_cases(args):
            return super().make_context(info_name, args, parent, **extra)
        from gradcli.commands.batch import check_files

        return check_files.make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> ReportRun | CheckAlone:
        """The check, or a suite of this one case where the format is one of suites."""
        run = self.report_run(ctx)
        if run.settings.format not in CASE_FORMATS:
            return run
        from gradcli.commands.check_alone import CheckAlone

        return CheckAlone(run)

    def _names_cases(self, args: list[str]) -> bool:
        from gradcli.commands.batch import SUITE_FLAGS

        flags = {"help"} | {name for name, option in self.tool_options().items() if option.is_flag}
        try:
            words = scan(args, flags | SUITE_FLAGS).programs
        except GradcliError:
            return False  # what is wrong with the words is said where they are read
        if not words:
            return False
        from gradcli.suites.read import are_case_files

        return are_case_files(words)

    def _programs(self, found: Any) -> tuple[Program, ...]:
        name = next((option.value for option in found.options if option.name == "python"), None)
        if name is None:
            return super()._programs(found)
        if found.programs:
            raise UsageError(f"`--python {name}` takes the place of the program `{found.programs[0]}`")
        from gradcli.checking.python_functions import load_function, parameters_of
        from gradcli.program import compile

        with redirect_stdout(sys.stderr):
            parameters = parameters_of(load_function(name))
        return (compile(f"def f({', '.join(parameters)}):\n    return 0"),)


_COUNT = WholeNumber(1, 1_000_000)  # not more than anybody waits for


def _option(*words: str, **attributes: Any) -> ToolOption:
    return ToolOption(*words, section="Check", **attributes)


command = CheckCommand(
    "check",
    run,
    help="Check the gradient of PROGRAM, or what is claimed about it; or the cases in files (gradcli check "
    "FILES --help). Exits with 0 for PASS, 1 for WRONG, 3 for NONDIFFERENTIABLE and INCONCLUSIVE.",
    examples=(
        'gradcli check "2*dot(x,x)" --claim x="4*x" --x 0,1,2,3',
        'gradcli check "sum(log(x))" --claim x=@grad.json --x 1,2,3',
        'gradcli check "x**3" --claim x="3*x**2" --x "uniform(-1, 1)" --points 20',
        "gradcli check --python model:loss --gradient model:gradient --w 1,2,3",
    ),
    formats=(*FORMATS, *CASE_FORMATS),
    options=[
        _option(
            "--claim",
            multiple=True,
            metavar="NAME=VALUE",
            help="the gradient by NAME, as an expression, numbers or @FILE; may be repeated",
        ),
        _option("--order", type=WholeNumber(1, 2), default=1, metavar="N", help="2 checks the Hessian"),
        _option("--directional", type=_COUNT, metavar="K", help="check along K random directions only"),
        _option(
            "--points",
            type=_COUNT,
            metavar="N",
            help="check at N random points, drawn anew from the values",
        ),
        _option("--rtol", type=NotNegative(), metavar="R", help="allow |a - b| <= atol + R*max(|a|, |b|)"),
        _option("--atol", type=NotNegative(), metavar="A", help="allow |a - b| <= A + rtol*max(|a|, |b|)"),
        _option("--symmetric", multiple=True, metavar="NAMES", help="keep these matrices symmetric"),
        _option("--positive-definite", multiple=True, metavar="NAMES", help="keep these positive definite"),
        _option("--allow", multiple=True, metavar="VERDICTS", help="exit with 0 for these verdicts too"),
        _option("--python", metavar="MODULE:F", help="check a Python function in place of a program"),
        _option("--gradient", metavar="MODULE:DF", help="its gradient, by position of the parameters"),
    ],
)
