"""`gradcli plot`: a program and its derivative over a range."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from gradcli.commands.program_command import ProgramCommand
from gradcli.errors import InputError, UsageError
from gradcli.reports.plots import FORMATS

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.inspection.curve import Range
    from gradcli.recording import Recording
    from gradcli.reports import Report


class _Ranges(Collection[str]):
    """The texts that are ranges, `0:2*pi`, and no values: neither JSON nor files."""

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and text.count(":") == 1 and text.lstrip()[:1] not in ("{", "[", "@")

    def __iter__(self) -> Iterator[str]:
        return iter(("START:STOP",))

    def __len__(self) -> int:
        return 1


class PlotCommand(ProgramCommand):
    """A command whose inputs may have ranges."""

    kinds = _Ranges()


def run(request: Request) -> Iterator[Report]:
    """Evaluate the program with its gradient along one range, or on the grid of two."""
    from gradcli.inspection.curve import curve, field
    from gradcli.reports.plots import Plotted

    ranges = [_range(request, name, text) for name, text in request.declared.items()]
    if not 1 <= len(ranges) <= 2:
        raise UsageError(
            f"a plot is over the range of one input or two, and {len(ranges)} were given",
            help="write the input to plot over as --x -3:3",
        )

    def record(values: Mapping[str, float]) -> Recording:
        moved = request._replace(inputs={**request.inputs, **values}, wrt=tuple(values))
        return moved.record(request.program, unrolled=True)

    plot = curve(record, *ranges) if len(ranges) == 1 else field(record, *ranges)
    yield Plotted(request.run("plot", request.program, {}), plot)


def _range(request: Request, name: str, text: str) -> Range:
    """The range that the value of an option says; its ends may be expressions."""
    import numpy as np

    from gradcli.inspection.curve import Range

    ends = [request.value(part, f"--{name}") if part.strip() else np.nan for part in text.split(":")]
    if not all(isinstance(end, int | float) and np.isfinite(end) for end in ends) or ends[0] == ends[1]:
        raise InputError(f"the range of --{name} is two different finite numbers, and `{text}` was given")
    return Range(name, *sorted(float(end) for end in ends))  # type: ignore[arg-type]


command = PlotCommand(
    "plot",
    run,
    help="Draw PROGRAM and its derivative over a range START:STOP of one input, or its values and gradients "
    "over those of two. With --output FILE.svg or FILE.png the picture is drawn by matplotlib.",
    examples=(
        'gradcli plot "abs(x)*sin(3*x)" --x -3:3',
        'gradcli plot "(1 - x)**2 + 10*(y - x**2)**2" --x -2:2 --y -1:3 --output valley.svg',
    ),
    differentiates=False,
    formats=(*FORMATS, "json", "jsonl"),
)
