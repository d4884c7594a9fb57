"""`gradcli functions`: the reference of the language's functions, from their own table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gradcli.commands.options import SectionedCommand, Settings, output_options
from gradcli.commands.program_command import ReportRun
from gradcli.limits import MAX_ELEMENTS, MAX_STEPS
from gradcli.reports.functions import FORMATS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from gradcli.reports import Report


class FunctionsCommand(SectionedCommand):
    """A command that takes names of functions or families instead of programs."""

    examples = (
        "gradcli functions",
        "gradcli functions norm",
        "gradcli functions trigonometry",
    )

    def invoke(self, ctx: click.Context) -> ReportRun:
        """The reference, or the part of it that is asked for."""
        shared = {name: ctx.params[name] for name in Settings._fields if name in ctx.params}
        settings = Settings(**shared, seed=0, max_steps=MAX_STEPS, max_elements=MAX_ELEMENTS)
        return ReportRun(run(ctx.params["names"]), settings)


def run(names: tuple[str, ...]) -> Iterator[Report]:
    """All functions, or those that are named."""
    from gradcli.inspection.functions import find, reference
    from gradcli.reports import Run
    from gradcli.reports.functions import Functions

    found = [find(name) for name in names] or [reference()]
    entries = {entry.name: entry for each in found for entry in each}
    explained = all(len(each) == 1 for each in found)  # no family
    yield Functions(Run("functions", "", {}, {}), tuple(entries.values()), explained)


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    from gradcli.commands.candidates import of_function

    return of_function(ctx, incomplete)


command = FunctionsCommand(
    "functions",
    params=[
        click.Argument(["names"], nargs=-1, metavar="[NAME]...", shell_complete=_names),
        *output_options((*FORMATS, "json", "jsonl")),
    ],
    help="List the functions of the language by families, or explain those that are named.",
)
