"""The pytest plugin: `*.grad.toml` files are tests, and the fixture `gradcheck` checks gradients.

Everything but pytest is imported when it is used, because pytest loads the plugin in every project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from gradcli.checking.check import Options
    from gradcli.checking.records import Check
    from gradcli.commands.case_problems import Ended
    from gradcli.suites.cases import Item

SUFFIX = ".grad.toml"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SuiteFile | None:
    """A suite becomes a file of tests."""
    return SuiteFile.from_parent(parent, path=file_path) if file_path.name.endswith(SUFFIX) else None


class SuiteFile(pytest.File):
    """A suite: one test for each of its cases."""

    def collect(self) -> Iterator[CaseTest]:
        """The cases; what cannot be read is a test that fails."""
        from gradcli.render.text import escape
        from gradcli.suites.read import read_cases

        for item in read_cases([str(self.path)]):
            yield CaseTest.from_parent(self, name=escape(item.name) or "the file", case=item)


class CaseTest(pytest.Item):
    """A case as `gradcli check` runs it."""

    def __init__(self, *, case: Item, **options: Any) -> None:
        super().__init__(**options)
        self.case = case
        self.extra_keyword_matches.update(getattr(case, "tags", ()))

    def runtest(self) -> None:
        """Run the case; `CaseFailed` says what is wrong with it."""
        from gradcli.commands.batch import case_runner
        from gradcli.suites.results import Outcome

        skip = getattr(self.case, "skip", None)
        if skip is not None:
            pytest.skip(skip)
        ended = case_runner("check", {}).attempt(self.case)
        if ended.outcome is not Outcome.PASSED:
            raise CaseFailed(ended)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The diagnosis, without a traceback through gradcli."""
        if isinstance(excinfo.value, CaseFailed):
            return "\n".join(_failure(self.name, excinfo.value.ended))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The line of the case."""
        return self.path, self.case.place.line - 1, self.name


class CaseFailed(Exception):  # noqa: N818  # how a test ended
    """A case that did not pass."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(ended.problems[0].message)
        self.ended = ended


def _failure(name: str, ended: Ended) -> Iterator[str]:
    """The problems of a case, and the whole report where it is one of a check."""
    from gradcli.render.text import escape
    from gradcli.reports.checks import CheckReport

    for problem in ended.problems:
        yield escape(f"{problem.place}: {name}: {problem.message}")
        if problem.help:
            yield f"help: {escape(problem.help)}"
    if isinstance(ended.report, CheckReport):
        yield from ("", _table(ended.report))


def _table(report: Any) -> str:
    from gradcli.render import Style
    from gradcli.render.check_table import render

    return render([report], Style())


# The fixture ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def gradcheck() -> Callable[..., Check]:
    """Check the gradient of an expression, or of a Python function; see `check_gradient`."""
    return check_gradient


def check_gradient(
    function: str | Callable[..., Any],
    inputs: Mapping[str, Any],
    claim: Any = None,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    allow: Iterable[str] = (),
    order: int = 1,
) -> Check:
    """Check a gradient at the inputs, given by name, and fail the test with the diagnosis unless it passes.

    `function` is an expression (then `claim` maps names to expressions or arrays; without it, gradcli's own
    derivative is checked) or a Python function (then `claim` is the function of its gradient).
    `allow` names verdicts that pass too, such as "nondifferentiable".
    """
    __tracebackhide__ = True
    check, text = _checked(function, inputs, claim, _options(rtol, atol, order))
    if check.verdict.value.lower() not in {"pass", *(each.lower() for each in allow)}:
        pytest.fail(text, pytrace=False)
    return check


def _options(rtol: float | None, atol: float | None, order: int) -> Options:
    from gradcli.checking.check import Options
    from gradcli.checking.program_subject import Settings
    from gradcli.checking.records import Tolerance

    wanted = None if rtol is None and atol is None else Tolerance(rtol or 0.0, atol or 0.0)
    return Options(settings=Settings(order=order), tolerance=wanted)


def _checked(
    function: str | Callable[..., Any], inputs: Mapping[str, Any], claim: Any, options: Options
) -> tuple[Check, str]:
    """The check, and its report as text."""
    from gradcli.checking.black_box import check_functions
    from gradcli.checking.check import check
    from gradcli.program import compile
    from gradcli.reports import Run
    from gradcli.reports.checks import CheckReport

    if isinstance(function, str):
        program = compile(function)
        found = check(program, inputs, claim, options)
    elif claim is None:
        raise TypeError("a Python function needs the function of its gradient as the claim")
    else:
        program = compile("0")
        found = check_functions(function, claim, inputs, options)
    name = function if isinstance(function, str) else getattr(function, "__qualname__", repr(function))
    return found, _table(CheckReport(Run("check", name, {}, {}), found, program.source, ""))
