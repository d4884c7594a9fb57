"""`gradcli batch PROGRAM --data ROWS`: one program over many data rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from gradcli.commands.option_types import OneOf
from gradcli.commands.options import (
    Settings,
    ToolOption,
    asked_format,
    format_for_file,
    format_of_file,
    settings_of,
)
from gradcli.commands.output import Sink, check_apart
from gradcli.commands.program_command import ProgramCommand, ProgramContext
from gradcli.commands.request import Request, make_request
from gradcli.errors import InputError, UsageError
from gradcli.render import ROW_FORMATS, Style, render
from gradcli.status import Status
from gradcli.suites.row_files import read_rows
from gradcli.suites.rows import Results, RowEvaluator

if TYPE_CHECKING:
    from gradcli.reports import Report

_FROM_ROWS = "data"  # what an option says whose values come from the rows
_SHOWN = 3  # failures
_WRITTEN = 1 << 13  # rows at a time: their text stays in the cache


class DataCommand(ProgramCommand):
    """The command over data rows."""

    kinds = (_FROM_ROWS,)

    def invoke(self, ctx: click.Context) -> RowsRun:
        """The run, which begins when its pieces are asked for."""
        from gradcli.memory import keep_freed_memory

        assert isinstance(ctx, ProgramContext)
        keep_freed_memory()
        settings = settings_of(ctx.params)._replace(format=format_for_file(ctx, self.formats))
        check_apart(settings.output, [ctx.params["data"]])
        given = {each.variable: ctx.params[each.name] for each in ctx.variables}
        request = make_request(ctx.programs, given, ctx.params, settings, self.tool_options(), self.kinds)
        if ctx.params["accumulate"] and ctx.params["command"] != "grad":
            raise UsageError("`--accumulate` adds gradients up", help="add --command grad")
        if settings.format not in ROW_FORMATS and not ctx.params["accumulate"]:
            if asked_format(ctx) or format_of_file(ctx):
                known = " and ".join(ROW_FORMATS)
                raise UsageError(f"rows are written as {known}; `--accumulate` has every format")
            settings = settings._replace(format="csv")
        return RowsRun(request, settings, ctx.params)


class RowsRun:
    """One run over data rows; `status` and `notes` are known when the pieces have been written."""

    def __init__(self, request: Request, settings: Settings, params: Mapping[str, Any]) -> None:
        self.request = request
        self.settings = settings
        self.path: str = params["data"]
        self.is_gradient = params["command"] == "grad"
        self.is_sum: bool = params["accumulate"]
        self.sink = Sink.WHOLE if self.is_sum else Sink.ROWS
        self.count = 0
        self.failed = 0
        self.first_failures: list[str] = []
        self.status = Status.OK

    @property
    def notes(self) -> list[str]:
        """How many rows there were, and what is wrong with the first ones that failed."""
        rows = "1 row" if self.count == 1 else f"{self.count} rows"
        failed = f", of which {self.failed} failed" if self.failed else ""
        return [*self.request.notes, *self.first_failures, f"{rows}{failed}"]

    def pieces(self, style: Style) -> Iterator[str]:
        """The rows in blocks, or the report on their sum."""
        results = self._results()
        if self.is_sum:
            text = render([self._sum(results)], self.settings.format, style)
            assert isinstance(text, str)  # pictures are no format of this command
            yield text
        else:
            from gradcli.render import data_rows

            write = data_rows.csv if self.settings.format == "csv" else data_rows.json_lines
            for block in results:
                for part in block.parts(_WRITTEN):
                    yield write(part, style)
        if not self.count:
            self.status = Status.NOTHING

    def _results(self) -> Iterator[Results]:
        request, settings = self.request, self.request.settings
        options = {name: getattr(settings, name) for name in ("seed", "max_steps", "max_elements")}
        options |= {"wrt": request.wrt, "const": request.const}
        program = request.program
        fixed = request.inputs_of(program)
        missing = [name for name in program.inputs if name not in fixed]
        evaluate = RowEvaluator(program, fixed, self.is_gradient, options)
        for block in read_rows(self.path, missing):
            self._check_names(block.values, missing)
            results = evaluate(block)
            self.count += block.size
            self._note_failures(results)
            yield results

    def _note_failures(self, results: Results) -> None:
        for row, error in islice(results.errors.items(), _SHOWN - len(self.first_failures)):
            self.first_failures.append(f"row {results.numbers[row]}: {error.message}")
        self.failed += len(results.errors)
        if self.failed:
            self.status = Status.ERROR

    def _check_names(self, values: Mapping[str, np.ndarray], missing: list[str]) -> None:
        for name in missing:
            if name not in values:
                columns = ", ".join(f"`{each}`" for each in values)
                help = f"its columns are {columns}; --{name} VALUE gives one value for all rows"
                raise InputError(f"`{self.path}` has no column for the input `{name}`", help=help)
        for name in values:
            if name in self.request.inputs:
                raise InputError(f"`{name}` has a value of its own, and a column in `{self.path}`")
            if name not in missing and name not in self.request.program.optional:
                raise InputError(f"`{self.path}` has a column `{name}`, which the program does not need")

    def _sum(self, results: Iterator[Results]) -> Report:
        """The report on the sum of the rows that did not fail."""
        from gradcli.reports import Run
        from gradcli.reports.values import Gradient

        outputs: dict[str, Any] = {}
        gradients: dict[str, Any] = {}
        for block in results:
            for total, arrays in ((outputs, block.outputs), (gradients, block.gradients)):
                for name, each in arrays.items():
                    total[name] = total.get(name, 0.0) + _total(block, each)
        program = self.request.program
        plain = {name: _plain(each) for name, each in outputs.items()}
        run = Run("grad", program.source.text, self.request.inputs_of(program), plain)
        return Gradient(run, {name: _plain(each) for name, each in gradients.items()})


def _total(results: Results, rows: np.ndarray) -> Any:
    """The sum over the rows that did not fail."""
    return np.delete(rows, list(results.errors), axis=0).sum(axis=0)


def _plain(value: Any) -> Any:
    return value.item() if np.ndim(value) == 0 else value


def _run(request: Request, **options: Any) -> Iterator[Report]:
    """Nothing: `invoke` makes the run."""
    raise NotImplementedError


def data_command(name: str, examples: tuple[str, ...]) -> DataCommand:
    """The command, as a form of `gradcli batch`."""
    run: Callable[..., Iterator[Report]] = _run
    return DataCommand(
        name,
        run,
        help="Evaluate PROGRAM on every row of a file: .csv whose first row names the inputs, .jsonl, .npy, "
        ".npz, or standard input (`-`).",
        examples=examples,
        options=[
            ToolOption("--data", section="Rows", metavar="FILE", help="the rows"),
            ToolOption(
                "--command",
                section="Rows",
                type=OneOf(("eval", "grad")),
                default="eval",
                metavar="COMMAND",
                help="eval or grad",
            ),
            ToolOption(
                "--accumulate", section="Rows", is_flag=True, help="the sum over all rows in place of each"
            ),
        ],
    )
