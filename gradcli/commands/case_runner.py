"""One case, run by the command that would run it alone, and compared with what it expects."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Any

from gradcli.commands.case_options import from_folder, needed_command, stated_options
from gradcli.commands.case_problems import (
    Ended,
    ended_by,
    failed,
    is_checkable,
    no_error,
    problem_of,
    unmet,
    verdict_problems,
)
from gradcli.commands.options import Settings
from gradcli.commands.request import Request, option_value
from gradcli.errors import GradcliError, InputError, nearest
from gradcli.language.strict_json import Data, to_data
from gradcli.language.values import normalised, parse_value
from gradcli.limits import OUT_OF_MEMORY, set_max_elements
from gradcli.program import Program, compile
from gradcli.records import NamedTuple
from gradcli.render import ROW_FORMATS, SUITE_FORMATS, Style
from gradcli.render.suites import Finished
from gradcli.suites.cases import Broken, Case, Expected, Item, Stated, digest
from gradcli.suites.results import Outcome, Problem, Row, joined

if TYPE_CHECKING:
    from gradcli.reports import Report


class CaseRunner(NamedTuple):
    """Turns cases into rows; plain data, so that any process can do it."""

    command: str | None
    settings: Settings
    style: Style
    shared: Mapping[str, str | Data]  # values for the cases that need them and have none of their own
    allowed: tuple[str, ...] = ()

    def __call__(self, item: Item) -> Row:
        """Run a case; whatever goes wrong becomes part of its row."""
        started = perf_counter()
        ended = self.attempt(item)
        return self._row(item, ended, perf_counter() - started)

    def attempt(self, item: Item) -> Ended:
        """How a case ends, whatever happens."""
        if isinstance(item, Broken):
            return failed(problem_of(item.error, item.place))
        if item.skip is not None:
            return Ended(Outcome.SKIPPED)
        before = set_max_elements(self.settings.max_elements)
        try:
            return self._run(item, self.command_of(item))
        except GradcliError as error:
            return ended_by(item, error)
        except MemoryError:
            return ended_by(item, OUT_OF_MEMORY)
        except Exception as error:
            return ended_by(item, GradcliError(f"an internal error: {type(error).__name__}: {error}"))
        finally:
            set_max_elements(before)

    def lost(self, item: Item, rule: str, text: str) -> Row:
        """The row of a case whose process has ended before it."""
        outcome = Outcome.LIMIT if rule == "timeout" else Outcome.ERROR
        return self._row(item, failed(Problem(outcome, rule, text, item.place)), 0.0)

    def joined(self, rows: list[Row]) -> list[Row]:
        """The rows, neighbours that did not fail in one where the format writes them one after the other."""
        return joined(rows) if self.settings.format in ROW_FORMATS else rows

    def command_of(self, item: Item) -> str:
        """The command that runs a case: as asked for, as the case says, or what its expectations need."""
        if isinstance(item, Broken):
            return self.command or "eval"
        if not item.check and "check" in (self.command, item.command):
            return needed_command(item)
        return self.command or item.command or needed_command(item)

    def identity(self, item: Item) -> str:
        """A digest of all that the result depends on."""
        settings = self.settings
        run = (self.command_of(item), settings.seed, settings.max_steps, settings.max_elements)
        return digest(item, f"{run}{sorted(map(repr, self.shared.items()))}")

    def _row(self, item: Item, ended: Ended, seconds: float) -> Row:
        finished = Finished(item, self.command_of(item), seconds, self.identity(item), *ended)
        body = _module(SUITE_FORMATS[self.settings.format]).body(finished, self.style)
        notes = ended.report.run.notes if ended.report is not None else ()
        return Row(item.name, item.place, ended.outcome, ended.problems, seconds, body, notes)

    def _run(self, case: Case, command: str) -> Ended:
        """The report of the command on the case, and what is wrong with it."""
        program = Program(case.program.source)
        if command == "check" and not is_checkable(case, program):
            command = "eval"
        module = _module(f"gradcli.commands.{command}")
        request = self._request(case, program, getattr(module.command, "kinds", ()))
        options = {**module.command.defaults, **stated_options(command, case, request)}
        (report,) = module.run(request, **options)
        if case.error is not None:
            return failed(no_error(case, case.error), report=report)
        problems = (*verdict_problems(case, report, self.allowed), *_unmet(case, report, request))
        if not problems:
            return Ended(Outcome.PASSED, (), report)
        return failed(*problems, report=report)._replace(picture=self._picture(request))

    def _picture(self, request: Request) -> str | None:
        """The graph of the program, for the one format that shows it."""
        if self.settings.format != "html":
            return None
        from gradcli.commands.graph import command
        from gradcli.render.graph_svg import render

        (graphed,) = command.run(request, **command.defaults)
        return render([graphed], self.style)  # type: ignore[list-item]

    def _request(self, case: Case, program: Program, kinds: Collection[str]) -> Request:
        """The case as the commands take it; where there are `kinds`, one of these words declares an input."""
        settings = self.settings if case.seed is None else self.settings._replace(seed=case.seed)
        general = {**self.shared, **case.shared}
        names = (*program.inputs, *program.optional)
        stated = {**{name: general[name] for name in names if name in general}, **case.inputs}
        _check_names(program, stated, may_lack=bool(kinds))
        texts: dict[str, str] = {}
        declared: dict[str, str] = {}
        values: dict[str, Data] = {}
        for name, value in stated.items():
            if not isinstance(value, str):
                values[name] = to_data(value)
            elif value in kinds:
                declared[name] = value
            else:
                texts[name] = text = from_folder(value, case)
                values[name] = option_value(f"--{name}", text, settings)
        return Request((program,), values, case.wrt, case.const, settings, (), declared, texts)


_module = cache(import_module)


def _check_names(program: Program, stated: Mapping[str, Any], *, may_lack: bool) -> None:
    """Every input that the program needs has a value, and every value an input."""
    for name in stated:
        if name not in program.inputs and name not in program.optional:
            close = nearest(name, (*program.inputs, *program.optional))
            help = f"did you mean `{close}`?" if close else None
            raise InputError(f"the program has no input `{name}`", help=help)
    missing = [name for name in program.inputs if name not in stated]
    if missing and not may_lack:
        raise InputError(f"the case gives no value for {', '.join(f'`{name}`' for name in missing)}")


def _unmet(case: Case, report: Report, request: Request) -> Iterator[Problem]:
    """What differs from the expectations; a derivative that is a formula has its value at the inputs."""
    if not case.expected:
        return
    expected = [(each, _expected_value(each, case, request)) for each in case.expected]
    answers = [
        each._replace(data=_value_of(each.data, " ".join(each.names), request))
        if isinstance(each.data, str)
        else each
        for each in report.answers()
    ]
    yield from unmet(case, report.run.outputs, answers, expected)


def _expected_value(expected: Expected, case: Case, request: Request) -> Data:
    """What a case expects, as a value; an expression may use the inputs of the case."""

    def read(stated: Stated) -> Data:
        if isinstance(stated, dict):
            return {name: read(each) for name, each in stated.items()}
        if not isinstance(stated, str):
            return to_data(stated)
        return parse_value(from_folder(stated, case), label, lambda each: _value_of(each, label, request))

    label = expected.label
    return read(expected.value)


def _value_of(expression: str, label: str, request: Request) -> Data:
    """The value of an expression at the inputs of a case."""
    program = compile(expression, label)
    names = (*program.inputs, *program.optional)
    return normalised(program.value({name: request.inputs[name] for name in names if name in request.inputs}))
