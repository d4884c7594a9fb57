"""A page for the terminal: what Rich draws, one thing below the other, as text."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from gradcli.render import Style
from gradcli.render.text import escape

_UNLIMITED = 1_000_000
_THEME = Theme({"markdown.code": "bold cyan"})  # on the terminal's own background


class Page:
    """Text and tables in the width and the colours of a style; nothing depends on the environment."""

    def __init__(self, style: Style) -> None:
        self.width = style.width
        self._must_fit = style.must_fit
        self._file = io.StringIO()
        self._console = Console(
            file=self._file,
            width=style.width,
            force_terminal=style.color,
            color_system="256" if style.color else None,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            theme=_THEME,
            _environ={},
        )

    def __str__(self) -> str:
        return "".join(f"{line.rstrip()}\n" for line in self._file.getvalue().splitlines())

    def program(self, text: str) -> None:
        """The text of a program, as the title of what follows."""
        self.line(Text(escape(text.strip()), style="bold"))

    def line(self, text: Text) -> None:
        """A line that is not broken, however long it is."""
        self._console.print(text, soft_wrap=True)

    def draw(self, *things: RenderableType) -> None:
        """Anything that fits the width or is broken to fit; nothing gives an empty line."""
        self._console.print(*things)

    def table(self, table: Table) -> None:
        """A table, as wide as its entries need even where the terminal is not: nothing is ever cut off."""
        self._console.width = max(self.width, self.needed(table))
        self._console.print(table)
        self._console.width = self.width

    def fit(self, build: Callable[[Sequence[str]], Table], spare: Sequence[str]) -> None:
        """Draw the table that `build` makes without some columns.

        Where it must fit the width, of the `spare` ones as few go as that takes, the first ones first; it is
        said which.
        """
        left_out: list[str] = []
        table = build(left_out)
        for title in spare if self._must_fit else ():
            if self.needed(table) <= self.width:
                break
            left_out.append(title)
            table = build(left_out)
        self.table(table)
        if left_out:
            self.draw(Text(f"too narrow for {', '.join(left_out)}", style="dim"))

    def needed(self, table: Table) -> int:
        """The width that a table needs."""
        options = self._console.options.update_width(_UNLIMITED)
        return Measurement.get(self._console, options, table).maximum


def framed() -> Table:
    """An empty table with the frame that all tables have."""
    return Table(box=box.ROUNDED, border_style="dim", header_style="dim")
