"""Commands that print a text of their own, piece by piece, and compute no result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import click

from gradcli.commands.options import SectionedCommand, Settings, output_options
from gradcli.commands.output import Sink
from gradcli.limits import MAX_ELEMENTS, MAX_STEPS
from gradcli.render import Style
from gradcli.status import Status

_SHARED = ("color", "output", "debug")  # the output options that make sense for a text


class TextRun:
    """A text to be written; it always succeeds, and there is nothing to note."""

    status = Status.OK
    notes: Sequence[str] = ()
    sink = Sink.WHOLE

    def __init__(self, pieces: Callable[[Style], Iterable[str]], settings: Settings) -> None:
        self.pieces = pieces
        self.settings = settings


class TextCommand(SectionedCommand):
    """A command whose `run` gives, for its own options, the pieces of a text in a style."""

    def __init__(
        self,
        name: str,
        run: Callable[..., Callable[[Style], Iterable[str]]],
        *,
        help: str,
        examples: tuple[str, ...],
        params: Iterable[click.Parameter] = (),
    ) -> None:
        shared = [option for option in output_options() if option.name in _SHARED]
        super().__init__(name, params=[*params, *shared], help=help)
        self.run = run
        self.examples = examples

    def invoke(self, ctx: click.Context) -> TextRun:
        """The text, made as it is written."""
        own = {name: value for name, value in ctx.params.items() if name not in _SHARED}
        settings = Settings(
            format="plain",
            precision=None,
            output=ctx.params["output"],
            color=ctx.params["color"],
            heatmap=False,
            quiet=True,
            verbose=False,
            seed=0,
            max_steps=MAX_STEPS,
            max_elements=MAX_ELEMENTS,
        )
        return TextRun(self.run(**own), settings)
