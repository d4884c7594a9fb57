"""Formulas of scalar programs as a C function that gives the value and the gradient."""

from __future__ import annotations

from collections.abc import Mapping

from gradcli.errors import UsageError
from gradcli.symbolic.expression import ExpressionPrinter, Level, Text
from gradcli.symbolic.names import called, refuse_clashes, root_of
from gradcli.symbolic.numbers import Coefficient, coefficient_parts
from gradcli.symbolic.sharing import shared_terms
from gradcli.symbolic.term import Number, Shape, Term
from gradcli.symbolic.words import words

# Functions of the language in C, as operands of any operator; those that <math.h> has are listed below.
_WRITTEN = {
    "sigmoid": "(1.0/(1.0 + exp(-({0}))))",
    "softplus": "(log1p(exp(-fabs({0}))) + fmax({0}, 0.0))",
    "sign": "(({0} > 0.0) - ({0} < 0.0))",
    "relu": "fmax({0}, 0.0)",
    "abs": "fabs({0})",
    "gammaln": "lgamma({0})",
    "gamma": "tgamma({0})",
    "maximum": "fmax({0})",
    "minimum": "fmin({0})",
    "where": "({0} ? {1} : {2})",
    "logical_and": "({0} && {1})",
    "logical_or": "({0} || {1})",
    "logical_not": "!({0})",
    "detach": "({0})",
    "tanhshrink": "(({0}) - tanh({0}))",
}
_IN_MATH = words(
    "exp log sqrt sin cos tan sinh cosh tanh asin acos atan atan2 asinh acosh atanh log1p expm1 log2 log10 "
    "exp2 cbrt floor ceil round trunc hypot erf erfc lgamma fmod copysign isnan isinf isfinite"
)
_KEYWORDS = words(
    "auto case char const default do double enum extern float goto inline int long register restrict short "
    "signed sizeof static struct switch typedef union unsigned void volatile"
)


class CPrinter(ExpressionPrinter):
    """Prints terms of scalars as C expressions in double precision."""

    one = "1.0"

    def call(self, function: str, *arguments: str) -> str:
        """The call of a function of the language in C."""
        if function in _WRITTEN:
            template = _WRITTEN[function]
            joined = (
                arguments if function in ("where", "logical_and", "logical_or") else (", ".join(arguments),)
            )
            return template.format(*joined)
        if function in _IN_MATH:
            return f"{function}({', '.join(arguments)})"
        raise UsageError(f"`{function}` has no counterpart in C", help="`--emit numpy` has more functions")

    def coefficient(self, value: Number) -> Coefficient:
        """Numbers with a decimal point, so that C divides them as doubles."""
        return Coefficient(*(tuple(map(_double, parts)) for parts in coefficient_parts(value)))

    def _power(self, term: Term, tight: bool) -> Text:
        base, exponent = term.args
        if exponent.value is not None and (exponent.value < 0 or float(exponent.value) == 0.5):
            return super()._power(term, tight)
        if exponent.value == 2 and (base.operations == 0 or base in self.names):
            lower = self(base)
            return Text(f"{lower}*{lower}", Level.PRODUCT)
        upper = self(exponent) if exponent.value is None else repr(float(exponent.value))
        return Text(f"pow({self(base)}, {upper})", Level.ATOM)


def _double(text: str) -> str:
    if text.isdigit():
        return f"{text}.0"
    return text.replace("pi", "acos(-1.0)").replace("inf", "INFINITY").replace("nan", "NAN")


def c_function(
    program: str,
    parameters: list[str],
    value: Term,
    derivatives: Mapping[str, Term],
    inputs: Mapping[str, Shape],
    share: bool = True,
) -> str:
    """The text of `value_and_gradient(...)`; the gradient is written to its last parameter.

    Raises `UsageError` for programs with arrays.
    """
    roots = [value, *derivatives.values()]
    if any(shape or root_of(path) != path for path, shape in inputs.items()):
        raise UsageError("C code is for programs of scalars", help="`--emit numpy` has arrays")
    names = shared_terms(roots, set(parameters)) if share else {}
    printer = CPrinter(inputs)
    lines = [f"    const double {name} = {text};" for name, text in printer.define(names)]
    lines += [f"    gradient[{i}] = {printer(each)};" for i, each in enumerate(derivatives.values())]
    lines.append(f"    return {printer(value)};")
    refuse_clashes(parameters, {"gradient", *_KEYWORDS, *called(lines)})
    arguments = [*(f"double {name}" for name in parameters), f"double gradient[{max(len(derivatives), 1)}]"]
    text = " ".join(program.split()).replace("*/", "* /")
    return "\n".join(
        [
            "#include <math.h>",
            "",
            f"/* The value of {text}; gradient: by {', '.join(derivatives)}. */",
            f"double value_and_gradient({', '.join(arguments)})",
            "{",
            *lines,
            "}",
            "",
        ]
    )
