"""Steps of a lesson on a terminal."""

from __future__ import annotations

import re

from rich.markdown import Markdown
from rich.rule import Rule
from rich.text import Text

from gradcli.render import Style
from gradcli.render.page import Page
from gradcli.reports.lessons import Command, File, Part, Step

_CODE = re.compile(r"`[^`]+`")


def heading(step: Step, number: int, count: int, style: Style) -> str:
    """The title of a step, and how far the lesson has come."""
    page = Page(style)
    title = Text.assemble((step.title, "bold"), f"  {number}/{count}")
    page.draw(Rule(title, align="left", style="dim"))
    page.draw()
    return str(page)


def shown(part: Part, style: Style) -> str:
    """Prose, a file or a command as the reader sees it before the command runs."""
    page = Page(style)
    if isinstance(part, Command):
        page.line(Text.assemble(("$ ", "dim"), (part.text, "bold green")))
        return str(page)
    if isinstance(part, File):
        page.line(Text(f"{part.name}:", style="bold"))
        for line in part.text.splitlines():
            page.line(Text(f"    {line}"))
    else:
        prose = part if style.color else _CODE.sub(r"`` \g<0> ``", part)  # signs where no colour tells
        page.draw(Markdown(prose))
    page.draw()
    return str(page)
