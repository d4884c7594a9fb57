"""Binding the arguments of a call to the parameters of a function of the table."""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.errors import ProgramError, nearest
from gradcli.language import tree
from gradcli.language.names import dotted
from gradcli.primitives.table import REQUIRED, Function

# What a keyword is called here, by what it may be called elsewhere.
_SYNONYMS = {
    "dim": "axis",
    "axis": "dim",
    "keepdim": "keepdims",
    "keepdims": "keepdim",
    "dims": "axis axes",
    "axes": "axis",
    "shifts": "shift",
    "input": "x",
    "a": "x",
    "x1": "x",
    "x2": "y",
    "other": "y",
    "self": "x",
    "exponent": "y",
    "a_min": "min",
    "a_max": "max",
    "ndigits": "decimals",
    "p": "ord",
    "unitriangular": "unit_diagonal",
    "reverse": "descending",
    "mean": "loc",
    "size": "shape",
    "shape": "size",
    "end": "stop",
    "N": "n",
    "M": "m",
    "std": "scale",
}
_FLOAT_TYPES = {"float", "float64", "double", "float32", "float16", "bfloat16", "float_"}
REQUIRES_GRAD = "requires_grad"
_IGNORED = {REQUIRES_GRAD, "device", "copy"}


def bind(function: Function, call: tree.Call, given: int = 0) -> Iterator[tuple[str | None, tree.Argument]]:
    """Match arguments with parameters: (keyword or None, argument) pairs in the order of the text.

    `given` counts positional arguments that come from elsewhere (the base of a method call).
    Raises `ProgramError` at the first argument that does not fit.
    """
    names = [parameter.name for parameter in function.parameters]
    seen = set(names[:given])
    position = given
    for argument in call.arguments:
        if argument.keyword is None:
            if not function.variadic:
                _check_position(function, argument, position)
                seen.add(names[position])
            position += 1
            yield None, argument
        elif not _without_effect(argument, names):
            yield _keyword(function, argument, names, seen), argument
    missing = [p.name for p in function.parameters if p.default is REQUIRED and p.name not in seen]
    if missing and not function.variadic:
        raise ProgramError(
            f"`{function.name}` needs {_arguments(function)}: `{missing[0]}` is missing",
            span=call.span,
            help=f"its signature is `{function.signature}`",
        )


def _arguments(function: Function) -> str:
    least = sum(p.default is REQUIRED for p in function.parameters)
    most = len(function.parameters)
    count = f"{least}" if least == most else f"{least} to {most}"
    return f"{count} argument{'' if count == '1' else 's'}"


def _check_position(function: Function, argument: tree.Argument, position: int) -> None:
    if position >= len(function.parameters):
        raise ProgramError(
            f"`{function.name}` takes {_arguments(function)}; this is number {position + 1}",
            span=argument.span,
            help=f"its signature is `{function.signature}`",
        )


def _without_effect(argument: tree.Argument, names: list[str]) -> bool:
    """Whether a keyword of NumPy or torch may be dropped; a `dtype` that is no float type is an error."""
    if argument.keyword in names:
        return False
    if argument.keyword != "dtype":
        return argument.keyword in _IGNORED
    value = argument.value
    parts = [value.value] if isinstance(value, tree.String) else dotted(value)
    if parts is None or parts[-1] not in _FLOAT_TYPES:
        raise ProgramError(
            "every number is float64 here: `dtype` may only name a float type",
            span=argument.span,
            help="leave `dtype` out",
        )
    return True


def _keyword(function: Function, argument: tree.Argument, names: list[str], seen: set[str]) -> str:
    keyword = str(argument.keyword)
    known = (name for name in (keyword, *_SYNONYMS.get(keyword, "").split()) if name in names)
    name = next(known, keyword)
    if name not in names:
        guess = nearest(keyword, names)
        if (function.name, keyword) == ("sort", "key"):
            raise ProgramError(
                "`sort` has no parameter `key`", span=argument.span, help="write x[argsort(keys)]"
            )
        raise ProgramError(
            f"`{function.name}` has no parameter `{keyword}`",
            span=argument.span,
            help=f"did you mean `{guess}`?" if guess else f"its signature is `{function.signature}`",
        )
    if name in seen:
        raise ProgramError(f"`{function.name}` gets `{name}` twice", span=argument.span)
    seen.add(name)
    return name
