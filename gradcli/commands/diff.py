"""`gradcli diff`: the derivative as a formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from gradcli.commands.option_types import OneOf, WholeNumber
from gradcli.commands.options import ToolOption
from gradcli.commands.program_command import ProgramCommand
from gradcli.errors import UsageError

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.reports import Report
    from gradcli.reports.formulas import Formula, Rewriting
    from gradcli.symbolic.formulas import Derivation

_MOST_COUNTED = 1_000_000_000
_MOST_OPERATIONS = 20_000  # of a formula that is written out
_HOPELESS = 10 * _MOST_OPERATIONS  # of a simplified part of one
_SHARED = "`--cse` gives common subexpressions a name"
_LANGUAGES = ("expression", "numpy", "latex", "c")


def run(
    request: Request,
    order: int,
    jacobian: bool,
    hessian: bool,
    emit: str,
    cse: bool,
    no_cse: bool,
    explain: bool,
) -> Iterator[Report]:
    """Derive formulas and write them in the language asked for."""
    from gradcli.reports.formulas import Derivatives
    from gradcli.symbolic.emit import emitted

    if cse and no_cse:
        raise UsageError("`--cse` and `--no-cse` exclude each other")
    is_gradient = not (order > 1 or jacobian or hessian)
    adjoint = _adjoint_program(request) if emit == "numpy" and is_gradient else None
    if adjoint is not None:
        yield Derivatives(request.run("diff", request.program, {}), (), code=adjoint)
        return
    share = cse or (emit in ("numpy", "c") and not no_cse)
    derivation = _written_out(lambda most: _derivation(request, order, jacobian, hessian, most), share)
    outputs = {} if request.declared or _scalars(request) else derivation.outputs
    if not derivation.derivatives:
        from gradcli.recording import VARIABLES_TOO

        raise UsageError(
            "the program has no input to differentiate by", source=request.program.source, help=VARIABLES_TOO
        )
    yield Derivatives(
        request.run("diff", request.program, outputs, _size_notes(request, derivation)),
        _formulas(derivation, emit, share),
        derivation.conditions,
        _steps(derivation) if explain else (),
        emitted(request.program, derivation, emit, share) if emit != "expression" or share else None,
    )


def _written_out(derive: Callable[[float], Derivation], share: bool) -> Derivation:
    """The derivation, given the most operations of a formula; `UsageError` where it cannot be written out."""
    from gradcli.symbolic.simplify import TooLongError

    try:
        return derive(math.inf if share else _HOPELESS)
    except TooLongError:
        raise UsageError(f"the formula has more than {_count(_HOPELESS)} operations", help=_SHARED) from None
    except RecursionError:
        raise UsageError(
            "the formula is nested too deep to be written out",
            help="`--emit numpy` writes a program with loops as it is",
        ) from None


def _adjoint_program(request: Request) -> str | None:
    """A program with loops as a function with a sweep forward and a sweep back; None where it has none.

    What cannot be read as loops is unrolled to a formula, like a program without.
    """
    from gradcli.loops.segments import RefusedError
    from gradcli.loops.whole import names_of_inputs
    from gradcli.symbolic.examples import example_inputs
    from gradcli.symbolic.loop_code import adjoint_program, has_loops

    program = request.program
    values = request.inputs_of(program)
    kinds = _kinds(request)
    code = program.lowered(frozenset({*values, *kinds}))
    if not has_loops(code):
        return None
    if kinds:
        values = example_inputs(program, values, kinds)
    wrt = request.wrt or [name for name in names_of_inputs(code) if name not in request.const]
    try:
        return adjoint_program(code, program.source.text, values, wrt)
    except RefusedError:
        return None


def _derivation(
    request: Request, order: int, jacobian: bool, hessian: bool, most_operations: float
) -> Derivation:
    """The formulas of the derivative that the options name."""
    from gradcli.symbolic import formulas

    if jacobian + hessian + (order > 1) > 1:
        raise UsageError("`--jacobian`, `--hessian` and `--order` exclude each other")
    kinds = _kinds(request)
    subject = formulas.Subject(
        request.program,
        request.inputs_of(request.program),
        kinds,
        request.wrt,
        request.const,
        most_operations,
    )
    if jacobian:
        return formulas.jacobian(subject)
    if hessian:
        return formulas.hessian(subject)
    return formulas.higher(subject, order)


def _scalars(request: Request) -> list[str]:
    """The inputs of which nothing is said."""
    return [name for name in request.program.inputs if name not in {*request.inputs, *request.declared}]


def _kinds(request: Request) -> dict[str, str]:
    """What is known of the inputs without a value: what they are declared as, or that they are scalars."""
    return {**dict.fromkeys(_scalars(request), "scalar"), **request.declared}


def _formulas(derivation: Derivation, emit: str, share: bool) -> tuple[Formula, ...]:
    """The text of each derivative, as one expression or with its common subexpressions named.

    Beside code that shares subexpressions, only what is too long otherwise shares them.
    """
    from gradcli.reports.formulas import Formula
    from gradcli.symbolic.emit import statements
    from gradcli.symbolic.expression import ExpressionPrinter
    from gradcli.symbolic.latex import LatexPrinter

    printer, latex = ExpressionPrinter(derivation.inputs), LatexPrinter(derivation.inputs)
    found = []
    for names, term in derivation.derivatives.items():
        is_long = term.operations > _MOST_OPERATIONS
        if is_long and not share:
            raise UsageError(
                f"the formula by `{', '.join(names)}` has {_count(term.operations)} operations",
                help=_SHARED,
            )
        is_shared = share and (is_long or emit == "expression")
        text = statements(derivation, {"": term}) if is_shared else printer(term)
        found.append(Formula(names, text, "" if is_long else latex(term)))
    return tuple(found)


def _count(operations: int) -> str:
    return f"{operations:,}" if operations < _MOST_COUNTED else f"more than {_MOST_COUNTED:,}"


def _size_notes(request: Request, derivation: Derivation) -> tuple[str, ...]:
    """For which sizes of declared inputs the formulas are, where they write entries out."""
    shapes = {name: derivation.inputs[name] for name in request.declared}
    sizes = ", ".join(f"`{name}` of {'×'.join(map(str, shape))}" for name, shape in shapes.items() if shape)
    if not sizes or not _is_for_one_size(request, derivation):
        return ()
    return (f"the formula is for {sizes} entries; give values of other sizes for others",)


def _is_for_one_size(request: Request, derivation: Derivation) -> bool:
    """Whether the formulas write entries out, or hold counts of entries as numbers."""
    from gradcli.symbolic.examples import holds_for_other_sizes
    from gradcli.symbolic.expression import ExpressionPrinter
    from gradcli.symbolic.subterms import is_for_one_size

    if any(map(is_for_one_size, derivation.derivatives.values())):
        return True
    if derivation.value.operations > _MOST_OPERATIONS:
        return False
    program, value = request.program, ExpressionPrinter(derivation.inputs)(derivation.value)
    shapes = {name: derivation.inputs[name] for name in _kinds(request)}
    return not holds_for_other_sizes(program, request.inputs_of(program), shapes, value)


def _steps(derivation: Derivation) -> tuple[Rewriting, ...]:
    from gradcli.reports.formulas import Rewriting
    from gradcli.symbolic.expression import ExpressionPrinter

    text = ExpressionPrinter(derivation.inputs)
    steps = (
        Rewriting(step.rule.name, step.rule.reference, text(step.before), text(step.after))
        for step in derivation.steps
    )
    return tuple(step for step in steps if step.before != step.after)  # factors were put in order


class DiffCommand(ProgramCommand):
    """A command whose inputs may be declared instead of given."""

    kinds = ("scalar", "vector", "matrix")


command = DiffCommand(
    "diff",
    run,
    help="Print the derivative of PROGRAM by each input as a formula, which is a program again. "
    "An input may be given as a value or declared (vector, matrix, scalar); without either it is a scalar.",
    examples=(
        'gradcli diff "2*dot(x,x)" --x 0,1,2,3',
        'gradcli diff "norm(X@w - y)**2" --wrt w --X matrix --w vector --y vector',
        'gradcli diff "exp(-x**2)" --order 2 --emit latex',
    ),
    options=[
        ToolOption(
            "--order",
            section="Derivative",
            type=WholeNumber(1, 20),
            default=1,
            metavar="N",
            help="differentiate N times, by the same input each time",
        ),
        ToolOption("--jacobian", section="Derivative", is_flag=True, help="the Jacobian of a vector program"),
        ToolOption(
            "--hessian", section="Derivative", is_flag=True, help="second derivatives by all pairs of inputs"
        ),
        ToolOption(
            "--emit",
            section="Output",
            type=OneOf(_LANGUAGES),
            default="expression",
            metavar="LANGUAGE",
            help=f"one of {', '.join(_LANGUAGES)}",
        ),
        ToolOption("--cse", section="Output", is_flag=True, help="name common subexpressions"),
        ToolOption("--no-cse", section="Output", is_flag=True, help="write common subexpressions out"),
        ToolOption(
            "--explain", section="Output", is_flag=True, help="show each rewriting step with its rule"
        ),
    ],
)
