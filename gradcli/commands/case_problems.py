"""What is wrong with a case: expectations that its report does not meet, verdicts, errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

from gradcli.errors import GradcliError, LimitError
from gradcli.language.source import Source, Span
from gradcli.language.strict_json import Data
from gradcli.records import NamedTuple
from gradcli.render.numbers import number
from gradcli.structures import leaves
from gradcli.suites.cases import ATOL, RTOL, Case, Excerpt, Expected, Place
from gradcli.suites.compare import Tolerance, differences
from gradcli.suites.results import GRAVITY, Outcome, Problem

if TYPE_CHECKING:
    from gradcli.program import Program
    from gradcli.reports import Answer, Report

D = TypeVar("D")
Results: TypeAlias = dict[tuple[str, ...], Any]  # of one kind, by the names that they belong to
DIGITS = 10  # of the numbers in a problem

# The kinds of answers that reports give, by the names that expectations have for them.
KINDS = {"grad": "gradient"}
_VERDICTS = {
    "WRONG": Outcome.WRONG,
    "NONDIFFERENTIABLE": Outcome.UNDECIDED,
    "INCONCLUSIVE": Outcome.UNDECIDED,
}


class Ended(NamedTuple):
    """How a case ended: the fields that `Finished` has beside what was known before."""

    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    report: Report | None = None
    picture: str | None = None


def failed(*problems: Problem, report: Report | None = None) -> Ended:
    """The end of a case with these problems, the gravest of which counts."""
    return Ended(min((each.outcome for each in problems), key=GRAVITY.__getitem__), problems, report)


def unmet(
    case: Case, outputs: Mapping[str, Data], answers: list[Answer], expected: list[tuple[Expected, Data]]
) -> Iterator[Problem]:
    """What differs from the expectations that this command can meet."""
    computed = _by_kind(outputs, answers)
    derived = next((kind for kind in computed if kind != "value"), "")
    for each, value in expected:
        kind = derived if each.kind == "derivative" else KINDS.get(each.kind, each.kind)
        if kind not in computed:
            continue
        place = Place(case.place.file, each.line)
        parts = _matched(each.names, value, computed[kind])
        if parts is None:
            known = ", ".join(" ".join(names) for names in computed[kind] if names)
            text = f"the case expects a derivative by `{' '.join(each.names)}`, and there is one by {known}"
            yield Problem(Outcome.ERROR, "error", text, place)
            continue
        for names, part in parts:
            subject = "value" if kind == "value" else " ".join(("d", *names)).replace(" ", "/d")
            for found in differences(computed[kind][names], part, subject, _tolerance(case)):
                problem = Problem(Outcome.WRONG, "expectation", found.text, place)
                yield problem._replace(subject=found.subject, distance=found.distance)


def _by_kind(outputs: Mapping[str, Data], answers: list[Answer]) -> dict[str, Results]:
    """What was computed, by the kinds that answers have; every part of a structure by its own name too."""
    computed: dict[str, Results] = {"value": {(): _whole(outputs)}}
    for answer in answers:
        if answer.kind != "value":
            computed.setdefault(answer.kind, {}).update(_parts(answer.names, answer.data))
            if answer.kind == "hessian" and len(answer.names) == 1:  # by the one input, twice
                computed["hessian"][answer.names * 2] = answer.data
    return computed


def _tolerance(case: Case) -> Tolerance:
    return Tolerance(RTOL if case.rtol is None else case.rtol, ATOL if case.atol is None else case.atol)


def _matched(
    names: tuple[str, ...], value: Data, results: Results
) -> list[tuple[tuple[str, ...], Data]] | None:
    """What is expected of each result: of one, or of those by the parts of a structure; None without any.

    Several outputs may be expected as a sequence of as many.
    """
    if names in results:
        found = results[names]
        if isinstance(found, dict) and isinstance(value, np.ndarray) and value.shape[:1] == (len(found),):
            value = dict(zip(found, list(value), strict=True))
        return [(names, value)]
    parts = list(_parts(names, value))[1:]
    return parts if parts and all(each in results for each, _ in parts) else None


def is_checkable(case: Case, program: Program) -> bool:
    """Whether there is a derivative to check; a program without inputs is only compared."""
    return bool(program.inputs or program.optional or case.claims or case.verdict is not None)


def _whole(outputs: Mapping[str, Data]) -> Any:
    """The one output, or the outputs by name."""
    return outputs.get("", outputs)


def _parts(names: tuple[str, ...], data: D) -> Iterator[tuple[tuple[str, ...], D]]:
    """An answer by its names, and for a structure its parts by their paths."""
    yield names, data
    if isinstance(data, dict | list) and names:
        for path, leaf in leaves(data, names[-1]):
            yield (*names[:-1], path), leaf


def verdict_problems(case: Case, report: Report, allowed: tuple[str, ...]) -> Iterator[Problem]:
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
    digits = entry.digits(DIGITS)
    numbers = f"{claimed} {number(entry.claimed, digits)}, reference {number(entry.reference, digits)}"
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


def no_error(case: Case, expected: str) -> Problem:
    """The problem of a case that should have ended with an error."""
    text = f"expected the error `{expected}`, and there was none"
    return Problem(Outcome.WRONG, "expectation", text, case.place)


def ended_by(case: Case, error: GradcliError) -> Ended:
    """How a case ends that raised an error, which may be what it expects."""
    if case.error is None:
        return failed(problem_of(error, case.place))
    if case.error in error.message:
        return Ended(Outcome.PASSED)
    text = f"expected the error `{case.error}`, found: {error.message}"
    problem = problem_of(error, case.place)
    return failed(problem._replace(outcome=Outcome.WRONG, rule="expectation", text=text))


def problem_of(error: GradcliError, place: Place) -> Problem:
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
