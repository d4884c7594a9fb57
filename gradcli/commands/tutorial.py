"""`gradcli tutorial`: the page of the documentation, step by step, with every command really run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

import click

from gradcli.commands.option_types import WholeNumber
from gradcli.commands.texts import TextCommand
from gradcli.errors import UsageError
from gradcli.records import NamedTuple
from gradcli.reports.lessons import Command, File, Step, steps

if TYPE_CHECKING:
    from gradcli.render import Style

Kind = TypeVar("Kind", File, Command)

_LAST_STATUS = "echo $?"  # the one command that is no call of gradcli
_PROMPT = "[Enter] goes on, [q] leaves "


class Result(NamedTuple):
    """What a command printed, and its exit code."""

    output: str
    status: int


def run(step: int) -> Callable[[Style], Iterable[str]]:
    """The tutorial from a step on: on a terminal one step at a time, else all of it."""
    lesson = steps(page())
    if step > len(lesson):
        raise UsageError(f"the tutorial has {len(lesson)} steps, and step {step} was asked for")
    return lambda style: pieces(lesson, step - 1, style)


def page() -> str:
    """The text of the tutorial: inside the package in a wheel, beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside, beside = (
        os.path.join(folder, "docs/tutorial.md") for folder in (package, os.path.dirname(package))
    )
    with open(inside if os.path.exists(inside) else beside, encoding="utf-8") as file:
        return file.read()


def pieces(lesson: list[Step], start: int, style: Style) -> Iterator[str]:
    """The text of the steps; their commands run ahead while the reader reads."""
    from concurrent.futures import ThreadPoolExecutor
    from tempfile import TemporaryDirectory

    from gradcli.render.lesson import heading

    waits = sys.stdin.isatty() and sys.stdout.isatty()
    commands = _of_kind(Command, lesson[start:])
    with TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        for file in _of_kind(File, lesson):
            with open(os.path.join(folder, file.name), "w", encoding="utf-8") as opened:
                opened.write(file.text)
        results = pool.map(lambda command: result(command.text, folder, style), commands)
        for number, step in enumerate(lesson[start:], start + 1):
            yield heading(step, number, len(lesson), style)
            yield from _played(step, results, style)
            if waits and number < len(lesson):
                yield _PROMPT
                if sys.stdin.readline() != "\n":  # any word, or the end of the input
                    pool.shutdown(cancel_futures=True)
                    return


def _played(step: Step, results: Iterator[Result], style: Style) -> Iterator[str]:
    """The parts of a step, each command with what it printed."""
    from gradcli.render.lesson import shown

    status = 0
    for part, following in zip(step.parts, [*step.parts[1:], None], strict=True):
        yield shown(part, style)
        if isinstance(part, Command):
            done = next(results)
            yield f"{status}\n" if part.text == _LAST_STATUS else done.output
            status = done.status
            yield "" if isinstance(following, Command) else "\n"


def result(command: str, folder: str, style: Style) -> Result:
    """What a call of gradcli in a folder prints, as on a terminal of this width."""
    import shlex
    import subprocess

    if command == _LAST_STATUS:
        return Result("", 0)
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    terminal = {"FORCE_COLOR": "1"} if style.color else {"NO_COLOR": "1"}
    terminal |= {"COLUMNS": str(style.width), "PYTHONIOENCODING": "utf-8"}
    found = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)],
        cwd=folder,
        env={**os.environ, **terminal, "PYTHONPATH": found},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return Result(done.stdout, done.returncode)


def _of_kind(kind: type[Kind], lesson: Iterable[Step]) -> list[Kind]:
    return [part for step in lesson for part in step.parts if isinstance(part, kind)]


command = TextCommand(
    "tutorial",
    run,
    help="Walk through gradcli in short steps. Each command is really run; on a terminal, Enter goes on and "
    "q leaves. STEP is the number of the step to begin with.",
    examples=("gradcli tutorial", "gradcli tutorial 3"),
    params=[click.Argument(["step"], type=WholeNumber(1), default=1, metavar="[STEP]")],
)
