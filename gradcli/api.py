"""The Python API with the command line's words: a `Program` that can also be checked, derived and looked at.

>>> import gradcli
>>> gradcli.compile("2*dot(x, x)").grad({"x": [0, 1, 2, 3]})
{'x': array([ 0.,  4.,  8., 12.])}
>>> gradcli.compile("2*dot(x, x)").diff(x="vector")
{'x': '4*x'}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gradcli import program
from gradcli.language.source import Source

if TYPE_CHECKING:
    from gradcli.checking.check import Options
    from gradcli.checking.records import Check
    from gradcli.inspection.trace import Trace


def compile(text: str, name: str = "<program>") -> Program:
    """Compile a program's text; `name` is what messages call it.

    Raises `ProgramError`, with its place in the text, when the text is no program.
    """
    return Program(Source(text, name))


class Program(program.Program):
    """A compiled program; see `gradcli.program.Program` for values and derivatives."""

    def check(
        self,
        inputs: program.Inputs,
        claim: Mapping[str, Any] | None = None,
        options: Options | None = None,
    ) -> Check:
        """Check the gradient at the inputs, or claims about it (formulas or numbers by input name)."""
        from gradcli.checking.check import check

        return check(self, inputs, claim, options)

    def diff(
        self, inputs: program.Inputs | None = None, wrt: Sequence[str] | None = None, **kinds: str
    ) -> dict[str, str]:
        """The gradient as formulas of the language, by input name.

        `inputs` gives values, `kinds` declares names as `vector`, `matrix` or `scalar`; names with neither
        are scalars.
        """
        from gradcli.symbolic.expression import ExpressionPrinter
        from gradcli.symbolic.formulas import Subject, gradient

        given = inputs or {}
        scalars = dict.fromkeys((name for name in self.inputs if name not in given), "scalar")
        derivation = gradient(Subject(self, given, {**scalars, **kinds}, wrt))
        printer = ExpressionPrinter(derivation.inputs)
        return {", ".join(names): printer(term) for names, term in derivation.derivatives.items()}

    def trace(self, inputs: program.Inputs, modes: tuple[str, ...] = ("forward", "reverse")) -> Trace:
        """The evaluation trace: every step with its value, tangents and adjoints."""
        from gradcli.inspection.trace import trace

        return trace(self.record(inputs, unrolled=True), modes)
