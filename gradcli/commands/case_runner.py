"""One case, run by the command that would run it alone, and compared with what it expects."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from importlib import import_module
from time import perf_counter
from typing import Any

from gradcli.commands.case_problems import (
    Ended,
    ended_by,
    failed,
    no_error,
    problem_of,
    unmet,
    verdict_problems,
)
from gradcli.commands.options import Settings
from gradcli.commands.request import Request
from gradcli.errors import GradcliError, InputError, LimitError, nearest
from gradcli.language.strict_json import Data, to_data
from gradcli.language.values import normalised, parse_value
from gradcli.limits import set_max_elements
from gradcli.program import Program, compile
from gradcli.records import NamedTuple
from gradcli.render import SUITE_FORMATS, Style
from gradcli.render.suites import Finished
from gradcli.suites.cases import Broken, Case, Expected, Item, digest
from gradcli.suites.results import Outcome, Problem, Row


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
            return ended_by(item, LimitError("the memory of this machine is not enough"))
        except Exception as error:
            return ended_by(item, GradcliError(f"an internal error: {type(error).__name__}: {error}"))
        finally:
            set_max_elements(before)

    def lost(self, item: Item, rule: str, text: str) -> Row:
        """The row of a case whose process has ended before it."""
        outcome = Outcome.LIMIT if rule == "timeout" else Outcome.ERROR
        return self._row(item, failed(Problem(outcome, rule, text, item.place)), 0.0)

    def command_of(self, item: Item) -> str:
        """The command that runs a case: as asked for, as the case says, or what its expectations need."""
        if isinstance(item, Broken):
            return self.command or "eval"
        if self.command == "check" and not item.check:
            return _needed(item)
        return self.command or item.command or _needed(item)

    def identity(self, item: Item) -> str:
        """A digest of all that the result depends on."""
        settings = self.settings
        run = (self.command_of(item), settings.seed, settings.max_steps, settings.max_elements)
        return digest(item, f"{run}{sorted(map(repr, self.shared.items()))}")

    def _row(self, item: Item, ended: Ended, seconds: float) -> Row:
        finished = Finished(item, self.command_of(item), seconds, self.identity(item), *ended)
        body = import_module(SUITE_FORMATS[self.settings.format]).body(finished, self.style)
        notes = ended.report.run.notes if ended.report is not None else ()
        return Row(item.name, item.place, ended.outcome, ended.problems, seconds, body, notes)

    def _run(self, case: Case, command: str) -> Ended:
        """The report of the command on the case, and what is wrong with it."""
        program = Program(case.program.source)
        request = self._request(case, program)
        options = _OPTIONS[command](case, request)
        (report,) = import_module(f"gradcli.commands.{command}").run(request, **options)
        if case.error is not None:
            return failed(no_error(case, case.error), report=report)
        expected = [(each, _expected_value(each, case, request)) for each in case.expected]
        problems = (*verdict_problems(case, report, self.allowed), *unmet(case, report, expected))
        if not problems:
            return Ended(Outcome.PASSED, (), report)
        return failed(*problems, report=report)._replace(picture=self._picture(request))

    def _picture(self, request: Request) -> str | None:
        """The graph of the program, for the one format that shows it."""
        if self.settings.format != "html":
            return None
        from gradcli.commands.graph import run
        from gradcli.render.graph_svg import render

        (graphed,) = run(request, grad=False, memory=False, all=False)
        return render([graphed], self.style)  # type: ignore[list-item]

    def _request(self, case: Case, program: Program) -> Request:
        """The case as the commands take it."""
        settings = self.settings if case.seed is None else self.settings._replace(seed=case.seed)
        request = Request((program,), {}, case.wrt, case.const, settings, ())
        names = {*program.inputs, *program.optional}
        general = {**self.shared, **case.shared}
        shared = {name: value for name, value in general.items() if name in names}
        stated = {**shared, **case.inputs}
        _check_names(case, program, stated)
        texts = {name: from_folder(value, case) for name, value in stated.items() if isinstance(value, str)}
        values = {
            name: request.value(texts[name], f"--{name}") if name in texts else to_data(value)
            for name, value in stated.items()
        }
        return request._replace(inputs=values, texts=texts)


# What each command is asked beside the program and its inputs.
_OPTIONS: dict[str, Callable[[Case, Request], dict[str, Any]]] = {
    "eval": lambda case, request: {},
    "grad": lambda case, request: {"accumulate": False},
    "vjp": lambda case, request: {"v": _words(case.v, ["ones"])},
    "jvp": lambda case, request: {"u": _words(case.u, [f"{name}=ones" for name in request.inputs])},
    "jacobian": lambda case, request: {"mode": "auto"},
    "hessian": lambda case, request: {"v": _words(case.v, [])},
    "check": lambda case, request: {
        "claim": tuple(f"{name}={_word(value, case)}" for name, value in case.claims.items()),
        "order": case.order,
        "directional": None,
        "points": case.points if case.points > 1 else None,
        "rtol": case.rtol,
        "atol": case.atol,
        "symmetric": case.symmetric,
        "positive_definite": (),
        "allow": (),
        "python": None,
        "gradient": None,
    },
}


def _words(vector: Any, default: list[str]) -> tuple[str, ...]:
    """Vectors as the options `--v` and `--u` take them: one, or one for each name."""
    if vector is None:
        return tuple(default)
    if isinstance(vector, dict):
        return tuple(f"{name}={_word(value)}" for name, value in vector.items())
    return (_word(vector),)


def _word(value: Any, case: Case | None = None) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    return from_folder(value, case) if case else value


def from_folder(text: str, case: Case) -> str:
    """A text in which `@file` means a file beside the suite."""
    if text.startswith("@") and text != "@-":
        return "@" + os.path.join(os.path.dirname(case.place.file), text[1:])
    return text


def _needed(case: Case) -> str:
    """The command that computes what a case expects."""
    if case.claims or case.verdict is not None:
        return "check"
    kinds = {each.kind for each in case.expected} - {"value"}
    if "hvp" in kinds:
        return "hessian"
    if "derivative" in kinds:
        return "grad"
    return min(kinds, default="eval")


def _check_names(case: Case, program: Program, stated: Mapping[str, Any]) -> None:
    """Every input that the program needs has a value, and every value an input."""
    accepted = (*program.inputs, *program.optional)
    for name in stated:
        if name not in accepted:
            close = nearest(name, accepted)
            help = f"did you mean `{close}`?" if close else None
            raise InputError(f"the program has no input `{name}`", help=help)
    missing = ", ".join(f"`{name}`" for name in program.inputs if name not in stated)
    if missing:
        raise InputError(f"the case gives no value for {missing}")


def _expected_value(expected: Expected, case: Case, request: Request) -> Data:
    """What a case expects, as a value; an expression may use the inputs of the case."""
    if not isinstance(expected.value, str):
        return to_data(expected.value)
    text = from_folder(expected.value, case)

    def evaluate(expression: str) -> Data:
        program = compile(expression, expected.label)
        names = (*program.inputs, *program.optional)
        return normalised(
            program.value({name: request.inputs[name] for name in names if name in request.inputs})
        )

    return parse_value(text, expected.label, evaluate)
