"""Formulas as code: the one table of languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradcli.errors import UsageError
from gradcli.program import Program
from gradcli.symbolic.c_code import c_function
from gradcli.symbolic.expression import ExpressionPrinter
from gradcli.symbolic.formulas import Derivation
from gradcli.symbolic.latex import LatexPrinter, name_text
from gradcli.symbolic.names import Names, root_of
from gradcli.symbolic.numpy_code import numpy_function
from gradcli.symbolic.sharing import shared_terms
from gradcli.symbolic.term import Term


def emitted(program: Program, derivation: Derivation, language: str, share: bool) -> str:
    """The formulas in a language; `share` gives common subexpressions names."""
    return EMITTERS[language](program, derivation, share)


def statements(derivation: Derivation, terms: Mapping[str, Term]) -> str:
    """A program with one assignment for each common subexpression; several results are returned by name."""
    printer = ExpressionPrinter(derivation.inputs)
    names = Names(map(root_of, derivation.inputs))
    results = {names.fresh(f"d_{name}"): term for name, term in terms.items()}
    shared = shared_terms(terms.values(), names.taken)
    lines = [f"{name} = {text}" for name, text in printer.define(shared)]
    if len(terms) == 1:
        return "\n".join([*lines, *map(printer, terms.values())])
    lines += [f"{name} = {printer(term)}" for name, term in results.items()]
    return "\n".join([*lines, f"return {', '.join(results)}"])


def _expression(program: Program, derivation: Derivation, share: bool) -> str:
    terms = {"_".join(names).replace(".", "_"): term for names, term in derivation.derivatives.items()}
    return statements(derivation, terms)


def _latex(program: Program, derivation: Derivation, share: bool) -> str:
    printer = LatexPrinter(derivation.inputs)
    if len(derivation.derivatives) == 1:
        return "".join(map(printer, derivation.derivatives.values()))
    return "\n".join(
        rf"\nabla_{{{', '.join(map(name_text, names))}}} f = {printer(term)}"
        for names, term in derivation.derivatives.items()
    )


def _function(write: Callable[..., str]) -> Callable[[Program, Derivation, bool], str]:
    def emit(program: Program, derivation: Derivation, share: bool) -> str:
        single = {names[0]: term for names, term in derivation.derivatives.items() if len(names) == 1}
        if len(single) < len(derivation.derivatives):
            raise UsageError(
                "functions are written for gradients", help="`--emit expression` or `latex` print Hessians"
            )
        parameters = list(program.inputs)
        return write(program.source.text, parameters, derivation.value, single, derivation.inputs, share)

    return emit


EMITTERS: dict[str, Callable[[Program, Derivation, bool], str]] = {
    "expression": _expression,
    "numpy": _function(numpy_function),
    "latex": _latex,
    "c": _function(c_function),
}
