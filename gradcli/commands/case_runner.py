"""One case, run by the command that would run it alone, and compared with what it expects."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcli.commands.options import Settings
from gradcli.commands.request import Request
from gradcli.errors import GradcliError, InputError, LimitError, nearest
from gradcli.language.source import Source, Span
from gradcli.language.strict_json import Data, to_data
from gradcli.language.values import normalised, parse_value
from gradcli.limits import set_max_elements
from gradcli.program import Program, compile
from gradcli.render import SUITE_FORMATS, Style
from gradcli.render.suites import Finished
from gradcli.structures import leaves
from gradcli.suites.cases import ATOL, RTOL, Broken, Case, Excerpt, Expected, Item, Place, digest
from gradcli.suites.compare import Tolerance, differences
from gradcli.suites.results import GRAVITY, Outcome, Problem, Row

if TYPE_CHECKING:
    from gradcli.reports import Report

# The kinds of answers that reports give, by the names that expectations have for them.
KINDS = {"grad": "gradient"}
_VERDICTS = {
    "PASS": Outcome.PASSED,
    "WRONG": Outcome.WRONG,
    "NONDIFFERENTIABLE": Outcome.UNDECIDED,
    "INCONCLUSIVE": Outcome.UNDECIDED,
}


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
        command = self.command_of(item)
        report: Report | None = None
        problems: tuple[Problem, ...] = ()
        outcome = Outcome.SKIPPED
        if isinstance(item, Broken):
            problems, outcome = (_problem(item.error, item.place),), Outcome.ERROR
        elif item.skip is None:
            report, problems, outcome = self._attempt(item, command)
        return self._row(item, command, outcome, problems, perf_counter() - started, report)

    def lost(self, item: Item, rule: str, text: str) -> Row:
        """The row of a case whose process has ended before it."""
        outcome = Outcome.LIMIT if rule == "timeout" else Outcome.ERROR
        problems = (Problem(outcome, rule, text, item.place),)
        return self._row(item, self.command_of(item), outcome, problems, 0.0, None)

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

    def _row(
        self,
        item: Item,
        command: str,
        outcome: Outcome,
        problems: tuple[Problem, ...],
        seconds: float,
        report: Report | None,
    ) -> Row:
        finished = Finished(item, command, outcome, problems, seconds, self.identity(item), report)
        body = import_module(SUITE_FORMATS[self.settings.format]).body(finished, self.style)
        notes = report.run.notes if report is not None else ()
        return Row(item.name, item.place, outcome, problems, seconds, body, notes)

    def _attempt(self, case: Case, command: str) -> tuple[Report | None, tuple[Problem, ...], Outcome]:
        """The report of the command, what is wrong with it, and how the case ended."""
        before = set_max_elements(self.settings.max_elements)
        try:
            report, expected = self._run(case, command)
            problems = (*_verdict_problems(case, report, self.allowed), *_unmet(case, report, expected))
        except GradcliError as error:
            return _with_error(case, error)
        except MemoryError:
            return _with_error(case, LimitError("the memory of this machine is not enough"))
        except Exception as error:
            return _with_error(case, GradcliError(f"an internal error: {type(error).__name__}: {error}"))
        finally:
            set_max_elements(before)
        if case.error is not None:
            text = f"expected the error `{case.error}`, and there was none"
            problems = (Problem(Outcome.WRONG, "expectation", text, case.place),)
        outcome = min((each.outcome for each in problems), key=GRAVITY.__getitem__, default=Outcome.PASSED)
        return report, problems, outcome

    def _run(self, case: Case, command: str) -> tuple[Report, list[tuple[Expected, Data]]]:
        """The report of the command on the case, and the values that it expects."""
        program = Program(case.program.source)
        request = self._request(case, program)
        options = _OPTIONS[command](case, request)
        (report,) = import_module(f"gradcli.commands.{command}").run(request, **options)
        expected = [
            (each, _expected_value(each, case, request)) for each in case.expected if case.error is None
        ]
        return report, expected

    def _request(self, case: Case, program: Program) -> Request:
        """The case as the commands take it."""
        settings = self.settings if case.seed is None else self.settings._replace(seed=case.seed)
        request = Request((program,), {}, case.wrt, case.const, settings, ())
        names = {*program.inputs, *program.optional}
        shared = {name: value for name, value in self.shared.items() if name in names}
        stated = {**shared, **case.inputs}
        _check_names(case, program, stated)
        texts = {name: value for name, value in stated.items() if isinstance(value, str)}
        values = {
            name: request.value(_from_folder(value, case), f"--{name}") if name in texts else to_data(value)
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
    return _from_folder(value, case) if case else value


def _from_folder(text: str, case: Case) -> str:
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


# Expectations -----------------------------------------------------------------------------------------------


def _expected_value(expected: Expected, case: Case, request: Request) -> Data:
    """What a case expects, as a value; an expression may use the inputs of the case."""
    if not isinstance(expected.value, str):
        return to_data(expected.value)
    text = _from_folder(expected.value, case)

    def evaluate(expression: str) -> Data:
        program = compile(expression, expected.label)
        names = (*program.inputs, *program.optional)
        return normalised(
            program.value({name: request.inputs[name] for name in names if name in request.inputs})
        )

    return parse_value(text, expected.label, evaluate)


def _unmet(case: Case, report: Report, expected: list[tuple[Expected, Data]]) -> Iterator[Problem]:
    """What differs from the expectations that this command can meet."""
    computed: dict[str, dict[tuple[str, ...], Any]] = {"value": {(): _whole(report.run.outputs)}}
    for answer in report.answers():
        if answer.kind != "value":
            computed.setdefault(answer.kind, {}).update(_parts(answer.names, answer.data))
            if answer.kind == "hessian" and len(answer.names) == 1:  # by the one input, twice
                computed["hessian"][answer.names * 2] = answer.data
    derived = next((kind for kind in computed if kind != "value"), None)
    default = Tolerance(RTOL, ATOL)
    tolerance = Tolerance(
        default.rtol if case.rtol is None else case.rtol, default.atol if case.atol is None else case.atol
    )
    for each, value in expected:
        kind = derived if each.kind == "derivative" else KINDS.get(each.kind, each.kind)
        results = computed.get(kind or "")
        if results is None:
            continue
        place = Place(case.place.file, each.line)
        if each.names not in results:
            known = ", ".join(" ".join(names) for names in results if names)
            text = f"the case expects a derivative by `{' '.join(each.names)}`, and there is one by {known}"
            yield Problem(Outcome.ERROR, "error", text, place)
            continue
        subject = "value" if kind == "value" else " ".join(("d", *each.names)).replace(" ", "/d")
        for found in differences(results[each.names], value, subject, tolerance):
            yield Problem(
                Outcome.WRONG,
                "expectation",
                found.text,
                place,
                subject=found.subject,
                distance=found.distance,
            )


def _whole(outputs: Mapping[str, Data]) -> Any:
    """The one output, or the outputs by name."""
    return outputs.get("", outputs)


def _parts(names: tuple[str, ...], data: Data | str) -> Iterator[tuple[tuple[str, ...], Data | str]]:
    """An answer by its names, and for a structure its parts by their paths."""
    yield names, data
    if isinstance(data, dict | list) and names:
        for path, leaf in leaves(data, names[-1]):
            yield (*names[:-1], path), leaf


def _verdict_problems(case: Case, report: Report, allowed: tuple[str, ...]) -> Iterator[Problem]:
    """The worst entry of a check that did not pass, or the verdict that was expected instead."""
    checked: Any = report
    if not hasattr(checked, "check"):
        return
    check = checked.check
    verdict = check.verdict.value
    if case.verdict is not None:
        if verdict != case.verdict:
            text = f"expected the verdict {case.verdict}, found {verdict} ({check.diagnosis.text})"
            yield Problem(Outcome.WRONG, "expectation", text, case.place)
        return
    if verdict == "PASS" or verdict.lower() in allowed:
        return
    entry = check.worst_entries(1)[0]
    claimed = "claimed" if check.has_claim else "derivative"
    numbers = f"{claimed} {entry.claimed:.10g}, reference {entry.reference:.10g}"
    text = f"{numbers} ({verdict}, {check.diagnosis.text})"
    if verdict != "WRONG":
        text = f"{verdict}, {check.diagnosis.text}"
    apart, size = abs(entry.claimed - entry.reference), max(abs(entry.claimed), abs(entry.reference))
    distance = apart / size if size and apart == apart else float("inf")
    problem = Problem(_VERDICTS[verdict], verdict, text, case.place, subject=entry.name, distance=distance)
    if check.diagnosis.span is not None:
        place, column, width = _located(checked.source, check.diagnosis.span)
        problem = problem._replace(place=place, column=column, width=width)
    yield problem


# Errors -----------------------------------------------------------------------------------------------------


def _with_error(case: Case, error: GradcliError) -> tuple[None, tuple[Problem, ...], Outcome]:
    """How a case ends that raised an error, which may be what it expects."""
    if case.error is not None and case.error in error.message:
        return None, (), Outcome.PASSED
    problem = _problem(error, case.place)
    if case.error is not None:
        text = f"expected the error `{case.error}`, found: {problem.text}"
        problem = problem._replace(outcome=Outcome.WRONG, rule="expectation", text=text)
    return None, (problem,), problem.outcome


def _problem(error: GradcliError, place: Place) -> Problem:
    """An error as a problem, at its own place where that is in the file of the case."""
    limit = isinstance(error, LimitError)
    outcome, rule = (Outcome.LIMIT, "limit") if limit else (Outcome.ERROR, "error")
    if error.span is None or not isinstance(error.source, Excerpt):
        return Problem(outcome, rule, error.message, place, help=error.help)
    return Problem(outcome, rule, error.message, *_located(error.source, error.span), help=error.help)


def _located(source: Source, span: Span) -> tuple[Place, int, int]:
    """The place of a span in its file, its column, and how many characters of that line it has."""
    line, column = source.position(span.start)
    width = min(span.end - span.start, len(source.line(line)) - column + 1)
    return Place(source.name, line), column, max(width, 1)
