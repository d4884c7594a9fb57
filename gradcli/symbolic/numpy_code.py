"""Formulas as a Python function over NumPy that gives the value and the gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradcli.errors import UsageError
from gradcli.symbolic.expression import ExpressionPrinter, Level, Text
from gradcli.symbolic.names import Names, in_python, refuse_clashes
from gradcli.symbolic.numbers import Coefficient, coefficient_parts
from gradcli.symbolic.sharing import shared_terms
from gradcli.symbolic.term import Number, Shape, Term
from gradcli.symbolic.words import words

# Functions that NumPy has under another name than the language; `{0}` stands for the arguments.
_RENAMED = {
    "inv": "np.linalg.inv({0})",
    "det": "np.linalg.det({0})",
    "logdet": "np.linalg.slogdet({0})[1]",
    "norm": "np.linalg.norm({0})",
    "solve": "np.linalg.solve({0})",
    "pinv": "np.linalg.pinv({0})",
    "matrix_power": "np.linalg.matrix_power({0})",
    "softplus": "np.logaddexp(0, {0})",
    "relu": "np.maximum({0}, 0)",
    "detach": "{0}",
    "len": "len({0})",
    "size": "{0}.size",
    "shape": "{0}.shape",
    "tanhshrink": "({0} - np.tanh({0}))",
}
_FROM_SCIPY = words(
    "logsumexp softmax log_softmax erf erfc erfcx erfinv digamma polygamma gamma beta betaln i0 i1 iv j0 j1 "
    "jv ndtri log_ndtr xlogy"
)
_DIFFERENT_IN_SCIPY = {
    "sigmoid": "expit",
    "logsigmoid": "log_expit",
    "log_odds": "logit",
    "lgamma": "gammaln",
}
_OVER_EVERYTHING = ("softmax", "log_softmax")  # in SciPy, where no axis is given
_IN_NUMPY = words(
    "exp log sqrt sin cos tan sinh cosh tanh abs sign log1p expm1 log2 log10 exp2 cbrt where sum mean max "
    "min trace outer diag eye ones zeros ones_like zeros_like full full_like broadcast_to reshape "
    "transpose stack concatenate einsum cumprod clip maximum minimum floor ceil round logical_and "
    "logical_or logical_not logical_xor isnan isinf isfinite hypot cumsum sort argsort kron cross prod "
    "logaddexp logaddexp2 sinc trunc floor_divide remainder fmod fmax fmin copysign heaviside "
)
_DIFFERENT = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "stacked_matmul": "matmul", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
}  # fmt: skip


class NumPyPrinter(ExpressionPrinter):
    """Prints terms as Python over `np`; `imports` collects what it takes from SciPy, `needed` other names.

    Structures are dictionaries and lists.
    """

    def __init__(self, inputs: Mapping[str, Shape]) -> None:
        super().__init__({in_python(path): shape for path, shape in inputs.items()})
        self.imports: set[str] = set()
        self.needed = {"np"}

    def call(self, function: str, *arguments: str) -> str:
        """The call of a function of the language in NumPy's or SciPy's name."""
        if function == "sinc" and len(arguments) > 1:
            raise UsageError("NumPy has no derivative of `sinc`", help="`--emit expression` prints it")
        if function in _OVER_EVERYTHING and len(arguments) == 1:
            arguments = (*arguments, "axis=-1")
        joined = ", ".join(arguments)
        if function == "len":
            self.needed.add("len")
        if function in _RENAMED:
            return _RENAMED[function].format(joined)
        if function in _FROM_SCIPY or function in _DIFFERENT_IN_SCIPY:
            name = _DIFFERENT_IN_SCIPY.get(function, function)
            self.imports.add(name)
            return f"{name}({joined})"
        if function in _IN_NUMPY or function in _DIFFERENT:
            return f"np.{_DIFFERENT.get(function, function)}({joined})"
        raise UsageError(f"`{function}` has no name in NumPy or SciPy", help="`--emit expression` prints it")

    def coefficient(self, value: Number) -> Coefficient:
        """Numbers whose constants have NumPy's names."""
        return Coefficient(*(tuple(map(_numpy_constant, parts)) for parts in coefficient_parts(value)))

    def _input(self, term: Term, tight: bool) -> Text:
        return Text(in_python(term.static), Level.ATOM)

    def _array(self, term: Term, tight: bool) -> Text:
        return Text(f"np.array({super()._array(term, tight).text})", Level.ATOM)

    def _entries(self, term: Term, tight: bool) -> Text:
        return Text(f"np.array({super()._entries(term, tight).text})", Level.ATOM)


def _numpy_constant(text: str) -> str:
    for name in ("pi", "sqrt", "log", "inf", "nan"):
        text = text.replace(name, f"np.{name}")
    return text


def numpy_function(
    program: str,
    parameters: list[str],
    value: Term,
    derivatives: Mapping[str, Term],
    inputs: Mapping[str, Shape],
    share: bool = True,
) -> str:
    """The text of `value_and_gradient(...)` with its imports."""
    roots = [value, *derivatives.values()]
    names = Names({*parameters, "np"})
    result = names.fresh("value")
    printer = NumPyPrinter(inputs)
    shared = shared_terms(roots, names.taken) if share else {}
    lines = [f"    {name} = {text}" for name, text in printer.define(shared)]
    results = [printer(root) for root in roots]
    refuse_clashes(parameters, printer.needed | printer.imports)
    lines += [f"    {result} = {results[0]}"]
    lines += [f"    return {result}, {_gradient(list(derivatives), results[1:])}"]
    head = [*_imports(printer.imports), "", "", f"def value_and_gradient({', '.join(parameters)}):"]
    return "\n".join([*head, *_documentation(program, inputs, derivatives), *lines, ""])


def _imports(functions: set[str]) -> list[str]:
    scipy = [f"from scipy.special import {', '.join(sorted(functions))}"] if functions else []
    return ["import numpy as np", *scipy]


def _gradient(names: list[str], texts: list[str]) -> str:
    pairs = ", ".join(f"{name!r}: {text}" for name, text in zip(names, texts, strict=True))
    return f"{{{pairs}}}"


def _documentation(program: str, inputs: Mapping[str, Shape], derivatives: Mapping[str, Any]) -> list[str]:
    """The docstring: what is computed, and the shapes that the formulas are for."""
    text = " ".join(program.split()).replace("\\", "\\\\").replace('"""', "'''")
    kinds = [f"    {name}: {_kind(shape)}" for name, shape in inputs.items()]
    by = ", ".join(derivatives)
    return [f'    """The value of `{text}` and its gradient by {by}.', "", *kinds, '    """']


def _kind(shape: Shape) -> str:
    return {0: "a number", 1: "a vector", 2: "a matrix"}.get(len(shape), f"an array with {len(shape)} axes")
