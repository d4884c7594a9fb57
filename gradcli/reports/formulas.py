"""Reports of formulas: derivatives as text."""

from __future__ import annotations

from typing import Any

from gradcli.records import NamedTuple
from gradcli.reports import Answer, Column, Run

FORMATS = {
    "table": "gradcli.render.formula_table",
    "plain": "gradcli.render.formula_plain",
    "markdown": "gradcli.render.formula_markdown",
    "latex": "gradcli.render.formula_latex",
}


class Formula(NamedTuple):
    """A derivative as text of the language and as LaTeX; `names` are what it is taken by."""

    names: tuple[str, ...]
    text: str
    latex: str


class Rewriting(NamedTuple):
    """A step of a simplification: the rule, the identity that it states, and what it made of what."""

    rule: str
    identity: str
    before: str
    after: str


class Derivatives(NamedTuple):
    """Derivatives as formulas; `code` is the text in another language that was asked for."""

    run: Run
    formulas: tuple[Formula, ...]
    conditions: tuple[str, ...] = ()
    steps: tuple[Rewriting, ...] = ()
    code: str | None = None

    @property
    def formats(self) -> dict[str, str]:
        """The modules that render formulas, in the formats that have their own."""
        return FORMATS

    def document(self) -> dict[str, Any]:
        """The run with `derivatives`, and with `code`, `conditions` and `steps` where there are some."""
        extra: dict[str, Any] = {} if self.code is None else {"code": self.code}
        if self.conditions:
            extra["conditions"] = list(self.conditions)
        if self.steps:
            extra["steps"] = [step._asdict() for step in self.steps]
        return self.run.document(derivatives=self.by_name(), **extra)

    def by_name(self) -> dict[str, Any]:
        """The texts by input name; by both names for second derivatives by pairs."""
        found: dict[str, Any] = {}
        for formula in self.formulas:
            *outer, last = formula.names
            level = found
            for name in outer:
                level = level.setdefault(name, {})
            level[last] = formula.text
        return found

    def columns(self) -> tuple[Column, ...]:
        """The formulas beside the inputs."""
        return (Column("derivative", {}, self.by_name()),)

    def answers(self) -> tuple[Answer, ...]:
        """The formula for each input."""
        return tuple(Answer("derivative", each.names, each.text) for each in self.formulas)
